// The human side of alarms: an incident with its steps, its clocks per tier, its owner and what was written beside it (semantics §9).
import type { Actor } from "./alarm.ts";
import type { Level } from "./level.ts";
import type { Tier } from "./plant.ts";

/** The steps of an incident in their order; each is taken once, and taken anew after a reopening. */
export const incidentSteps = ["received", "verified", "disposing", "reported", "reviewed", "archived"] as const;
/** One of the steps. */
export type IncidentStep = (typeof incidentSteps)[number];

/** What a look at the place has shown. */
export const verdicts = ["trueAlarm", "falseAlarm"] as const;
/** One of the two. */
export type Verdict = (typeof verdicts)[number];

/** A step that a tier owes: since when, until when, and by whom it was taken; epoch ms, server time. */
export interface IncidentClock {
  readonly step: IncidentStep;
  readonly tier: Tier;
  readonly since: number;
  /** Null where the routing table has no time for it. */
  readonly dueAt: number | null;
  /** Null until the step is taken. */
  readonly doneAt: number | null;
  readonly by: string | null;
}

/** One thing that happened to an incident. */
export interface IncidentEntry {
  /** Server time, epoch ms. */
  readonly at: number;
  readonly kind:
    | "opened"
    | "joined"
    | "raised"
    | "reopened"
    | IncidentStep
    | "assigned"
    | "noted"
    | "attached"
    | "cardStep";
  readonly actor: Actor;
  /** The person's words. */
  readonly text: string | null;
  /** The level that opened, joined, raised or reopened it; the verdict; to whom it was reported, its cause, its owner, a file's hash, a step. */
  readonly detail: string | null;
  /** The alarm that opened, joined, raised or reopened it, or by whose acknowledgement it was received. */
  readonly alarm: string | null;
}

/** A file beside an incident; its bytes are kept under their hash. */
export interface Attachment {
  /** SHA-256, hex. */
  readonly hash: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly at: number;
  readonly by: string;
}

/** An incident as a screen shows it. */
export interface IncidentView {
  /** Unique for ever: `site#seq` of the change that opened it, `city#seq` where it is of no site. */
  readonly id: string;
  readonly site: string | null;
  /** Of alarms about data and devices, which have incidents of their own; absent where it is of the process. */
  readonly isData?: true;
  /** Counts steps, verdicts and reopenings: what an act names as seen. */
  readonly revision: number;
  /** The earliest event time of its alarms, and that alarm (first-out). */
  readonly firstAt: number;
  readonly firstOut: string;
  readonly openedAt: number;
  /** The newest step taken; null while nobody has received it. */
  readonly step: IncidentStep | null;
  readonly verdict: Verdict | null;
  /** The highest level that any of its alarms has had. */
  readonly peakLevel: Level;
  /** Alarms with the occurrence that belongs to it, earliest first; at most 200, and how many more there are. */
  readonly alarms: readonly { readonly alarm: string; readonly occurrence: number }[];
  readonly moreAlarms: number;
  readonly owner: string | null;
  readonly clocks: readonly IncidentClock[];
  /** Newest last; at most 200, and how many older ones there are. */
  readonly entries: readonly IncidentEntry[];
  readonly olderEntries: number;
  readonly attachments: readonly Attachment[];
  /** Steps of action cards that are done, as `card step`. */
  readonly cardSteps: readonly string[];
  readonly reopened: number;
  /** What it still wants before it can be archived; that no alarm of it is active at orange or red comes beside. */
  readonly missing: readonly ("steps" | "evidence")[];
}

/** All of an incident but its lists: what each change of it carries, however long they have grown. */
export type IncidentHead = Omit<IncidentView, "alarms" | "entries" | "attachments" | "cardSteps">;

/** What happened to an incident: its entry, what it is now, and what came to its lists with that. */
export interface IncidentChange {
  /** What has happened to it: nothing of its view changes without. */
  readonly entry: IncidentEntry;
  readonly incident: IncidentHead;
  /** Absent: nothing did, but the entry. */
  readonly added?: {
    readonly alarm?: IncidentView["alarms"][number];
    readonly attachment?: Attachment;
    readonly cardStep?: string;
  };
}

/** An incident after a change of it; undefined before it was opened. */
export function incidentAfter(before: IncidentView | undefined, change: IncidentChange): IncidentView {
  const { entry, incident, added = {} } = change;
  const { alarms = [], entries = [], attachments = [], cardSteps = [], olderEntries = 0 } = before ?? {};
  return {
    ...incident,
    alarms: added.alarm === undefined ? alarms : [...alarms, added.alarm],
    entries: [...entries, entry].slice(incident.olderEntries - olderEntries),
    attachments: added.attachment === undefined ? attachments : [...attachments, added.attachment],
    cardSteps: added.cardStep === undefined ? cardSteps : [...cardSteps, added.cardStep],
  };
}
