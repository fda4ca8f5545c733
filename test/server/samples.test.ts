// The samples of a pass: in columns, ordered in slices, and no more of them at once than fit.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMonitor } from "../../server/monitor.ts";
import { createRejudgement, touchedOf } from "../../server/replay/rejudge.ts";
import { createSamples, type OrderedSamples, type StoredSample } from "../../server/replay/samples.ts";
import { limit, planOf, point, rule, second } from "../support/plant.ts";
import { epoch } from "../support/room.ts";

/** What a generator returns, and how often it let others go first. */
function whole(
  samples: readonly StoredSample[],
  silentAfterMs: number,
): { readonly ordered: OrderedSamples; readonly rests: number } {
  const columns = createSamples();
  for (const one of samples) columns.add(one);
  const pass = columns.inOrder(silentAfterMs);
  for (let rests = 0; ; rests += 1) {
    const { done, value } = pass.next();
    if (done === true) return { ordered: value, rests };
  }
}

const anySample: fc.Arbitrary<StoredSample> = fc.record({
  sourceAt: fc.integer({ min: 0, max: 60 }),
  receivedAt: fc.integer({ min: 0, max: 100 }),
  value: fc.integer(),
  quality: fc.constantFrom("good", "unknown", "suspect", "saturated", "bad"),
  unit: fc.constantFrom(null, "m", "mm"),
  isServerTime: fc.boolean(),
});

describe("samples in order", () => {
  it("are those of a plain sort, of each time the first that came, none heard after what was measured later", () => {
    fc.assert(
      fc.property(fc.array(anySample, { maxLength: 200 }), (samples) => {
        const { ordered } = whole(samples, 30);
        const firsts = samples.filter((one, nth) => samples.findIndex((s) => s.sourceAt === one.sourceAt) === nth);
        const plain = firsts
          .toSorted((a, b) => a.sourceAt - b.sourceAt)
          .map(({ receivedAt: _, ...rest }, nth, all) => {
            const later = all.slice(nth).map((s) => (s.isServerTime ? s.sourceAt : s.receivedAt));
            const heardAt = rest.isServerTime ? rest.sourceAt : Math.min(...later, rest.sourceAt + 30);
            return { ...rest, heardAt };
          });
        expect(Array.from({ length: ordered.length }, (_, nth) => ordered.at(nth))).toEqual(plain);
        for (let time = -1; time <= 61; time += 1)
          expect(ordered.has(time)).toBe(samples.some(({ sourceAt }) => sourceAt === time));
      }),
      { numRuns: 100 },
    );
  });

  it("are ordered a slice at a time", () => {
    const backwards = Array.from({ length: 200_000 }, (_, nth) => ({
      sourceAt: (nth * 7919) % 200_003,
      receivedAt: 300_000,
      value: nth,
      quality: "good" as const,
      unit: null,
      isServerTime: false,
    }));
    const { ordered, rests } = whole(backwards, 30);
    expect(ordered.length).toBe(200_000);
    // 18 rounds of merging 200,000 places, 16,384 at a time.
    expect(rests).toBeGreaterThan(150);
  });
});

describe("one reading of the journal", () => {
  const weekMs = 7 * 86_400_000;
  const passOf = (everyMs: number | null, ages: readonly number[]): readonly string[] => {
    const report = everyMs === null ? ("onChange" as const) : { everyMs };
    const points = ages.map((_, nth) => point(`p${nth}`, { report, rules: [rule("high", { red: limit(80) })] }));
    const monitor = createMonitor();
    monitor.apply({ kind: "plan", number: 1, at: epoch, plan: planOf(points), by: "test", reason: "test" });
    const state = monitor.state();
    const touched = ages.map((age, nth) =>
      touchedOf(state, `s1/p${nth}`, { from: epoch - age, sinceAt: epoch, lastAt: epoch, lastNumber: 1, restMs: 0 }),
    );
    return createRejudgement(state.plan, touched, () => ({ ok: false }) as never).points;
  };

  it("takes a million samples at most by what their points report, one point at least", () => {
    expect(passOf(second, [weekMs, weekMs, weekMs / 2])).toEqual(["s1/p0", "s1/p2"]);
    expect(passOf(100, [weekMs, 60 * second])).toEqual(["s1/p0"]);
    expect(passOf(10 * second, [weekMs, weekMs, weekMs])).toHaveLength(3);
    expect(passOf(null, [weekMs, weekMs, weekMs])).toHaveLength(3);
  });
});
