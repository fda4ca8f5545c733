// Late samples judged in their order: whatever came first, the record tells the same in the end (semantics §7).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../../contract/plant.ts";
import { createRecorder, toldBy, type Recorder, type Sent } from "../../support/amending.ts";
import { condition, hour, limit, minute, planOf, point, rule, second } from "../../support/plant.ts";

const periodS = 30;
const reports = { report: { everyMs: periodS * second }, silentAfterMs: 3 * periodS * second };

/** High and low limits with delays and deadbands, rain that adds up, a level that moves too fast, what holds too long. */
const plan: Plan = planOf([
  point("level", {
    ...reports,
    rules: [
      rule("high", {
        yellow: limit(60, { deadband: 3, onDelayMs: 2 * minute, offDelayMs: 2 * minute }),
        orange: limit(70, { deadband: 3, onSamples: 2, offDelayMs: minute }),
        red: limit(80, { deadband: 3 }),
      }),
      rule("low", { blue: limit(30, { deadband: 5, onDelayMs: 5 * minute, offDelayMs: 3 * minute }) }),
    ],
  }),
  point("rain", {
    ...reports,
    rules: [
      rule("high", {
        yellow: condition("sum", { windowMs: hour, setpoint: 60, deadband: 10 }),
        red: condition("sum", { windowMs: hour, setpoint: 90, deadband: 10, offDelayMs: 5 * minute }),
      }),
    ],
  }),
  point("creep", {
    ...reports,
    rules: [
      rule(
        "high",
        {
          orange: condition("rate", {
            method: "difference",
            windowMs: 10 * minute,
            minSamples: 2,
            perMs: hour,
            isAbsolute: true,
            setpoint: 90,
            deadband: 20,
            onDelayMs: minute,
          }),
        },
        { id: "rate" },
      ),
    ],
  }),
  point("held", {
    ...reports,
    rules: [
      rule("none", {
        yellow: condition("accumulate", {
          windowMs: hour,
          while: { direction: "high", setpoint: 55 },
          reset: null,
          setpoint: 20 * minute,
        }),
      }),
    ],
  }),
]);
const codes = ["level", "rain", "creep", "held"];

/** Small and quick: what comes out of 32 bits is always the same for a seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Every other instant comes at once, as from a device that sends what it could not send besides what it measures now: with
 * nothing newer between, its clock would not be trusted. Once nothing is late any more, it goes on for as long again.
 */
function dayOf(seed: number, hours: number, lateS: number): readonly Sent[] {
  const next = chance(seed);
  const sent: Sent[] = [];
  const values = new Map(codes.map((code) => [code, 50]));
  for (let measured = periodS; measured <= hours * 3600 + lateS; measured += periodS) {
    for (const code of codes) {
      const walked = Math.min(95, Math.max(15, (values.get(code) as number) + (next() - 0.5) * 8));
      values.set(code, walked);
      const value = code === "rain" ? Math.round(next() * next() * 300) / 100 : Math.round(walked * 100) / 100;
      const isLate = measured <= hours * 3600 && (measured / periodS) % 2 === 1 && next() < 0.8;
      const received = isLate ? measured + Math.ceil((next() * lateS) / periodS) * periodS : measured;
      sent.push({ code, value, measured, received });
    }
  }
  return sent;
}

const passes = fc.array(
  fc.record({
    value: fc.constantFrom(20, 40, 57, 58, 61, 72, 75, 81),
    lateBy: fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) },
    ),
    isRestarted: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    isAmended: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  { minLength: 5, maxLength: 80 },
);

/** Passes in which a red stands, and nothing below it, where the record is read from. */
const standsAtRedAlone = [20, 20, 81, 20, 20, 72, 20, 20, 20, 20, 72, 20, 20, 20, 72, 20, 20, 20, 20, 20].map(
  (value, nth) => ({
    value,
    lateBy: nth === 16 ? 1 : nth === 19 ? 2 : 0,
    isRestarted: [0, 7, 9, 15].includes(nth),
    isAmended: false,
  }),
);

function inTime(sent: readonly Sent[]): readonly Sent[] {
  return sent.map((one) => ({ ...one, received: one.measured }));
}

/** Waits until every limit stands as it does in order, as the server does. */
function amendToTheEnd(recorder: Recorder, fromS: number): void {
  for (let seconds = fromS; recorder.monitor().state().late.size > 0 && seconds < fromS + 8 * 86_400; seconds += 600)
    recorder.amend(seconds);
}

describe("late samples in their order", () => {
  it.each([1, 2, 3])("makes of a day that was shuffled by two hours what it was in order (seed %i)", (seed) => {
    const sent = dayOf(seed, 24, 7200);
    const [live, late] = [createRecorder(plan), createRecorder(plan)];
    live.send(inTime(sent));
    late.send(sent);
    const untold = toldBy(late.transitions());
    expect(untold).not.toEqual(toldBy(live.transitions()));
    amendToTheEnd(late, 26 * 3600 + 600);
    expect(toldBy(late.transitions())).toEqual(toldBy(live.transitions()));
    expect(toldBy(live.transitions()).length).toBeGreaterThan(50);
    expect(late.verify()).toMatchObject({ missing: 0, extra: 0 });
  });

  it("comes to the same whatever came late, restarted and amended at any step", () => {
    fc.assert(
      fc.property(passes, (steps) => {
        // What is said in time carries the late ones with it: the clock stays trusted.
        const sent: Sent[] = steps.map(({ value, lateBy }, nth) => {
          const measured = (nth + 1) * periodS;
          return { code: "level", value, measured, received: measured + (nth % 2 === 1 ? lateBy * periodS : 0) };
        });
        for (let nth = steps.length; nth < steps.length + 60; nth += 1) {
          const measured = (nth + 1) * periodS;
          sent.push({ code: "level", value: 40, measured, received: measured });
        }
        const [live, late] = [createRecorder(plan), createRecorder(plan)];
        live.send(inTime(sent));
        for (const [nth, received] of [...new Set(sent.map((one) => one.received))]
          .toSorted((a, b) => a - b)
          .entries()) {
          late.send(sent.filter((one) => one.received === received));
          if (steps[nth]?.isRestarted === true) late.restart();
          if (steps[nth]?.isAmended === true) late.amend(received);
        }
        amendToTheEnd(late, (steps.length + 60) * periodS + 600);
        expect(toldBy(late.transitions())).toEqual(toldBy(live.transitions()));
        expect(late.verify()).toMatchObject({ missing: 0, extra: 0 });
      }),
      {
        numRuns: Number(process.env["PROPERTY_RUNS"] ?? 60),
        // Red without delay, and yellow not on below it, where reading the record begins.
        examples: [[standsAtRedAlone]],
      },
    );
  });
});
