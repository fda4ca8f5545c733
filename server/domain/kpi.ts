// What the key figures of the alarms are counted from: annunciated alarms alone, and what became of them (ISA-18.2-2016 16.4).
import type { Transition } from "../../contract/alarm.ts";
import { kpiBinMs, type KpiCounts } from "../../contract/kpi.ts";
import { higher, levels, rankOf, type Level } from "../../contract/level.ts";
import { tiers, type Tier } from "../../contract/plant.ts";

const minuteMs = 60_000;
/** More than five steps between on and off in five minutes; what latches (gas, flame, trips): three annunciations in one. */
const chatter = { ms: 5 * minuteMs, steps: 6 } as const;
const chatterLatching = { ms: minuteMs, steps: 3 } as const;
const fleetingMs = 10_000;
const repeatMs = 60_000;
const longMs = 24 * 60 * minuteMs;
/**
 * An act within three seconds of the same person's last one is a rubber stamp: an alarm cannot be read in less. The scorecard
 * that gives the limits says "rapid-fire acknowledgements" and no more, so the three seconds are a (design) default.
 */
const stampMs = 3_000;

/** What the plan says of the alarm of a transition. */
export interface KpiRoute {
  /** Who owes an answer at the level that is on after it. */
  readonly tiers: readonly Tier[];
  readonly isLatching: boolean;
}

/** What to count. */
export interface KpiOptions {
  /** Server time, epoch ms; steps before it only set the stage. */
  readonly from: number;
  /** The duty desk whose alarms count; null for all. */
  readonly tier: Tier | null;
  readonly routeOf: (transition: Transition) => KpiRoute;
}

/** Counts transitions, in the order of the record. Its size grows with alarms, intervals and answers, not with steps. */
export interface KpiTally {
  readonly count: (transition: Transition) => void;
  /** Everything up to `to`, which must not lie before the last transition that was counted. */
  readonly counts: (to: number) => KpiCounts;
}

/** What one tier owes to one alarm, as domain/alarm.ts leads it; its clock is that of the record. */
interface Owed {
  level: Level | null;
  since: number;
  known: Level | null;
}

interface AlarmTally {
  occurrence: number;
  revision: number;
  /** Event time since which a level has been on without a break; null while none is. */
  onSince: number | null;
  offSince: number | null;
  /** False where nobody of this desk was asked. */
  isCounted: boolean;
  isRepeat: boolean;
  isFleeting: boolean;
  answeredAt: number | null;
  annunciations: number;
  isChattering: boolean;
  isLong: boolean;
  /** Event times of the newest steps, as many as chattering looks at. */
  steps: readonly number[];
  owed: ReadonlyMap<Tier, Owed>;
}

interface Counts {
  annunciations: number;
  readonly byLevel: Record<Level, number>;
  readonly bins: Map<number, number>;
  reAlarms: number;
  fleeting: number;
  returns: number;
  returnedUnanswered: number;
  standing: number;
  standingMost: number;
  acts: number;
  stamps: number;
  readonly answers: Map<string, number[]>;
  readonly answerToReturn: number[];
  /** Each person's newest act: its time, and the input that it was. */
  readonly acted: Map<string, readonly [at: number, cause: number]>;
}

function owesNothing(): ReadonlyMap<Tier, Owed> {
  return new Map(tiers.map((tier) => [tier, { level: null, since: 0, known: null }]));
}

function newAlarm(): AlarmTally {
  return {
    occurrence: 0,
    revision: 0,
    onSince: null,
    offSince: null,
    isCounted: false,
    isRepeat: false,
    isFleeting: false,
    answeredAt: null,
    annunciations: 0,
    isChattering: false,
    isLong: false,
    steps: [],
    owed: owesNothing(),
  };
}

function newCounts(): Counts {
  return {
    annunciations: 0,
    byLevel: { blue: 0, yellow: 0, orange: 0, red: 0 },
    bins: new Map(),
    reAlarms: 0,
    fleeting: 0,
    returns: 0,
    returnedUnanswered: 0,
    standing: 0,
    standingMost: 0,
    acts: 0,
    stamps: 0,
    answers: new Map(),
    answerToReturn: [],
    acted: new Map(),
  };
}

/** Shelves, acknowledgements and falls ask nobody: only a grown revision does (semantics §3), and a re-alarm asks for the same. */
function kindOf({ occurrence, revision, why }: Transition, alarm: AlarmTally): "annunciation" | "reAlarm" | "other" {
  if (occurrence === alarm.occurrence && revision <= alarm.revision) return "other";
  return why.code === "reAlarmUnacknowledged" || why.code === "reAlarmAcknowledged" ? "reAlarm" : "annunciation";
}

/** The tiers that an annunciation asks: all that owe an answer at its level, but for those that know it already. */
function ask(step: Transition, alarm: AlarmTally, route: KpiRoute): readonly Tier[] {
  // An opening, a re-trip, or found late and still on: everybody is asked, whatever was known.
  const isForced = alarm.onSince === null || step.why.code === "caughtUp";
  return route.tiers.filter((tier) => {
    const owed = alarm.owed.get(tier) as Owed;
    if (!isForced && rankOf(step.level) <= rankOf(owed.known)) return false;
    // The clock starts at the first question and again at a rise, as it does for the person.
    if (rankOf(step.level) > rankOf(owed.level)) owed.since = step.recordedAt;
    owed.known = higher(owed.level === null ? null : owed.known, step.level);
    owed.level = higher(owed.level, step.level);
    return true;
  });
}

/** A step that is looked at: where it stands in the period, and whose it is. */
interface Seen {
  readonly step: Transition;
  readonly alarm: AlarmTally;
  readonly counts: Counts;
  readonly options: KpiOptions;
  readonly route: KpiRoute;
  /** False before the period. */
  readonly isIn: boolean;
}

/** Remembers a step of an alarm for as long as chattering looks back. */
function noteStep({ step, alarm, route, isIn }: Seen): void {
  const { ms, steps } = route.isLatching ? chatterLatching : chatter;
  alarm.steps = [...alarm.steps, step.at].slice(-steps);
  const first = alarm.steps.at(-steps);
  if (isIn && alarm.isCounted && first !== undefined && step.at - first <= ms) alarm.isChattering = true;
}

/** A level goes on where none was. */
function trip({ step, alarm, counts }: Seen): void {
  if (step.occurrence !== alarm.occurrence) alarm.owed = owesNothing();
  alarm.isRepeat = alarm.offSince !== null && step.at - alarm.offSince <= repeatMs;
  // What comes back so soon was no single flicker: chattering looks after it.
  if (alarm.isRepeat && alarm.isFleeting) counts.fleeting -= 1;
  alarm.isFleeting = false;
  alarm.isCounted = false;
  alarm.answeredAt = null;
}

function annunciate(seen: Seen): void {
  const { step, alarm, counts, options, route, isIn } = seen;
  const asked = ask(step, alarm, route);
  if (options.tier !== null && !asked.includes(options.tier)) return;
  if (!alarm.isCounted) counts.standing += 1;
  alarm.isCounted = true;
  if (route.isLatching) noteStep(seen);
  if (!isIn) return;
  counts.annunciations += 1;
  alarm.annunciations += 1;
  counts.byLevel[step.level as Level] += 1;
  const bin = Math.floor((step.recordedAt - options.from) / kpiBinMs);
  counts.bins.set(bin, (counts.bins.get(bin) ?? 0) + 1);
}

/** Nothing is on any more. */
function goOff({ step, alarm, counts, isIn }: Seen): void {
  const activeMs = step.at - (alarm.onSince as number);
  alarm.onSince = null;
  alarm.offSince = step.at;
  if (!alarm.isCounted) return;
  counts.standing -= 1;
  if (!isIn) return;
  counts.returns += 1;
  if (alarm.answeredAt === null) counts.returnedUnanswered += 1;
  else counts.answerToReturn.push(step.recordedAt - alarm.answeredAt);
  alarm.isLong ||= activeMs > longMs;
  alarm.isFleeting = !alarm.isRepeat && activeMs < fleetingMs;
  if (alarm.isFleeting) counts.fleeting += 1;
}

function answersOf(counts: Counts, tier: Tier, level: Level): number[] {
  const known = counts.answers.get(`${tier} ${level}`) ?? [];
  counts.answers.set(`${tier} ${level}`, known);
  return known;
}

/** A person's answer: how long it took, and whether it can have been read. */
function answer({ step, alarm, counts, options, isIn }: Seen): void {
  const { tier, id } = step.actor;
  if (tier === null) return;
  const owed = alarm.owed.get(tier) as Owed;
  if (options.tier === null || options.tier === tier) {
    alarm.answeredAt ??= step.recordedAt;
    // An answer to a re-alarm is an act, but no measure: its clock is that of the reminder.
    if (owed.level !== null && owed.since >= options.from) {
      answersOf(counts, tier, owed.level).push(step.recordedAt - owed.since);
    }
    const last = counts.acted.get(`${tier} ${id}`);
    // The members of a roll-up are answered by one and the same act.
    if (last?.[1] !== step.cause) {
      if (isIn) counts.acts += 1;
      if (isIn && last !== undefined && step.recordedAt - last[0] < stampMs) counts.stamps += 1;
      counts.acted.set(`${tier} ${id}`, [step.recordedAt, step.cause]);
    }
  }
  owed.level = null;
  owed.known = step.level;
}

function look(seen: Seen): void {
  const { step, alarm, counts, route, isIn } = seen;
  const [isOn, wasOn] = [step.level !== null, alarm.onSince !== null];
  // What stood up to this step; what stands after the last one is added at the end.
  if (isIn) counts.standingMost = Math.max(counts.standingMost, counts.standing);
  const kind = kindOf(step, alarm);
  if (isOn && !wasOn) trip(seen);
  if (kind === "annunciation" && isOn) annunciate(seen);
  else if (kind === "reAlarm" && isIn && alarm.isCounted) counts.reAlarms += 1;
  if (isOn && !wasOn) alarm.onSince = step.at;
  if (!isOn && wasOn) goOff(seen);
  if (isOn !== wasOn && !route.isLatching) noteStep(seen);
  if (step.why.code === "acknowledged") answer(seen);
  alarm.occurrence = step.occurrence;
  alarm.revision = step.revision;
}

/** An answer that is still owed counts with its age: what nobody answers must not make the others look fast. */
function answersFor(
  counts: Counts,
  alarms: Iterable<AlarmTally>,
  options: KpiOptions,
  to: number,
): KpiCounts["answers"] {
  const waiting = new Map<string, number[]>();
  for (const { owed } of alarms) {
    for (const [tier, { level, since }] of owed) {
      if (level === null || since < options.from) continue;
      const known = waiting.get(`${tier} ${level}`) ?? [];
      known.push(to - since);
      waiting.set(`${tier} ${level}`, known);
    }
  }
  const desks = options.tier === null ? tiers : [options.tier];
  return desks.flatMap((tier) =>
    levels.map((level) => {
      const given = counts.answers.get(`${tier} ${level}`) ?? [];
      return { tier, level, given: given.length, tookMs: [...given, ...(waiting.get(`${tier} ${level}`) ?? [])] };
    }),
  );
}

/** Starts a count. */
export function createKpiTally(options: KpiOptions): KpiTally {
  const alarms = new Map<string, AlarmTally>();
  const counts = newCounts();
  return {
    count: (step) => {
      const alarm = alarms.get(step.alarm) ?? newAlarm();
      alarms.set(step.alarm, alarm);
      // Nobody was told of it when it happened: what an amendment found is no load of then, and its time no measure of anyone.
      if (step.amends !== undefined) {
        alarm.occurrence = step.occurrence;
        alarm.revision = step.revision;
        return;
      }
      const isIn = step.recordedAt >= options.from;
      look({ step, alarm, counts, options, route: options.routeOf(step), isIn });
    },
    counts: (to) => {
      const { answers: _, acted: __, bins, answerToReturn, byLevel, ...plain } = counts;
      const all = [...alarms.values()];
      const isLong = ({ isLong: was, isCounted, onSince }: AlarmTally): boolean =>
        was || (isCounted && onSince !== null && to - onSince > longMs);
      return {
        ...plain,
        from: options.from,
        to,
        tier: options.tier,
        byLevel: { ...byLevel },
        bins: new Map(bins),
        answerToReturn: [...answerToReturn],
        standingMost: Math.max(counts.standingMost, counts.standing),
        answers: answersFor(counts, all, options, to),
        byAlarm: [...alarms].flatMap(([alarm, { annunciations }]) =>
          annunciations > 0 ? [{ alarm, annunciations }] : [],
        ),
        chattering: all.filter(({ isChattering }) => isChattering).length,
        longStanding: all.filter(isLong).length,
      };
    },
  };
}
