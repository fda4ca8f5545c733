// The ladder of silence: after how long which level, and when to look again (semantics §6).
import { describe, expect, it } from "vitest";
import { nextSilenceAge, silenceLadder, silenceLevel } from "../../../server/domain/detect/silence.ts";
import { minute, point, second } from "../../support/plant.ts";

const of = point("p", { silentAfterMs: 30 * second, silence: { yellow: 2 * minute, orange: 20 * minute } });

describe("silence", () => {
  it("begins past silentAfter, and climbs as the point's kind says", () => {
    const ladder = silenceLadder(of, true);
    const levels = [0, 30_000, 30_001, 120_000, 120_001, 1_200_001].map((age) => silenceLevel(ladder, age));
    expect(levels).toEqual([null, null, "blue", "blue", "yellow", "orange"]);
    expect(ladder.map(({ level }) => level)).toEqual(["blue", "yellow", "orange"]);
  });

  it("waits ten minutes at least for a point that was never heard", () => {
    const ladder = silenceLadder(of, false);
    expect([600_000, 600_001, 1_200_001].map((age) => silenceLevel(ladder, age))).toEqual([null, "yellow", "orange"]);
    const slow = silenceLadder(point("s", { silentAfterMs: 30 * minute }), false);
    expect([600_001, 1_800_000, 1_800_001].map((age) => silenceLevel(slow, age))).toEqual([null, null, "blue"]);
  });

  it("looks again at the first age at which the level is another", () => {
    const ladder = silenceLadder(of, true);
    expect([0, 30_000, 30_001, 120_001, 1_200_001].map((age) => nextSilenceAge(ladder, age))).toEqual([
      30_001,
      30_001,
      120_001,
      1_200_001,
      null,
    ]);
    for (const age of [30_001, 120_001, 1_200_001]) {
      expect(silenceLevel(ladder, age)).not.toBe(silenceLevel(ladder, age - 1));
    }
  });
});
