// How good the alarms are: the key figures of ISA-18.2-2016 16.4 / IEC 62682 9 with their limits, and a report of them.
import type { Text } from "./faults.ts";
import type { Level } from "./level.ts";
import type { Tier } from "./plant.ts";

/** A figure's grade; the worst single one is the whole report's. */
export const grades = ["green", "amber", "red"] as const;
/** One of the three grades. */
export type Grade = (typeof grades)[number];

/** Up to which value a figure is green, and up to which amber; `isBelow` where the limit itself already is the worse one. */
export interface GradeLimits {
  readonly green: number;
  readonly amber: number;
  readonly isBelow: boolean;
}

interface Definition {
  readonly name: Text;
  /** What `value` counts; shares are 0 to 1. */
  readonly unit: "perHour" | "per10Min" | "perDay" | "share" | "count" | "ms";
  readonly limits: GradeLimits | null;
}

const upTo = (green: number, amber: number): GradeLimits => ({ green, amber, isBelow: false });
const below = (green: number, amber: number): GradeLimits => ({ green, amber, isBelow: true });

/**
 * Every figure. The limits are those that the published metrics of ISA-18.2-2016 16.4 and EEMUA 191 3rd ed. agree on; those of
 * the answers and of rubber stamps come from an open ISA-18.2 scorecard, and are a (design) default here. Where no source
 * has limits there is no grade.
 */
export const kpiTable = {
  perHour: { name: { zh: "平均报警率（每小时）", en: "Average per hour" }, unit: "perHour", limits: upTo(6, 12) },
  // "About one" and "about two" (ISA-18.2-2016 16.5, EEMUA 191): one is green, two is amber.
  per10Min: {
    name: { zh: "平均报警率（每 10 分钟）", en: "Average per 10 min" },
    unit: "per10Min",
    limits: upTo(1, 2),
  },
  // 150 of ISA-18.2-2009 and 144 of IEC 62682-2014 were dropped in 2016: no grade.
  perDay: { name: { zh: "平均报警率（每日）", en: "Average per day" }, unit: "perDay", limits: null },
  peak: {
    name: { zh: "峰值：超过 10 条的 10 分钟占比", en: "Peak: 10 min with more than 10" },
    unit: "share",
    limits: below(0.01, 0.05),
  },
  peakMost: { name: { zh: "10 分钟内最多", en: "Most in 10 min" }, unit: "count", limits: null },
  flood: { name: { zh: "报警泛滥时间占比", en: "Time in flood" }, unit: "share", limits: below(0.01, 0.05) },
  topTen: { name: { zh: "前 10 名占比", en: "Share of the top 10" }, unit: "share", limits: below(0.05, 0.15) },
  chattering: { name: { zh: "抖动报警", en: "Chattering alarms" }, unit: "count", limits: upTo(0, 3) },
  // The sources name the goal of none, and no limit of amber or red.
  fleeting: { name: { zh: "瞬时报警", en: "Fleeting" }, unit: "count", limits: upTo(0, Infinity) },
  longStanding: {
    name: { zh: "长期报警（超过 24 小时）", en: "Long-standing, over 24 h" },
    unit: "count",
    limits: upTo(0, 5),
  },
  levelShare: { name: { zh: "等级占比", en: "Share of the level" }, unit: "share", limits: null },
  deviation: {
    name: { zh: "等级分布偏离 80/15/5", en: "Deviation from 80/15/5" },
    unit: "share",
    limits: below(0.05, 0.15),
  },
  answerP50: { name: { zh: "接警用时 P50", en: "Time to acknowledge, P50" }, unit: "ms", limits: null },
  // Graded at orange and red only: the scorecard's limits are those of high priority.
  answerP95: {
    name: { zh: "接警用时 P95", en: "Time to acknowledge, P95" },
    unit: "ms",
    limits: below(180_000, 600_000),
  },
  rubberStamp: { name: { zh: "连点接警占比", en: "Rubber stamps" }, unit: "share", limits: below(0.02, 0.1) },
  returnedUnanswered: {
    name: { zh: "未接警即恢复占比", en: "Returned before acknowledged" },
    unit: "share",
    limits: null,
  },
  answerToReturnP50: { name: { zh: "接警至恢复 P50", en: "Acknowledged to returned, P50" }, unit: "ms", limits: null },
  answerToReturnP95: { name: { zh: "接警至恢复 P95", en: "Acknowledged to returned, P95" }, unit: "ms", limits: null },
  standing: { name: { zh: "期末仍在报警", en: "Standing at the end" }, unit: "count", limits: null },
  standingMost: { name: { zh: "同时报警最多", en: "Most standing at once" }, unit: "count", limits: null },
  reAlarms: { name: { zh: "再次提醒", en: "Re-alarms" }, unit: "count", limits: null },
} as const satisfies Record<string, Definition>;

/** The name of a figure. */
export type KpiId = keyof typeof kpiTable;

/** The regular interval of the load figures (ISA-18.2-2016 16.5). */
export const kpiBinMs = 600_000;

/** What was counted in a period, for one duty desk or all. */
export interface KpiCounts {
  /** Epoch ms; `to` is not part of it. */
  readonly from: number;
  readonly to: number;
  readonly tier: Tier | null;
  /** Openings, rises above what was known, and re-trips: never acknowledgements, falls, returns or re-alarms. */
  readonly annunciations: number;
  readonly byLevel: Readonly<Record<Level, number>>;
  readonly byAlarm: readonly { readonly alarm: string; readonly annunciations: number }[];
  /** Annunciations by the interval since `from`; empty ones are left out. */
  readonly bins: ReadonlyMap<number, number>;
  readonly reAlarms: number;
  readonly chattering: number;
  readonly fleeting: number;
  readonly longStanding: number;
  readonly standing: number;
  readonly standingMost: number;
  readonly returns: number;
  readonly returnedUnanswered: number;
  /** Acts of persons, and those that followed the same person's last one too fast to have read anything. */
  readonly acts: number;
  readonly stamps: number;
  /** Per tier and level: how many answers were given, and how long each took; one that is still owed, so far. */
  readonly answers: readonly {
    readonly tier: Tier;
    readonly level: Level;
    readonly given: number;
    readonly tookMs: readonly number[];
  }[];
  /** From the first answer to the return, ms. */
  readonly answerToReturn: readonly number[];
}

/** One figure. */
export interface Kpi {
  readonly id: KpiId;
  /** Of this level and this tier alone; null for all. */
  readonly level: Level | null;
  readonly tier: Tier | null;
  /** What was counted, and out of what; for a percentile: the answers given, and those asked for. */
  readonly numerator: number;
  readonly denominator: number;
  /** Null where there is nothing to divide by. */
  readonly value: number | null;
  readonly grade: Grade | null;
}

/** All figures of a period. */
export interface KpiReport {
  /** Epoch ms; `to` is not part of it. */
  readonly from: number;
  readonly to: number;
  /** The duty desk; null for all of them together. */
  readonly tier: Tier | null;
  /** ISA-18.2-2016 16.4 wants 30 days at least: true where there are fewer. */
  readonly isShort: boolean;
  /** The worst single grade. */
  readonly grade: Grade;
  readonly kpis: readonly Kpi[];
  /** The alarms that annunciated most. */
  readonly top: readonly { readonly alarm: string; readonly annunciations: number }[];
  /** Figures of the table whose source does not exist yet: said, never counted as none. */
  readonly notConnected: readonly "unauthorisedSuppression"[];
}
