// One level's limit: setpoint, deadband, delays, and the table of qualities, row by row (semantics §1, §2).
import { describe, expect, it } from "vitest";
import { inSteps, stepOf } from "../../../contract/numbers.ts";
import type { Limit } from "../../../contract/condition.ts";
import { qualities, type Quality } from "../../../contract/sample.ts";
import {
  compileLimit,
  completeByException,
  dueByException,
  loseWhileViolating,
  restingLimit,
  stepLimit,
  withoutDelay,
  withoutOffRun,
  type LimitSample,
  type LimitState,
} from "../../../server/domain/detect/limit.ts";
import { limit } from "../../support/plant.ts";

type Direction = "high" | "low";
const step = stepOf(1e-6);

function sample(value: number, seconds: number, rest: Partial<LimitSample> = {}): LimitSample {
  return {
    sourceAt: seconds * 1000,
    receivedAt: seconds * 1000 + 50,
    steps: inSteps(value, step),
    quality: "good",
    isSaturated: false,
    mayReturn: true,
    isHeard: true,
    isAfterGap: false,
    ...rest,
  };
}

/** Leads a limit through samples and says after each whether it is on. */
function run(of: Limit, direction: Direction, samples: readonly LimitSample[]): readonly boolean[] {
  const compiled = compileLimit(of, direction, step);
  let state: LimitState = restingLimit;
  return samples.map((one) => {
    state = stepLimit(compiled, state, one);
    return state.isOn;
  });
}

describe("a limit", () => {
  it("is violated at its setpoint, inclusive, in both directions", () => {
    const around = [9.999999, 10, 10.000001];
    expect(around.map((value) => run(limit(10), "high", [sample(value, 0)])[0])).toEqual([false, true, true]);
    expect(around.map((value) => run(limit(10), "low", [sample(value, 0)])[0])).toEqual([true, true, false]);
  });

  it("takes 3.6 <= 1.2*3 for true", () => {
    expect(3.6 <= 1.2 * 3).toBe(false);
    expect(run(limit(1.2 * 3), "low", [sample(3.6, 0)])).toEqual([true]);
    expect(run(limit(0.1 + 0.2), "high", [sample(0.3, 0)])).toEqual([true]);
  });

  it("is beyond its deadband strictly, also where the edge is a sum that floating point misses", () => {
    const high = limit(10, { deadband: 0.3 });
    expect(run(high, "high", [sample(10, 0), sample(9.7, 1)])).toEqual([true, true]);
    expect(run(high, "high", [sample(10, 0), sample(9.699999, 1)])).toEqual([true, false]);
    const low = limit(0.1, { deadband: 0.2 });
    expect(run(low, "low", [sample(0.1, 0), sample(0.3, 1)])).toEqual([true, true]);
    expect(run(low, "low", [sample(0.1, 0), sample(0.300001, 1)])).toEqual([true, false]);
  });

  it("returns at the first value below the setpoint where there is no deadband", () => {
    expect(run(limit(10), "high", [sample(10, 0), sample(9.999999, 1)])).toEqual([true, false]);
  });

  it("compares no finer than its point's resolution", () => {
    const compiled = compileLimit(limit(3.6, { deadband: 0.1 }), "high", stepOf(0.1));
    expect(stepLimit(compiled, restingLimit, { ...sample(0, 0), steps: inSteps(3.56, 0.1) }).isOn).toBe(true);
    expect(stepLimit(compiled, restingLimit, { ...sample(0, 0), steps: inSteps(3.54, 0.1) }).isOn).toBe(false);
  });

  it("goes on at the first violating sample whose run is as old as the on-delay and as long as its samples", () => {
    const of = limit(10, { onDelayMs: 5000 });
    expect(run(of, "high", [sample(11, 0), sample(11, 4.999), sample(11, 5)])).toEqual([false, false, true]);
    const two = limit(10, { onSamples: 3 });
    expect(run(two, "high", [sample(11, 0), sample(11, 1), sample(11, 2)])).toEqual([false, false, true]);
    const slow = limit(10, { onSamples: 2, onDelayMs: 5000 });
    expect(run(slow, "high", [sample(11, 0), sample(11, 1), sample(11, 2), sample(11, 5)])).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it("goes on sooner in haste, where its run began by the end of it; no delay is ever lengthened", () => {
    const onAt = (onDelayMs: number, from: number): readonly boolean[] => {
      const haste = { onDelayMs: 2000, until: 10_000 };
      const of = limit(10, { onDelayMs });
      return run(
        of,
        "high",
        [0, 1, 2, 5].map((after) => sample(11, from + after, { haste })),
      );
    };
    expect(onAt(5000, 10)).toEqual([false, false, true, true]);
    expect(onAt(5000, 10.001)).toEqual([false, false, false, true]);
    expect(onAt(1000, 10)).toEqual([false, true, true, true]);
    expect(onAt(5000, 7)).toEqual([false, false, true, true]);
  });

  it("keeps since when it is violated: the first sample of the unbroken run", () => {
    const compiled = compileLimit(limit(10, { onDelayMs: 5000 }), "high", step);
    const first = stepLimit(compiled, restingLimit, sample(11, 7));
    const on = stepLimit(compiled, first, sample(12, 12));
    expect(on).toMatchObject({ isOn: true, violatedSince: 7000, violatedReceivedAt: 7050, samples: 2 });
  });

  it("lets only a good sample that does not violate break a run: a gap does not, nor anything less than good", () => {
    const of = limit(10, { onDelayMs: 5000 });
    const rest = (quality: Quality): boolean | undefined =>
      run(of, "high", [sample(11, 0), sample(5, 2, { quality }), sample(11, 5)])[2];
    expect(qualities.map((quality) => [quality, rest(quality)])).toEqual([
      ["good", false],
      ["unknown", false],
      ["suspect", true],
      ["saturated", true],
      ["bad", true],
      ["missing", true],
    ]);
    expect(run(of, "high", [sample(11, 0), sample(11, 3600, { isAfterGap: true })])).toEqual([false, true]);
  });

  it("starts or goes on with its run by every violating sample that says anything at all", () => {
    const raises = (quality: Quality): boolean | undefined => run(limit(10), "high", [sample(11, 0, { quality })])[0];
    expect(qualities.map((quality) => [quality, raises(quality)])).toEqual([
      ["good", true],
      ["unknown", true],
      ["suspect", true],
      ["saturated", true],
      ["bad", false],
      ["missing", false],
    ]);
  });

  it("is violated by a saturated value of its direction whatever the number", () => {
    expect(run(limit(10), "high", [sample(5, 0, { quality: "saturated", isSaturated: true })])).toEqual([true]);
  });

  it("returns by good samples alone, never by a value over range on the other side", () => {
    const returns = (quality: Quality): boolean =>
      !run(limit(10), "low", [sample(9, 0), sample(99, 1, { quality })])[1];
    expect(qualities.filter(returns)).toEqual(["good", "unknown"]);
  });

  it("goes off at the first good sample beyond the deadband whose off-run is as old as the off-delay", () => {
    const of = limit(10, { deadband: 1, offDelayMs: 5000 });
    expect(run(of, "high", [sample(11, 0), sample(8, 1), sample(8, 5.999), sample(8, 6)])).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it("does not judge the sample that returned it again for a raise", () => {
    const compiled = compileLimit(limit(10), "high", step);
    expect(stepLimit(compiled, stepLimit(compiled, restingLimit, sample(11, 0)), sample(5, 1))).toEqual(restingLimit);
  });

  it("begins its off-run anew after whatever breaks it, row by row of the table", () => {
    const of = limit(10, { deadband: 1, offDelayMs: 5000 });
    const isOnAfter = (between: LimitSample): boolean | undefined =>
      run(of, "high", [sample(11, 0), sample(8, 1), between, sample(8, 6)])[3];
    const breaks: readonly (readonly [string, LimitSample])[] = [
      ["a good sample that violates", sample(11, 3)],
      ["a good sample within the deadband", sample(9.5, 3)],
      ["a good sample at the edge of the deadband", sample(9, 3)],
      ["a suspect sample that violates", sample(11, 3, { quality: "suspect" })],
      ["a saturated sample", sample(99, 3, { quality: "saturated", isSaturated: true })],
      ["a sample over range on the other side", sample(-99, 3, { quality: "saturated" })],
      ["a gap", sample(8, 3, { isAfterGap: true })],
      ["a lagging sample", sample(8, 3, { mayReturn: false })],
    ];
    for (const [what, between] of breaks) expect([what, isOnAfter(between)]).toEqual([what, true]);
    const leaves: readonly (readonly [string, LimitSample])[] = [
      ["a good sample beyond the deadband", sample(8, 3)],
      ["a suspect sample that does not violate", sample(8, 3, { quality: "suspect" })],
      ["a bad sample", sample(11, 3, { quality: "bad" })],
      ["a missing one", sample(11, 3, { quality: "missing" })],
      ["a look without a sample", sample(8, 3, { isHeard: false })],
    ];
    for (const [what, between] of leaves) expect([what, isOnAfter(between)]).toEqual([what, false]);
  });

  it("neither begins nor completes an off-run where nothing was heard", () => {
    const of = limit(10, { deadband: 1, offDelayMs: 5000 });
    const look = { isHeard: false };
    expect(run(of, "high", [sample(11, 0), sample(8, 1), sample(8, 6, look), sample(8, 7)])).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(run(of, "high", [sample(11, 0), sample(8, 1, look), sample(8, 6)])).toEqual([true, true, true]);
    const broken = [sample(11, 0), sample(8, 1), sample(9.5, 3, look), sample(8, 6)];
    expect(run(of, "high", broken)).toEqual([true, true, true, true]);
  });

  it("never returns by a sample that may not return, however long that goes on", () => {
    const late = Array.from({ length: 50 }, (_, nth) => sample(0, nth + 1, { mayReturn: false }));
    expect(run(limit(10), "high", [sample(11, 0), ...late])).toEqual(Array(51).fill(true));
  });

  it("remembers that one value of its run was over range, wherever in the run it came", () => {
    const compiled = compileLimit(limit(10, { onDelayMs: 2000 }), "high", step);
    const over: Partial<LimitSample> = { quality: "saturated", isSaturated: true };
    const isSaturatedAfter = (samples: readonly LimitSample[]): boolean =>
      samples.reduce((state, one) => stepLimit(compiled, state, one), restingLimit).isSaturated;
    expect(isSaturatedAfter([sample(11, 0), sample(11, 1), sample(11, 2)])).toBe(false);
    expect(isSaturatedAfter([sample(99, 0, over), sample(11, 1), sample(11, 2)])).toBe(true);
    expect(isSaturatedAfter([sample(11, 0), sample(11, 1), sample(99, 2, over)])).toBe(true);
    expect(isSaturatedAfter([sample(99, 0, over), sample(5, 1), sample(11, 2)])).toBe(false);
  });

  it("forgets the whole of a broken off-run, and nothing else", () => {
    const compiled = compileLimit(limit(10, { offDelayMs: 5000 }), "high", step);
    const on = stepLimit(compiled, restingLimit, sample(11, 0));
    const returning = stepLimit(compiled, on, sample(5, 1));
    expect(returning).toMatchObject({ returnedSince: 1000, returnedReceivedAt: 1050 });
    expect(withoutOffRun(returning)).toEqual(on);
    expect(withoutOffRun(on)).toBe(on);
  });

  it("needs neither a delay nor a second sample once a person has returned it", () => {
    const of = compileLimit(limit(10, { deadband: 1, onDelayMs: 5000, onSamples: 3, offDelayMs: 7000 }), "high", step);
    const at = withoutDelay(of);
    expect(at).toEqual({ ...of, limit: { ...of.limit, onDelayMs: 0, onSamples: 1 } });
    expect(stepLimit(at, restingLimit, sample(10, 0)).isOn).toBe(true);
  });

  it("returns the very same state where nothing changes", () => {
    const compiled = compileLimit(limit(10, { offDelayMs: 1000 }), "high", step);
    const on = stepLimit(compiled, restingLimit, sample(11, 0));
    const restored = { ...restingLimit };
    expect(stepLimit(compiled, restored, sample(5, 1))).toBe(restored);
    expect(stepLimit(compiled, on, sample(11, 1))).toBe(on);
    const returning = stepLimit(compiled, on, sample(5, 2));
    expect(stepLimit(compiled, returning, sample(5, 2.5))).toBe(returning);
  });
});

describe("a limit of a point that reports by exception", () => {
  const of = compileLimit(limit(10, { onDelayMs: 5000, offDelayMs: 7000 }), "high", step);

  it("has its delays completed by the server's time since the run's first sample was received", () => {
    const pending = stepLimit(of, restingLimit, sample(11, 1));
    expect(dueByException(of, pending)).toBe(1050 + 5000);
    const on = completeByException(pending);
    expect(on).toMatchObject({ isOn: true, violatedSince: 1000 });
    expect(dueByException(of, on)).toBeNull();
    const returning = stepLimit(of, on, sample(5, 20));
    expect(dueByException(of, returning)).toBe(20_050 + 7000);
    expect(completeByException(returning)).toEqual(restingLimit);
  });

  it("waits for as many samples as its level wants", () => {
    const two = compileLimit(limit(10, { onDelayMs: 5000, onSamples: 2 }), "high", step);
    const one = stepLimit(two, restingLimit, sample(11, 1));
    expect(dueByException(two, one)).toBeNull();
    expect(dueByException(two, stepLimit(two, one, sample(11, 2)))).toBe(6050);
  });

  it("has nothing due at rest", () => {
    expect(dueByException(of, restingLimit)).toBeNull();
  });
});

describe("a limit whose point is lost", () => {
  it("goes on at once where a run is pending, and stays as it is where none is or it is on already", () => {
    const of = compileLimit(limit(10, { onDelayMs: 5000 }), "high", step);
    const pending = stepLimit(of, restingLimit, sample(11, 1));
    expect(loseWhileViolating(pending)).toMatchObject({ isOn: true, violatedSince: 1000 });
    expect(loseWhileViolating(restingLimit)).toBe(restingLimit);
    const on = completeByException(pending);
    expect(loseWhileViolating(on)).toBe(on);
  });
});
