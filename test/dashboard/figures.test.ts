// The key figures: counted from what the wall knows, never from nothing.
import { describe, expect, it } from "vitest";
import type { SiteStatus } from "../../contract/wall.ts";
import { figureNames, figuresOf, type FigureSources } from "../../dashboard/src/screens/figures/figures.ts";
import { alarmOf, answered, owes, planOf } from "./support.ts";

const { sites } = planOf();
const status = (id: string, level: SiteStatus["status"]): SiteStatus =>
  ({ id, status: level, points: 4, goodPoints: 3, keyPoints: 2, goodKeyPoints: 1 }) as unknown as SiteStatus;
const sources: FigureSources = {
  sites,
  devices: new Map([["a/box", { id: "a/box", state: "online", since: 0 }]]),
  statuses: new Map([
    ["a", status("a", "normal")],
    ["b", status("b", "unknown")],
  ]),
  alarms: [
    alarmOf("a/P1", "red", { tiers: [owes("city", "red", 0, 1000)] }),
    alarmOf("b/P1", "yellow", { tiers: [owes("city", "yellow", 0, 60_000)] }),
    alarmOf("b/P2", "yellow", { tiers: [answered("city")] }),
    alarmOf("b/P3", "yellow", { tiers: [owes("county", "yellow", 0, 60_000)] }),
  ],
  responses: new Map([
    ["c1", { county: "c1", medianMs: 60_000, answers: 4, limitMs: 300_000, over: 1 }],
    ["c2", { county: "c2", medianMs: null, answers: 0, limitMs: null, over: 0 }],
  ]),
  tier: "city",
  now: 5000,
};

describe("the key figures", () => {
  it("are twelve, each with its n of d, and those that nobody tells have none", () => {
    const figures = figuresOf(sources);
    expect(figures.map(({ name }) => name)).toEqual(figureNames);
    expect(Object.fromEntries(figures.map(({ name, share }) => [name, share]))).toEqual({
      sites: [1, 2],
      devices: [1, 2],
      points: [6, 8],
      keyPoints: [2, 4],
      normal: [1, 2],
      answered: [1, 3],
      inTime: [1, 2],
      response: [3, 4],
      commitment: null,
      duties: null,
      inspection: null,
      training: null,
    });
  });

  it("do not guess how many answers were in time where the server does not tell", () => {
    const responses = new Map([["c1", { county: "c1", medianMs: 60_000, answers: 4 }]]);
    expect(figuresOf({ ...sources, responses }).find(({ name }) => name === "response")?.share).toBeNull();
  });

  it("call late only what is late", () => {
    expect(figuresOf(sources).filter(({ overdue }) => overdue > 0)).toMatchObject([{ name: "inTime", overdue: 1 }]);
    expect(figuresOf({ ...sources, now: 500 }).every(({ overdue }) => overdue === 0)).toBe(true);
  });
});
