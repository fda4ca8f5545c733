// Votes: k of n in event time, what leaves n, what a loss counts for, and what doubt may do (semantics §4).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Around, Member, Quantity, Vote } from "../../../contract/condition.ts";
import { qualities } from "../../../contract/sample.ts";
import { vote, type VoteState } from "../../../server/domain/detect/vote.ts";
import { around, badSince, from10, lead, member, silentSince } from "../../support/around.ts";
import { second } from "../../support/plant.ts";

const twoOfThree: Vote = { members: ["a", "b", "c"], violated: from10, need: 2, windowMs: 60 * second };

/** An instant at which each of a, b, c is what it is; a bare number is a good value measured at that instant. */
function seen(seconds: number, ...members: readonly (number | Member)[]): Around {
  const at = seconds * second;
  const of = (nth: number): Member => {
    const one = members[nth] as number | Member;
    return typeof one === "number" ? member(one, at) : one;
  };
  return around(at, Object.fromEntries(["a", "b", "c"].slice(0, members.length).map((name, nth) => [name, of(nth)])));
}

const values = (of: Vote, ...instants: readonly Around[]): readonly (number | null)[] =>
  lead(vote, of, instants).quantities.map(({ value }) => value);
const last = (of: Vote, ...instants: readonly Around[]): Quantity =>
  lead(vote, of, instants).quantities.at(-1) as Quantity;

describe("a vote", () => {
  it("is on when as many as are needed are violated, inclusive, whichever they are", () => {
    const table = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => {
      const of = [bits & 1, bits & 2, bits & 4].map((bit) => (bit > 0 ? 10 : 9.9));
      return last(twoOfThree, seen(0, ...of)).value;
    });
    expect(table).toEqual([0, 0, 0, 1, 0, 1, 1, 1]);
    const low: Vote = { ...twoOfThree, violated: { direction: "low", setpoint: 10 } };
    expect(last(low, seen(0, 10, 10, 10.1)).value).toBe(1);
  });

  it("names who is violated, and how many of how many are needed", () => {
    expect(last(twoOfThree, seen(0, 11, 5, 12))).toEqual({
      value: 1,
      quality: "good",
      mayReturn: false,
      note: null,
      values: { violated: "a, c", need: 2, healthy: 3, total: 3 },
    });
    expect(last(twoOfThree, seen(0, 5, 5, 12))).toMatchObject({ value: 0, mayReturn: true, quality: "good" });
  });

  it("counts a violation for the window after the sample that ended it, in event time", () => {
    const ended = [seen(0, 11, 5, 5), seen(10, 5, 5, 5)];
    expect(values(twoOfThree, ...ended, seen(69.999, 5, 11, 5))).toEqual([0, 0, 1]);
    expect(values(twoOfThree, ...ended, seen(70, 5, 11, 5))).toEqual([0, 0, 0]);
  });

  it("lets a violation stand until the next sample, however long that takes", () => {
    const a = member(11, 0);
    expect(values(twoOfThree, seen(0, a, 5, 5), seen(900, a, 11, 5))).toEqual([0, 1]);
  });

  it("looks at the instant itself where it has no window", () => {
    const now: Vote = { ...twoOfThree, windowMs: 0 };
    const a = member(11, 0);
    expect(values(now, seen(0, a, 5, 5), seen(3, a, 11, 5), seen(4, 5, member(11, 3000), 5))).toEqual([0, 1, 0]);
  });

  it("does not care which of two clocks is a little ahead", () => {
    const now: Vote = { ...twoOfThree, windowMs: 0 };
    const ahead = member(11, 3 * second);
    expect(values(now, seen(3, ahead, 5, 5), seen(1, ahead, 11, 5))).toEqual([0, 1]);
  });

  it("takes no violation of the past together with one of now", () => {
    const past = seen(7200, 5, 5, 5);
    const filling = member(11, 1000 * second, { isLagging: true });
    const now = member(11, 7210 * second);
    expect(values(twoOfThree, past, seen(7210, now, 5, 5), seen(1000, now, filling, 5))).toEqual([0, 0, 0]);
    // A lagging member's violation counts where its own time is within the window.
    const nearly = member(11, 7160 * second, { isLagging: true });
    expect(values(twoOfThree, past, seen(7210, now, nearly, 5))).toEqual([0, 1]);
    const [edge, before] = [7150, 7149.999].map((at) => member(11, at * second, { isLagging: true }));
    expect(values(twoOfThree, past, seen(7210, now, edge as Member, 5))).toEqual([0, 1]);
    expect(values(twoOfThree, past, seen(7210, now, before as Member, 5))).toEqual([0, 0]);
  });

  it("says when a violation leaves its window", () => {
    const { state } = lead(vote, twoOfThree, [seen(0, 11, 11, 5), seen(10, 5, 11, 5), seen(20, 5, 5, 5)]);
    expect(vote.dueAt(twoOfThree, state, 20 * second)).toBe(70 * second);
    expect(vote.dueAt(twoOfThree, state, 70 * second)).toBe(80 * second);
    expect(vote.dueAt(twoOfThree, state, 80 * second)).toBeNull();
    const still = (seconds: number): number | null =>
      vote.step(twoOfThree, state, around(seconds * second, { a: member(5, 0), b: member(5, 0), c: member(5, 0) }))
        .quantity.value;
    expect([69.999, 70].map(still)).toEqual([1, 0]);
  });

  it("looks at its members and at no alarm", () => {
    expect(vote.members(twoOfThree)).toEqual(["a", "b", "c"]);
    expect(vote.sources(twoOfThree)).toEqual([]);
  });
});

describe("a member of a vote", () => {
  const out = member(99, 0, { isOutOfService: true });

  it("leaves the number while it is bad, silent, never heard or out of service, shown as reduced", () => {
    for (const gone of [silentSince(-1000 * second), badSince(-1000 * second), silentSince(null), out]) {
      expect(last(twoOfThree, seen(0, gone, 5, 11))).toMatchObject({
        value: 0,
        note: "reduced",
        values: { need: 2, healthy: 2, total: 3 },
      });
      expect(last(twoOfThree, seen(0, gone, gone, 11))).toMatchObject({
        value: 1,
        note: "reduced",
        values: { need: 1, healthy: 1, total: 3 },
      });
    }
  });

  it("leaves the vote undefined when it was the last one", () => {
    expect(last(twoOfThree, seen(0, out, silentSince(null), silentSince(-1000 * second)))).toEqual({
      value: null,
      quality: "good",
      mayReturn: false,
      note: "noHealthyMember",
      values: { violated: "", need: 1, healthy: 0, total: 3 },
    });
  });

  it("counts by its loss where another was violated within the window before, until it is heard again", () => {
    const a = seen(0, 11, 5, 5);
    const lost = silentSince(30 * second, 5 * second);
    expect(last(twoOfThree, a, seen(30, 11, lost, 5))).toMatchObject({
      value: 1,
      quality: "suspect",
      note: "byLoss",
      values: { violated: "a, b", need: 2, healthy: 2, total: 3 },
    });
    expect(values(twoOfThree, a, seen(30, 11, lost, 5), seen(9000, 11, lost, 5), seen(9001, 11, 5, 5))).toEqual([
      0, 1, 1, 0,
    ]);
    // Once the other has returned and its window is over, the loss alone is one of three.
    expect(values(twoOfThree, a, seen(30, 11, lost, 5), seen(31, 5, lost, 5), seen(91, 5, lost, 5))).toEqual([
      0, 1, 1, 0,
    ]);
  });

  it("counts by its loss as a bad value too, and after a violation that is over but within the window", () => {
    const over = [seen(0, 11, 5, 5), seen(10, 5, 5, 5)];
    const bad = (seconds: number): Around => seen(seconds, 5, badSince(seconds * second), 5);
    expect(last(twoOfThree, ...over, bad(69))).toMatchObject({ value: 1, values: { violated: "a, b" } });
    expect(last(twoOfThree, ...over, seen(70, 5, badSince(70 * second), 5))).toMatchObject({ note: "reduced" });
  });

  it("counts by no loss that was before any violation", () => {
    const lost = silentSince(10 * second);
    expect(values(twoOfThree, seen(10, 5, lost, 5), seen(20, 11, lost, 5))).toEqual([0, 0]);
    expect(values(twoOfThree, seen(10, 11, lost, 5))).toEqual([1]); // at the very instant
  });

  it("goes on counting when it is lost while it was violated itself", () => {
    const lost = silentSince(40 * second, 0);
    const story = [seen(0, 11, 5, 5), seen(40, lost, 5, 5)];
    expect(values(twoOfThree, ...story, seen(9000, lost, 11, 5))).toEqual([0, 0, 1]);
    // Heard again and calm, its violation ends there and stays within the window.
    expect(values(twoOfThree, ...story, seen(9000, 5, 5, 5), seen(9059, 5, 11, 5))).toEqual([0, 0, 0, 1]);
  });

  it("makes the vote by loss also when nobody is left", () => {
    const lost = silentSince(140 * second);
    expect(last(twoOfThree, seen(0, 11, 5, 5), seen(140, lost, lost, lost))).toMatchObject({
      value: 1,
      note: "byLoss",
      values: { violated: "a, b, c", healthy: 0 },
    });
  });

  it("forgets whatever was tried out on it while it was out of service", () => {
    expect(values(twoOfThree, seen(0, out, 5, 5), seen(10, 5, 11, 5))).toEqual([0, 0]);
    // And its violation from before, and its loss, leave the vote with it.
    expect(values(twoOfThree, seen(0, 11, 5, 5), seen(1, out, 11, 5), seen(2, 5, 11, 5))).toEqual([0, 0, 0]);
    const lostOut = { ...silentSince(10 * second), isOutOfService: true };
    expect(last(twoOfThree, seen(0, 11, 5, 5), seen(10, 11, lostOut, 5))).toMatchObject({ value: 0, note: "reduced" });
  });

  it("ends its violation by a good value alone, of all qualities", () => {
    const ends = qualities.filter((quality) => {
      const isBad = quality === "bad" || quality === "missing";
      const calm = isBad ? badSince(10 * second) : member(5, 10 * second, { quality });
      return last(twoOfThree, seen(0, 11, 5, 5), seen(10, calm, 5, 5), seen(500, calm, 11, 5)).value === 0;
    });
    expect(ends).toEqual(["good", "unknown"]);
  });
});

describe("doubt in a vote", () => {
  const suspect = (value: number): Member => member(value, 0, { quality: "suspect" });
  const over = member(99, 0, { quality: "saturated", saturated: "high" });
  const lagging = member(5, 0, { isLagging: true });

  it("marks what it raises, where the vote would not be on without it", () => {
    expect(last(twoOfThree, seen(0, 11, suspect(11), 5))).toMatchObject({ value: 1, quality: "suspect" });
    expect(last(twoOfThree, seen(0, 11, over, suspect(11)))).toMatchObject({ value: 1, quality: "saturated" });
    expect(last(twoOfThree, seen(0, 11, suspect(11), 11))).toMatchObject({ value: 1, quality: "good" });
  });

  it("keeps a vote from returning only where it could be on", () => {
    expect(last(twoOfThree, seen(0, 5, suspect(5), 5))).toMatchObject({ value: 0, mayReturn: true, quality: "good" });
    expect(last(twoOfThree, seen(0, 11, suspect(5), 5))).toMatchObject({ mayReturn: false, quality: "suspect" });
    expect(last(twoOfThree, seen(0, 5, suspect(5), lagging))).toMatchObject({ mayReturn: false, quality: "suspect" });
    expect(last(twoOfThree, seen(0, 5, lagging, lagging))).toMatchObject({ mayReturn: false, quality: "good" });
    // Neither a second voice of one that is violated, nor a voice of one that has none.
    expect(last(twoOfThree, seen(0, suspect(11), 5, 5))).toMatchObject({ value: 0, mayReturn: true, quality: "good" });
    const out = member(5, 0, { isLagging: true, isOutOfService: true });
    expect(last(twoOfThree, seen(0, 11, 5, out))).toMatchObject({ value: 0, mayReturn: true, quality: "good" });
  });
});

describe("every vote", () => {
  const memberAt = (at: number): fc.Arbitrary<Member> =>
    fc.oneof(
      fc.record({ value: fc.constantFrom(5, 11), back: fc.nat(3) }).map(({ value, back }) => member(value, at - back)),
      fc.constantFrom(5, 11).map((value) => member(value, at, { quality: "suspect" })),
      fc.constantFrom(5, 11).map((value) => member(value, at, { isLagging: true })),
      fc.nat(5).map((back) => silentSince(at - back, at - 6)),
      fc.constant(badSince(at)),
      fc.constant(member(11, at, { isOutOfService: true })),
    );
  const instantAt = (at: number): fc.Arbitrary<Around> =>
    fc.tuple(memberAt(at), memberAt(at), memberAt(at)).map(([a, b, c]) => around(at, { a, b, c }));
  const story = fc.tuple(...[10, 20, 21, 25, 30, 40].map(instantAt));
  const conditions = fc
    .record({ need: fc.integer({ min: 1, max: 3 }), windowMs: fc.constantFrom(0, 1, 10) })
    .map((rest): Vote => ({ ...twoOfThree, ...rest }));

  it("comes to the same result from the same instants, and to no other when one is judged twice", () => {
    fc.assert(
      fc.property(conditions, story, (of, instants) => {
        const once = lead(vote, of, instants);
        expect(lead(vote, of, instants)).toEqual(once);
        const twice = lead(
          vote,
          of,
          instants.flatMap((instant) => [instant, instant]),
        );
        expect(twice.quantities.filter((_, nth) => nth % 2 === 1)).toEqual(once.quantities);
        const final = instants.at(-1) as Around;
        expect(vote.step(of, once.state, final).state).toBe(once.state);
      }),
    );
  });

  it("is never brought on by a member of lesser quality alone", () => {
    fc.assert(
      fc.property(conditions, story, fc.nat(2), (of, instants, nth) => {
        const { state } = lead(vote, of, instants.slice(0, -1));
        const final = instants.at(-1) as Around;
        const name = of.members[nth] as string;
        const one = final.member(name);
        fc.pre(one.quality === "good" && one.value === 11);
        const worse: Around = {
          ...final,
          member: (point) => (point === name ? { ...one, quality: "suspect" } : final.member(point)),
        };
        const on = (instant: Around, from: VoteState): number => vote.step(of, from, instant).quantity.value ?? 0;
        expect(on(worse, state)).toBe(on(final, state));
        // And what is suspect and calm changes nothing at all.
        const calm: Around = {
          ...final,
          member: (point) => (point === name ? { ...one, value: 5, quality: "suspect" } : final.member(point)),
        };
        expect(on(calm, state)).toBeLessThanOrEqual(on(final, state));
      }),
    );
  });

  it("never returns while its members could be violated, and is undefined only without any", () => {
    fc.assert(
      fc.property(conditions, story, (of, instants) => {
        for (const { value, mayReturn, values: told } of lead(vote, of, instants).quantities) {
          if (value === null) expect(told["healthy"]).toBe(0);
          if (mayReturn) expect(value).toBe(0);
        }
      }),
    );
  });
});
