// Who owes an answer at which level and by when: routing.yaml laid over the built-in table.
import { levels, type Level } from "../../contract/level.ts";
import type { Routing, Tier } from "../../contract/plant.ts";
import { below, element, type FaultList, type Place } from "./fault-list.ts";
import type { RoutingFile } from "./schema.ts";
import type { EachLevel } from "./written.ts";

const minute = 60_000;
const hour = 60 * minute;

type Duties = Routing["process"];
type DutiesFile = NonNullable<RoutingFile["process"]>;

function within(minutes: EachLevelOfTier): Duties[Level] {
  return Object.entries(minutes).map(([tier, each]) => ({ tier: tier as Tier, withinMs: each * minute }));
}
type EachLevelOfTier = { readonly [tier in Tier]?: number };

/** The table that serves where routing.yaml says nothing (design defaults). */
export const defaultRouting: Routing = {
  process: {
    blue: within({ enterprise: 30 }),
    yellow: within({ enterprise: 15, county: 15 }),
    orange: within({ enterprise: 10, county: 10, city: 10 }),
    red: within({ enterprise: 5, township: 5, county: 5, city: 5 }),
  },
  data: {
    blue: within({ enterprise: 30 }),
    yellow: within({ enterprise: 15, county: 30 }),
    orange: within({ enterprise: 10, county: 10, city: 10 }),
    red: within({ enterprise: 10, county: 10, city: 10 }),
  },
  // Nobody has said yet how often to ask: routing.yaml does, for a duty room; a bare series needs no reminders.
  reAlarmUnacknowledgedMs: {},
  reAlarmAcknowledgedMs: { yellow: 8 * hour, orange: 2 * hour, red: 30 * minute },
};

/** A transition this far behind the clock is found late (semantics §7). */
export const defaultLateAfterMs = 10 * minute;

/** The routing as written; each of its four parts counts as a whole or not at all. */
export function routingOf(written: RoutingFile, place: Place, faults: FaultList): Routing {
  return {
    process: dutiesOf(written.process, defaultRouting.process, below(place, "process"), faults),
    data: dutiesOf(written.data, defaultRouting.data, below(place, "data"), faults),
    reAlarmUnacknowledgedMs: written.reAlarmUnacknowledgedMs ?? defaultRouting.reAlarmUnacknowledgedMs,
    reAlarmAcknowledgedMs: written.reAlarmAcknowledgedMs ?? defaultRouting.reAlarmAcknowledgedMs,
  };
}

function dutiesOf(written: DutiesFile | undefined, otherwise: Duties, place: Place, faults: FaultList): Duties {
  if (written === undefined) return otherwise;
  const made: EachLevel<Duties[Level]> = Object.fromEntries(
    levels.map((level) => [level, dutyOf(written[level], below(place, level), faults)]),
  );
  return { ...otherwise, ...made };
}

function dutyOf(written: DutiesFile[Level] | undefined, place: Place, faults: FaultList): Duties[Level] {
  // An alarm that nobody must answer would sound until somebody happens to look.
  if (written === undefined || written.length === 0) {
    faults.addUnlessFaulty(place, "no tier owes an answer: name at least one");
    return [];
  }
  const seen = new Set<Tier>();
  return written.flatMap((duty, index) => {
    const at = element(place, index, undefined);
    if (duty.tier === undefined) faults.addUnlessFaulty(below(at, "tier"), "is missing");
    if (duty.withinMs === undefined) faults.addUnlessFaulty(below(at, "withinMs"), "is missing");
    if (duty.tier === undefined || duty.withinMs === undefined) return [];
    if (seen.has(duty.tier)) faults.add(below(at, "tier"), `${duty.tier} is named twice`);
    seen.add(duty.tier);
    return [{ tier: duty.tier, withinMs: duty.withinMs }];
  });
}
