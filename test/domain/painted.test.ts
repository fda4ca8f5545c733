// Which orange and red alarms no wall on duty has painted, told beat by beat.
import { describe, expect, it } from "vitest";
import type { AlarmView, Source, TierView } from "../../contract/alarm.ts";
import type { Level } from "../../contract/level.ts";
import { annunciated, type Annunciations, painted, unpainted } from "../../server/domain/painted.ts";

interface Shown {
  readonly id?: string;
  readonly occurrence?: number;
  readonly revision?: number;
  readonly owed?: readonly (Level | null)[];
  readonly source?: Source;
}

function alarm({
  id = "s1/p~limit~high",
  occurrence = 1,
  revision = 1,
  owed = ["red"],
  source,
}: Shown = {}): AlarmView {
  const tiers = owed.map((owedLevel) => ({ tier: "city", owedLevel }) as TierView);
  return {
    id,
    source: source ?? { kind: "point", id: "s1/p" },
    site: source === undefined ? "s1" : null,
    occurrence,
    revision,
    tiers,
  } as unknown as AlarmView;
}

const receipt = { alarm: "s1/p~limit~high", occurrence: 1, revision: 1 };
const everywhere = () => true;

function told(...alarms: readonly (readonly [at: number, alarm: AlarmView])[]): Annunciations {
  const into: Annunciations = new Map();
  for (const [at, one] of alarms) annunciated(into, one, { toldAt: at, since: at });
  return into;
}
const overdueAt = (all: Annunciations, at: number, isExpected: (site: string | null) => boolean = everywhere) =>
  unpainted(all, isExpected, at).overdue.map((one) => one.alarm);

describe("an orange or red alarm", () => {
  it("has five seconds to be painted, and is waited for meanwhile", () => {
    const all = told([0, alarm()]);
    expect(unpainted(all, everywhere, 5000)).toEqual({ overdue: [], isWaiting: true });
    expect(unpainted(all, everywhere, 5001)).toMatchObject({
      overdue: [{ alarm: "s1/p~limit~high", since: 0 }],
      isWaiting: false,
    });
    expect([...all.values()]).toMatchObject([{ toldAt: 0, isPainted: false }]);
    expect(overdueAt(told([10_000, alarm()]), 15_000)).toEqual([]);
  });

  it("is settled by a receipt of the very revision, and asks anew with the next one", () => {
    const all = told([0, alarm()]);
    painted(all, { ...receipt, revision: 2 });
    painted(all, { ...receipt, occurrence: 2 });
    painted(all, { ...receipt, alarm: "s1/q~limit~high" });
    expect(overdueAt(all, 6000)).toEqual(["s1/p~limit~high"]);
    painted(all, receipt);
    expect(unpainted(all, everywhere, 6000)).toEqual({ overdue: [], isWaiting: false });
    // The same revision again, as when another tier has answered, asks nobody anew.
    annunciated(all, alarm({ owed: ["red", null] }), { toldAt: 7000, since: 7000 });
    expect(overdueAt(all, 20_000)).toEqual([]);
    annunciated(all, alarm({ revision: 2 }), { toldAt: 8000, since: 8000 });
    painted(all, receipt);
    expect(overdueAt(all, 20_000)).toEqual(["s1/p~limit~high"]);
  });

  it("asks anew with its next occurrence, which begins with the same revision", () => {
    const all = told([0, alarm()]);
    painted(all, receipt);
    annunciated(all, alarm({ occurrence: 2 }), { toldAt: 8000, since: 8000 });
    expect(overdueAt(all, 20_000)).toEqual(["s1/p~limit~high"]);
  });

  it("is no longer waited for once every tier has answered, or it owes less than orange", () => {
    for (const owed of [
      [null, null],
      ["yellow", null],
    ] as const) {
      const all = told([0, alarm({ owed: ["orange", null] })]);
      expect(overdueAt(all, 6000)).toHaveLength(1);
      annunciated(all, alarm({ owed }), { toldAt: 7000, since: 7000 });
      expect(overdueAt(all, 20_000)).toEqual([]);
    }
  });

  it("is waited for only where a wall on duty shows its site; the one that waits longest comes first", () => {
    const later = alarm({ id: "s1/a~limit~high" });
    const ofServer = alarm({ id: "broker~down", source: { kind: "neighbour", id: "broker" } });
    const all = told([1000, later], [0, alarm()], [500, ofServer]);
    expect(overdueAt(all, 9000)).toEqual(["s1/p~limit~high", "broker~down", "s1/a~limit~high"]);
    expect(overdueAt(all, 9000, (site) => site === null)).toEqual(["broker~down"]);
    expect(overdueAt(all, 9000, () => false)).toEqual([]);
  });

  it("is never one about painting itself", () => {
    const walls = alarm({ id: "walls~down", source: { kind: "neighbour", id: "walls" } });
    const hall = alarm({ id: "wall:hall~screen", source: { kind: "wall", id: "wall:hall" } });
    expect(told([0, walls], [0, hall]).size).toBe(0);
    const site = alarm({ id: "walls~rollup", source: { kind: "site", id: "walls" } });
    expect(told([0, site]).size).toBe(1);
  });
});
