// Alarms make incidents: what reaches yellow opens one or joins one, an answer receives it, and persons lead it on (semantics §9).
import type { Transition, WhyCode } from "../../contract/alarm.ts";
import type { Command } from "../../contract/input.ts";
import type { IncidentChange, IncidentEntry } from "../../contract/incident.ts";
import type { IncidentAct } from "../../contract/incident-acts.ts";
import { rankOf, type Level } from "../../contract/level.ts";
import type { Tier } from "../../contract/plant.ts";
import type { Reply } from "../../contract/wall.ts";
import { countedLevel } from "../domain/alarm.ts";
import {
  actOn,
  hearNews,
  incidentView,
  openIncident,
  receive,
  type Incident,
  type IncidentDuties,
  type News,
} from "../domain/incident.ts";
import { dutiesFor } from "./routing.ts";
import type { MonitorState, StandingAlarm } from "./state.ts";
import { addChange, countFault, type Turn } from "./turn.ts";

/** An alarm joins the incident of its site whose last one lies no further away (semantics §9). */
const togetherMs = 600_000;
/** So long after it was put away a new occurrence reopens an incident; then it leaves the state. */
const reopenableMs = 86_400_000;
/** Storms of alarms have few incidents: this many say that nobody puts any away. */
const mostIncidents = 5000;

/** Whoever marks an alarm has seen it: else nobody could receive its incident until the mark ends. */
const answers: readonly WhyCode[] = ["acknowledged", "shelved", "suppressed", "outOfService"];

type Act = Extract<Command, { act: IncidentAct }>;

/** Incidents of a site's data are apart from those of its process: a leak is never joined to a dead battery. */
function keyOf({ site, isData }: StandingAlarm): string {
  if (site === null) return "city";
  return isData ? `${site} data` : site;
}

function isGone({ archivedAt }: Incident, now: number): boolean {
  return archivedAt !== null && now - archivedAt >= reopenableMs;
}

function presentOf({ incidents }: MonitorState, id: string | undefined, now: number): Incident | undefined {
  const incident = incidents.get(id ?? "");
  return incident === undefined || isGone(incident, now) ? undefined : incident;
}

/** Those that are open, and those put away within the last 24 h. */
export function presentIncidents(state: MonitorState): readonly Incident[] {
  return [...state.incidents.values()].filter((incident) => !isGone(incident, state.now));
}

function forgetGone({ incidents }: MonitorState, now: number): void {
  for (const [id, incident] of incidents) if (isGone(incident, now)) incidents.delete(id);
}

/** What a change tells of an incident: its head, its newest entry, and what came to its lists. */
function changeOf(before: Incident | undefined, after: Incident): IncidentChange {
  const { alarms, entries, attachments, cardSteps, ...incident } = incidentView(after);
  const newest = <T>(all: readonly T[], known: readonly T[] = []): T | undefined =>
    all.length > known.length ? all.at(-1) : undefined;
  const alarm = newest(alarms, before?.alarms);
  const attachment = newest(attachments, before?.attachments);
  const cardStep = newest(cardSteps, before?.cardSteps);
  const added = {
    ...(alarm === undefined ? {} : { alarm }),
    ...(attachment === undefined ? {} : { attachment }),
    ...(cardStep === undefined ? {} : { cardStep }),
  };
  const entry = entries.at(-1) as IncidentEntry;
  return { entry, incident, ...(Object.keys(added).length === 0 ? {} : { added }) };
}

function write(turn: Turn, incident: Incident): void {
  const { id } = incident;
  const change = changeOf(turn.state.incidents.get(id), incident);
  turn.state.incidents.set(id, incident);
  addChange(turn, { type: "incident", id, ...change });
}

function dutiesAt(turn: Turn, standing: StandingAlarm, level: Level): IncidentDuties {
  const received = dutiesFor(turn.plant.routing, standing).owed[level];
  return { received, steps: turn.state.plan.routing.incident?.[level] ?? {} };
}

/** Near in event time: what is found hours late is no part of what goes on now. */
function isNear({ firstAt, lastAt }: Incident, at: number): boolean {
  return at >= firstAt - togetherMs && at <= lastAt + togetherMs;
}

/** The incident that an alarm's new occurrence belongs to: an open one of its site, its own last one, or one just put away. */
function homeOf({ state }: Turn, standing: StandingAlarm, { at, now }: News): Incident | undefined {
  const newest = presentOf(state, state.newestIncidents.get(keyOf(standing)), now);
  const near = newest !== undefined && isNear(newest, at) ? newest : undefined;
  if (near !== undefined && near.step !== "archived") return near;
  return presentOf(state, state.incidentOf.get(standing.id)?.incident, now) ?? near;
}

function open(turn: Turn, standing: StandingAlarm, news: News): void {
  const { state } = turn;
  forgetGone(state, news.now);
  if (state.incidents.size >= mostIncidents) {
    // Not lost: the alarm stands, asks and is counted, and its next step tries again.
    countFault(turn, "INCIDENTS_FULL", standing.id);
    return;
  }
  const { site, isData } = standing;
  const id = `${site ?? "city"}#${state.seq + 1}`;
  const incident = openIncident({ id, site, isData }, news, dutiesAt(turn, standing, news.level));
  const key = keyOf(standing);
  const newest = presentOf(state, state.newestIncidents.get(key), news.now);
  if (newest === undefined || newest.step === "archived" || news.at > newest.lastAt) state.newestIncidents.set(key, id);
  state.incidentOf.set(standing.id, { incident: id, occurrence: news.occurrence });
  write(turn, incident);
}

/** What rises within its own incident: a level above those of its round, or anything at all once it was put away. */
function hearRise(turn: Turn, standing: StandingAlarm, news: News, isAsking: boolean): void {
  const incident = presentOf(turn.state, turn.state.incidentOf.get(standing.id)?.incident, news.now);
  if (incident === undefined) {
    if (isAsking) open(turn, standing, news);
  } else if (incident.step === "archived" ? isAsking : rankOf(news.level) > rankOf(incident.roundLevel)) {
    write(turn, hearNews(incident, news, dutiesAt(turn, standing, news.level)));
  }
}

/**
 * What asks a person opens an incident or joins one: yellow and higher, and found late orange and higher (semantics §7). What is
 * below that joins where one is open. Under a mark nobody is asked: once it ends, the alarm's next step is heard.
 */
function hearLevel(turn: Turn, standing: StandingAlarm, step: Transition, now: number): void {
  const { level, occurrence, at } = step;
  // What takes the place of another step was told then, at another time.
  if (level === null || standing.marks.length > 0 || typeof step.amends === "number") return;
  const isRise = rankOf(level) > rankOf(step.fromLevel);
  const isLate = (step.foundLateMs ?? standing.alarm.foundLateMs) !== null;
  const isAsking = rankOf(level) >= rankOf(isLate ? "orange" : "yellow");
  const news = { alarm: standing.id, occurrence, level, at, now };
  if (turn.state.incidentOf.get(standing.id)?.occurrence === occurrence) {
    if (isRise) hearRise(turn, standing, news, isAsking);
    return;
  }
  if (!isAsking && !isRise) return;
  const home = homeOf(turn, standing, news);
  if (home === undefined || (!isAsking && home.step === "archived")) {
    if (isAsking) open(turn, standing, news);
    return;
  }
  turn.state.incidentOf.set(standing.id, { incident: home.id, occurrence });
  write(turn, hearNews(home, news, dutiesAt(turn, standing, level), !isAsking));
}

/** Hears a step of an alarm, as it was written down; `now` is the server time at which it took place. */
export function hearStep(turn: Turn, standing: StandingAlarm, step: Transition, now: number): void {
  hearLevel(turn, standing, step, now);
  const own = turn.state.incidentOf.get(standing.id);
  if (!answers.includes(step.why.code) || own?.occurrence !== step.occurrence) return;
  const incident = presentOf(turn.state, own.incident, now);
  if (incident === undefined) return;
  const { id: by, tier } = step.actor;
  const received = receive(incident, { tier: tier as Tier, by, note: step.reason, alarm: standing.id, now });
  if (received !== incident) write(turn, received);
}

/** True while an alarm of the incident is on, or latched, at orange or red; also one that its list had no room for. */
function isActive({ state }: Turn, { id }: Incident): boolean {
  for (const [alarm, { incident }] of state.incidentOf) {
    if (incident !== id) continue;
    const { alarm: now } = state.alarms.get(alarm) as StandingAlarm;
    if (rankOf(countedLevel(now)) >= rankOf("orange")) return true;
  }
  return false;
}

/** Carries a person's act on an incident out, or says why not, with the incident as it is. */
export function carryOutIncident(turn: Turn, command: Act): Reply {
  const { person, request } = command;
  const incident = presentOf(turn.state, request.incident, turn.at);
  if (incident === undefined) return { ok: false, code: "INCIDENT_NOT_FOUND" };
  const result = actOn(incident, command, {
    by: person.name,
    tier: person.tier,
    now: turn.at,
    isActive: isActive(turn, incident),
    steps: turn.state.plan.routing.incident?.[incident.roundLevel] ?? {},
  });
  if (!result.ok) return { ok: false, code: result.code, incident: incidentView(incident) };
  if (result.incident !== incident) write(turn, result.incident);
  return { ok: true, seq: turn.state.seq };
}
