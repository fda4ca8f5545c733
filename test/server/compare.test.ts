// The comparison of two sides: raises matched by alarm and overlap, whatever order one input brings them in.
import { describe, expect, it } from "vitest";
import type { Transition } from "../../contract/alarm.ts";
import type { Level } from "../../contract/level.ts";
import { createComparison, type Comparison } from "../../server/replay/compare.ts";

/** A step of an alarm: only what a comparison looks at. */
const step = (at: number, level: Level | null, alarm = "a"): Transition => ({ alarm, at, level }) as Transition;

/** Takes one step a side at a time, in order of time, as inputs would bring them. */
function told(active: readonly Transition[], candidate: readonly Transition[], from = 0): Comparison {
  const comparison = createComparison(from);
  for (const at of new Set([...active, ...candidate].map((one) => one.at).toSorted((a, b) => a - b))) {
    comparison.take(
      active.filter((one) => one.at === at),
      candidate.filter((one) => one.at === at),
    );
  }
  comparison.finish();
  return comparison;
}

const none = { same: 0, new: 0, lost: 0, earlier: 0, later: 0, higher: 0, lower: 0 };

describe("a comparison", () => {
  it("matches raises that overlap, and says which came earlier and went higher", () => {
    const found = told([step(20, "blue"), step(40, null)], [step(10, "blue"), step(30, "red"), step(50, null)]);
    expect(found.differences()).toEqual({ ...none, earlier: 1, higher: 1 });
    expect(found.alarms(9)).toEqual([{ alarm: "a", ...none, earlier: 1, higher: 1, earlierByMs: 10, laterByMs: 0 }]);
    expect(found.examples()).toContainEqual({
      kind: "higher",
      alarm: "a",
      activeAt: 20,
      candidateAt: 10,
      activeLevel: "blue",
      candidateLevel: "red",
    });
  });

  it("matches a raise once: what chatters beside one long raise is new", () => {
    const chatter = [10, 20, 30].flatMap((at) => [step(at, "blue"), step(at + 5, null)]);
    expect(told([step(10, "blue"), step(90, null)], chatter).differences()).toEqual({ ...none, same: 1, new: 2 });
    expect(told(chatter, [step(10, "blue"), step(90, null)]).differences()).toEqual({ ...none, same: 1, lost: 2 });
  });

  it("does not match what ends at the instant at which the other begins", () => {
    const found = told([step(10, "blue"), step(20, null)], [step(20, "blue"), step(30, null)]);
    expect(found.differences()).toEqual({ ...none, new: 1, lost: 1 });
  });

  it("matches raises of a single instant, and of times that go back because they were found late", () => {
    const moment = [step(10, "blue"), step(10, null)];
    expect(told(moment, moment).differences()).toEqual({ ...none, same: 1 });
    const late = [step(50, "blue", "b"), step(10, "blue"), step(12, null), step(9, "red"), step(9, null)];
    const comparison = createComparison(0);
    comparison.take(late, late);
    comparison.finish();
    expect(comparison.differences()).toEqual({ ...none, same: 3 });
  });

  it("counts what is still on at the end as it stands, and nothing that both raised before it began", () => {
    expect(told([], [step(10, "blue")]).differences()).toEqual({ ...none, new: 1 });
    expect(told([step(10, "blue")], [step(10, "blue")]).differences()).toEqual({ ...none, same: 1 });
    expect(told([step(10, "blue")], [step(12, "blue")], 20).differences()).toEqual(none);
    expect(told([step(10, "blue")], [step(22, "blue")], 20).differences()).toEqual({ ...none, later: 1 });
  });

  it("keeps the newest five examples of a kind, and the alarms that differ most first", () => {
    const raises = (alarm: string, count: number): Transition[] =>
      Array.from({ length: count }, (_, nth) => [
        step(nth * 10, "blue", alarm),
        step(nth * 10 + 5, null, alarm),
      ]).flat();
    const found = told([], [...raises("a", 3), ...raises("b", 9)]);
    expect(found.examples()).toHaveLength(5);
    expect(found.alarms(9).map(({ alarm, new: count }) => [alarm, count])).toEqual([
      ["b", 9],
      ["a", 3],
    ]);
    expect(found.alarms(1)).toHaveLength(1);
  });
});
