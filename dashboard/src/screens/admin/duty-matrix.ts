// Who owes an answer at which level and by when, as a matrix; a hole in it is a fault of the configuration.
import { levels, type Level } from "../../../../contract/level.ts";
import type { Plan, Routing, Tier } from "../../../../contract/plant.ts";
import { tiers } from "./choices.ts";

type Duties = Routing["process"];
type Duty = Duties["red"][number];

/** One place of the matrix. `hole`: the tier answers at a lower level and not at this; `nameless`: nobody is named. */
export interface DutyCell {
  readonly tier: Tier;
  readonly duty: Duty | null;
  readonly fault: "hole" | "nameless" | null;
}

/** The duties of one level. */
export interface DutyRow {
  readonly level: Level;
  readonly cells: readonly DutyCell[];
}

/** The matrix, the highest level first. */
export function dutyRows(duties: Duties): readonly DutyRow[] {
  return levels.toReversed().map((level) => {
    const lower = levels.slice(0, levels.indexOf(level));
    const cells = tiers.map((tier): DutyCell => {
      const duty = duties[level].find((one) => one.tier === tier) ?? null;
      const owesLower = lower.some((each) => duties[each].some((one) => one.tier === tier));
      if (duty === null) return { tier, duty, fault: owesLower ? "hole" : null };
      return { tier, duty, fault: duty.department === undefined ? "nameless" : null };
    });
    return { level, cells };
  });
}

/** A way that alarms are routed: the usual one, or that of one sector in one county. */
export interface RouteChoice {
  /** Empty: the usual one. */
  readonly id: string;
  readonly sector: string | null;
  readonly county: string | null;
  readonly process: readonly DutyRow[];
  readonly data: readonly DutyRow[];
  readonly faults: number;
}

function countFaults(rows: readonly DutyRow[]): number {
  return rows.flatMap(({ cells }) => cells).filter(({ fault }) => fault !== null).length;
}

/** Every way that alarms are routed, the usual one first. */
export function routeChoices({ routing }: Pick<Plan, "routing">): readonly RouteChoice[] {
  const usual = { sector: null, county: null, process: routing.process, data: routing.data };
  return [usual, ...(routing.routes ?? [])].map(({ sector, county, process, data }) => {
    const [own, devices] = [dutyRows(process), dutyRows(data)];
    const id = sector === null || county === null ? "" : `${sector}/${county}`;
    return { id, sector, county, process: own, data: devices, faults: countFaults(own) + countFaults(devices) };
  });
}
