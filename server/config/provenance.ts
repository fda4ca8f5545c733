// Who answers for a number, in short: `standard GB/T 50493-2019 5.5.2`, `?` where nobody has checked it, `| …` in Chinese.
import type { Provenance } from "../../contract/condition.ts";
import { below, type FaultList, type Place } from "./fault-list.ts";
import type { ConditionFile } from "./rule-schema.ts";

const sources = ["standard", "design-doc", "manufacturer", "product-default"] as const;
const shortForm = /^(?<from>[a-z-]+)(?<doubt>\?)?(?:\s+(?<clause>.+?)(?:\s+\|\s+(?<clauseZh>.+))?)?$/su;

/** For a number that nobody has accounted for. */
export const unstated: Provenance = { from: "unstated", clause: "", isConfirmed: false };

/** The provenance as written, in short or in full; `unstated` where nothing is. */
export function provenanceOf(written: ConditionFile["provenance"], place: Place, faults: FaultList): Provenance {
  if (written === undefined) return unstated;
  const { from, doubt, clause, clauseZh } =
    typeof written === "string"
      ? (shortForm.exec(written.trim())?.groups ?? {})
      : {
          from: written.from,
          doubt: written.isConfirmed === true ? undefined : "?",
          clause: written.clause,
          clauseZh: written.clauseZh,
        };
  const source = sources.find((each) => each === from);
  if (source === undefined) {
    const at = typeof written === "string" ? place : below(place, "from");
    faults.add(
      at,
      `must begin with one of ${sources.join(", ")}, is ${JSON.stringify(typeof written === "string" ? written : from)}`,
    );
    return unstated;
  }
  // What the product proposes has never been confirmed by anybody: that is what the word means.
  return {
    from: source,
    clause: clause ?? "",
    ...(clauseZh === undefined ? {} : { clauseZh }),
    isConfirmed: source !== "product-default" && doubt === undefined,
  };
}
