// The life of an alarm and its incident, step by step: found, pushed, answered by each tier, verified to archived (wall.md S4).
import type { AlarmView, TierView } from "../../../../contract/alarm.ts";
import type { IncidentStep, IncidentView } from "../../../../contract/incident.ts";
import type { Tier } from "../../../../contract/plant.ts";

/** One step of the line. */
export interface LineStep {
  readonly step: "found" | "pushed" | "answer" | "returned" | Exclude<IncidentStep, "received">;
  readonly tier: Tier | null;
  /** `still`: the process has not returned; `lost`: it happened, and this page does not know when; `none`: not yet its turn. */
  readonly state: "done" | "open" | "overdue" | "still" | "lost" | "none";
  readonly at: number | null;
  readonly dueAt: number | null;
  readonly who: string | null;
  /** What it came to: the verdict, to whom it was reported, the cause. */
  readonly detail: string | null;
  /** What the person wrote. */
  readonly note: string | null;
}

/** What the line is made of. */
export interface LineInput {
  readonly alarm: AlarmView;
  readonly incident: IncidentView | null;
  /** When it was pushed to the walls, or else written down; null where this page has not heard. */
  readonly pushedAt: number | null;
  readonly now: number;
}

/** From the place upwards. */
const upwards: readonly Tier[] = ["enterprise", "township", "county", "city"];

function openState(dueAt: number | null, now: number): "open" | "overdue" {
  return dueAt !== null && dueAt < now ? "overdue" : "open";
}

function answerOf({ tier, owedLevel, dueAt, acknowledgedAt, acknowledgedBy }: TierView, now: number): LineStep {
  const base = { step: "answer" as const, tier, detail: null, note: null };
  if (owedLevel !== null) return { ...base, state: openState(dueAt, now), at: null, dueAt, who: null };
  const state = acknowledgedAt === null ? "none" : "done";
  return { ...base, state, at: acknowledgedAt, dueAt: null, who: acknowledgedBy };
}

function taken(
  incident: IncidentView | null,
  step: Exclude<IncidentStep, "received">,
  now: number,
): readonly LineStep[] {
  const base = { step, detail: null, note: null, who: null, at: null };
  const entry = incident?.entries.findLast(({ kind }) => kind === step);
  const clocks = incident?.clocks.filter((clock) => clock.step === step) ?? [];
  const said = { detail: entry?.detail ?? null, note: entry?.text ?? null };
  if (clocks.length === 0) {
    if (entry === undefined) return [{ ...base, tier: null, state: "none", dueAt: null }];
    return [
      { ...base, tier: entry.actor.tier, state: "done", at: entry.at, dueAt: null, who: entry.actor.id, ...said },
    ];
  }
  return clocks.map(({ tier, dueAt, doneAt, by }) =>
    doneAt === null
      ? { ...base, tier, state: openState(dueAt, now), dueAt }
      : { ...base, tier, state: "done" as const, at: doneAt, dueAt: null, who: by, ...said },
  );
}

/** The line in its order. */
export function lineOf({ alarm, incident, pushedAt, now }: LineInput): readonly LineStep[] {
  const plain = { tier: null, dueAt: null, who: null, detail: null, note: null };
  const returnedAt = alarm.level === null ? alarm.returnedAt : null;
  const back = alarm.level === null ? (returnedAt === null ? "lost" : "done") : "still";
  return [
    { ...plain, step: "found", state: "done", at: alarm.openedAt },
    { ...plain, step: "pushed", state: pushedAt === null ? "lost" : "done", at: pushedAt },
    ...upwards.flatMap((tier) => alarm.tiers.filter((view) => view.tier === tier)).map((view) => answerOf(view, now)),
    ...taken(incident, "verified", now),
    ...taken(incident, "disposing", now),
    ...taken(incident, "reported", now),
    { ...plain, step: "returned", state: back, at: returnedAt },
    ...taken(incident, "reviewed", now),
    ...taken(incident, "archived", now),
  ];
}
