// The box at the site: which points are due when, what changed, and the numbered messages that carry them.
import type { Device, Point } from "../../contract/plant.ts";
import { topicOf } from "../../contract/topics.ts";
import type { Fault, Measured } from "../faults.ts";
import { roundTo } from "./part.ts";

/** One value of a message: bare, or with its own time where that differs from the message's. */
export type PayloadValue = number | { readonly v: number; readonly ts: number };

/** A telemetry object of the native dialect. */
export interface Payload {
  readonly ts: number;
  readonly seq: number;
  readonly values: Readonly<Record<string, PayloadValue>>;
}

/** One message of one device, ready to be published. */
export interface Message {
  readonly site: string;
  readonly device: string;
  readonly topic: string;
  readonly payload: Payload;
}

/** How often points that report on change are looked at, simulated ms. */
const LOOK_EVERY_MS = 1000;

interface Group {
  readonly everyMs: number;
  readonly isOnChange: boolean;
  readonly points: readonly Point[];
  dueMs: number;
}

/** What a reporter needs. */
export interface ReporterOptions {
  readonly device: Device;
  readonly points: readonly Point[];
  readonly read: (point: Point) => number;
  /** Simulated time of the first report; each later one lies a whole number of periods after it. */
  readonly phaseMs: number;
  readonly faults: ReadonlyMap<string, Fault>;
}

/** A device that reports its points. */
export interface Reporter {
  /** When the next points are due, simulated ms; infinite where the device has none. */
  readonly nextDueMs: () => number;
  /** The points due at `dueMs`, stamped `ts`. */
  readonly report: (dueMs: number, ts: number) => readonly Message[];
  /** Every point at once: what a device says when it comes (back) to life. */
  readonly birth: (ts: number) => readonly Message[];
  /** From now on points report as often as they are told, ms by code; of whom nothing is said goes on as before. */
  readonly obey: (everyMs: Readonly<Record<string, number>>) => void;
  /** The last value that each point showed, by code. */
  readonly lastValues: () => ReadonlyMap<string, number>;
}

/** Points by how often they report. */
function groupsOf(
  points: readonly Point[],
  periodOf: (point: Point) => number,
  dueMs: (everyMs: number) => number,
): readonly Group[] {
  const periods = new Set(points.map(periodOf));
  return [...periods].map((period) => {
    const everyMs = period === 0 ? LOOK_EVERY_MS : period;
    return {
      everyMs,
      isOnChange: period === 0,
      points: points.filter((point) => periodOf(point) === period),
      dueMs: dueMs(everyMs),
    };
  });
}

/** Lays readings out in as few objects as hold each code once: repeats and backlogs need further ones. */
function layersOf(
  readings: readonly (readonly [string, readonly Measured[]])[],
  ts: number,
): readonly Payload["values"][] {
  const layers: Record<string, PayloadValue>[] = [];
  for (const [code, measured] of readings) {
    for (const [index, one] of measured.entries()) {
      const layer = (layers[index] ??= {});
      layer[code] = one.ts === ts ? one.value : { v: one.value, ts: one.ts };
    }
  }
  return layers;
}

/** Builds a device's reporter. */
export function createReporter(options: ReporterOptions): Reporter {
  const { device, phaseMs, faults } = options;
  const periods = new Map(options.points.map(({ code, report }) => [code, report === "onChange" ? 0 : report.everyMs]));
  const periodOf = (point: Point): number => periods.get(point.code) ?? 0;
  let groups = groupsOf(options.points, periodOf, () => phaseMs);
  let reportedMs = -Infinity;
  /** On the grid of the phase, so that groups whose periods divide each other keep meeting in one message. */
  const nextAfter = (dueMs: number, everyMs: number): number =>
    Math.max(phaseMs, phaseMs + (Math.floor((dueMs - phaseMs) / everyMs + 1e-9) + 1) * everyMs);
  const lastRead = new Map<string, { readonly ts: number; readonly value: number }>();
  const lastShown = new Map<string, number>();
  const topic = topicOf(device.site, device.code, "telemetry");
  let seq = 0;

  // The same point at the same time is the same value: a birth may fall on a report.
  const valueOf = (point: Point, ts: number): number => {
    const known = lastRead.get(point.code);
    if (known !== undefined && known.ts === ts) return known.value;
    const value = options.read(point);
    lastRead.set(point.code, { ts, value });
    return value;
  };

  // A broken instrument still shows no more digits than it has.
  const shown = (point: Point, measured: Measured): readonly Measured[] => {
    const broken = faults.get(point.id);
    if (broken === undefined) return [measured];
    return broken(measured).map(({ ts, value }) => ({ ts, value: roundTo(value, point.resolution, point.decimals) }));
  };

  const say = (points: readonly Point[], ts: number): readonly Message[] => {
    const readings = points.map((point) => {
      const values = shown(point, { ts, value: valueOf(point, ts) });
      const last = values.at(-1);
      if (last !== undefined) lastShown.set(point.code, last.value);
      return [point.code, values] as const;
    });
    return layersOf(readings, ts).map((values) => {
      const message = { site: device.site, device: device.code, topic, payload: { ts, seq, values } };
      // 2^32 − 1 is the last number of the wire's grammar.
      seq = (seq + 1) % 2 ** 32;
      return message;
    });
  };

  const hasChanged = (point: Point, ts: number): boolean => {
    const before = lastRead.get(point.code)?.value;
    return valueOf(point, ts) !== before;
  };

  return {
    nextDueMs: () => groups.reduce((next, group) => Math.min(next, group.dueMs), Infinity),
    report: (dueMs, ts) => {
      const due = groups.filter((group) => group.dueMs <= dueMs);
      for (const group of due) group.dueMs = nextAfter(dueMs, group.everyMs);
      reportedMs = dueMs;
      const points = due.flatMap((group) =>
        group.isOnChange ? group.points.filter((point) => hasChanged(point, ts)) : group.points,
      );
      return say(points, ts);
    },
    birth: (ts) => say(options.points, ts),
    obey: (everyMs) => {
      for (const [code, period] of periods) {
        if (period > 0) periods.set(code, everyMs[code] ?? period);
      }
      groups = groupsOf(options.points, periodOf, (every) => nextAfter(reportedMs, every));
    },
    lastValues: () => lastShown,
  };
}
