// The round of a wall by a clock that is turned by hand: what comes when, what pins it, and who may hold it.
import { describe, expect, it } from "vitest";
import { defaultSeat } from "../../contract/seat.ts";
import {
  handMs,
  hasOwedRed,
  turned,
  usualRound,
  type Round,
  type RoundScreen,
  type RoundSights,
} from "../../dashboard/src/screens/playlist.ts";
import { alarmOf, answered } from "./support.ts";

/** Turns a wall for so many seconds, a look a second, following what the round wants; tells what stood there when it changed. */
function createWall(part: Partial<RoundSights> = {}) {
  let sights: RoundSights = {
    now: 0,
    stops: defaultSeat.playlist,
    shown: "s1",
    isPinned: false,
    isPaused: false,
    touchedAt: -Infinity,
    ...part,
  };
  let round: Round | null = null;
  const look = (): void => {
    round = turned(round, sights);
    if (round.kind === "running" || round.kind === "pinned") sights = { ...sights, shown: round.screen };
  };
  look();
  return {
    round: () => round,
    shown: () => sights.shown,
    set: (changes: Partial<RoundSights>): void => {
      sights = { ...sights, ...changes };
      look();
    },
    now: () => sights.now,
    run(seconds: number): string[] {
      const changes: string[] = [];
      for (let second = 0; second < seconds; second += 1) {
        const before: RoundScreen | null = sights.shown;
        sights = { ...sights, now: sights.now + 1000 };
        look();
        if (sights.shown !== before) changes.push(`${sights.now / 1000} ${sights.shown}`);
      }
      return changes;
    },
  };
}

describe("the round of a wall", () => {
  it("is that of a seat that nobody has set, where the server names none", () => {
    expect(usualRound).toEqual(defaultSeat.playlist);
  });

  it("shows the overview for 60 s, the worst site for 30 s, the figures for 20 s, and begins again", () => {
    expect(createWall().run(230)).toEqual(["60 worst", "90 figures", "110 s1", "170 worst", "200 figures", "220 s1"]);
  });

  it("leaves out what cannot be shown, and stands still where only one screen is left", () => {
    const [city, worst] = defaultSeat.playlist;
    expect(createWall({ stops: [city, worst].filter((stop) => stop !== undefined) }).run(130)).toEqual([
      "60 worst",
      "90 s1",
    ]);
    const alone = createWall({ stops: city === undefined ? [] : [city], shown: null, isPinned: true });
    expect(alone.run(3600)).toEqual([]);
    expect(alone.round()).toEqual({ kind: "still" });
  });

  it("goes on after a reload with the screen that stands in the address", () => {
    expect(createWall({ shown: "worst" }).run(50)).toEqual(["30 figures", "50 s1"]);
    expect(createWall({ shown: null }).shown()).toBe("s1");
  });

  it("is pinned to the overview by a red, at once and until it is acknowledged, and gives the overview its whole time then", () => {
    const wall = createWall();
    wall.run(70);
    expect(wall.shown()).toBe("worst");
    wall.set({ isPinned: true });
    expect(wall.shown()).toBe("s1");
    expect(wall.run(3600)).toEqual([]);
    const from = wall.now() / 1000;
    wall.set({ isPinned: false });
    expect(wall.run(61)).toEqual([`${from + 60} worst`]);
  });

  it("shows the overview for a new red also where it is paused or in somebody's hands, once", () => {
    const paused = createWall({ isPaused: true, shown: "figures" });
    expect(paused.run(600)).toEqual([]);
    paused.set({ isPinned: true });
    expect(paused.shown()).toBe("s1");
    paused.set({ shown: null });
    expect(paused.run(10)).toEqual([]);
    paused.set({ isPinned: false });
    paused.set({ isPinned: true });
    expect(paused.shown()).toBe("s1");
  });

  it("leaves whoever uses the wall alone for two minutes after his last touch, then goes on, or back to what is pinned", () => {
    const wall = createWall({ shown: "worst" });
    wall.set({ touchedAt: 0, shown: null });
    expect(wall.run(handMs / 1000 - 1)).toEqual([]);
    expect(wall.run(2)).toEqual(["120 s1"]);
    wall.set({ isPinned: true });
    wall.set({ touchedAt: wall.now(), shown: null });
    expect(wall.round()).toMatchObject({ kind: "byHand", isPinned: true });
    expect(wall.run(119)).toEqual([]);
    expect(wall.run(1)).toEqual(["241 s1"]);
  });

  it("is held by the person and goes on with the same screen's whole time", () => {
    const wall = createWall();
    wall.run(50);
    wall.set({ isPaused: true });
    expect(wall.run(600)).toEqual([]);
    expect(wall.round()).toMatchObject({ kind: "paused" });
    wall.set({ isPaused: false });
    expect(wall.run(59)).toEqual([]);
    expect(wall.run(1)).toEqual(["710 worst"]);
  });

  it("goes to the first screen where the one that stands there has gone out of the round", () => {
    const wall = createWall({ shown: "figures" });
    const [city, worst] = defaultSeat.playlist;
    wall.set({ stops: [city, worst].filter((stop) => stop !== undefined) });
    expect(wall.shown()).toBe("s1");
  });
});

describe("the red that pins", () => {
  it("is one whose answer this tier owes: not an orange, not one that is acknowledged", () => {
    expect(hasOwedRed([alarmOf("a/P1", "orange")], "city")).toBe(false);
    expect(hasOwedRed([alarmOf("a/P1", "red", { tiers: [answered("city")] })], "city")).toBe(false);
    expect(hasOwedRed([alarmOf("a/P1", "orange"), alarmOf("b/P1", "red")], "city")).toBe(true);
    expect(hasOwedRed([alarmOf("b/P1", "red")], "county")).toBe(false);
  });
});
