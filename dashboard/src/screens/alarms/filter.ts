// The filter of the alarm list as the URL keeps it, and how many alarms each of its chips would show.
import type { AlarmView } from "../../../../contract/alarm.ts";
import { levels, type Level } from "../../../../contract/level.ts";
import type { Tier } from "../../../../contract/plant.ts";
import { shownLevel } from "../../duty.ts";
import {
  heldBackBy,
  noFilter,
  standings,
  standsAs,
  type Filter,
  type FilterFacts,
  type StandingFilter,
} from "../order.ts";

type Query = Readonly<Record<string, string>>;

/** The names under which the URL keeps a filter. */
export const filterNames = ["level", "sector", "county", "state", "mine", "data", "q"] as const;

/** The filter of a URL; what it does not know is left out. */
export function filterOf(query: Query): Filter {
  const wanted = (query["level"] ?? "").split(",");
  return {
    levels: new Set(levels.filter((level) => wanted.includes(level))),
    sector: query["sector"] ?? null,
    county: query["county"] ?? null,
    standing: standings.find((standing) => standing === query["state"]) ?? null,
    isMine: query["mine"] === "1",
    withData: query["data"] !== "0",
    search: query["q"] ?? "",
  };
}

/** A filter as the URL keeps it; null where nothing is asked. */
export function queryOf(filter: Filter): Readonly<Record<(typeof filterNames)[number], string | null>> {
  return {
    level: filter.levels.size === 0 ? null : levels.filter((level) => filter.levels.has(level)).join(","),
    sector: filter.sector,
    county: filter.county,
    state: filter.standing,
    mine: filter.isMine ? "1" : null,
    data: filter.withData ? null : "0",
    q: filter.search === "" ? null : filter.search,
  };
}

/** True where the filter lets everything through. */
export function isOpenFilter(filter: Filter): boolean {
  return JSON.stringify(queryOf(filter)) === JSON.stringify(queryOf(noFilter));
}

/** How many alarms a chip would show, the other questions being as they are. */
export interface FilterCounts {
  readonly levels: Readonly<Record<Level, number>>;
  readonly sectors: ReadonlyMap<string, number>;
  readonly counties: ReadonlyMap<string, number>;
  readonly standings: Readonly<Record<StandingFilter, number>>;
  readonly mine: number;
  readonly data: number;
}

/** The alarms that pass, and what each chip counts. */
export interface Sifted {
  readonly passing: readonly AlarmView[];
  readonly counts: FilterCounts;
}

/** Sifts the alarms in one pass: an alarm that one question alone holds back is counted at the chips of that question. */
export function sift(
  alarms: Iterable<AlarmView>,
  tier: Tier,
  { filter, factsOf }: { readonly filter: Filter; readonly factsOf: (alarm: AlarmView) => FilterFacts },
): Sifted {
  const passing: AlarmView[] = [];
  const byLevel = { red: 0, orange: 0, yellow: 0, blue: 0 };
  const byStanding = { owed: 0, answered: 0, returned: 0, latched: 0, marked: 0 };
  const [sectors, counties] = [new Map<string, number>(), new Map<string, number>()];
  let [mine, data] = [0, 0];
  const add = (counts: Map<string, number>, key: string | null): void => {
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for (const alarm of alarms) {
    const facts = factsOf(alarm);
    const parts = heldBackBy(alarm, tier, filter, facts);
    if (parts.length > 1) continue;
    const [part] = parts;
    if (part === undefined) passing.push(alarm);
    if (part === undefined || part === "levels") byLevel[shownLevel(alarm, tier)] += 1;
    if (part === undefined || part === "sector") add(sectors, facts.sector);
    if (part === undefined || part === "county") add(counties, facts.county);
    if (part === undefined || part === "standing")
      for (const standing of standings) if (standsAs(alarm, tier, standing)) byStanding[standing] += 1;
    if ((part === undefined || part === "isMine") && facts.isMine) mine += 1;
    if ((part === undefined || part === "withData") && alarm.isData) data += 1;
  }
  return { passing, counts: { levels: byLevel, sectors, counties, standings: byStanding, mine, data } };
}
