// How each device is doing: its messages as they come, in a few plain numbers that a checkpoint copies in one piece.
import type { DeviceLiveness, HealthValue, LearnedSilence, LivenessTotals } from "../../contract/liveness.ts";
import type { Point } from "../../contract/plant.ts";
import type { Quality, Reading, Telemetry } from "../../contract/sample.ts";
import type { DeviceStatus } from "../../contract/wall.ts";
import { learnedSilence } from "../domain/learn-silence.ts";
import {
  countMessage,
  countValues,
  isBackfilling,
  isOfThePast,
  noteFresh,
  noteLag,
  noteNewest,
  notePast,
  readTally,
  resetTally,
  takeCalm,
  tallyLength,
  type Tally,
} from "../domain/liveness.ts";
import {
  duplicatesOf,
  goOn,
  hearNumbers,
  isNext,
  noGaps,
  numbersLength,
  openNumbers,
  readNumbers,
  resetNumbers,
  type Sequences,
} from "../domain/sequence.ts";
import { readStrip, resetStrip, stripLength } from "../domain/strip.ts";
import type { CompiledPoint, Plant } from "./plant.ts";
import type { DeviceState, MonitorState, PointState } from "./state.ts";

/** What is known of one device: its numbers, and everything else of it that is counted. */
export interface Ledger extends Sequences {
  readonly tally: Tally;
  readonly strip: Float64Array;
}

/** How much the numbers of one ledger take, its gaps left aside. */
export const ledgerLength = tallyLength + numbersLength + stripLength;

/** A ledger whose numbers lie in a larger piece of memory; what it holds there stays as it is. */
export function ledgerIn(all: Float64Array, nth: number, gaps: Float64Array): Ledger {
  const start = nth * ledgerLength;
  const numbersFrom = start + tallyLength;
  const stripFrom = numbersFrom + numbersLength;
  return {
    tally: all.subarray(start, numbersFrom),
    numbers: all.subarray(numbersFrom, stripFrom),
    strip: all.subarray(stripFrom, start + ledgerLength),
    gaps,
  };
}

/** The ledgers of these devices: what is known of them, and an empty one for each new one. */
export function keepLedgers(known: ReadonlyMap<string, Ledger>, devices: readonly string[]): Map<string, Ledger> {
  // One piece of memory for all: thousands of small ones would hold up every collection of the heap.
  const all = new Float64Array(devices.length * ledgerLength);
  return new Map(
    devices.map((id, nth) => {
      const before = known.get(id);
      const ledger = ledgerIn(all, nth, before?.gaps ?? noGaps);
      if (before === undefined) {
        resetTally(ledger.tally);
        resetNumbers(ledger.numbers);
        resetStrip(ledger.strip);
      } else {
        ledger.tally.set(before.tally);
        ledger.numbers.set(before.numbers);
        ledger.strip.set(before.strip);
      }
      return [id, ledger] as const;
    }),
  );
}

/** The newest time of these readings; null where none has one. */
export function newestOf(readings: readonly Reading[]): number | null {
  let newest: number | null = null;
  for (const { sourceAt } of readings)
    if (sourceAt !== null && (newest === null || sourceAt > newest)) newest = sourceAt;
  return newest;
}

/** Opens the page of a message; returns how many numbers are newly missing before it. */
export function openPage(
  ledger: Ledger,
  at: number,
  { sequence, readings }: Telemetry,
  { isUntrusted }: Pick<DeviceState, "isUntrusted">,
): number {
  countMessage(ledger.tally, at);
  if (sequence === null) return 0;
  const newest = isUntrusted ? null : newestOf(readings);
  return hearNumbers(ledger, sequence, { at, isPast: newest === null ? null : isOfThePast(ledger.tally, newest) });
}

/** One message while its readings are looked at. */
export interface Page {
  readonly ledger: Ledger;
  readonly at: number;
  /** Something of it was next in its point's time, and something spoke of the present. */
  hasNext: boolean;
  isFresh: boolean;
}

/** A page on which nothing stands yet. */
export function newPage(ledger: Ledger, at: number): Page {
  return { ledger, at, hasNext: false, isFresh: false };
}

/** Notes a value that is stored: whether it is next in its point's time, and whether it speaks of the past. */
export function noteValue(
  page: Page,
  { sourceAt, quality }: { readonly sourceAt: number; readonly quality: Quality },
  { isNextInTime, isPast }: { readonly isNextInTime: boolean; readonly isPast: boolean },
): void {
  const { ledger, at } = page;
  countValues(ledger.tally, quality, 1);
  if (isNextInTime) page.hasNext = true;
  if (isPast) notePast(ledger.tally, at, sourceAt);
  else page.isFresh = true;
}

/** Notes a reading without a value. */
export function noteNoValue({ ledger }: Page, quality: Quality): void {
  countValues(ledger.tally, quality === "bad" ? "bad" : "missing", 1);
}

/** Closes the page: all readings of the message were looked at. */
export function closePage(page: Page, readings: readonly Reading[], isUntrusted: boolean): void {
  const { ledger, at, hasNext, isFresh } = page;
  const newest = newestOf(readings);
  if (newest === null) return;
  // By a clock that is wrong nothing is late.
  if (hasNext && !isUntrusted) noteLag(ledger.tally, at - newest);
  if (isFresh) noteFresh(ledger.tally, at, at - newest);
  noteNewest(ledger.tally, at, newest);
}

/** True where nothing is to be told of a message's numbers. */
export function isInSequence({ numbers }: Ledger, sequence: Telemetry["sequence"]): boolean {
  return sequence === null || isNext(numbers, sequence);
}

/** Takes a calm message in: one instant of good values of the present, its numbers next. */
export function takeCalmMessage(ledger: Ledger, at: number, sourceAt: number, message: Telemetry): void {
  if (message.sequence !== null) goOn(ledger.numbers, message.sequence);
  takeCalm(ledger.tally, at, sourceAt, message.readings.length);
}

function silencesOf(state: MonitorState, plant: Plant, device: string): readonly LearnedSilence[] {
  return (plant.learning.get(device) ?? []).map((id) => {
    const { point } = plant.byId.get(id) as CompiledPoint;
    const bounds = point.learnSilence as NonNullable<Point["learnSilence"]>;
    const learned = learnedSilence((state.points.get(id) as PointState).rhythm, bounds);
    const silentAfterMs = learned ?? point.silentAfterMs;
    return { point: id, silentAfterMs, isLearned: learned !== null, ...bounds };
  });
}

/** What every wall is told of a device. */
export function statusOf(state: MonitorState, plant: Plant, id: string): DeviceStatus {
  const { status, since, isGraceful } = state.devices.get(id) as DeviceState;
  const learned = silencesOf(state, plant, id).filter(({ isLearned }) => isLearned);
  return {
    id,
    state: status,
    since,
    ...(status === "offline" ? { why: isGraceful ? "goodbye" : "lost" } : {}),
    ...(learned.length === 0
      ? {}
      : { silentAfterMs: Object.fromEntries(learned.map(({ point, silentAfterMs }) => [point, silentAfterMs])) }),
  };
}

function healthOf(state: MonitorState, points: readonly CompiledPoint[], health: Point["health"]): HealthValue[] {
  return points
    .filter(({ point }) => point.health === health)
    .map(({ point: { id, unit } }) => {
      const { value, quality, sourceAt } = state.points.get(id) as PointState;
      return { point: id, value: Number.isNaN(value) ? null : value, unit, quality, sourceAt };
    });
}

/** How every device is doing, in the order of the plan. */
export function livenessOf(state: MonitorState, plant: Plant): readonly DeviceLiveness[] {
  return state.plan.devices.map(({ id, site }) => {
    const { status, since, receivedAt } = state.devices.get(id) as DeviceState;
    const ledger = state.ledgers.get(id) as Ledger;
    const points = (plant.sites.get(site)?.points ?? []).filter(({ point }) => point.device === id);
    return {
      id,
      site,
      state: status,
      since,
      heardAt: receivedAt === 0 ? null : receivedAt,
      ...readTally(ledger.tally, state.now),
      sequence: readNumbers(ledger),
      battery: healthOf(state, points, "battery"),
      signal: healthOf(state, points, "signal"),
      silences: silencesOf(state, plant, id),
      day: readStrip(ledger.strip, state.now),
    };
  });
}

/** The same of all devices together, at little cost. */
export function totalsOf({ ledgers, now }: MonitorState): LivenessTotals {
  let [open, duplicates, backfilling] = [0, 0, 0];
  for (const ledger of ledgers.values()) {
    open += openNumbers(ledger);
    duplicates += duplicatesOf(ledger);
    backfilling += Number(isBackfilling(ledger.tally, now));
  }
  return { openNumbers: open, duplicates, backfilling };
}
