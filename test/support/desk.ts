// A tally of the key figures with transitions of few words: what a test of them is told in.
import type { Transition } from "../../contract/alarm.ts";
import type { Kpi, KpiCounts, KpiId } from "../../contract/kpi.ts";
import type { Level } from "../../contract/level.ts";
import type { Tier } from "../../contract/plant.ts";
import { createKpiTally, type KpiOptions, type KpiTally } from "../../server/domain/kpi.ts";
import { kpiReportOf } from "../../server/domain/kpi-report.ts";
import { hour, routing } from "./plant.ts";
import { epoch } from "./room.ts";

/** A period that is long enough: thirty days. */
export const month = 30 * 24 * hour;

/** Who owes an answer at a level. */
export function owedAt(level: Level | null): readonly Tier[] {
  return level === null ? [] : routing.process[level].map(({ tier }) => tier);
}

/** A tally with transitions of few words: times in ms since the period's start. */
export interface Desk {
  readonly tally: KpiTally;
  readonly step: (at: number, alarm: string, level: Level | null, rest?: Partial<Transition>) => void;
  /** A raise with the next revision. */
  readonly raise: (at: number, alarm: string, level: Level) => void;
  readonly fall: (at: number, alarm: string, level?: Level | null) => void;
  readonly answer: (at: number, alarm: string, tier: Tier, rest?: { by?: string; cause?: number }) => void;
  readonly counts: (to?: number) => KpiCounts;
  readonly kpi: (id: KpiId, of?: { level?: Level; tier?: Tier; to?: number }) => Kpi;
}

/** Starts a tally, of one desk or of all. */
export function createDesk(tier: Tier | null = null, isLatching = false, from = epoch): Desk {
  const options: KpiOptions = { from, tier, routeOf: ({ level }) => ({ tiers: owedAt(level), isLatching }) };
  const tally = createKpiTally(options);
  const known = new Map<string, { occurrence: number; revision: number; level: Level | null }>();
  let seq = 0;
  const step: Desk["step"] = (after, alarm, level, rest = {}) => {
    const before = known.get(alarm) ?? { occurrence: 1, revision: 0, level: null };
    const next = {
      occurrence: rest.occurrence ?? before.occurrence,
      revision: rest.revision ?? before.revision,
      level,
    };
    known.set(alarm, next);
    seq += 1;
    tally.count({
      seq,
      at: epoch + after,
      recordedAt: epoch + after,
      alarm,
      fromLevel: before.level,
      why: { code: "limitViolated", values: {} },
      actor: { kind: "rule", id: "limit", tier: null },
      cause: seq,
      ...rest,
      ...next,
    } as Transition);
  };
  const counts: Desk["counts"] = (to = month) => tally.counts(epoch + to);
  return {
    tally,
    step,
    raise: (after, alarm, level) => step(after, alarm, level, { revision: (known.get(alarm)?.revision ?? 0) + 1 }),
    fall: (after, alarm, level = null) => step(after, alarm, level, { why: { code: "limitReturned", values: {} } }),
    answer: (after, alarm, by, { by: id = "officer", cause } = {}) =>
      step(after, alarm, known.get(alarm)?.level ?? null, {
        why: { code: "acknowledged", values: {} },
        actor: { kind: "person", id, tier: by },
        ...(cause === undefined ? {} : { cause }),
      }),
    counts,
    kpi: (id, { level, tier: of, to } = {}) =>
      kpiReportOf(counts(to)).kpis.find(
        (one) => one.id === id && one.level === (level ?? null) && one.tier === (of ?? null),
      ) as Kpi,
  };
}
