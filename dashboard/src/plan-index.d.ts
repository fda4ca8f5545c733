import type { AlarmView, Source } from "../../contract/alarm.ts";
import type { Text } from "../../contract/faults.ts";
import { type Level } from "../../contract/level.ts";
import type { Device, Item, Plan, Point, Rule, RuleVersion, Site, Tier } from "../../contract/plant.ts";
/** The plan with its parts by id. */
export interface PlanIndex {
  readonly plan: Plan;
  readonly points: ReadonlyMap<string, Point>;
  /** The place of a point in the plan's list, as frames name it. */
  readonly places: ReadonlyMap<string, number>;
  readonly sites: ReadonlyMap<string, Site>;
  readonly items: ReadonlyMap<string, Item>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly counties: ReadonlyMap<string, Plan["counties"][number]>;
  readonly sectors: ReadonlyMap<string, Plan["sectors"][number]>;
}
/** The plan with its parts by id. */
export declare function createPlanIndex(plan: Plan): PlanIndex;
/** The site that a source belongs to; null for neighbours and for what the plan does not know. */
export declare function siteOf(index: PlanIndex, source: Source): Site | null;
/** What a source is called within its site; null where the site itself is meant, or a neighbour. */
export declare function subjectOf(index: PlanIndex, source: Source): Text | null;
/** The department that answers for a tier at a level of an alarm, or at the nearest one higher where it owes nothing at this. */
export declare function departmentOf(index: PlanIndex, alarm: AlarmView, tier: Tier, level: Level): Text | null;
/** The version of a rule that is in force at `now`; null where none is yet. */
export declare function versionInForce(rule: Rule, now: number): RuleVersion | null;
/** The rule of a point or a site that an alarm is by; null for data, roll-ups and what the plan no longer holds. */
export declare function ruleOf(index: PlanIndex, alarm: Pick<AlarmView, "source" | "rule" | "direction">): Rule | null;
/** One limit as a trend draws it. */
export interface LimitLine {
  readonly level: Level;
  readonly setpoint: number;
  readonly direction: "high" | "low";
}
/** The limits of a point that are in force at `now`, highest level first. */
export declare function limitsInForce(point: Point, now: number): readonly LimitLine[];
