// How fast alarms travel: the figures of each hop, and the slowest one.
import { describe, expect, it } from "vitest";
import {
  figuresOf,
  hops,
  slowestHop,
  slowestOfFigures,
  type StampTimes,
  tookMs,
  wholeWay,
} from "../../server/domain/latency.ts";

const quick: StampTimes = {
  measured: 0,
  received: 100,
  judged: 101,
  recorded: 105.5,
  pushed: 106,
  painted: 126,
  acknowledged: 60_000,
};
const unpainted: StampTimes = { ...quick, painted: null, acknowledged: null };

describe("a hop", () => {
  it("lies between neighbouring stamps, in their order", () => {
    expect(hops.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "measured received",
      "received judged",
      "judged recorded",
      "recorded pushed",
      "pushed painted",
      "painted acknowledged",
    ]);
  });

  it("takes the time between its stamps, nothing less than none, and is unknown where one of them is", () => {
    expect(tookMs(quick, { from: "judged", to: "recorded" })).toBe(4.5);
    expect(tookMs({ ...quick, measured: 5000 }, { from: "measured", to: "received" })).toBe(0);
    expect(tookMs(unpainted, wholeWay)).toBeNull();
    expect(tookMs({ ...quick, measured: null }, wholeWay)).toBeNull();
  });

  it("has its figures by the nearest rank, over those that have passed it", () => {
    const all = Array.from({ length: 100 }, (_, nth) => ({ ...quick, painted: 106 + nth + 1 })).toReversed();
    expect(figuresOf([...all, unpainted], { from: "pushed", to: "painted" })).toEqual({
      from: "pushed",
      to: "painted",
      count: 100,
      p50Ms: 50,
      p95Ms: 95,
      p99Ms: 99,
    });
    const many = Array.from({ length: 1000 }, (_, nth) => ({ ...quick, painted: 106 + nth + 1 }));
    const figures = figuresOf(many, { from: "pushed", to: "painted" });
    expect(figures).toMatchObject({ p50Ms: 500, p95Ms: 950, p99Ms: 990 });
    expect(figuresOf([unpainted], wholeWay)).toMatchObject({ count: 0, p50Ms: null, p95Ms: null, p99Ms: null });
  });
});

describe("the slowest hop", () => {
  it("of one alarm is the longest, and never the person's", () => {
    expect(slowestHop(quick)).toEqual({ from: "measured", to: "received" });
    expect(slowestHop({ ...quick, measured: null })).toEqual({ from: "pushed", to: "painted" });
    expect(slowestHop({ ...unpainted, measured: null, judged: null, pushed: null })).toBeNull();
  });

  it("of two that take as long is the first on the way", () => {
    const even = { ...quick, measured: 0, received: 5, judged: 10, recorded: 10, pushed: 10, painted: 10 };
    expect(slowestHop(even)).toEqual({ from: "measured", to: "received" });
  });

  it("of many is the one whose slowest are the slowest", () => {
    const slow = { ...quick, painted: 5000 };
    expect(slowestOfFigures(hops.map((hop) => figuresOf([quick, quick, slow], hop)))).toEqual({
      from: "pushed",
      to: "painted",
    });
    expect(slowestOfFigures(hops.map((hop) => figuresOf([], hop)))).toBeNull();
  });
});
