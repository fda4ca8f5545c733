// What must hold for every stream of inputs, however unlucky (semantics; style §7). A failure prints its seed and path.
import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmView, Transition } from "../../../contract/alarm.ts";
import { incidentAfter } from "../../../contract/incident.ts";
import { rankOf, type Level } from "../../../contract/level.ts";
import type { Tier } from "../../../contract/plant.ts";
import type { Quality, Telemetry } from "../../../contract/sample.ts";
import type { ChangeItem, Reply } from "../../../contract/wall.ts";
import { createMonitor, type Monitor, type Outcome, type Standing } from "../../../server/monitor.ts";
import { packState, unpackState, type PackedState } from "../../../server/monitor/pack.ts";
import { emptyState } from "../../../server/monitor/state.ts";
import { wholeOf } from "../../support/packed.ts";
import { routing } from "../../support/plant.ts";
import { beginning, give, lead, passTo, streams, type Timed } from "../../support/streams.ts";

const runs = { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 40), endOnFailure: true };
/** Streams are long, and the machine may be shared. */
const patience = 180_000;
const everything = streams({ withPlans: true, withServer: true });
const withCourses = streams({ withPlans: true, withServer: true, withCourses: true });
const withoutRestarts = streams({ withPlans: true, withServer: false });

function transitionsOf(changes: readonly ChangeItem[]): readonly Transition[] {
  return changes.flatMap((change) => (change.type === "alarm" ? [change.transition] : []));
}

/** A new plan, or a new version of a rule of it, is a new snapshot for everybody. */
function isReplanning({ kind }: Timed["said"]): boolean {
  return kind === "plan" || kind === "ruleChange";
}

/** All fields but those by which "same transitions" may differ (semantics §8), and the tick that found them. */
function same({ seq: _, recordedAt: __, cause: ___, ...rest }: Transition): unknown {
  return rest;
}

/** Gives the same inputs with ticks of another phase. */
function again(
  inputs: readonly Timed[],
  until: number,
  tickAt: ((due: number) => number) | null,
): Monitor & { made: unknown[] } {
  const monitor = createMonitor();
  const made: unknown[] = [];
  const say = (timed: Timed): void => void made.push(...transitionsOf(give(monitor, timed).changes).map(same));
  const tick = (at: number): void => say({ at, said: { kind: "tick" } });
  for (const timed of inputs) {
    if (tickAt !== null) passTo(() => monitor, timed.at, tickAt, tick);
    say(timed);
  }
  if (tickAt !== null) passTo(() => monitor, until, tickAt, tick);
  tick(until);
  return { ...monitor, made };
}

/** Walls hear of changes only; this is what they make of them. */
function fold(standing: Standing, changes: readonly ChangeItem[]): unknown {
  const byId = <T extends { id: string }>(all: readonly T[]): Map<string, T> =>
    new Map(all.map((one) => [one.id, one]));
  const alarms = byId(standing.alarms);
  const sites = byId(standing.sites);
  const devices = byId(standing.devices);
  const neighbours = new Map(standing.neighbours.map((one) => [one.name, one]));
  const responses = new Map(standing.responses.map((one) => [one.county, one]));
  const silences = new Map(standing.silences.map((one) => [one.tier, one]));
  const floods = new Map(standing.floods.map((one) => [one.tier, one]));
  const incidents = byId(standing.incidents);
  const handovers = new Map(standing.handovers.map((one) => [one.tier, one]));
  let { seq } = standing;
  for (const change of changes) {
    expect(change.seq).toBe(seq + 1);
    seq = change.seq;
    const isGone = change.type === "alarm" && change.alarm.state === "normal" && change.alarm.marks.length === 0;
    if (isGone) alarms.delete(change.alarm.id);
    else if (change.type === "alarm") alarms.set(change.alarm.id, change.alarm);
    else if (change.type === "site") sites.set(change.site.id, change.site);
    else if (change.type === "device") devices.set(change.device.id, change.device);
    else if (change.type === "neighbour") neighbours.set(change.neighbour.name, change.neighbour);
    else if (change.type === "silence") silences.set(change.silence.tier, change.silence);
    else if (change.type === "flood") floods.set(change.flood.tier, change.flood);
    else if (change.type === "handover") handovers.set(change.handover.tier, change.handover);
    else if (change.type === "response") responses.set(change.response.county, change.response);
    else if (change.type === "incident") {
      incidents.set(change.id, incidentAfter(incidents.get(change.id), change));
    }
  }
  // The peak is kept sample by sample and told with the next step.
  const told = [...alarms.values()].map(({ peakValue: _, peakAt: __, ...rest }: AlarmView) => rest);
  const sorted = <T>(all: Iterable<T>): T[] =>
    [...all].toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    seq,
    alarms: sorted(told),
    sites: sorted(sites.values()),
    devices: sorted(devices.values()),
    neighbours: sorted(neighbours.values()),
    responses: sorted(responses.values()),
    silences: sorted(silences.values()),
    handovers: sorted(handovers.values()),
    // Whose flood never began is not told apart from whose nothing was counted.
    floods: sorted(floods.values()).filter(({ since }) => since !== null),
    // What was put away leaves a snapshot after 24 h, and a wall with its next one.
    incidents: sorted(incidents.values()).filter(({ step }) => step !== "archived"),
  };
}

describe("for every stream of inputs the monitor", () => {
  it(
    "makes the same transitions whatever the phase of its ticks: every second, at due instants, or once at the end",
    () => {
      fc.assert(
        fc.property(withoutRestarts, fc.nat(999), (steps, phase) => {
          const live = createMonitor();
          const inputs = lead(
            () => live,
            steps,
            (_, judge) => void judge(),
          );
          const until = live.state().now + 60_000;
          const atDue = again(inputs, until, (due) => due);
          const everySecond = again(inputs, until, (due) => Math.ceil((due - phase) / 1000) * 1000 + phase);
          const never = again(inputs, until, null);
          expect(everySecond.made).toEqual(atDue.made);
          expect(never.made).toEqual(atDue.made);
          expect(never.standing()).toEqual(atDue.standing());
          expect(everySecond.standing()).toEqual(atDue.standing());
        }),
        runs,
      );
    },
    patience,
  );

  it(
    "shows a wall that heard every change the same as one that asks anew",
    () => {
      fc.assert(
        fc.property(everything, fc.nat(40), (steps, from) => {
          const monitor = createMonitor();
          let standing: Standing | null = null;
          let changes: ChangeItem[] = [];
          let nth = 0;
          lead(
            () => monitor,
            steps,
            (timed, judge) => {
              const outcome = judge();
              changes.push(...outcome.changes);
              nth += 1;
              if (nth === from + beginning.length || isReplanning(timed.said)) {
                standing = structuredClone(monitor.standing());
                changes = [];
              }
              if (standing !== null && nth % 7 === 0)
                expect(fold(standing, changes)).toEqual(fold(monitor.standing(), []));
            },
          );
          if (standing !== null) expect(fold(standing, changes)).toEqual(fold(monitor.standing(), []));
        }),
        runs,
      );
    },
    patience,
  );

  it(
    "goes on from a checkpoint taken at any step as if nothing had been",
    () => {
      fc.assert(
        fc.property(withCourses, (steps) => {
          const through: Outcome[] = [];
          const whole = createMonitor();
          lead(
            () => whole,
            steps,
            (_, judge) => void through.push(judge()),
          );
          const broken: Outcome[] = [];
          let monitor = createMonitor();
          lead(
            () => monitor,
            steps,
            (_, judge) => {
              broken.push(judge());
              monitor = createMonitor(
                unpackState(deserialize(serialize(wholeOf(packState(monitor.state())))) as PackedState),
              );
            },
          );
          expect(broken).toEqual(through);
          expect(monitor.standing()).toEqual(whole.standing());
        }),
        runs,
      );
    },
    patience,
  );

  it(
    "judges a calm message the short way as it would the long way, and remembers the same of it",
    () => {
      const taken = { messages: 0, ofSeveral: 0, ofOthers: 0, numbered: 0, tested: 0 };
      const found = new Set<string>();
      fc.assert(
        fc.property(withCourses, (steps) => {
          // The short way alone answers with one and the same empty list, so whoever meets it again has taken that way.
          const answers = new Set<Outcome["changes"]>();
          const short = createMonitor();
          const long = createMonitor(emptyState(), { isShortWayOpen: false });
          const inAnyOrder = (outcome: Outcome): Outcome => ({
            ...outcome,
            touchedPoints: outcome.touchedPoints.toSorted((a, b) => a - b),
          });
          lead(
            () => short,
            steps,
            (timed, judge) => {
              const outcome = judge();
              expect(inAnyOrder(outcome)).toEqual(inAnyOrder(give(long, timed)));
              if (answers.has(outcome.changes) && timed.said.kind === "telemetry")
                countTaken(taken, timed.said.message, short);
              answers.add(outcome.changes);
            },
          );
          expect(short.state()).toEqual(long.state());
          for (const { code } of short.faults()) found.add(code);
        }),
        // Calm messages of several points are rare in streams in which everything happens.
        { ...runs, numRuns: Math.max(100, runs.numRuns) },
      );
      // A short way that is never taken would agree with everything.
      expect(Object.entries(taken).filter(([, count]) => count === 0)).toEqual([]);
      // Nor would tests that never find anything.
      const wanted = ["SAMPLE_SPIKE", "SAMPLE_TOO_FAST", "SAMPLE_FLAT", "SAMPLE_ATTENUATED", "SAMPLE_AFTER_GAP"];
      expect(wanted.filter((code) => !found.has(code))).toEqual([]);
    },
    patience,
  );

  it(
    "returns an alarm by nothing but a good sample, or by time that follows one of a point seen without a break",
    () => {
      fc.assert(
        fc.property(everything, (steps) => checkReturns(steps)),
        runs,
      );
    },
    patience,
  );

  it(
    "calls a site normal after anything worse only by a sample, or by a person's act",
    () => {
      fc.assert(
        fc.property(everything, (steps) => {
          const monitor = createMonitor();
          const status = new Map<string, string>();
          lead(
            () => monitor,
            steps,
            ({ said }, judge) => {
              const { changes } = judge();
              const isTimedReturn = transitionsOf(changes).some((one) => one.why.code === "limitReturned");
              const isMarkEnd = transitionsOf(changes).some((one) => one.why.code === "markEnded");
              for (const change of changes) {
                if (change.type !== "site") continue;
                const was = status.get(change.site.id);
                status.set(change.site.id, change.site.status);
                if (change.site.status !== "normal" || was === undefined || was === "normal") continue;
                // A hand-over and a silence prove nothing; whose service ends by time has been heard all the while.
                const isAct =
                  said.kind === "command" && !["silence", "handover", "acknowledge"].includes(said.command.act);
                const isProven = said.kind === "telemetry" || said.kind === "plan" || isAct || isTimedReturn;
                expect([was, said.kind, isProven || isMarkEnd]).toEqual([was, said.kind, true]);
              }
            },
          );
        }),
        runs,
      );
    },
    patience,
  );

  it(
    "takes an answer for nothing that was not seen, lets nothing that is owed disappear but by its own tier or below red by a mark, and nothing of the process by one",
    () => {
      fc.assert(
        fc.property(everything, (steps) => {
          const monitor = createMonitor();
          const views = new Map<string, AlarmView>();
          lead(
            () => monitor,
            steps,
            ({ said }, judge) => {
              const before = new Map(views);
              const { changes, reply } = judge();
              if (said.kind === "command" && said.command.act === "acknowledge") {
                const { request } = said.command;
                // The deadlines that fell due before the act were judged before it; ticks came at every due instant.
                const seen = before.get(request.alarm);
                expect(reply?.ok === true).toBe(
                  seen?.revision === request.revision &&
                    seen.tiers.some((one) => one.tier === tierOf(said) && one.owedLevel !== null),
                );
              }
              for (const change of changes) {
                if (change.type !== "alarm") continue;
                const { alarm, transition } = change;
                checkOwed(views.get(alarm.id), alarm, transition);
                checkMark(views.get(alarm.id), alarm, transition);
                views.set(alarm.id, alarm);
              }
            },
          );
        }),
        runs,
      );
    },
    patience,
  );

  it(
    "numbers its changes without holes, and has one open occurrence at most for an identity",
    () => {
      fc.assert(
        fc.property(everything, (steps) => {
          const monitor = createMonitor();
          let seq = 0;
          const occurrences = new Map<string, number>();
          lead(
            () => monitor,
            steps,
            (_, judge) => {
              for (const change of judge().changes) {
                expect(change.seq).toBe((seq += 1));
                if (change.type !== "alarm") continue;
                const { from, to, occurrence, revision, alarm } = change.transition;
                const last = occurrences.get(alarm) ?? 0;
                // A mark may stand where nothing is on.
                const isOpening = from === "normal" && to !== "normal";
                expect(occurrence).toBe(isOpening ? last + 1 : last);
                if (isOpening) expect(revision).toBe(1);
                occurrences.set(alarm, occurrence);
              }
              expect(monitor.state().seq).toBe(seq);
              const ids = monitor.standing().alarms.map(({ id }) => id);
              expect(new Set(ids).size).toBe(ids.length);
            },
          );
        }),
        runs,
      );
    },
    patience,
  );

  it(
    "never rises in silence: whoever owes an answer at the new level is asked, or knows of it since the last answer",
    () => {
      fc.assert(
        fc.property(everything, (steps) => {
          const monitor = createMonitor();
          const known = new Map<string, Level | null>();
          lead(
            () => monitor,
            steps,
            (_, judge) => {
              for (const { alarm, transition } of judge().changes.flatMap((change) =>
                change.type === "alarm" ? [change] : [],
              ))
                checkRise(known, alarm, transition);
            },
          );
        }),
        runs,
      );
    },
    patience,
  );
});

/** Which kinds of messages went the short way. */
function countTaken(
  taken: Record<"messages" | "ofSeveral" | "ofOthers" | "numbered" | "tested", number>,
  { site, device, readings, sequence }: Telemetry,
  monitor: Monitor,
): void {
  const own = new Map(monitor.state().plan.points.map((point) => [point.id, point.device]));
  const isTested = ({ code }: Telemetry["readings"][number]): boolean =>
    monitor.state().points.get(`${site}/${code}`)?.history.length !== 0;
  taken.messages += 1;
  if (readings.length > 0 && readings.every(isTested)) taken.tested += 1;
  if (readings.length > 1) taken.ofSeveral += 1;
  if (readings.some(({ code }) => own.get(`${site}/${code}`) !== `${site}/${device}`)) taken.ofOthers += 1;
  if (sequence !== null) taken.numbered += 1;
}

function tierOf(said: Timed["said"]): Tier | null {
  return said.kind === "command" ? said.command.person.tier : null;
}

const setters: readonly string[] = ["shelved", "suppressed", "outOfService"];

/** A mark touches nothing of the process, and its end asks everybody who owes an answer at the level that is on. */
function checkMark(before: AlarmView | undefined, alarm: AlarmView, transition: Transition): void {
  const { why, from, to, fromLevel, level } = transition;
  for (const { upTo } of alarm.marks)
    expect([alarm.id, rankOf(level) <= rankOf(upTo) && level !== "red"]).toEqual([alarm.id, true]);
  if (alarm.marks.length > 0) expect(alarm.tiers.filter(({ owedLevel }) => owedLevel !== null)).toEqual([]);
  if (setters.includes(why.code)) {
    expect([to, level, alarm.latchedLevel]).toEqual([from, fromLevel, before?.latchedLevel ?? null]);
    expect(transition.revision).toBe(before?.revision ?? transition.revision);
  }
  const isEnd = (before?.marks.length ?? 0) > 0 && alarm.marks.length === 0;
  if (!isEnd) return;
  if (why.code === "markEnded") expect([level, alarm.latchedLevel]).toEqual([fromLevel, before?.latchedLevel]);
  if (level === null) return;
  expect(to).toBe("unacknowledged");
  const duties =
    alarm.source.kind === "neighbour" ? [{ tier: "city" as const }] : routing[alarm.isData ? "data" : "process"][level];
  for (const { tier } of duties) {
    const owed = alarm.tiers.find((one) => one.tier === tier)?.owedLevel ?? null;
    expect([alarm.id, tier, rankOf(owed) >= rankOf(level)]).toEqual([alarm.id, tier, true]);
  }
}

/** What a tier owes never falls but by its own answer; an occurrence that is over owes nothing. */
function checkOwed(before: AlarmView | undefined, after: AlarmView, transition: Transition): void {
  for (const was of before?.tiers ?? []) {
    if (was.owedLevel === null) continue;
    const now = after.tiers.find(({ tier }) => tier === was.tier)?.owedLevel ?? null;
    const isAnswered = transition.why.code === "acknowledged" && transition.actor.tier === was.tier;
    const isMarked = setters.includes(transition.why.code) && was.owedLevel !== "red" && after.latchedLevel === null;
    expect([after.id, was.tier, isAnswered || isMarked || rankOf(now) >= rankOf(was.owedLevel)]).toEqual([
      after.id,
      was.tier,
      true,
    ]);
  }
}

/** The independent book of what each tier knows: the highest level since its last answer, that of the answer included. */
function checkRise(known: Map<string, Level | null>, alarm: AlarmView, transition: Transition): void {
  const { level, fromLevel, why, actor } = transition;
  const keyOf = (tier: Tier): string => `${alarm.id} ${tier}`;
  if (transition.from === "normal")
    for (const tier of ["enterprise", "township", "county", "city"] as const) known.delete(keyOf(tier));
  if (why.code === "acknowledged") known.set(keyOf(actor.tier as Tier), level);
  if (level === null || rankOf(level) <= rankOf(fromLevel)) return;
  const duties =
    alarm.source.kind === "neighbour" ? [{ tier: "city" as const }] : routing[alarm.isData ? "data" : "process"][level];
  for (const { tier } of duties) {
    // Below the level of its marks it is quiet; what that level may be is looked at elsewhere.
    if (rankOf(known.get(keyOf(tier)) ?? null) < rankOf(level) && alarm.marks.length === 0) {
      const owed = alarm.tiers.find((one) => one.tier === tier)?.owedLevel ?? null;
      expect([alarm.id, tier, rankOf(owed) >= rankOf(level)]).toEqual([alarm.id, tier, true]);
      expect(transition.to).toBe("unacknowledged");
    }
    known.set(keyOf(tier), level);
  }
}

function isBelievable(quality: Quality | undefined): boolean {
  return quality === "good" || quality === "unknown";
}

/** What a message says of each of its points, in the order of time. */
function qualitiesOf({ site, readings }: Telemetry, at: number): ReadonlyMap<string, readonly Quality[]> {
  const heard = new Map<string, readonly Quality[]>();
  for (const { code, quality } of readings.toSorted((a, b) => (a.sourceAt ?? at) - (b.sourceAt ?? at))) {
    const point = `${site}/${code}`;
    heard.set(point, [...(heard.get(point) ?? []), quality]);
  }
  return heard;
}

/** A reading of a person, as it was judged: it speaks for its point like a message. */
function readOf(said: Timed["said"], reply: Reply | null, monitor: Monitor): ReadonlyMap<string, readonly Quality[]> {
  if (said.kind !== "command" || said.command.act !== "reading" || reply?.ok !== true) return new Map();
  const { point } = said.command.request;
  return new Map([[point, [monitor.state().points.get(point)?.quality ?? "missing"]]]);
}

function checkReturns(steps: Parameters<typeof lead>[1]): void {
  const monitor = createMonitor();
  /** Points that report by exception: true while nothing has come between their last good sample and now. */
  const isSeen = new Map<string, boolean>();
  const foundLate = new Map<string, number | null>();
  lead(
    () => monitor,
    steps,
    ({ at, said }, judge) => {
      const { changes, reply } = judge();
      const spoken = said.kind === "telemetry" ? qualitiesOf(said.message, at) : readOf(said, reply, monitor);
      for (const change of changes) {
        if (change.type !== "alarm") continue;
        const { transition: step, alarm } = change;
        const wasLate = foundLate.get(alarm.id) ?? null;
        foundLate.set(alarm.id, alarm.foundLateMs);
        if (alarm.isData || step.source.kind !== "point" || rankOf(step.level) >= rankOf(step.fromLevel)) continue;
        const isByHand = said.kind === "command" && said.command.act === "returnByHand";
        expect(isByHand ? ["returnedByHand"] : ["limitReturned", "limitFell"]).toContain(step.why.code);
        if (isByHand) continue;
        const silentAfterMs = monitor.state().plan.points.find((one) => one.id === step.source.id)?.silentAfterMs ?? 0;
        // Ticks came at every due instant, so this very message did it: a sample of the point's own, or, where a
        // detector's rule also looks at its neighbours, one of theirs.
        const isZoned = step.source.id === "s1/gas" && spoken.size > 0;
        const heard = isZoned ? [...spoken.values()].flat() : spoken.get(step.source.id);
        if (heard !== undefined) {
          expect([step.source.id, heard.some(isBelievable)]).toEqual([step.source.id, true]);
          expect([alarm.id, at - step.at <= silentAfterMs || wasLate !== null]).toEqual([alarm.id, true]);
          continue;
        }
        expect([step.source.id, monitor.state().plan.points.find((one) => one.id === step.source.id)?.report]).toEqual([
          step.source.id,
          "onChange",
        ]);
        expect([step.source.id, isSeen.get(step.source.id)]).toEqual([step.source.id, true]);
      }
      for (const [point, heard] of spoken) isSeen.set(point, isBelievable(heard.at(-1)));
      // What was seen under the old version proves nothing under the new one.
      if (said.kind === "ruleChange" && reply?.ok === true) isSeen.set(said.change.source, false);
      const isBreak =
        (said.kind === "neighbour" && (said.name === "server" || said.state === "down")) ||
        (said.kind === "link" && !said.online);
      if (!isBreak) return;
      const device = said.kind === "link" ? `${said.site}/${said.device}` : null;
      // Any device of the site may have spoken for the point: whether a change was missed is the last one's matter.
      for (const [id, point] of monitor.state().points)
        if (device === null || point.device === device) isSeen.set(id, false);
    },
  );
}
