// Conditions on a point's own samples as written: the words of each kind and their defaults.
import type { OwnCondition } from "../../contract/condition.ts";
import { amountOf, durationOf } from "./amount.ts";
import { crossingOf, type Joint } from "./combine.ts";
import { below, type Place } from "./fault-list.ts";
import { methodOf } from "./method.ts";
import type { ConditionFile, OwnKindName, Untimed } from "./rule-schema.ts";

const minute = 60_000;
const day = 86_400_000;

type NumberWord = "target" | "sigma" | "allowance" | "noise" | "minR2";
const bounds: Readonly<Record<NumberWord, readonly [number, number]>> = {
  target: [-1e12, 1e12],
  sigma: [1e-6, 1e12],
  allowance: [0, 100],
  noise: [0, 1e12],
  minR2: [0, 1],
};

type Own = Untimed<OwnCondition>;

/** What a kind on a point's own samples adds to the words that all kinds share; undefined where it is faulty or waits. */
export function ownConditionOf(kind: OwnKindName, written: ConditionFile, place: Place, joint: Joint): Own | undefined {
  const { reader } = joint;
  const time = (word: "windowMs" | "perMs" | "horizonMs", usual: number): number | undefined =>
    durationOf(written[word] ?? usual, below(place, word), reader, 1);
  const number = (word: NumberWord, usual?: number): number | undefined => {
    const found = amountOf(written[word] ?? usual, below(place, word), reader)?.value;
    const [least, most] = bounds[word];
    if (found === undefined || (found >= least && found <= most)) return found;
    reader.faults.add(below(place, word), `${found} must lie within ${least} to ${most}`);
    return undefined;
  };
  switch (kind) {
    case "limit":
      return { kind };
    case "state":
      return { kind, values: [...(written.values ?? [])] };
    case "sum": {
      const windowMs = time("windowMs", 0);
      return windowMs === undefined ? undefined : { kind, windowMs };
    }
    case "deviation":
      return { kind, hours: Math.max(2, written.hours ?? 720) };
    case "rate": {
      const method = methodOf(written, ["difference", "regression"], place, joint);
      const windowMs = time("windowMs", 0);
      const perMs = time("perMs", windowMs ?? minute);
      if (method === undefined || windowMs === undefined || perMs === undefined) return undefined;
      const minSamples = Math.max(2, written.minSamples ?? (method === "difference" ? 2 : 6));
      return { kind, method, windowMs, minSamples, perMs, isAbsolute: written.isAbsolute ?? false };
    }
    case "cusum": {
      const [target, sigma, allowance] = [number("target"), number("sigma"), number("allowance", 0.5)];
      if (target === undefined || sigma === undefined || allowance === undefined) return undefined;
      return { kind, target, sigma, allowance };
    }
    case "accumulate": {
      const windowMs = time("windowMs", 0);
      const during = crossingOf(written.while, below(place, "while"), reader);
      const reset = written.reset && crossingOf(written.reset, below(place, "reset"), reader);
      if (windowMs === undefined || during === undefined) return undefined;
      return { kind, windowMs, while: during, reset: reset ?? null };
    }
    case "forecast":
      return forecastOf(written, place, joint, { time, number });
  }
}

function forecastOf(
  written: ConditionFile,
  place: Place,
  joint: Joint,
  read: {
    readonly time: (word: "windowMs" | "horizonMs", usual: number) => number | undefined;
    readonly number: (word: NumberWord, usual?: number) => number | undefined;
  },
): Own | undefined {
  const method = methodOf(written, ["line", "inverseVelocity"], place, joint);
  const [windowMs, horizonMs] = [read.time("windowMs", 0), read.time("horizonMs", 30 * day)];
  // R² 0.8, five fits and a horizon of 30 d: the gates of the open implementation of Fukuzono's method.
  const [target, noise, minR2] = [read.number("target"), read.number("noise", 0), read.number("minR2", 0.8)];
  if (method === undefined || windowMs === undefined || horizonMs === undefined) return undefined;
  if (noise === undefined || minR2 === undefined) return undefined;
  const hasTarget = written.target !== undefined;
  if (hasTarget !== (method === "line")) {
    const message = method === "line" ? "is missing: what the line runs into" : "does not belong to inverseVelocity";
    joint.reader.faults.addUnlessFaulty(below(place, "target"), message);
    return undefined;
  }
  if (hasTarget && target === undefined) return undefined;
  const minSamples = Math.max(2, written.minSamples ?? 5);
  return { kind: "forecast", method, windowMs, minSamples, target: target ?? null, noise, minR2, horizonMs };
}
