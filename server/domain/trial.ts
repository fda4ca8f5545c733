// One trial of a gateway, from its first connection over a cut to the end: what it did, gathered in bounded memory.
import type { TrialPhase, TrialPoint, TrialRecord } from "../../contract/conformance.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Point } from "../../contract/plant.ts";
import type { Reading, Telemetry } from "../../contract/sample.ts";
import { convert } from "../../contract/units.ts";

/** What the bench hears of a gateway. `at` is the server's time, epoch ms. */
export type TrialEvent =
  | {
      readonly kind: "connected";
      readonly at: number;
      readonly security: NonNullable<TrialRecord["security"]>;
      readonly certificateEndsAt: number | null;
      readonly hasWill: boolean;
    }
  | {
      readonly kind: "message";
      readonly at: number;
      readonly hash: string;
      readonly qos: 0 | 1 | 2;
      readonly message: Telemetry;
    }
  | { readonly kind: "state"; readonly at: number; readonly online: boolean }
  | { readonly kind: "refused"; readonly at: number; readonly code: FaultCode; readonly example: string };

/** How long the parts of a trial take, ms. */
export interface TrialTimes {
  /** @default 3 min, and three periods of the slowest point */
  readonly listenMs: number;
  /** How long the connection stays cut. @default 60 s, and two and a half periods of the fastest point */
  readonly cutMs: number;
  /** How long the gateway may take to come back and to catch up. @default 5 min */
  readonly returnMs: number;
  /** After the return at least so long is listened for what comes late. @default 30 s */
  readonly settleMs: number;
}

const hourMs = 3_600_000;
const maxNames = 50;
const maxLags = 1000;
const maxHashes = 1000;
/** Behind this `seq` begins again (wire.md). */
const maxSequence = 0xffff_ffff;

/** The usual times for the points of a device. */
export function trialTimes(points: readonly Point[]): TrialTimes {
  const periods = points.flatMap(({ report }) => (report === "onChange" ? [] : [report.everyMs]));
  const listenMs = bounded(3 * Math.max(0, ...periods), 180_000, 3 * hourMs);
  // Whatever the period, something is measured while the connection is cut: else nothing could come late.
  const cutMs = periods.length === 0 ? 60_000 : bounded(2.5 * Math.min(...periods), 60_000, hourMs);
  return { listenMs, cutMs, returnMs: 300_000, settleMs: 30_000 };
}

function bounded(ms: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, ms));
}

/** A trial that has seen nothing yet. */
export function startTrial(at: number): TrialRecord {
  return {
    startedAt: at,
    phase: "waiting",
    phaseAt: at,
    endedAt: null,
    security: null,
    certificateEndsAt: null,
    hasWill: false,
    messages: 0,
    qos0: 0,
    values: 0,
    points: new Map(),
    unknown: new Set(),
    refused: new Map(),
    lagsMs: [],
    withoutTime: 0,
    sequence: null,
    births: 0,
    deaths: 0,
    cutAt: null,
    backAt: null,
    withheld: new Set(),
    resent: new Set(),
    backlog: null,
  };
}

function enter(record: TrialRecord, phase: TrialPhase, at: number): void {
  record.phase = phase;
  record.phaseAt = at;
  if (phase === "done") record.endedAt = at;
}

/** How long the phase lasts by itself; null where it waits for the gateway. */
export function phaseMs(record: TrialRecord, times: TrialTimes): number | null {
  if (record.phase === "listening") return times.listenMs;
  // The cut comes with the next message, so that there is one to send again; a gateway with nothing to say is cut anyway.
  if (record.phase === "cut") return record.cutAt === null ? times.listenMs : times.cutMs;
  return record.phase === "returning" ? times.returnMs : null;
}

/** Lets the phases go on with time; true where the bench must cut the connection now. */
export function passTrial(record: TrialRecord, times: TrialTimes, at: number): boolean {
  const lasts = phaseMs(record, times);
  if (lasts === null || at - record.phaseAt < lasts) return false;
  if (record.phase === "cut" && record.cutAt === null) {
    cut(record, at);
    return true;
  }
  enter(record, next[record.phase], at);
  return false;
}

const next: Readonly<Record<TrialPhase, TrialPhase>> = {
  waiting: "listening",
  listening: "cut",
  cut: "returning",
  returning: "done",
  done: "done",
};

function cut(record: TrialRecord, at: number): void {
  record.cutAt = at;
  record.phaseAt = at;
}

/** Ends a trial before its time: everything was seen, or somebody has given it up. */
export function endTrial(record: TrialRecord, at: number): void {
  enter(record, "done", at);
}

/** Whether the gateway may connect now: during the cut it may not. */
export function mayConnect({ phase, cutAt }: TrialRecord): boolean {
  return phase !== "cut" || cutAt === null;
}

/** Notes what a gateway does; false: do not acknowledge it, and cut the connection. */
export function hearTrial(record: TrialRecord, points: ReadonlyMap<string, Point>, event: TrialEvent): boolean {
  switch (event.kind) {
    case "connected":
      noteConnected(record, event);
      return true;
    case "state":
      if (event.online) record.births += 1;
      else record.deaths += 1;
      return true;
    case "refused": {
      const known = record.refused.get(event.code);
      if (known === undefined) record.refused.set(event.code, { count: 1, example: event.example });
      else known.count += 1;
      return true;
    }
    case "message":
      if (event.qos === 0) record.qos0 += 1;
      if (record.phase === "cut") {
        if (record.cutAt === null) cut(record, event.at);
        if (record.withheld.size < maxHashes) record.withheld.add(event.hash);
        return false;
      }
      noteMessage(record, points, event);
      return true;
  }
}

function noteConnected(record: TrialRecord, event: Extract<TrialEvent, { readonly kind: "connected" }>): void {
  record.security = event.security;
  record.certificateEndsAt = event.certificateEndsAt;
  record.hasWill = event.hasWill;
  if (record.phase === "waiting") enter(record, "listening", event.at);
  if (record.phase === "returning") record.backAt ??= event.at;
}

function noteMessage(
  record: TrialRecord,
  points: ReadonlyMap<string, Point>,
  { message, at, hash }: Extract<TrialEvent, { readonly kind: "message" }>,
): void {
  const isResent = record.withheld.has(hash);
  if (isResent) record.resent.add(hash);
  record.messages += 1;
  record.values += message.readings.length;
  noteSequence(record, message.sequence);
  for (const { code, example } of message.refused) {
    const known = record.refused.get(code);
    if (known === undefined) record.refused.set(code, { count: 1, example });
    else known.count += 1;
  }
  const times = message.readings.flatMap(({ sourceAt }) => (sourceAt === null ? [] : [sourceAt]));
  if (times.length < message.readings.length) record.withoutTime += 1;
  const newest = times.length === 0 ? null : Math.max(...times);
  if (newest !== null && isOfCut(record, newest, at)) {
    // What only comes again because nobody had acknowledged it tells nothing of a store.
    if (!isResent) noteBacklog(record, newest, at);
  } else if (newest !== null && record.lagsMs.length < maxLags) record.lagsMs.push(at - newest);
  for (const reading of message.readings) noteReading(record, points, reading, at);
}

/** Measured before the gateway was back, and told after it; a clock that is off is no store. */
function isOfCut({ backAt, lagsMs }: TrialRecord, sourceAt: number, at: number): boolean {
  if (backAt === null || at < backAt) return false;
  const usualMs = lagsMs.toSorted((one, other) => one - other)[Math.floor(lagsMs.length / 2)] ?? 0;
  return sourceAt + usualMs < backAt;
}

function noteBacklog(record: TrialRecord, sourceAt: number, at: number): void {
  const { backlog } = record;
  if (backlog === null) {
    record.backlog = { messages: 1, lastSourceAt: sourceAt, outOfOrder: 0, firstAt: at, lastAt: at };
    return;
  }
  backlog.messages += 1;
  backlog.lastAt = at;
  if (sourceAt < backlog.lastSourceAt) backlog.outOfOrder += 1;
  else backlog.lastSourceAt = sourceAt;
}

/** One more each message; a number that was left out may still come, as what was on its way at the cut does. */
function noteSequence(record: TrialRecord, sequence: Telemetry["sequence"]): void {
  if (sequence === null) return;
  const { first, last } = sequence;
  const known = record.sequence;
  if (known === null) {
    record.sequence = { last, numbered: 1, missing: 0, repeats: 0 };
    return;
  }
  known.numbered += 1;
  const expected = known.last === maxSequence ? 0 : known.last + 1;
  if (first >= expected) {
    known.missing += first - expected;
    known.last = last;
  } else if (known.missing > 0) known.missing = Math.max(0, known.missing - (last - first + 1));
  else if (record.cutAt === null) known.repeats += 1;
}

function noteReading(record: TrialRecord, points: ReadonlyMap<string, Point>, reading: Reading, at: number): void {
  const point = points.get(reading.code);
  if (point === undefined) {
    if (record.unknown.size < maxNames) record.unknown.add(reading.code);
    return;
  }
  const seen = record.points.get(reading.code) ?? newPoint(at);
  record.points.set(reading.code, seen);
  if (seen.count > 0 && record.phase === "listening") {
    seen.longestMs = Math.max(seen.longestMs, at - seen.receivedAt);
  }
  seen.count += 1;
  seen.receivedAt = at;
  noteSourceTime(seen, reading.sourceAt);
  noteValue(seen, point, reading);
}

function newPoint(at: number): TrialPoint {
  return {
    count: 0,
    receivedAt: at,
    longestMs: 0,
    sourceAt: 0,
    longestSourceMs: 0,
    outOfRange: 0,
    failed: 0,
    wrongUnit: null,
  };
}

function noteSourceTime(seen: TrialPoint, sourceAt: number | null): void {
  if (sourceAt === null || sourceAt <= seen.sourceAt) return;
  if (seen.sourceAt > 0) seen.longestSourceMs = Math.max(seen.longestSourceMs, sourceAt - seen.sourceAt);
  seen.sourceAt = sourceAt;
}

function noteValue(seen: TrialPoint, { unit, range }: Point, reading: Reading): void {
  if (reading.quality === "bad" || reading.value === null) {
    seen.failed += 1;
    return;
  }
  const value = reading.unit === null ? reading.value : convert(reading.value, reading.unit, unit);
  const [least, most] = range.sensor;
  if (value === undefined) seen.wrongUnit ??= reading.unit;
  else if (value < least || value > most) seen.outOfRange += 1;
}
