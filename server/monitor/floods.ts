// Floods: when more is annunciated to a tier than one person can answer, said as a change of the city (ISA-18.2).
import { rankOf } from "../../contract/level.ts";
import type { Tier } from "../../contract/plant.ts";
import type { Alarm } from "../domain/alarm.ts";
import { annunciated, noFlood, withoutFlood, type Flood } from "../domain/nuisance.ts";
import { addChange, type Turn } from "./turn.ts";

/** Counts an alarm for every tier that it newly asks, or asks at a higher level: not what asks again by time. */
export function noteAnnunciation(turn: Turn, before: Alarm, after: Alarm, now: number): void {
  for (const { tier, owedLevel } of after.tiers) {
    const known = before.tiers.find((duty) => duty.tier === tier)?.owedLevel ?? null;
    if (rankOf(owedLevel) <= rankOf(known)) continue;
    const flood = turn.state.floods.get(tier) ?? noFlood;
    const next = annunciated(flood, now);
    turn.state.floods.set(tier, next);
    if (next.since === flood.since) continue;
    turn.touchedDue.add(`flood ${tier}`);
    addChange(turn, { type: "flood", flood: { tier, since: next.since } });
  }
}

/** The flood of a tier has ebbed. */
export function endFlood(turn: Turn, tier: Tier): void {
  turn.state.floods.set(tier, withoutFlood(turn.state.floods.get(tier) as Flood));
  addChange(turn, { type: "flood", flood: { tier, since: null } });
}
