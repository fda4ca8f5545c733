// How often a site is asked to speak, who has promised to, and what is expected of whom meanwhile (semantics §6).
import type { AckInput } from "../../contract/input.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import type { Point, Site } from "../../contract/plant.ts";
import {
  cadenceOf,
  samplingProfiles,
  type Cadence,
  type Occasion,
  type SamplingProfile,
  type SamplingStatus,
} from "../../contract/sampling.ts";
import { countedLevel } from "../domain/alarm.ts";
import type { Haste } from "../domain/detect/limit.ts";
import type { Expected } from "../domain/detect/silence.ts";
import { learnedSilence } from "../domain/learn-silence.ts";
import { judgeLevel } from "./book.ts";
import type { CompiledPoint, CompiledSite } from "./plant.ts";
import type { MonitorState, PointState, SiteSampling } from "./state.ts";
import { countFault, type Turn } from "./turn.ts";

/** A device has so long to acknowledge an order, ms. */
const answerWithinMs = 120_000;

/** A site that has never been asked for more. */
export function newSampling(now: number): SiteSampling {
  return {
    profile: "normal",
    since: now,
    order: 0,
    until: { alert: 0, storm: 0 },
    stormFrom: Infinity,
    stormTo: -Infinity,
    promised: new Map(),
  };
}

function rank(profile: SamplingProfile): number {
  return samplingProfiles.indexOf(profile);
}

/** What is expected of a point in normal life: as its plan says, or as it was learned from it. */
export function usualOf(point: Point, { rhythm }: Pick<PointState, "rhythm">): Expected {
  if (point.learnSilence === undefined || rhythm.length === 0) return point;
  const silentAfterMs = learnedSilence(rhythm, point.learnSilence);
  return silentAfterMs === null ? point : { silentAfterMs, silence: point.silence };
}

/** The shorter period that the device of a point has promised; undefined where it speaks as usual. */
function promisedOf(state: MonitorState, point: Point, live: PointState, fromAt: number): Cadence | undefined {
  const promised = state.sampling.get(point.site)?.promised.get(live.device);
  if (promised === undefined || fromAt < promised.since) return undefined;
  return cadenceOf(point.sampling, promised.profile);
}

/** True while a point speaks as in normal life: what it does in a storm says nothing of how it usually speaks. */
export function isAsUsual(state: MonitorState, point: Point, live: PointState): boolean {
  return promisedOf(state, point, live, Infinity) === undefined;
}

/**
 * What is expected of a point that was heard at `fromAt`: a shorter period only from the moment on when its device has
 * acknowledged it, so that nobody is called silent for not having heard of a storm. A longer one holds at once. What was
 * learned of it in normal life holds in a storm as well, where it is the shorter one.
 */
export function expectedOf(state: MonitorState, point: Point, live: PointState, fromAt: number): Expected {
  const usual = usualOf(point, live);
  const cadence = promisedOf(state, point, live, fromAt);
  if (cadence === undefined) return usual;
  return usual.silentAfterMs < cadence.silentAfterMs
    ? { silentAfterMs: usual.silentAfterMs, silence: cadence.silence }
    : cadence;
}

/** The shortest silence that may count against a point now: what the short way must not overlook. */
export function strictestSilence(state: MonitorState, point: Point, live: PointState): number {
  const { site, sampling } = point;
  const { silentAfterMs } = usualOf(point, live);
  if (sampling === undefined || !state.sampling.has(site)) return silentAfterMs;
  const { alert, storm } = sampling;
  return Math.min(silentAfterMs, alert?.silentAfterMs ?? Infinity, storm?.silentAfterMs ?? Infinity);
}

/** How much shorter the delays of a point are for a sample of that time; undefined where they are not. */
export function hasteOf(state: MonitorState, { site, sampling }: Point, sourceAt: number): Haste | undefined {
  const onDelayMs = sampling?.storm?.onDelayMs;
  if (onDelayMs === undefined) return undefined;
  const of = state.sampling.get(site);
  return of === undefined || sourceAt < of.stormFrom ? undefined : { onDelayMs, until: of.stormTo };
}

/** True while the site is in a storm. */
export function isInStorm(state: MonitorState, site: string): boolean {
  return state.sampling.get(site)?.profile === "storm";
}

function isOccasion(turn: Turn, site: Site, occasion: Occasion, level: Level | null): boolean {
  return occasion.when.some(({ source, rule, atLeast }) => {
    const found = source === site.id ? level : levelOfPoint(turn, source, rule);
    return rankOf(found) >= rankOf(atLeast);
  });
}

function levelOfPoint(turn: Turn, id: string, rule: string | undefined): Level | null {
  const { rules } = turn.plant.byId.get(id) as CompiledPoint;
  let level: Level | null = null;
  for (const { alarmId, rule: own } of rules) {
    const standing = turn.state.alarms.get(alarmId);
    if (standing !== undefined && (rule === undefined || own.id === rule))
      level = higher(level, countedLevel(standing.alarm));
  }
  return level;
}

/** Until when a profile holds: without end while its occasion stands, and so long after it. */
function holdOf(occasion: Occasion | undefined, isStanding: boolean, until: number, now: number): number {
  if (occasion === undefined) return 0;
  if (isStanding) return Infinity;
  const end = until === Infinity ? now + occasion.holdMs : until;
  return end > now ? end : 0;
}

/** When a profile's hold is over, server time; null where none runs out. */
export function samplingDueAt(state: MonitorState, site: string): number | null {
  const { alert, storm } = (state.sampling.get(site) as SiteSampling).until;
  const ends = [alert, storm].filter((until) => until > 0 && until < Infinity);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** When a device's missing acknowledgement is told, server time; null where none is owed. */
export function orderDueAt(state: MonitorState, site: string, device: string): number | null {
  const of = state.sampling.get(site);
  const live = state.devices.get(device);
  if (of === undefined || of.profile === "normal" || live?.status !== "online") return null;
  if (of.promised.get(device)?.order === of.order || isTold(state, device)) return null;
  return Math.max(of.since, live.since) + answerWithinMs;
}

function isTold(state: MonitorState, device: string): boolean {
  return state.alarms.get(`${device}~sampling`)?.alarm.level != null;
}

/** Tells the book that a device owes an acknowledgement, or does not any more. */
export function tellOrder(turn: Turn, site: string, device: string, level: Level | null, at: number): void {
  judgeLevel(
    turn,
    {
      source: { kind: "device", id: device },
      site,
      rule: "sampling",
      direction: "none",
      isData: true,
      isLatching: false,
    },
    level,
    {
      at,
      now: at,
      why:
        level === null
          ? { code: "orderAnswered", values: {} }
          : { code: "orderUnanswered", values: { since: (turn.state.sampling.get(site) as SiteSampling).since } },
      actor: { kind: "rule", id: "sampling", tier: null },
    },
  );
}

interface When {
  /** Event time, and server time. */
  readonly at: number;
  readonly now: number;
}

function enterProfile(turn: Turn, site: CompiledSite, of: SiteSampling, profile: SamplingProfile, when: When): void {
  if (profile === "storm") of.stormFrom = when.at;
  if (profile === "storm") of.stormTo = Infinity;
  else if (of.profile === "storm") of.stormTo = when.at;
  of.profile = profile;
  of.since = when.now;
  of.order += 1;
  for (const { id } of site.devices) {
    turn.touchedDue.add(`order ${id}`);
    const promised = of.promised.get(id);
    // What is asked less of is expected less of at once; what is asked more of has to say that it heard.
    if (promised !== undefined && rank(promised.profile) > rank(profile)) promised.profile = profile;
    if (profile === "normal") tellOrder(turn, site.site.id, id, null, when.now);
  }
}

/** Decides a site's profile by the level of its roll-up and of its points; undefined until it first is not normal. */
export function judgeSampling(
  turn: Turn,
  site: CompiledSite,
  level: Level | null,
  when: When,
): SamplingStatus | undefined {
  const { id, sampling } = site.site;
  const known = turn.state.sampling.get(id);
  const of = known ?? newSampling(when.now);
  const { until } = of;
  for (const profile of ["alert", "storm"] as const) {
    const occasion = sampling?.[profile];
    const isStanding = occasion !== undefined && isOccasion(turn, site.site, occasion, level);
    until[profile] = holdOf(occasion, isStanding, until[profile], when.now);
  }
  const profile = until.storm > 0 ? "storm" : until.alert > 0 ? "alert" : "normal";
  if (known === undefined && profile === "normal") return undefined;
  turn.state.sampling.set(id, of);
  turn.touchedDue.add(`sampling ${id}`);
  if (profile !== of.profile) enterProfile(turn, site, of, profile, when);
  const isWaiting = (device: string): boolean => of.promised.get(device)?.order !== of.order;
  const waiting = site.devices.map((device) => device.id).filter(isWaiting);
  return { profile: of.profile, since: of.since, order: of.order, waiting };
}

/** A device that comes back may have forgotten what it was told: it is told again, and expected to do as usual until it answers. */
export function forgetPromise(state: MonitorState, site: string, device: string): void {
  state.sampling.get(site)?.promised.delete(device);
}

/** A device has taken an order: from now on it is expected to speak as that says. */
export function judgeAck(turn: Turn, { site, device, order, at }: AckInput): void {
  const id = `${site}/${device}`;
  const compiled = turn.plant.sites.get(site);
  const of = turn.state.sampling.get(site);
  if (compiled === undefined || !turn.state.devices.has(id)) return countFault(turn, "DEVICE_UNKNOWN", id);
  if (of === undefined || of.order !== order) return countFault(turn, "ACK_UNEXPECTED", `${id}: ${order}`);
  if (of.promised.get(id)?.order === order) return undefined;
  of.promised.set(id, { profile: of.profile, order, since: at });
  for (const { point } of compiled.points) {
    const live = turn.state.points.get(point.id) as PointState;
    if (live.device !== id) continue;
    live.clockFrom = Math.max(live.clockFrom, at);
    turn.touchedDue.add(`silence ${point.id}`);
  }
  tellOrder(turn, site, id, null, at);
  turn.touchedSites.add(site);
}
