// Broken instruments: what each fault makes of a plain series.
import { expect, it } from "vitest";
import {
  chain,
  clockSkew,
  drift,
  dropout,
  duplicates,
  late,
  spike,
  stuck,
  type Fault,
  type Measured,
} from "../../simulators/faults.ts";

/** Ten values, one a second: 0, 1, 2 … */
function play(fault: Fault): readonly (readonly Measured[])[] {
  return Array.from({ length: 10 }, (_, index) => fault({ ts: index * 1000, value: index }));
}

const span = { fromMs: 3000, untilMs: 6000 };
const values = (played: readonly (readonly Measured[])[]) => played.flat().map(({ value }) => value);
const times = (played: readonly (readonly Measured[])[]) => played.flat().map(({ ts }) => ts / 1000);

it("stuck repeats the last value from before the span", () => {
  expect(values(play(stuck(span)))).toEqual([0, 1, 2, 2, 2, 2, 6, 7, 8, 9]);
});

it("spike lifts every n-th value only", () => {
  expect(values(play(spike(4, 100)))).toEqual([0, 1, 2, 103, 4, 5, 6, 107, 8, 9]);
});

it("drift grows with time from its start on", () => {
  const drifted = play(drift(5000, 3600));
  expect(values(drifted)).toEqual([0, 1, 2, 3, 4, 5, 7, 9, 11, 13]);
});

it("dropout says nothing during the span", () => {
  expect(play(dropout(span)).map((said) => said.length)).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1, 1]);
});

it("clock skew shifts the time and leaves the value", () => {
  expect(times(play(clockSkew(-2000))).slice(0, 3)).toEqual([-2, -1, 0]);
  expect(values(play(clockSkew(-2000)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("duplicates sends every n-th value twice", () => {
  expect(values(play(duplicates(5)))).toEqual([0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9]);
});

it("late keeps the span's values and their times, and sends them before the next one", () => {
  const played = play(late(span));
  expect(played.map((said) => said.length)).toEqual([1, 1, 1, 0, 0, 0, 4, 1, 1, 1]);
  expect(times(played)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("late loses the oldest beyond its limit", () => {
  expect(values(play(late(span, 2)))).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
});

it("chain lets one fault follow the other", () => {
  const both = chain(dropout({ fromMs: 0, untilMs: 8000 }), duplicates(1));
  expect(values(play(both))).toEqual([8, 8, 9, 9]);
});
