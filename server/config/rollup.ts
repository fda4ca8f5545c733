// How members make the level of the whole, as written in a pack.
import type { Rollup } from "../../contract/plant.ts";
import { below, type FaultList, type Place } from "./fault-list.ts";
import type { RollupFile } from "./schema.ts";

/** The roll-up as written; worst-of where nothing is. */
export function rollupOf(written: RollupFile | undefined, place: Place, faults: FaultList): Rollup {
  if (written === undefined || typeof written === "string") return { kind: "worstOf" };
  const ladderPlace = below(place, "ladder");
  const { ladder } = written;
  if (ladder === undefined) {
    faults.addUnlessFaulty(ladderPlace, "is missing");
    return { kind: "worstOf" };
  }
  const need = (level: "yellow" | "orange" | "red"): number => {
    const members = ladder.need?.[level];
    if (members === undefined) faults.addUnlessFaulty(below(below(ladderPlace, "need"), level), "is missing");
    return members ?? 1;
  };
  if (ladder.carry === undefined) faults.addUnlessFaulty(below(ladderPlace, "carry"), "is missing: none, one or each");
  return {
    kind: "ladder",
    need: { yellow: need("yellow"), orange: need("orange"), red: need("red") },
    carry: ladder.carry ?? "none",
    clause: ladder.clause ?? "",
  };
}
