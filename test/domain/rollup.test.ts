// The statutory ladder over all small combinations, against an oracle written from the clause's words (semantics §5).
import { describe, expect, it } from "vitest";
import { levelOfRank, levels, rankOf, type Level } from "../../contract/level.ts";
import type { Rollup } from "../../contract/plant.ts";
import { rollUp, type Member } from "../../server/domain/rollup.ts";
import { ladder } from "../support/plant.ts";

type Colour = Level | null;
const colours: readonly Colour[] = [null, ...levels];
const carries = ["none", "one", "each"] as const;

function members(of: readonly Colour[]): Member[] {
  return of.map((level, place) => ({ id: `m${place}`, level, worst: level, isUnknown: false }));
}

function levelOf(rollup: Rollup, of: readonly Colour[]): Colour {
  return rollUp(rollup, members(of)).level;
}

function atOrAbove(of: readonly Colour[], level: Level): number {
  return of.filter((one) => one !== null && levels.indexOf(one) >= levels.indexOf(level)).length;
}

/** "4 at blue or higher → at least yellow; 3 at yellow or higher → at least orange; 2 at orange or higher → red." */
function oracle(of: readonly Colour[], carry: (typeof carries)[number]): Colour {
  const highest = levels.findLast((level) => of.includes(level)) ?? null;
  const made = new Set<Colour>([highest]);
  // A full group counts as so many more members at the next level: "4 blue items count as one yellow item".
  const groupsOf = (count: number, need: number): number =>
    carry === "none" ? 0 : carry === "one" ? Number(count >= need) : Math.trunc(count / need);
  const exactly = (level: Level): number => of.filter((one) => one === level).length;
  const extraYellow = groupsOf(exactly("blue"), 4);
  const extraOrange = groupsOf(exactly("yellow") + extraYellow, 3);
  if (atOrAbove(of, "blue") >= 4) made.add("yellow");
  if (atOrAbove(of, "yellow") + extraYellow >= 3) made.add("orange");
  if (atOrAbove(of, "orange") + extraOrange >= 2) made.add("red");
  return levels.findLast((level) => made.has(level)) ?? null;
}

function* allOf(size: number): Generator<Colour[]> {
  if (size === 0) yield [];
  else for (const rest of allOf(size - 1)) for (const colour of colours) yield [...rest, colour];
}

/** Every mixture of colours, order left aside: what would be too many to write out in order. */
function* mixturesOf(size: number, from = 0): Generator<Colour[]> {
  if (size === 0) yield [];
  else
    for (let place = from; place < colours.length; place += 1)
      for (const rest of mixturesOf(size - 1, place)) yield [colours[place] as Colour, ...rest];
}

describe("the ladder", () => {
  for (const carry of carries) {
    it(`agrees with the clause over all combinations of up to 6 members, carry ${carry}`, () => {
      let seen = 0;
      const wrong: unknown[] = [];
      for (let size = 0; size <= 6; size += 1)
        for (const of of allOf(size)) {
          seen += 1;
          if (levelOf(ladder(carry), of) !== oracle(of, carry)) wrong.push(of);
        }
      expect(wrong).toEqual([]);
      expect(seen).toBe(19_531);
    });

    it(`agrees with the clause over all mixtures of 7 to 12 members, and never falls when one rises, carry ${carry}`, () => {
      const wrong: unknown[] = [];
      for (let size = 1; size <= 12; size += 1)
        for (const of of mixturesOf(size)) {
          const level = levelOf(ladder(carry), of);
          if (level !== oracle(of, carry)) wrong.push(["not the clause", of]);
          for (const [place, one] of of.entries())
            if (
              one !== "red" &&
              rankOf(levelOf(ladder(carry), of.with(place, levelOfRank(rankOf(one) + 1)))) < rankOf(level)
            )
              wrong.push(["lowered by a rise", of, place]);
        }
      expect(wrong).toEqual([]);
    });
  }

  it("counts each member once, at its highest level, whatever the order", () => {
    expect(levelOf(ladder("none"), ["blue", "orange", "blue"])).toBe("orange");
    expect(levelOf(ladder("none"), ["blue", "blue", "blue", "orange"])).toBe("orange");
    expect(levelOf(ladder("none"), ["blue", "blue", "blue", "blue"])).toBe("yellow");
    expect(levelOf(ladder("none"), ["yellow", "yellow", "orange"])).toBe("orange");
    expect(levelOf(ladder("none"), ["orange", "orange"])).toBe("red");
  });

  it("says what another reading would make of it, and only where that is more", () => {
    const eight = members([...Array<Colour>(8).fill("blue"), "yellow"]);
    expect(rollUp(ladder("none"), eight)).toMatchObject({ level: "yellow", byCarry: "orange" });
    expect(rollUp(ladder("one"), eight)).toMatchObject({ level: "yellow", byCarry: "orange" });
    expect(rollUp(ladder("each"), eight)).toMatchObject({ level: "orange", byCarry: null });
    expect(rollUp({ kind: "worstOf" }, eight)).toMatchObject({ level: "yellow", byCarry: null });
  });

  it("says what it may be at worst where members are unknown, and never less than it is", () => {
    const of: Member[] = [
      { id: "a", level: "orange", worst: "orange", isUnknown: false },
      { id: "b", level: null, worst: "red", isUnknown: true },
      { id: "c", level: "yellow", worst: null, isUnknown: true },
    ];
    expect(rollUp(ladder("none"), of)).toMatchObject({ level: "orange", worstIfUnknown: "red", unknown: 2 });
    expect(rollUp({ kind: "worstOf" }, of.slice(2))).toMatchObject({ level: "yellow", worstIfUnknown: "yellow" });
  });

  it("names the members that are on, highest first, and counts them by level", () => {
    const rolled = rollUp(ladder("none"), members(["blue", null, "red", "yellow", "blue"]));
    expect(rolled.because).toEqual(["m2", "m3", "m0", "m4"]);
    expect(rolled.counts).toEqual({ blue: 2, yellow: 1, orange: 0, red: 1 });
  });

  it("says that it lifts only where it makes more of it than the highest member, which worst-of never does", () => {
    expect(rollUp(ladder("none"), members(["blue", "blue", "blue", "blue"])).isLifted).toBe(true);
    expect(rollUp(ladder("none"), members(["blue", "blue", "blue", "yellow"])).isLifted).toBe(false);
    for (const of of mixturesOf(5)) expect(rollUp({ kind: "worstOf" }, members(of)).isLifted).toBe(false);
  });
});
