// What a point keeps for the kinds of condition that look back.
import { describe, expect, it } from "vitest";
import { addSample, newSeries, windowOf } from "../../../server/monitor/series.ts";

describe("a series", () => {
  it("keeps what its windows need, late ones in their place, each time once, and of what is older the last", () => {
    const series = newSeries();
    const read = (after: number): readonly (readonly [number, number])[] => {
      const window = windowOf(series, after, null, 1);
      return Array.from({ length: window.length }, (_, nth) => [window.timeAt(nth), window.valueAt(nth)] as const);
    };
    addSample(series, 100, 10, 1);
    addSample(series, 100, 30, 3);
    addSample(series, 100, 20, 2);
    addSample(series, 100, 20, 9);
    addSample(series, 100, 5, 0);
    expect(read(0)).toEqual([
      [5, 0],
      [10, 1],
      [20, 2],
      [30, 3],
    ]);
    expect(read(20)).toEqual([
      [10, 1],
      [20, 2],
      [30, 3],
    ]);
    addSample(series, 100, 125, 4);
    expect(read(0)).toEqual([
      [20, 2],
      [30, 3],
      [125, 4],
    ]);
    addSample(series, 100, 1000, 5);
    expect(read(0)).toEqual([
      [125, 4],
      [1000, 5],
    ]);
    for (let time = 1001; time < 6000; time += 1) addSample(series, 1e9, time, time);
    expect(read(0)).toHaveLength(4096);
  });
});
