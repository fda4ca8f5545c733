// What wears people out, by its numbers: chattering, fleeting, long-standing, floods (ISA-18.2 / IEC 62682, EEMUA 191).
import { describe, expect, it } from "vitest";
import {
  annunciated,
  chatteringUntil,
  floodEndsAt,
  isFleeting,
  longStandingAt,
  move,
  noActivity,
  noFlood,
  withoutFlood,
  type Activity,
  type Flood,
} from "../../server/domain/nuisance.ts";
import { hour, minute, second } from "../support/plant.ts";

/** On, off, on, off … at these seconds. */
function toggled(...seconds: readonly number[]): Activity {
  return seconds.reduce((activity, at, nth) => move(activity, nth % 2 === 0, at * second), noActivity);
}

describe("an alarm", () => {
  it("chatters with more than five moves in five minutes, until the sixth last is older than that", () => {
    expect(chatteringUntil(noActivity, false)).toBeNull();
    expect(chatteringUntil(toggled(0, 60, 120, 180, 240), false)).toBeNull();
    expect(chatteringUntil(toggled(0, 60, 120, 180, 240, 300), false)).toBe(5 * minute);
    expect(chatteringUntil(toggled(0, 60, 120, 180, 240, 300.001), false)).toBeNull();
    expect(chatteringUntil(toggled(0, 60, 120, 180, 240, 290, 310), false)).toBe(6 * minute);
  });

  it("remembers its last six moves and no more, however long it goes on", () => {
    expect(toggled(0, 1, 2, 3, 4, 5, 6, 7).moves).toEqual([2, 3, 4, 5, 6, 7].map((at) => at * second));
  });

  it("tells all of its last round: since when it is on, when it was off before, and that it came back at once", () => {
    expect(toggled(0, 5, 10)).toEqual({
      moves: [0, 5 * second, 10 * second],
      onSince: 10 * second,
      offAt: 5 * second,
      isRepeat: true,
      isBrief: false,
    });
  });

  it("of a latched kind chatters with three moves in a minute", () => {
    expect(chatteringUntil(toggled(0, 30, 60), true)).toBe(minute);
    expect(chatteringUntil(toggled(0, 30, 60), false)).toBeNull();
    expect(chatteringUntil(toggled(0, 30, 60.001), true)).toBeNull();
  });

  it("counts a move between levels, which does not begin it anew", () => {
    const risen = move(move(noActivity, true, 1000), true, 2000);
    expect(risen).toMatchObject({ moves: [1000, 2000], onSince: 1000 });
  });

  it("is fleeting when it was on for less than 10 s and did not come again within a minute", () => {
    expect(isFleeting(toggled(0, 9.999))).toBe(true);
    expect(isFleeting(toggled(0, 10))).toBe(false);
    expect(isFleeting(toggled(0, 5, 65))).toBe(false);
    expect(isFleeting(toggled(0, 5, 65, 66))).toBe(false);
    expect(isFleeting(toggled(0, 5, 65.001, 66))).toBe(true);
    expect(isFleeting(move(noActivity, false, 5))).toBe(false);
    expect(isFleeting(noActivity)).toBe(false);
  });

  it("is not fleeting while it is on, however brief it was the last time", () => {
    expect(isFleeting(toggled(0, 5, 65.001))).toBe(false);
  });

  it("is long-standing a day after it went on without a break", () => {
    expect(longStandingAt(toggled(0, 5, 10))).toBe(10 * second + 24 * hour);
    expect(longStandingAt(toggled(0, 5))).toBeNull();
  });
});

describe("a flood", () => {
  const told = (...at: readonly number[]): Flood => at.reduce(annunciated, noFlood);
  const eleven = Array.from({ length: 11 }, (_, nth) => nth * minute);

  it("begins with the eleventh annunciation within ten minutes", () => {
    expect(told(...eleven.slice(1)).since).toBeNull();
    expect(told(...eleven).since).toBeNull();
    expect(told(...eleven.map((at) => at * 0.99)).since).toBe(10 * minute * 0.99);
  });

  it("begins whenever eleven come so close, after whatever came before, and remembers the last eleven", () => {
    const slow = Array.from({ length: 5 }, (_, nth) => nth * hour);
    const fast = Array.from({ length: 11 }, (_, nth) => 5 * hour + nth * second);
    expect(told(...slow, ...fast.slice(1)).since).toBeNull();
    expect(told(...slow, ...fast)).toEqual({ told: fast, since: 5 * hour + 10 * second });
  });

  it("goes on while more comes, and ends when fewer than five are left of the last ten minutes", () => {
    const flood = told(...Array.from({ length: 11 }, () => 1000), 2000);
    expect(flood.since).toBe(1000);
    expect(floodEndsAt(flood)).toBe(1000 + 10 * minute);
    expect(floodEndsAt(annunciated(annunciated(annunciated(annunciated(flood, 3000), 4000), 5000), 6000))).toBe(
      2000 + 10 * minute,
    );
    expect(withoutFlood(flood)).toEqual({ told: flood.told, since: null });
    expect(floodEndsAt(withoutFlood(flood))).toBeNull();
  });
});
