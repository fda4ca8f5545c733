// Gaps and their reasons: from buckets and the record alone, and nothing where the record has nothing.
import { describe, expect, it } from "vitest";
import type { Mark } from "../../contract/alarm.ts";
import type { Absence } from "../../contract/series.ts";
import { absencesOf, gapsOf, type Coming, type GapsInput, type Told } from "../../server/domain/absence.ts";

type Step = Told["steps"][number];
const came = (kind: Coming["kind"], at: number, isUp: boolean, why: Coming["why"] = null): Coming => ({
  kind,
  at,
  isUp,
  why,
});
const step = (at: number, code: Step["why"]["code"], level: Step["level"], rest: Partial<Step> = {}): Step => ({
  alarm: "s1/p~silence",
  at,
  level,
  why: { code, values: {} },
  marks: [],
  ...rest,
});
const outOfService = (setAt: number): Mark => ({
  kind: "outOfService",
  setAt,
  until: null,
  level: null,
  upTo: null,
  by: { kind: "person", id: "duty", tier: "city" },
  reason: "repair",
  approver: null,
  rule: null,
  order: null,
  measure: null,
});

describe("what kept a point away", () => {
  it("is a device from its will to its return, told apart from a goodbye", () => {
    const comings = [
      came("device", 10, true),
      came("device", 20, false, "lost"),
      came("device", 50, true),
      came("device", 60, false, "goodbye"),
    ];
    expect(absencesOf({ comings, steps: [] })).toEqual([
      { kind: "deviceOffline", from: 20, to: 50 },
      { kind: "deviceGoodbye", from: 60, to: null },
    ]);
  });

  it("is the server, the broker or the historian, each by its own coming and going", () => {
    const comings = [
      came("server", 5, false),
      came("broker", 6, false),
      came("historian", 7, false),
      // Said twice: it went once.
      came("server", 8, false),
      came("server", 9, true),
      came("broker", 11, true),
    ];
    expect(absencesOf({ comings, steps: [] })).toEqual([
      { kind: "serverAway", from: 5, to: 9 },
      { kind: "brokerDown", from: 6, to: 11 },
      { kind: "historianDown", from: 7, to: null },
    ]);
  });

  it("is a silence for as long as its alarm is on", () => {
    const steps = [
      step(10, "silent", "blue"),
      step(20, "silent", "yellow"),
      step(30, "heardAgain", null),
      step(40, "neverHeard", "blue", { alarm: "s1/q~silence" }),
      step(50, "deviceSilent", "yellow", { alarm: "s1/d~link" }),
      // A limit is no reason, and an end without a beginning ends nothing.
      step(60, "limitViolated", "red", { alarm: "s1/p~limit" }),
      step(70, "limitReturned", null, { alarm: "s1/p~limit" }),
    ];
    expect(absencesOf({ comings: [], steps })).toEqual([
      { kind: "silent", from: 10, to: 30 },
      { kind: "neverReported", from: 40, to: null },
      { kind: "deviceSilent", from: 50, to: null },
    ]);
  });

  it("comes in order of time, whatever of the record it stands in", () => {
    const comings = [came("server", 40, false), came("device", 20, false)];
    const steps = [step(30, "silent", "blue"), step(10, "neverHeard", "blue", { alarm: "s1/q~silence" })];
    expect(absencesOf({ comings, steps }).map(({ from }) => from)).toEqual([10, 20, 30, 40]);
  });

  it("is a work order from when it was set until a step shows that it is gone", () => {
    const marks = [outOfService(12)];
    const steps = [
      step(15, "outOfService", "blue", { alarm: "a", marks }),
      step(18, "limitFell", "blue", { alarm: "a", marks }),
      step(25, "markEnded", "blue", { alarm: "a" }),
    ];
    expect(absencesOf({ comings: [], steps })).toEqual([{ kind: "outOfService", from: 12, to: 25 }]);
  });
});

const base: GapsInput = { from: 0, to: 100, bucketMs: 10, buckets: [], gapMs: 15, absences: [] };
const at = (...times: readonly number[]): GapsInput["buckets"] => times.map((time) => ({ at: time }));

describe("a gap", () => {
  it("is longer than the point may be silent, at the beginning, between and at the end", () => {
    expect(gapsOf({ ...base, buckets: at(20, 30, 60, 70) })).toEqual([
      { from: 0, to: 20, reasons: [] },
      { from: 40, to: 60, reasons: [] },
      { from: 80, to: 100, reasons: [] },
    ]);
    // 15 and no more: an ordinary distance.
    expect(gapsOf({ ...base, to: 45, buckets: at(0, 25) })).toEqual([]);
  });

  it("is nothing shorter than a bucket, which cannot be seen", () => {
    expect(gapsOf({ ...base, gapMs: 1, buckets: at(0, 20, 40, 60, 80) })).toEqual([]);
  });

  it("carries every reason that touches it and no other, and twenty at most", () => {
    const absences: Absence[] = [
      { kind: "serverAway", from: -50, to: 0 },
      { kind: "deviceOffline", from: -10, to: 40 },
      { kind: "silent", from: 45, to: null },
    ];
    const [first, second] = gapsOf({ ...base, buckets: at(30, 40), absences });
    expect(first).toEqual({ from: 0, to: 30, reasons: [absences[1]] });
    const behind: Absence = { kind: "silent", from: 30, to: 35 };
    expect(gapsOf({ ...base, buckets: at(30, 40), absences: [behind] })[0]?.reasons).toEqual([]);
    expect(second).toEqual({ from: 50, to: 100, reasons: [absences[2]] });
    const many = Array.from({ length: 30 }, (_, nth): Absence => ({ kind: "silent", from: nth, to: nth + 1 }));
    expect(gapsOf({ ...base, absences: many })[0]?.reasons).toHaveLength(20);
  });

  it("of a point that speaks by exception is only where it could not have spoken", () => {
    const absences: Absence[] = [
      { kind: "deviceOffline", from: -20, to: 10 },
      { kind: "silent", from: 5, to: 15 },
      { kind: "brokerDown", from: 40, to: 50 },
      { kind: "brokerDown", from: 42, to: 44 },
      { kind: "deviceOffline", from: 90, to: null },
      { kind: "serverAway", from: 200, to: 300 },
    ];
    const gaps = gapsOf({ ...base, gapMs: null, buckets: at(20), absences });
    expect(gaps.map(({ from, to }) => [from, to])).toEqual([
      [0, 15],
      [40, 50],
      [90, 100],
    ]);
    expect(gaps[1]?.reasons).toHaveLength(2);
    const touching: Absence[] = [
      { kind: "deviceOffline", from: 10, to: 20 },
      { kind: "brokerDown", from: 20, to: 30 },
      { kind: "brokerDown", from: 50, to: 50 },
    ];
    expect(gapsOf({ ...base, gapMs: null, absences: touching }).map(({ from, to }) => [from, to])).toEqual([[10, 30]]);
  });
});
