// What was due by a time of day and did not come, by the site's clock, over midnight and over losses (semantics §4).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MissingEventCondition, Member } from "../../../contract/condition.ts";
import { missingEvent } from "../../../server/domain/detect/missing-event.ts";
import { around, atOnce, badSince, lead, member, silentSince } from "../../support/around.ts";
import { hour, minute } from "../../support/plant.ts";

const day = 24 * hour;
/** Due by 08:30 in China, UTC+8. */
const of: MissingEventCondition = {
  kind: "missingEvent",
  point: "a",
  dueMs: 8.5 * hour,
  zoneMs: 8 * hour,
  ...atOnce,
};
/** A time of a day by the site's clock, epoch ms. */
const on = (nth: number, hours: number): number => nth * day + hours * hour - of.zoneMs;
const never = silentSince(null);

function values(...told: readonly (readonly [number, Member])[]): readonly (number | null)[] {
  const instants = told.map(([at, a]) => around(at, { a }));
  return lead(missingEvent, of, instants).quantities.map(({ value }) => value);
}

describe("an event that is due by a time of day", () => {
  it("is missing from that very time until the day is over, where it does not come", () => {
    const times = [on(5, 0), on(5, 8.5) - 1, on(5, 8.5), on(6, 0) - 1, on(6, 0), on(6, 8.5)];
    expect(values(...times.map((at) => [at, never] as const))).toEqual([0, 0, 1, 1, 0, 1]);
  });

  it("is not missing where it came before, and no longer once it comes", () => {
    const early = member(1, on(5, 7));
    expect(values([on(5, 7), early], [on(5, 9), early], [on(6, 9), early])).toEqual([0, 0, 1]);
    const late = member(1, on(5, 9));
    expect(values([on(5, 8.5), never], [on(5, 9), late], [on(5, 10), late])).toEqual([1, 0, 0]);
    // Midnight belongs to the day that begins.
    const midnight = member(1, on(5, 0));
    expect(values([on(5, 0), midnight], [on(5, 9), midnight])).toEqual([0, 0]);
    const before = member(1, on(5, 0) - 1);
    expect(values([on(5, 0), before], [on(5, 9), before])).toEqual([0, 1]);
  });

  it("has come although its point is lost afterwards, and not by a bad value", () => {
    const came = member(1, on(5, 7));
    expect(values([on(5, 7), came], [on(5, 9), silentSince(on(5, 8), on(5, 7))])).toEqual([0, 0]);
    expect(values([on(5, 7), badSince(on(5, 7))], [on(5, 9), badSince(on(5, 7))])).toEqual([0, 1]);
  });

  it("knows what never came from what came as the epoch began", () => {
    expect(values([on(0, 9), never])).toEqual([1]);
    const early = member(1, on(0, 7));
    const { state, quantities } = lead(missingEvent, of, [
      around(on(0, 7), { a: early }),
      around(on(0, 9), { a: early }),
    ]);
    expect(quantities.map(({ value }) => value)).toEqual([0, 0]);
    expect(state).toBe(on(0, 7));
  });

  it("keeps the newest that came", () => {
    const { state } = lead(missingEvent, of, [
      around(on(5, 9), { a: member(1, on(5, 7)) }),
      around(on(5, 9), { a: member(1, on(4, 7)) }),
    ]);
    expect(state).toBe(on(5, 7));
  });

  it("is neither while its point is out of service", () => {
    const out = member(1, on(5, 7), { isOutOfService: true });
    const { quantities } = lead(missingEvent, of, [around(on(5, 9), { a: out })]);
    expect(quantities).toMatchObject([{ value: null, note: "outOfService" }]);
  });

  it("says when it was due and when it last came", () => {
    const told = (a: Member) => lead(missingEvent, of, [around(on(5, 9), { a })]).quantities[0];
    expect(told(never)).toEqual({
      value: 1,
      quality: "good",
      mayReturn: true,
      note: null,
      values: { dueAt: on(5, 8.5) },
    });
    expect(told(member(1, on(4, 9)))?.values).toEqual({ dueAt: on(5, 8.5), cameAt: on(4, 9) });
  });

  it("looks again when it is due, when the day ends, or when it is due tomorrow", () => {
    expect(missingEvent.dueAt(of, null, on(5, 8.5) - 1)).toBe(on(5, 8.5));
    expect(missingEvent.dueAt(of, null, on(5, 8.5))).toBe(on(6, 0));
    expect(missingEvent.dueAt(of, on(5, 7), on(5, 8))).toBe(on(6, 8.5));
    expect(missingEvent.dueAt(of, on(5, 0), on(5, 8))).toBe(on(6, 8.5));
    expect(missingEvent.dueAt(of, on(4, 7), on(5, 8))).toBe(on(5, 8.5));
  });

  it("looks at its point alone", () => {
    expect([missingEvent.members(of), missingEvent.sources(of), missingEvent.initial(of)]).toEqual([["a"], [], null]);
  });

  it("changes with time alone only where it says that it will, in every zone", () => {
    const zones = fc.constantFrom(-11 * hour, 0, 5.75 * hour, 8 * hour, 14 * hour);
    fc.assert(
      fc.property(
        zones,
        fc.integer({ min: 0, max: 1440 }),
        fc.integer({ min: -4000, max: 4000 }),
        fc.option(fc.integer({ min: -4000, max: 4000 })),
        (zoneMs, due, at, came) => {
          const condition = { ...of, zoneMs, dueMs: due * minute };
          const state = came === null || came > at ? null : came * minute;
          const valueAt = (now: number): number | null =>
            missingEvent.step(condition, state, around(now, { a: never })).quantity.value;
          const from = at * minute;
          const until = missingEvent.dueAt(condition, state, from) as number;
          expect(until).toBeGreaterThan(from);
          expect(valueAt(until - 1)).toBe(valueAt(from));
          expect(valueAt(Math.floor((from + until) / 2))).toBe(valueAt(from));
        },
      ),
    );
  });
});
