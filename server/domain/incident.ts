// The human work on alarms: opened, joined, received per tier, led from step to step by persons, and reopened (semantics §9).
import type { Actor } from "../../contract/alarm.ts";
import type { FaultCode } from "../../contract/faults.ts";
import {
  incidentSteps,
  type IncidentClock,
  type IncidentEntry,
  type IncidentStep,
  type IncidentView,
} from "../../contract/incident.ts";
import type { IncidentAct, IncidentRequests } from "../../contract/incident-acts.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import { owedSteps, type Routing, type StepDuties, type Tier } from "../../contract/plant.ts";

/** What is remembered of an incident beside what a screen shows of it. */
export interface Incident extends Omit<IncidentView, "missing"> {
  /** The newest event time of its alarms: what comes within 10 min of it joins. */
  readonly lastAt: number;
  /** The highest level since it was opened, or reopened: its clocks go by it. */
  readonly roundLevel: Level;
  readonly archivedAt: number | null;
}

/** Who owes what at one level: the answer to the alarm, and the steps after it. */
export interface IncidentDuties {
  readonly received: Routing["process"][Level];
  readonly steps: StepDuties;
}

/** An alarm that makes an incident, joins one, or rises in it. */
export interface News {
  readonly alarm: string;
  readonly occurrence: number;
  readonly level: Level;
  /** Event time of its step, and the server's time; epoch ms. */
  readonly at: number;
  readonly now: number;
}

/** So many alarms and entries are kept in full; more are counted. */
const mostAlarms = 200;
const mostEntries = 200;
/** So many files and steps of cards an incident takes. */
const mostBeside = 200;

/** An incident as a screen shows it. */
export function incidentView({ lastAt: _, roundLevel: __, archivedAt: ___, ...shown }: Incident): IncidentView {
  return { ...shown, missing: missingOf(shown) };
}

/** What it still wants before it can be put away: the steps before, and at orange and red a file as evidence. */
function missingOf({
  step,
  peakLevel,
  attachments,
}: Pick<Incident, "step" | "peakLevel" | "attachments">): IncidentView["missing"] {
  if (step === "archived") return [];
  const wantsEvidence = rankOf(peakLevel) >= rankOf("orange") && attachments.length === 0;
  return [...(step === "reviewed" ? [] : (["steps"] as const)), ...(wantsEvidence ? (["evidence"] as const) : [])];
}

const machine: Actor = { kind: "rule", id: "incident", tier: null };

/** An incident with one more line in its book. */
function withEntry(incident: Incident, entry: IncidentEntry): Incident {
  const entries = [...incident.entries, entry];
  const over = Math.max(0, entries.length - mostEntries);
  return { ...incident, entries: entries.slice(over), olderEntries: incident.olderEntries + over };
}

function withNews(incident: Incident, kind: IncidentEntry["kind"], { alarm, level, now }: News): Incident {
  return withEntry(incident, { at: now, kind, actor: machine, text: null, detail: level, alarm });
}

/** What is owed from now on: all of it counts from here, so that nobody gains time by being late with the step before. */
function clocksFrom(now: number, { received, steps }: IncidentDuties): readonly IncidentClock[] {
  const clock = (step: IncidentStep, tier: Tier, withinMs: number): IncidentClock => {
    return { step, tier, since: now, dueAt: now + withinMs, doneAt: null, by: null };
  };
  const owed = owedSteps.flatMap((step) => {
    const duty = steps[step];
    return duty === undefined ? [] : [clock(step, duty.tier, duty.withinMs)];
  });
  return [...received.map(({ tier, withinMs }) => clock("received", tier, withinMs)), ...owed];
}

/** The same clock, as nearly as two rounds of duties can have one: received is owed tier by tier. */
function isAlike(one: IncidentClock, other: IncidentClock): boolean {
  return one.step === other.step && (one.step !== "received" || one.tier === other.tier);
}

/** A higher level tightens what is not done yet; no earlier deadline is put off by it. */
function tightened(clocks: readonly IncidentClock[], now: number, duties: IncidentDuties): readonly IncidentClock[] {
  const higherOnes = clocksFrom(now, duties);
  const kept = clocks.map((clock) => {
    const next = higherOnes.find((one) => isAlike(one, clock));
    if (next === undefined || clock.doneAt !== null) return clock;
    // Owed without a time is what the routing had none for when a false alarm was found to be a true one.
    return { ...clock, tier: next.tier, dueAt: Math.min(clock.dueAt ?? Infinity, next.dueAt as number) };
  });
  return [...kept, ...higherOnes.filter((one) => !clocks.some((clock) => isAlike(one, clock)))];
}

/** Where an incident belongs. */
export interface Belonging {
  readonly id: string;
  readonly site: string | null;
  readonly isData: boolean;
}

/** A new incident: nobody has received it yet. */
export function openIncident({ id, site, isData }: Belonging, news: News, duties: IncidentDuties): Incident {
  const { alarm, occurrence, level, at, now } = news;
  const opened: Incident = {
    id,
    site,
    ...(isData ? { isData } : {}),
    revision: 1,
    firstAt: at,
    firstOut: alarm,
    lastAt: at,
    openedAt: now,
    step: null,
    verdict: null,
    peakLevel: level,
    roundLevel: level,
    alarms: [{ alarm, occurrence }],
    moreAlarms: 0,
    owner: null,
    clocks: clocksFrom(now, duties),
    entries: [],
    olderEntries: 0,
    attachments: [],
    cardSteps: [],
    reopened: 0,
    archivedAt: null,
  };
  return withNews(opened, "opened", news);
}

function withAlarm(incident: Incident, { alarm, occurrence, at }: News): Incident {
  const { alarms, firstAt } = incident;
  if (alarms.some((one) => one.alarm === alarm && one.occurrence === occurrence)) return incident;
  const isFirst = at < firstAt;
  const isFull = alarms.length >= mostAlarms;
  return {
    ...incident,
    firstAt: isFirst ? at : firstAt,
    firstOut: isFirst ? alarm : incident.firstOut,
    lastAt: Math.max(at, incident.lastAt),
    alarms: isFull ? alarms : [...alarms, { alarm, occurrence }],
    moreAlarms: incident.moreAlarms + Number(isFull),
  };
}

/**
 * True where what was concluded no longer holds: it was put away; or it was called false or looked back at, and now comes an
 * alarm that nobody had seen then, or a level above all before.
 */
function isOverturned({ step, verdict, alarms, roundLevel }: Incident, { alarm, level }: News): boolean {
  if (step === "archived") return true;
  if (verdict !== "falseAlarm" && step !== "reviewed") return false;
  return rankOf(level) > rankOf(roundLevel) || !alarms.some((one) => one.alarm === alarm);
}

function reopened(incident: Incident, news: News, duties: IncidentDuties): Incident {
  const again: Incident = {
    ...withAlarm(incident, news),
    revision: incident.revision + 1,
    step: null,
    verdict: null,
    roundLevel: news.level,
    peakLevel: higher(incident.peakLevel, news.level) as Level,
    clocks: clocksFrom(news.now, duties),
    reopened: incident.reopened + 1,
    archivedAt: null,
  };
  return withNews(again, "reopened", news);
}

/**
 * The incident after an alarm of it rose, or one more joined it. What was concluded is reopened where that no longer holds,
 * unless the news asks nobody (`isQuiet`: blue, or found late below orange).
 */
export function hearNews(incident: Incident, news: News, duties: IncidentDuties, isQuiet = false): Incident {
  if (!isQuiet && isOverturned(incident, news)) return reopened(incident, news, duties);
  const joined = withAlarm(incident, news);
  const told = withNews(joined, joined === incident ? "raised" : "joined", news);
  if (rankOf(news.level) <= rankOf(incident.roundLevel)) return told;
  return {
    ...told,
    roundLevel: news.level,
    peakLevel: higher(incident.peakLevel, news.level) as Level,
    clocks: tightened(incident.clocks, news.now, duties),
  };
}

/** Marks a step as taken; where nobody owed it, it is noted as it was done. */
function withDone(
  clocks: readonly IncidentClock[],
  {
    step,
    tier,
    by,
    now,
  }: { readonly step: IncidentStep; readonly tier: Tier; readonly by: string; readonly now: number },
): readonly IncidentClock[] {
  const place = clocks.findIndex((clock) => clock.step === step && (step !== "received" || clock.tier === tier));
  const clock = clocks[place];
  if (clock === undefined) return [...clocks, { step, tier, since: now, dueAt: null, doneAt: now, by }];
  return clocks.with(place, { ...clock, doneAt: now, by });
}

/** The answer of one tier to an alarm of the incident. */
export interface Reception {
  readonly tier: Tier;
  readonly by: string;
  readonly note: string | null;
  readonly alarm: string;
  readonly now: number;
}

/** Received (接警) by a tier, by its answer to an alarm of it; the first one takes the step. Heard once from each tier. */
export function receive(incident: Incident, { tier, by, note, alarm, now }: Reception): Incident {
  const isKnown = incident.clocks.some((one) => one.step === "received" && one.tier === tier && one.doneAt !== null);
  if (isKnown || incident.step === "archived") return incident;
  const isFirst = incident.step === null;
  const taken: Incident = {
    ...incident,
    step: incident.step ?? "received",
    revision: incident.revision + Number(isFirst),
    clocks: withDone(incident.clocks, { step: "received", tier, by, now }),
  };
  return withEntry(taken, {
    at: now,
    kind: "received",
    actor: { kind: "person", id: by, tier },
    text: note,
    detail: null,
    alarm,
  });
}

/** A person's act, and what it is judged by. */
export interface Deed {
  readonly by: string;
  readonly tier: Tier;
  readonly now: number;
  /** True while an alarm of the incident is on, or latched, at orange or red. */
  readonly isActive: boolean;
  /** What is owed after it was received, at the level of its round. */
  readonly steps: StepDuties;
}

/** An act on an incident with what it says. */
export type IncidentDeed = {
  readonly [A in IncidentAct]: { readonly act: A; readonly request: IncidentRequests[A] };
}[IncidentAct];

/** The incident after the act, the same one where it was done before; or why it was refused. */
export type IncidentResult =
  | { readonly ok: true; readonly incident: Incident }
  | { readonly ok: false; readonly code: FaultCode };

function refuse(code: FaultCode): IncidentResult {
  return { ok: false, code };
}

/** Words for an entry of a person. */
type Said = Pick<IncidentEntry, "kind" | "text" | "detail">;

function said(incident: Incident, { by, tier, now }: Deed, { kind, text, detail }: Said): IncidentResult {
  const actor: Actor = { kind: "person", id: by, tier };
  return { ok: true, incident: withEntry(incident, { at: now, kind, actor, text, detail, alarm: null }) };
}

/** True where a step comes next. A false alarm needs neither disposing nor reporting, and both may still be done. */
function isNext({ step, verdict }: Incident, wanted: IncidentStep): boolean {
  // Nobody has received it: that is before the first.
  const from = incidentSteps.findIndex((one) => one === step);
  const to = incidentSteps.indexOf(wanted);
  return to === from + 1 || (verdict === "falseAlarm" && to > from);
}

function take(incident: Incident, step: IncidentStep, deed: Deed): Incident {
  const clocks = withDone(incident.clocks, { step, ...deed });
  return { ...incident, step, revision: incident.revision + 1, clocks };
}

function takeNext(incident: Incident, deed: Deed, words: Said & { readonly kind: IncidentStep }): IncidentResult {
  if (!isNext(incident, words.kind)) return refuse("INCIDENT_STEP_NOT_DUE");
  return said(take(incident, words.kind, deed), deed, words);
}

/** Of a false alarm nobody owes what a true one wants done; where it is found true after all, that is owed from then on. */
function owedAfter(clocks: readonly IncidentClock[], isTrue: boolean, { now, steps }: Deed): readonly IncidentClock[] {
  return clocks.map((clock) => {
    if (clock.step !== "disposing" && clock.step !== "reported") return clock;
    const withinMs = steps[clock.step]?.withinMs;
    if (!isTrue) return { ...clock, dueAt: null };
    return clock.dueAt !== null || withinMs === undefined ? clock : { ...clock, since: now, dueAt: now + withinMs };
  });
}

/** A verdict is given once, and may be corrected until something was done by it. */
function verify(incident: Incident, { verdict, note }: IncidentRequests["verify"], deed: Deed): IncidentResult {
  const isCorrection = incident.step === "verified" && incident.verdict !== verdict;
  if (!isCorrection && incident.step !== "received") return refuse("INCIDENT_STEP_NOT_DUE");
  const taken = isCorrection ? { ...incident, revision: incident.revision + 1 } : take(incident, "verified", deed);
  const clocks = owedAfter(taken.clocks, verdict === "trueAlarm", deed);
  return said({ ...taken, verdict, clocks }, deed, { kind: "verified", text: note, detail: verdict });
}

/** Closing never touches an alarm; one that is on at orange or red keeps its incident open (semantics §9). */
function archive(incident: Incident, { note }: IncidentRequests["archive"], deed: Deed): IncidentResult {
  if (incident.step === "archived") return refuse("INCIDENT_STEP_NOT_DUE");
  if (deed.isActive || missingOf(incident).length > 0) return refuse("INCIDENT_NOT_ARCHIVABLE");
  const archived = { ...take(incident, "archived", deed), archivedAt: deed.now };
  return said(archived, deed, { kind: "archived", text: note, detail: null });
}

type Beside = Extract<IncidentDeed, { act: "note" | "assign" | "attach" | "cardStep" }>;

/** What only adds to an incident. What was done before is done: two officers may do the same at once. */
function addBeside(incident: Incident, { act, request }: Beside, deed: Deed): IncidentResult {
  switch (act) {
    case "note":
      return said(incident, deed, { kind: "noted", text: request.text, detail: null });
    case "assign":
      if (incident.owner === request.owner) return { ok: true, incident };
      return said({ ...incident, owner: request.owner }, deed, { kind: "assigned", text: null, detail: request.owner });
    case "attach": {
      const { attachments } = incident;
      const { hash, name, mediaType, bytes } = request;
      if (attachments.some((one) => one.hash === hash)) return { ok: true, incident };
      if (attachments.length >= mostBeside) return refuse("COMMAND_INVALID");
      const file = { hash, name, mediaType, bytes, at: deed.now, by: deed.by };
      const attached = { ...incident, attachments: [...attachments, file] };
      return said(attached, deed, { kind: "attached", text: name, detail: hash });
    }
    case "cardStep": {
      const { cardSteps } = incident;
      const done = `${request.card} ${request.step}`;
      if (cardSteps.includes(done)) return { ok: true, incident };
      if (cardSteps.length >= mostBeside) return refuse("COMMAND_INVALID");
      return said({ ...incident, cardSteps: [...cardSteps, done] }, deed, {
        kind: "cardStep",
        text: null,
        detail: done,
      });
    }
  }
}

/** Carries an act out. A step names the revision that the person saw: where the incident has moved on, nothing is done. */
export function actOn(incident: Incident, asked: IncidentDeed, deed: Deed): IncidentResult {
  const { act, request } = asked;
  if ("revision" in request && request.revision !== incident.revision) return refuse("INCIDENT_CHANGED");
  switch (act) {
    case "verify":
      return verify(incident, request, deed);
    case "dispose":
      return takeNext(incident, deed, { kind: "disposing", text: request.note, detail: null });
    case "report":
      return takeNext(incident, deed, { kind: "reported", text: request.note, detail: request.to });
    case "review":
      return takeNext(incident, deed, { kind: "reviewed", text: request.note, detail: request.cause });
    case "archive":
      return archive(incident, request, deed);
    case "note":
    case "assign":
    case "attach":
    case "cardStep":
      // Put away is put away: what is found later reopens it with the next alarm, or stands in another book.
      if (incident.step === "archived") return refuse("INCIDENT_STEP_NOT_DUE");
      return addBeside(incident, asked, deed);
  }
}
