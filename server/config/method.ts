// The one word of several that says how a condition reckons.
import type { Joint } from "./combine.ts";
import { below, type Place } from "./fault-list.ts";
import type { ConditionFile } from "./rule-schema.ts";

/** The method as written, or a fault that lists those there are. */
export function methodOf<M extends string>(
  written: ConditionFile,
  of: readonly M[],
  place: Place,
  joint: Joint,
): M | undefined {
  const found = of.find((each) => each === written.method);
  if (found === undefined) {
    joint.reader.faults.add(
      below(place, "method"),
      `must be one of ${of.join(", ")}, is ${JSON.stringify(written.method)}`,
    );
  }
  return found;
}
