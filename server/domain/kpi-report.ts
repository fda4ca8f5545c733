// The key figures of the alarms and their grades, from what was counted (ISA-18.2-2016 16.4, IEC 62682, EEMUA 191).
import {
  grades,
  kpiBinMs,
  kpiTable,
  type Grade,
  type Kpi,
  type KpiCounts,
  type KpiId,
  type KpiReport,
} from "../../contract/kpi.ts";
import { levels, rankOf, type Level } from "../../contract/level.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** ISA-18.2-2016 16.4: fewer days say little. */
const enoughMs = 30 * dayMs;
/** A flood starts in an interval with more than 10, and ends with the first that has fewer than 5 (EEMUA 191, ISA-18.2 16.5). */
const floodFrom = 10;
const floodUntil = 5;
const topCount = 10;
/** Low, medium and high as ISA-18.2-2016 16.7 has them; highest: below 1 %, so only what is above that counts. */
const aims: Readonly<Record<Level, number>> = { blue: 0.8, yellow: 0.15, orange: 0.05, red: 0.01 };

function shareOf(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}

function gradeOf(id: KpiId, value: number | null): Grade | null {
  const { limits } = kpiTable[id];
  if (limits === null || value === null) return null;
  const isWithin = (limit: number): boolean => (limits.isBelow ? value < limit : value <= limit);
  if (isWithin(limits.green)) return "green";
  // Where nothing but the goal is known, missing it has no grade.
  if (limits.amber === Infinity) return null;
  // A value at the upper limit is amber still: "5–15 %", and red is "> 15 %".
  return value <= limits.amber ? "amber" : "red";
}

/** Nearest rank: a value that was really measured. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? null;
}

/** The time in flood: whole intervals, from the first with more than ten to before the first with fewer than five. */
function floodBins(bins: ReadonlyMap<number, number>, all: number): number {
  let [inFlood, floods] = [false, 0];
  for (let bin = 0; bin < all; bin += 1) {
    const count = bins.get(bin) ?? 0;
    inFlood = inFlood ? count >= floodUntil : count > floodFrom;
    if (inFlood) floods += 1;
  }
  return floods;
}

function kpi(id: KpiId, numerator: number, denominator: number, rest: Partial<Kpi> = {}): Kpi {
  const value = rest.value === undefined ? shareOf(numerator, denominator) : rest.value;
  return { id, level: null, tier: null, numerator, denominator, value, grade: gradeOf(id, value), ...rest };
}

/** A count is its own value; beside it stands out of how many. */
function counted(id: KpiId, numerator: number, denominator: number): Kpi {
  return kpi(id, numerator, denominator, { value: numerator });
}

function loadOf({ annunciations, bins, from, to }: KpiCounts): readonly Kpi[] {
  const ms = to - from;
  const all = Math.ceil(ms / kpiBinMs);
  const crowded = [...bins.values()];
  return [
    kpi("perHour", annunciations, ms / hourMs),
    kpi("per10Min", annunciations, ms / kpiBinMs),
    kpi("perDay", annunciations, ms / dayMs),
    kpi("peak", crowded.filter((count) => count > floodFrom).length, all),
    counted(
      "peakMost",
      crowded.reduce((a, b) => Math.max(a, b), 0),
      all,
    ),
    kpi("flood", floodBins(bins, all), all),
  ];
}

function distributionOf({ byLevel, annunciations }: KpiCounts): readonly Kpi[] {
  // Too many or too few of any level is one and the same fault of the plan: the farthest from its aim counts.
  const offs = levels.map((level) => {
    const off = byLevel[level] - aims[level] * annunciations;
    // Too few of red is below nothing, so that it is never the farthest.
    return level === "red" ? off : Math.abs(off);
  });
  return [
    ...levels.map((level) => kpi("levelShare", byLevel[level], annunciations, { level })),
    kpi("deviation", Math.max(...offs), annunciations),
  ];
}

function answerOf({ tier, level, given, tookMs }: KpiCounts["answers"][number]): readonly Kpi[] {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const value = percentile(sorted, 0.95);
  // The scorecard grades high priority only: orange and red.
  const grade = rankOf(level) >= rankOf("orange") ? gradeOf("answerP95", value) : null;
  return [
    kpi("answerP50", given, sorted.length, { level, tier, value: percentile(sorted, 0.5) }),
    kpi("answerP95", given, sorted.length, { level, tier, value, grade }),
  ];
}

/** The report on what was counted. */
export function kpiReportOf(counts: KpiCounts): KpiReport {
  const { from, to, tier, annunciations, byAlarm, returns } = counts;
  const heard = byAlarm.length;
  const top = byAlarm
    .toSorted((a, b) => b.annunciations - a.annunciations || (a.alarm < b.alarm ? -1 : 1))
    .slice(0, topCount);
  const returned = counts.answerToReturn.toSorted((a, b) => a - b);
  const kpis = [
    ...loadOf(counts),
    kpi(
      "topTen",
      top.reduce((sum, one) => sum + one.annunciations, 0),
      annunciations,
    ),
    counted("chattering", counts.chattering, heard),
    counted("fleeting", counts.fleeting, annunciations),
    counted("longStanding", counts.longStanding, heard),
    counted("standing", counts.standing, heard),
    counted("standingMost", counts.standingMost, heard),
    ...distributionOf(counts),
    ...counts.answers.flatMap(answerOf),
    kpi("rubberStamp", counts.stamps, counts.acts),
    kpi("returnedUnanswered", counts.returnedUnanswered, returns),
    kpi("answerToReturnP50", returned.length, returns, { value: percentile(returned, 0.5) }),
    kpi("answerToReturnP95", returned.length, returns, { value: percentile(returned, 0.95) }),
    counted("reAlarms", counts.reAlarms, annunciations),
  ];
  // Counts are graded even where nothing happened, so there is one.
  const grade = grades.findLast((one) => kpis.some((each) => each.grade === one)) as Grade;
  return { from, to, tier, isShort: to - from < enoughMs, grade, kpis, top, notConnected: ["unauthorisedSuppression"] };
}
