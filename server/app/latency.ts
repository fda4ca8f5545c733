// The seven stamps of alarms: where each annunciation was when, how fast they travel, and the alarm where that takes too long.
import type { Transition } from "../../contract/alarm.ts";
import type { Input } from "../../contract/input.ts";
import { rankOf } from "../../contract/level.ts";
import type { AlarmStamps, CanaryView, LatencyView, Painted, Stamp } from "../../contract/receipt.ts";
import type { Screen } from "../adapters/gateway/wall.ts";
import { figuresOf, hops, slowestHop, slowestOfFigures, type StampTimes, wholeWay } from "../domain/latency.ts";
import type { Loop } from "../loop.ts";
import type { TurnTimes } from "../loop/sinks.ts";
import type { Monitor, Outcome } from "../monitor.ts";

/** What the stamps stand on. */
export interface LatencyOptions {
  readonly loop: Pick<Loop, "neighbour">;
  readonly monitor: Pick<Monitor, "state">;
  /** The clock that stamps are in. */
  readonly clock: () => number;
  /** Measured to painted at p99, ms; null: no alarm is made of it, as in an exercise whose time is not the real one. */
  readonly limitMs: number | null;
  readonly canary: () => CanaryView;
}

/** Stamps of a running server. */
export interface Latency {
  /** A turn is complete: only what it did to alarms is looked at. */
  readonly judged: (inputs: readonly Input[], outcomes: readonly Outcome[], times: TurnTimes) => void;
  /** A screen is there: what was pushed before it came took no time on its way to it. */
  readonly seated: (screen: Screen) => void;
  readonly left: (connection: string) => void;
  readonly painted: (screen: Screen, alarms: Painted["alarms"]) => void;
  readonly view: () => LatencyView;
  /** Of the newest annunciation of an alarm; null where it is not remembered. */
  readonly stampsOf: (alarm: string) => AlarmStamps | null;
  /** Now and then: whether it takes too long. */
  readonly look: () => void;
}

interface Journey {
  readonly alarm: string;
  readonly occurrence: number;
  readonly revision: number;
  readonly times: { -readonly [S in Stamp]: number | null };
  readonly painted: { readonly screen: string; readonly at: number }[];
  /** By the first wall of the register: a browser's tab may be hidden, and paint when somebody comes back to it. */
  onWallAt: number | null;
  /** A device's sample, in time: what was found late was late before it came to us. */
  readonly isCounted: boolean;
}

const mostRemembered = 1000;
const mostScreens = 50;
const windowMs = 3_600_000;
/** Fewer say nothing of the slowest of a hundred. */
const leastJudged = 20;

/** Begins to stamp. */
export function createLatency({ loop, monitor, clock, limitMs, canary }: LatencyOptions): Latency {
  const journeys = new Map<string, Journey>();
  const newest = new Map<string, Journey>();
  const seatedAt = new Map<string, number>();
  const keyOf = ({ alarm, occurrence, revision }: Pick<Journey, "alarm" | "occurrence" | "revision">): string =>
    `${alarm} ${occurrence} ${revision}`;

  const remember = (journey: Journey): void => {
    journeys.set(keyOf(journey), journey);
    newest.set(journey.alarm, journey);
    const [oldest] = journeys.values();
    if (journeys.size <= mostRemembered || oldest === undefined) return;
    journeys.delete(keyOf(oldest));
    if (newest.get(oldest.alarm) === oldest) newest.delete(oldest.alarm);
  };

  const stamp = (input: Input, transition: Transition, times: TurnTimes): void => {
    const { alarm, occurrence, revision, level, fromLevel, foundLateMs, why, at } = transition;
    const known = journeys.get(keyOf(transition));
    if (known !== undefined) {
      if (why.code === "acknowledged") known.times.acknowledged ??= input.at + times.recordedMs;
      return;
    }
    // Falls, returns and answers ask nobody anew.
    if (rankOf(level) <= rankOf(fromLevel)) return;
    const isMeasured = input.kind === "telemetry";
    remember({
      alarm,
      occurrence,
      revision,
      times: {
        measured: isMeasured ? at : null,
        received: input.at,
        judged: input.at + times.judgedMs,
        recorded: input.at + times.recordedMs,
        pushed: input.at + times.pushedMs,
        painted: null,
        acknowledged: null,
      },
      painted: [],
      onWallAt: null,
      isCounted: isMeasured && foundLateMs === null,
    });
  };

  const counted = (): readonly Journey[] => [...journeys.values()].filter(({ isCounted }) => isCounted);

  return {
    judged(inputs, outcomes, times) {
      for (const [place, { changes }] of outcomes.entries()) {
        for (const change of changes) {
          if (change.type === "alarm") stamp(inputs[place] as Input, change.transition, times);
        }
      }
    },

    seated({ connection }) {
      if (!seatedAt.has(connection)) seatedAt.set(connection, clock());
    },
    left: (connection) => void seatedAt.delete(connection),

    painted({ wall, person, connection }, alarms) {
      for (const receipt of alarms) {
        const journey = journeys.get(keyOf(receipt));
        if (journey === undefined || journey.painted.length >= mostScreens) continue;
        const screen = wall?.name ?? person?.name ?? connection;
        if (journey.painted.some((one) => one.screen === screen)) continue;
        // A screen's clock is its own: nothing is painted before it was pushed, or after it was told of.
        const at = Math.min(
          Math.max(receipt.paintedAt, journey.times.pushed ?? 0),
          Math.max(clock(), journey.times.pushed ?? 0),
        );
        journey.painted.push({ screen, at });
        if ((seatedAt.get(connection) ?? Infinity) > (journey.times.pushed ?? 0)) continue;
        journey.times.painted = Math.min(journey.times.painted ?? at, at);
        if (wall !== null) journey.onWallAt = Math.min(journey.onWallAt ?? at, at);
      }
    },

    view() {
      const all = counted().map(({ times }) => times);
      const figures = hops.map((hop) => figuresOf(all, hop));
      return {
        alarms: all.length,
        limitMs: limitMs ?? 0,
        hops: figures,
        whole: figuresOf(all, wholeWay),
        slowest: slowestOfFigures(figures),
        canary: canary(),
      };
    },

    stampsOf(alarm) {
      const journey = newest.get(alarm);
      if (journey === undefined) return null;
      const { times, occurrence, revision, painted } = journey;
      const { painted: _, ...at } = times;
      return { alarm, occurrence, revision, at, painted, slowest: slowestHop(times) };
    },

    look() {
      if (limitMs === null) return;
      const recent = counted()
        .filter(({ times }) => clock() - (times.pushed ?? 0) < windowMs)
        .map(({ times, onWallAt }): StampTimes => ({ ...times, painted: onWallAt }));
      const whole = figuresOf(recent, wholeWay);
      const isHigh = whole.count >= leastJudged && (whole.p99Ms ?? 0) > limitMs;
      const isDown = monitor.state().neighbours.get("latency")?.state === "down";
      if (isHigh === isDown) return;
      if (!isHigh) {
        loop.neighbour("latency", "up", "fast enough");
        return;
      }
      const slowest = slowestOfFigures(hops.map((hop) => figuresOf(recent, hop)));
      const hop = slowest === null ? "" : `${slowest.from} ${slowest.to}`;
      const took = secondsOf(whole.p99Ms ?? 0);
      loop.neighbour("latency", "down", `${took}: ${hop}`, { took, limit: secondsOf(limitMs), hop });
    },
  };
}

function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
