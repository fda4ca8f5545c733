// Broken instruments: what each breakage makes of a plain series, and that it ends when its span does.
import { expect, it } from "vitest";
import { createFault, type Breakage, type Measured } from "../../simulators/faults.ts";
import { createRandom } from "../../simulators/physics/random.ts";

const span = { fromMs: 3000, untilMs: 6000 };

/** So many values, one a second: 0, 1, 2 … */
function play(
  breakage: Breakage,
  over: { readonly fromMs: number; readonly untilMs: number } = span,
  count = 10,
  seed = 1,
) {
  const fault = createFault(breakage, over, createRandom(seed).next);
  return Array.from({ length: count }, (_, index) => fault({ ts: index * 1000, value: index }));
}

const values = (played: readonly (readonly Measured[])[]) => played.flat().map(({ value }) => value);
const times = (played: readonly (readonly Measured[])[]) => played.flat().map(({ ts }) => ts / 1000);

it("stuck repeats the last value from before the span", () => {
  expect(values(play({ kind: "stuck" }))).toEqual([0, 1, 2, 2, 2, 2, 6, 7, 8, 9]);
  expect(values(play({ kind: "stuck" }, { fromMs: 0, untilMs: 3000 }))).toEqual([0, 0, 0, 3, 4, 5, 6, 7, 8, 9]);
});

it("a spike lifts some values of the span and leaves the others, by its seed", () => {
  const long = { fromMs: 1_000_000, untilMs: 9_000_000 };
  const spikes = (seed: number) =>
    values(play({ kind: "spike", size: 0.5, oneIn: 20 }, long, 10_000, seed)).flatMap((value, index) =>
      value === index ? [] : [value],
    );
  expect(spikes(1)).toEqual(spikes(1));
  expect(spikes(1)).not.toEqual(spikes(2));
  expect(spikes(1).length).toBeGreaterThan(320);
  expect(spikes(1).length).toBeLessThan(480);
  expect(spikes(1).every((value) => value % 1 === 0.5 && value > 1000 && value < 9000)).toBe(true);
});

it("chatter comes and goes by its beat", () => {
  const beat = { kind: "chatter", size: 100, onMs: 1000, offMs: 2000 } as const;
  expect(values(play(beat, { fromMs: 2000, untilMs: 9000 }))).toEqual([0, 1, 102, 3, 4, 105, 6, 7, 108, 9]);
});

it("drift grows with time from the beginning of its span", () => {
  expect(values(play({ kind: "drift", perHour: 3600 }, { fromMs: 5000, untilMs: 9000 }))).toEqual([
    0, 1, 2, 3, 4, 5, 7, 9, 11, 9,
  ]);
});

it("a broken wire shows one value whatever is measured", () => {
  expect(values(play({ kind: "fixed", value: -25 }))).toEqual([0, 1, 2, -25, -25, -25, 6, 7, 8, 9]);
});

it("dropout says nothing during the span", () => {
  expect(play({ kind: "dropout" }).map((said) => said.length)).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1, 1]);
});

it("clock skew shifts the time and leaves the value", () => {
  const skewed = play({ kind: "clockSkew", byMs: -2000 });
  expect(times(skewed)).toEqual([0, 1, 2, 1, 2, 3, 6, 7, 8, 9]);
  expect(values(skewed)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("duplicates sends some values twice, one at a time and time", () => {
  const played = play({ kind: "duplicates", oneIn: 3 }, { fromMs: 0, untilMs: 1e9 }, 9000);
  const twice = played.filter((said) => said.length === 2);
  expect(twice.length).toBeGreaterThan(2800);
  expect(twice.length).toBeLessThan(3200);
  expect(twice.every(([first, second]) => first === second)).toBe(true);
});

it("late keeps the span's values and their times, and sends them before the next one", () => {
  const played = play({ kind: "late", limit: 1000 });
  expect(played.map((said) => said.length)).toEqual([1, 1, 1, 0, 0, 0, 4, 1, 1, 1]);
  expect(times(played)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("late loses the oldest beyond its limit", () => {
  expect(values(play({ kind: "late", limit: 2 }))).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
});

it("is whole again as soon as its span is cut short", () => {
  const open = { fromMs: 0, untilMs: 60_000 };
  const fault = createFault({ kind: "late", limit: 10 }, open, createRandom(1).next);
  expect(fault({ ts: 1000, value: 1 })).toEqual([]);
  open.untilMs = -Infinity;
  expect(fault({ ts: 2000, value: 2 }).map(({ value }) => value)).toEqual([1, 2]);
});
