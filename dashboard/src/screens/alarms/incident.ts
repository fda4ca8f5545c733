// The incident beside an alarm: which one it is, what it wants next, and what this seat may do to it and why not.
import type { AlarmView } from "../../../../contract/alarm.ts";
import {
  incidentSteps,
  type IncidentClock,
  type IncidentStep,
  type IncidentView,
} from "../../../../contract/incident.ts";
import { rankOf } from "../../../../contract/level.ts";
import { seatBar, type Seat } from "./acts.ts";

/** The acts on an incident that ask for words. */
export const incidentForms = ["verify", "dispose", "report", "review", "archive", "assign"] as const;
/** One of them. */
export type IncidentForm = (typeof incidentForms)[number];

/** The step that each act takes; assigning takes none. */
export const stepOf: Readonly<Record<Exclude<IncidentForm, "assign">, IncidentStep>> = {
  verify: "verified",
  dispose: "disposing",
  report: "reported",
  review: "reviewed",
  archive: "archived",
};

/** By alarm, the incident that its occurrence of now belongs to; of several the newest. */
export function byAlarm(incidents: Iterable<IncidentView>): ReadonlyMap<string, IncidentView> {
  const found = new Map<string, IncidentView>();
  for (const incident of [...incidents].toSorted((a, b) => a.openedAt - b.openedAt)) {
    for (const { alarm, occurrence } of incident.alarms) found.set(`${alarm} ${occurrence}`, incident);
  }
  return found;
}

/** The incident of an alarm; null where there is none. */
export function incidentOf(found: ReadonlyMap<string, IncidentView>, alarm: AlarmView): IncidentView | null {
  return found.get(`${alarm.id} ${alarm.occurrence}`) ?? null;
}

/** The clock of an incident that runs out next; null where none runs. Receiving is answering the alarm, which has its own. */
export function nextClock({ clocks }: IncidentView): IncidentClock | null {
  return clocks
    .filter(({ step, doneAt, dueAt }) => step !== "received" && doneAt === null && dueAt !== null)
    .reduce<IncidentClock | null>(
      (next, clock) => (next === null || (clock.dueAt ?? 0) < (next.dueAt ?? 0) ? clock : next),
      null,
    );
}

/** True while an alarm of the incident is active at orange or red: then it cannot be archived (semantics §9). */
export function isActive({ alarms }: IncidentView, open: ReadonlyMap<string, AlarmView>): boolean {
  return alarms.some(({ alarm }) => {
    const level = open.get(alarm)?.level ?? null;
    return level !== null && rankOf(level) >= rankOf("orange");
  });
}

type Why =
  | NonNullable<ReturnType<typeof seatBar>>
  | `incident.bar.${"none" | "right" | "supervisor" | "archived" | "done" | "order" | "active" | "evidence" | "steps"}`;

/** Why this seat cannot do it; null where it can. The server has the last word. */
export function incidentBar(
  incident: IncidentView | null,
  act: IncidentForm,
  { seat, isAlarmActive }: { readonly seat: Seat; readonly isAlarmActive: boolean },
): Why | null {
  if (incident === null) return "incident.bar.none";
  const bar = seatBar(seat);
  if (bar !== null) return bar;
  const role = seat.person?.role;
  if (role === "enterprise" && (act === "review" || act === "archive" || act === "assign")) return "incident.bar.right";
  if (role === "dutyOfficer" && (act === "review" || act === "archive")) return "incident.bar.supervisor";
  if (incident.step === "archived") return "incident.bar.archived";
  if (act === "assign") return null;
  if (act === "archive") {
    if (isAlarmActive) return "incident.bar.active";
    if (incident.missing.includes("steps")) return "incident.bar.steps";
    return incident.missing.includes("evidence") ? "incident.bar.evidence" : null;
  }
  const from = incident.step === null ? -1 : incidentSteps.indexOf(incident.step);
  const to = incidentSteps.indexOf(stepOf[act]);
  if (to <= from) return "incident.bar.done";
  // After a false alarm there may be nothing to dispose of or to report.
  return to === from + 1 || incident.verdict === "falseAlarm" ? null : "incident.bar.order";
}

/** Why this seat cannot add a note, a file or a tick; null where it can. */
export function besideBar(incident: IncidentView | null, seat: Seat): Why | null {
  if (incident === null) return "incident.bar.none";
  return seatBar(seat) ?? (incident.step === "archived" ? "incident.bar.archived" : null);
}

/** Who did what to it last: what an officer is told whose act came too late. */
export function lastStep({ entries }: IncidentView): IncidentView["entries"][number] | null {
  return entries.findLast(({ kind }) => incidentSteps.some((step) => step === kind) || kind === "reopened") ?? null;
}
