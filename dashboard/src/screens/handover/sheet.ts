// What stands at the change of shift, gathered from what the wall knows: each list in the order in which it is to be read.
import type { AlarmView, Mark } from "../../../../contract/alarm.ts";
import type { IncidentStep, IncidentView } from "../../../../contract/incident.ts";
import type { Rule, RuleVersion, Tier } from "../../../../contract/plant.ts";
import type { DeviceStatus, NeighbourStatus } from "../../../../contract/wall.ts";
import { rankOf } from "../../../../contract/level.ts";
import { owedBy } from "../../duty.ts";
import type { PlanIndex } from "../../plan-index.ts";
import { inOrder, mustShow } from "../order.ts";

/** What the sheet is gathered from. */
export interface SheetInput {
  readonly index: PlanIndex;
  readonly tier: Tier;
  readonly now: number;
  readonly alarms: Iterable<AlarmView>;
  readonly incidents: Iterable<IncidentView>;
  readonly devices: Iterable<DeviceStatus>;
  readonly neighbours: Iterable<NeighbourStatus>;
}

/** A time that has passed, and who let it: an answer to an alarm, or a step of an incident. */
export interface Overdue {
  readonly tier: Tier;
  readonly step: IncidentStep;
  readonly dueAt: number;
  /** The alarm, or the first of the incident. */
  readonly alarm: string;
  readonly site: string | null;
}

/** A version that has come into force. */
export interface ChangedRule {
  /** The point or the site whose rule it is. */
  readonly source: string;
  readonly rule: Rule;
  readonly version: RuleVersion;
}

/** Everything that stands. */
export interface Sheet {
  readonly alarms: readonly AlarmView[];
  /** How many do not stand on the sheet: never red, orange or unacknowledged ones. */
  readonly more: number;
  readonly incidents: readonly IncidentView[];
  readonly overdue: readonly Overdue[];
  readonly marks: readonly { readonly alarm: AlarmView; readonly mark: Mark }[];
  readonly devices: readonly DeviceStatus[];
  readonly neighbours: readonly NeighbourStatus[];
  readonly rules: readonly ChangedRule[];
}

/** So long back changed rules are told. */
export const rulesSinceMs = 24 * 3_600_000;
/** A sheet is read and printed: what need not stand on it is counted beyond this. */
const mostRows = 200;

function overdueOf(alarms: readonly AlarmView[], incidents: readonly IncidentView[], now: number): readonly Overdue[] {
  const answers = alarms.flatMap(({ id, site, tiers }) =>
    tiers
      .filter(({ owedLevel, dueAt }) => owedLevel !== null && dueAt !== null && dueAt < now)
      .map(({ tier, dueAt }) => ({ tier, step: "received" as const, dueAt: dueAt ?? now, alarm: id, site })),
  );
  const steps = incidents.flatMap(({ clocks, firstOut, site }) =>
    clocks
      // Receiving an incident is answering its alarms: said once.
      .filter(({ step, doneAt, dueAt }) => step !== "received" && doneAt === null && dueAt !== null && dueAt < now)
      .map(({ tier, step, dueAt }) => ({ tier, step, dueAt: dueAt ?? now, alarm: firstOut, site })),
  );
  return [...answers, ...steps].toSorted((a, b) => a.dueAt - b.dueAt);
}

function changedRules({ plan }: PlanIndex, now: number): readonly ChangedRule[] {
  return [...plan.points, ...plan.sites]
    .flatMap(({ id, rules = [] }) =>
      rules.flatMap((rule) => rule.versions.map((version) => ({ source: id, rule, version }))),
    )
    .filter(({ version: { validFrom } }) => validFrom <= now && validFrom > now - rulesSinceMs)
    .toSorted((a, b) => b.version.validFrom - a.version.validFrom);
}

/** Gathers the sheet. */
export function sheetOf({ index, tier, now, ...all }: SheetInput): Sheet {
  const ordered = inOrder(all.alarms, tier);
  const open = ordered.filter(({ state }) => state !== "normal");
  const must = open.filter((alarm) => mustShow(alarm, tier));
  const rest = open.filter((alarm) => !mustShow(alarm, tier)).slice(0, Math.max(0, mostRows - must.length));
  const shown = new Set([...must, ...rest]);
  const incidents = [...all.incidents]
    .filter(({ step }) => step !== "archived")
    .toSorted((a, b) => rankOf(b.peakLevel) - rankOf(a.peakLevel) || a.firstAt - b.firstAt);
  return {
    alarms: open.filter((alarm) => shown.has(alarm)),
    more: open.length - shown.size,
    incidents,
    overdue: overdueOf(open, incidents, now),
    marks: ordered
      .flatMap((alarm) => alarm.marks.map((mark) => ({ alarm, mark })))
      .toSorted((a, b) => (a.mark.until ?? Infinity) - (b.mark.until ?? Infinity)),
    devices: [...all.devices].filter(({ state }) => state !== "online").toSorted((a, b) => a.since - b.since),
    neighbours: [...all.neighbours].filter(({ state }) => state === "down"),
    rules: changedRules(index, now),
  };
}

/** True where nothing stands. */
export function isEmpty({ alarms, incidents, overdue, marks, devices, neighbours, rules }: Sheet): boolean {
  return [alarms, incidents, overdue, marks, devices, neighbours, rules].every(({ length }) => length === 0);
}

/** The alarms that will ask this tier again when its shift is taken over: what it owes, and what stands without a mark. */
export function askedAgain(alarms: Iterable<AlarmView>, tier: Tier): readonly AlarmView[] {
  return [...alarms].filter((alarm) => {
    if (alarm.marks.length > 0 || alarm.state === "normal") return false;
    if (owedBy(alarm, tier) !== null) return true;
    // Whom it never asked it may still ask, where the level now is his: the server has the last word.
    const stands = alarm.level !== null || alarm.latchedLevel !== null;
    return stands && alarm.tiers.some((view) => view.tier === tier);
  });
}

/** True where an unacknowledged red stands: then a shift is taken over with a word about it. */
export function needsNote(alarms: Iterable<AlarmView>, tier: Tier): boolean {
  return [...alarms].some((alarm) => owedBy(alarm, tier)?.owedLevel === "red");
}
