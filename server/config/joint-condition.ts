// Conditions on several points as written: which points they look at, and the words of each kind.
import type { JointCondition } from "../../contract/condition.ts";
import { amountOf, durationOf } from "./amount.ts";
import { chosenOf, expressionOf, voteOf, type Joint } from "./combine.ts";
import { below, type Place } from "./fault-list.ts";
import { checkOneUnit, type Chosen } from "./members.ts";
import { methodOf } from "./method.ts";
import type { ConditionFile, JointKindName, Untimed } from "./rule-schema.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** China has one clock. */
const usualZoneMs = 8 * hour;

type Shared = Untimed<JointCondition>;

/** What a kind on several points adds to the words that all kinds share; undefined where it is faulty, waits, or has no points. */
export function jointConditionOf(
  kind: JointKindName,
  written: ConditionFile,
  place: Place,
  joint: Joint,
): Shared | undefined {
  const { reader } = joint;
  switch (kind) {
    case "vote": {
      const vote = voteOf(written, place, joint);
      return vote && { kind, ...vote };
    }
    case "combine": {
      const expression = written.when && expressionOf(written.when, below(place, "when"), joint);
      return expression && { kind, expression };
    }
    case "pair":
      return pairOf(written, place, joint);
    case "missingEvent": {
      const point = one(chosenOf(written.of ?? "self", below(place, "of"), joint), below(place, "of"), joint);
      const dueMs = durationOf(written.dueMs, below(place, "dueMs"), reader);
      const zoneMs = amountOf(written.zoneMs ?? usualZoneMs, below(place, "zoneMs"), reader)?.value;
      if (dueMs !== undefined && dueMs > day) reader.faults.add(below(place, "dueMs"), `${dueMs} ms is no time of day`);
      if (point === undefined || dueMs === undefined || zoneMs === undefined) return undefined;
      return { kind, point, dueMs: Math.min(dueMs, day), zoneMs };
    }
    case "geofence":
      return geofenceOf(written, place, joint);
  }
}

function one(chosen: Chosen | undefined, place: Place, joint: Joint): string | undefined {
  const [first, second] = chosen?.seats ?? [];
  if (second !== undefined && first !== undefined) {
    const codes = chosen?.seats.map(({ code }) => code).join(", ");
    joint.reader.faults.add(place, `must be one point, is ${codes} (site ${joint.reader.site})`);
  }
  return first?.id;
}

function pairOf(written: ConditionFile, place: Place, joint: Joint): Shared | undefined {
  const method = methodOf(written, ["difference", "ratio"], place, joint);
  const left = chosenOf(written.of ?? "self", below(place, "of"), joint);
  const right = chosenOf(written.to, below(place, "to"), joint);
  const skewMs = durationOf(written.skewMs, below(place, "skewMs"), joint.reader);
  const of = one(left, below(place, "of"), joint);
  const to = one(right, below(place, "to"), joint);
  if (method === undefined || of === undefined || to === undefined || skewMs === undefined) return undefined;
  if (method === "difference") {
    checkOneUnit([...(left?.seats ?? []), ...(right?.seats ?? [])], below(place, "to"), joint.reader.faults);
  }
  return { kind: "pair", method, of, to, skewMs, isAbsolute: written.isAbsolute ?? false };
}

function geofenceOf(written: ConditionFile, place: Place, joint: Joint): Shared | undefined {
  const { faults } = joint.reader;
  const lng = one(chosenOf(written.lng, below(place, "lng"), joint), place, joint);
  const lat = one(chosenOf(written.lat, below(place, "lat"), joint), place, joint);
  const skewMs = durationOf(written.skewMs ?? minute, below(place, "skewMs"), joint.reader);
  const { polygon, corridor, wrong } = written;
  if ((polygon === undefined) === (corridor === undefined)) {
    faults.addUnlessFaulty(place, "wants exactly one of polygon and corridor");
    return undefined;
  }
  const halfWidthM = amountOf(written.halfWidthM, below(place, "halfWidthM"), joint.reader)?.value;
  if ((corridor === undefined) !== (written.halfWidthM === undefined)) {
    faults.addUnlessFaulty(below(place, "halfWidthM"), corridor === undefined ? "belongs to a corridor" : "is missing");
    return undefined;
  }
  if (lng === undefined || lat === undefined || skewMs === undefined || wrong === undefined) return undefined;
  const corners = (line: readonly (readonly number[])[]): [number, number][] => line.map(([x = 0, y = 0]) => [x, y]);
  if (polygon !== undefined) {
    return { kind: "geofence", lng, lat, shape: { polygon: corners(polygon) }, wrong: wrong as "inside", skewMs };
  }
  if (halfWidthM === undefined || corridor === undefined) return undefined;
  if (halfWidthM <= 0) {
    faults.add(below(place, "halfWidthM"), `${halfWidthM} must lie above 0`);
    return undefined;
  }
  const shape = { corridor: corners(corridor), halfWidthM };
  return { kind: "geofence", lng, lat, shape, wrong: wrong as "inside", skewMs };
}
