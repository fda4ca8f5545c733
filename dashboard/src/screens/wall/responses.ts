// The rows of the panel of the counties' answers: the median against its limit as a bar, and what is overdue now.
import type { AlarmView } from "../../../../contract/alarm.ts";
import { higher, type Level } from "../../../../contract/level.ts";
import type { ResponseStatus } from "../../../../contract/wall.ts";
import { owedBy, urgencyOf } from "../../duty.ts";

/** One county's row. */
export interface ResponseRow {
  readonly id: string;
  /** Null: the county has answered nothing for 24 h. */
  readonly medianMs: number | null;
  readonly limitMs: number | null;
  readonly answers: number;
  readonly over: number;
  /** How long the bar is and where its tick stands, as shares of the track; null where no limit is known. */
  readonly bar: { readonly length: number; readonly tick: number } | null;
  /** Answers of the county's tier that are late now, and the worst level of those. */
  readonly overdue: number;
  readonly overdueLevel: Level | null;
}

/** The bars share one scale, which ends here at the latest: a night without an answer must not flatten all others. */
const mostLimits = 2;
/** Room behind the longest. */
const headroom = 1.1;

/** What the rows are made from. */
export interface ResponseSources {
  readonly counties: readonly { readonly id: string }[];
  readonly responses: ReadonlyMap<string, ResponseStatus>;
  readonly alarms: Iterable<AlarmView>;
  /** The county of a site; undefined where the plan does not have it. */
  readonly countyOf: (site: string) => string | undefined;
  readonly now: number;
}

/** A row for each county. */
export function responseRows({ counties, responses, alarms, countyOf, now }: ResponseSources): readonly ResponseRow[] {
  const late = [...alarms].filter((alarm) => urgencyOf(alarm, "county", now) === "over");
  const known = counties.flatMap(({ id }) => responses.get(id) ?? []);
  const longestLimit = Math.max(0, ...known.map(({ limitMs }) => limitMs ?? 0));
  const longest = Math.max(longestLimit, ...known.map(({ medianMs }) => medianMs ?? 0));
  const scale = Math.min(longest * headroom, longestLimit * mostLimits);
  return counties.map(({ id }) => {
    const { medianMs = null, limitMs = null, answers = 0, over = 0 } = responses.get(id) ?? {};
    const own = late.filter(({ site }) => site !== null && countyOf(site) === id);
    return {
      id,
      medianMs,
      limitMs,
      answers,
      over,
      bar:
        medianMs === null || limitMs === null || scale === 0
          ? null
          : { length: Math.min(1, medianMs / scale), tick: limitMs / scale },
      overdue: own.length,
      overdueLevel: own.reduce<Level | null>(
        (level, alarm) => higher(level, owedBy(alarm, "county")?.owedLevel ?? null),
        null,
      ),
    };
  });
}
