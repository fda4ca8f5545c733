// The short way for a message in which nothing happens, which nearly every message is: it changes values, and nothing else.
//
// It decides by what the long way (judge.ts) would do: only where that would raise nothing, return nothing, count nothing
// and start no run does it take the values in. In any doubt it takes nothing, and the long way judges the whole message.
// `verify` judges by the long way alone, so every verification of a record compares the two.
import type { TelemetryInput } from "../../contract/input.ts";
import type { Reading, Telemetry } from "../../contract/sample.ts";
import { isAboutToLearn } from "../domain/learn-silence.ts";
import { isQuiet, stepTests, type CompiledTests } from "../domain/quality.ts";
import { createBounds } from "./bounds.ts";
import { earlyMs } from "./clocks.ts";
import { isStillLooking, type Sight } from "./conditions.ts";
import { versionOf } from "./findings.ts";
import { isInSequence, takeCalmMessage, type Ledger } from "./ledger.ts";
import { remember } from "./memory.ts";
import {
  isLearning,
  type CompiledJoint,
  type CompiledPoint,
  type CompiledRule,
  type CompiledVersion,
  type Plant,
} from "./plant.ts";
import { hearInTime } from "./rhythm.ts";
import { addSample, createWindow } from "./series.ts";
import type { DeviceState, MonitorState, PointState, RuleState } from "./state.ts";
import type { Outcome } from "./turn.ts";

/** Takes calm messages in. */
export interface CalmWay {
  /** Nothing but the points whose values changed; null where the long way must judge. */
  readonly take: (input: TelemetryInput) => Outcome | null;
  /** The long way has judged this message, and these rules over several points. */
  readonly judged: (message: Telemetry, joints: ReadonlySet<CompiledJoint>) => void;
  /** Something else was judged: nothing known of any point may hold any longer. */
  readonly forget: () => void;
}

/** The points of a message in its order, and what it brings about: every calm one like it has the same. */
interface Layout {
  readonly codes: readonly string[];
  readonly places: readonly number[];
  /** Those whose silence is learned. */
  readonly learning: readonly number[];
  readonly outcome: Outcome;
}

/** A device, and what its messages looked like: devices say the same things in the same order. */
interface Sender {
  readonly id: string;
  readonly device: DeviceState;
  readonly ledger: Ledger;
  readonly codes: ReadonlyMap<string, CompiledPoint>;
  /** By the first code of the message, the newest first: a device that sends some values more often has a few of them. */
  readonly layouts: Map<string, readonly Layout[]>;
}

/** Nothing but values that changed. */
function newLayout(codes: readonly string[], places: readonly number[], learning: readonly number[]): Layout {
  return { codes, places, learning, outcome: { changes: [], flags: [], reply: null, touchedPoints: places } };
}

/** So many messages of one device that begin alike are known. */
const mostAlike = 16;
const noLayouts: readonly Layout[] = [];
const emptyLayout = newLayout([], [], []);

/** The one instant of plain good values; NaN where they are not all that. Of no values any instant will do. */
function instantOf(readings: readonly Reading[]): number {
  const sourceAt = readings.length === 0 ? 0 : ((readings[0] as Reading).sourceAt ?? Number.NaN);
  for (const { value, unit, quality, sourceAt: at, isHistorical } of readings) {
    if (value === null || unit !== null || quality !== "good" || at !== sourceAt || isHistorical === true)
      return Number.NaN;
  }
  return sourceAt;
}

/** Are these the points that the message names? The strings are nearly always the very same ones. */
function isOf({ codes }: Layout, readings: readonly Reading[]): boolean {
  if (codes.length !== readings.length) return false;
  for (let nth = 0; nth < codes.length; nth += 1) if (codes[nth] !== (readings[nth] as Reading).code) return false;
  return true;
}

/** The points of a message; null where one of them is unknown or stands there twice. */
function layoutOf(sender: Sender, readings: readonly Reading[]): Layout | null {
  const first = readings[0];
  if (first === undefined) return emptyLayout;
  const alike = sender.layouts.get(first.code) ?? noLayouts;
  for (const layout of alike) if (isOf(layout, readings)) return layout;
  const codes = readings.map(({ code }) => code);
  const points = codes.flatMap((code) => sender.codes.get(code) ?? []);
  if (points.length < codes.length || new Set(points).size < points.length) return null;
  const learning = points.filter(({ point }) => isLearning(point));
  const placesOf = (all: readonly CompiledPoint[]): readonly number[] => all.map(({ index }) => index);
  const layout = newLayout(codes, placesOf(points), placesOf(learning));
  sender.layouts.set(first.code, [layout, ...alike.slice(0, mostAlike - 1)]);
  return layout;
}

/** Nothing about the device itself would be told or counted. */
function isDeviceCalm({ sequence, refused }: Telemetry, { device, ledger }: Sender): boolean {
  if (device.status !== "online" || device.lossLevel !== null || device.isUntrusted || device.isEarly) return false;
  if (refused.length > 0) return false;
  return isInSequence(ledger, sequence);
}

/** What the long way would do about the time of the message and the state of its point: nothing. */
function isPointCalm(live: PointState, silentAfterMs: number, lateMs: number, sourceAt: number): boolean {
  if (live.judgedAt === 0 || sourceAt <= live.judgedAt || lateMs > silentAfterMs || lateMs < -earlyMs) return false;
  if (sourceAt - live.judgedAt > silentAfterMs) return false;
  return (
    live.loss === null &&
    live.laggingSince === null &&
    live.isVerified &&
    live.stuckLevel === null &&
    live.quality !== "bad"
  );
}

/** What the conditions of a point look through; null where none looks back. */
function sightOf({ point: { report }, step, rules }: CompiledPoint): Sight | null {
  if (!rules.some(({ versions }) => versions.some(({ looks }) => looks.length > 0))) return null;
  const window = createWindow(report === "onChange" ? null : report.everyMs, step);
  return { sample: { sourceAt: 0, value: 0, quality: "good" }, window };
}

/** Makes the short way for a state and its compiled plan. */
export function createCalmWay(state: MonitorState, plant: Plant): CalmWay {
  const senders = new Map<string, Map<string, Sender>>();
  const lives = plant.points.map((point) => state.points.get(point.point.id) as PointState);
  const tests = plant.points.map((point) => point.tests);
  const bounds = createBounds(state, plant);
  const { low, high, from, until, silentAfterMs } = bounds;
  // One object for all samples: this way makes none of its own.
  const sample = { value: 0, sourceAt: 0, isAfterGap: false };
  const sights = plant.points.map(sightOf);

  const senderOf = (site: string, code: string): Sender | null => {
    const known = senders.get(site)?.get(code);
    if (known !== undefined) return known;
    const id = `${site}/${code}`;
    const device = state.devices.get(id);
    const codes = plant.codes.get(site);
    if (device === undefined || codes === undefined) return null;
    const ledger = state.ledgers.get(id) as Ledger;
    const sender: Sender = { id, device, ledger, codes, layouts: new Map() };
    senders.set(site, (senders.get(site) ?? new Map<string, Sender>()).set(code, sender));
    return sender;
  };

  /** Nothing comes of what a point's conditions see when they look back from this sample. */
  const isStill = (place: number, sight: Sight, value: number): boolean => {
    const { windowMs, rules } = plant.points[place] as CompiledPoint;
    const live = lives[place] as PointState;
    sight.sample.sourceAt = sample.sourceAt;
    sight.sample.value = value;
    // The long way would take it in as well: that it is there already makes no difference to it.
    if (windowMs > 0) addSample(live.series, windowMs, sample.sourceAt, value);
    for (let nth = 0; nth < rules.length; nth += 1) {
      const runs = live.rules[nth] as RuleState;
      const version = versionOf(rules[nth] as CompiledRule, runs) as CompiledVersion;
      if (version.looks.length > 0 && !isStillLooking(version, runs, live.series, sight)) return false;
    }
    return true;
  };

  const isCalm = (layout: Layout, readings: readonly Reading[], { id }: Sender, at: number): boolean => {
    const { places, learning } = layout;
    const { sourceAt } = sample;
    // Another limit is another deadline: that is for the long way.
    for (const place of learning) if (isAboutToLearn((lives[place] as PointState).rhythm)) return false;
    for (let nth = 0; nth < places.length; nth += 1) {
      const place = places[nth] as number;
      const value = (readings[nth] as Reading).value as number;
      const live = lives[place] as PointState;
      bounds.refresh(place, live);
      if (!(value >= (low[place] as number) && value <= (high[place] as number))) return false;
      if (sourceAt < (from[place] as number) || sourceAt >= (until[place] as number)) return false;
      if (live.device !== id || !isPointCalm(live, silentAfterMs[place] as number, at - sourceAt, sourceAt))
        return false;
      const tested = tests[place] as CompiledTests | null;
      if (tested === null) continue;
      sample.value = value;
      if (!isQuiet(tested, live.history, sample)) return false;
    }
    for (let nth = 0; nth < places.length; nth += 1) {
      const place = places[nth] as number;
      const sight = sights[place] as Sight | null;
      if (sight !== null && !isStill(place, sight, (readings[nth] as Reading).value as number)) return false;
    }
    return true;
  };

  const takeIn = (places: readonly number[], readings: readonly Reading[], at: number): void => {
    const { sourceAt } = sample;
    for (let nth = 0; nth < places.length; nth += 1) {
      const value = (readings[nth] as Reading).value as number;
      const place = places[nth] as number;
      const live = lives[place] as PointState;
      const tested = tests[place] as CompiledTests | null;
      sample.value = value;
      if (tested !== null) stepTests(tested, live.history, sample);
      remember(live.memory, live.judgedAt, plant.remembered, sourceAt, value);
      live.judgedAt = sourceAt;
      live.goodAt = sourceAt;
      live.sourceAt = sourceAt;
      live.receivedAt = at;
      live.value = value;
      live.quality = "good";
      live.reasons = 0;
    }
    state.samples += places.length;
  };

  return {
    take: ({ at, message }) => {
      const { site, device: code, sequence, readings } = message;
      const sender = senderOf(site, code);
      if (sender === null || !isDeviceCalm(message, sender)) return null;
      const sourceAt = instantOf(readings);
      const layout = Number.isNaN(sourceAt) ? null : layoutOf(sender, readings);
      sample.sourceAt = sourceAt;
      if (layout === null || !isCalm(layout, readings, sender, at)) return null;
      const { device } = sender;
      takeCalmMessage(sender.ledger, at, sourceAt, message);
      device.receivedAt = at;
      if (sequence !== null) device.lastSequence = sequence.last;
      if (readings.length === 0) return layout.outcome;
      device.early = 0;
      device.ahead = 0;
      device.behindSince = null;
      for (const place of layout.learning) {
        const { point } = plant.points[place] as CompiledPoint;
        hearInTime(state, point, lives[place] as PointState, { at, isTimely: true });
      }
      takeIn(layout.places, readings, at);
      return layout.outcome;
    },
    judged: ({ site, readings }, joints) => {
      const codes = plant.codes.get(site);
      const places = readings.flatMap(({ code }) => codes?.get(code)?.index ?? []);
      bounds.judged(places, joints);
    },
    forget: bounds.forget,
  };
}
