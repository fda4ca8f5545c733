// The key figures of the round: what is counted and out of how many; only what the wall itself knows, and what nobody tells yet.
import type { AlarmView } from "../../../../contract/alarm.ts";
import type { Site, Tier } from "../../../../contract/plant.ts";
import type { DeviceStatus, ResponseStatus, SiteStatus } from "../../../../contract/wall.ts";
import { urgencyOf } from "../../duty.ts";
import { onlineFigures } from "../matrix.ts";

/** The figures in their order: four of data, three of alarms, five of obligations (requirements of the plan). */
export const figureNames = [
  "sites",
  "devices",
  "points",
  "keyPoints",
  "normal",
  "answered",
  "inTime",
  "response",
  "commitment",
  "duties",
  "inspection",
  "training",
] as const;
/** One of them. */
export type FigureName = (typeof figureNames)[number];

/** One figure; null: nobody tells it. */
export interface Figure {
  readonly name: FigureName;
  readonly share: readonly [count: number, of: number] | null;
  /** What the whole is aimed at, as a share; null: none is set. */
  readonly target: number | null;
  /** Answers that are late: the only thing here that has a colour. */
  readonly overdue: number;
}

/** What the figures are counted from. */
export interface FigureSources {
  readonly sites: readonly Site[];
  readonly devices: ReadonlyMap<string, DeviceStatus>;
  readonly statuses: ReadonlyMap<string, SiteStatus>;
  readonly alarms: Iterable<AlarmView>;
  readonly responses: ReadonlyMap<string, ResponseStatus>;
  readonly tier: Tier;
  readonly now: number;
}

/** Answers of the counties within their own limit, of all in the last 24 h; null: an older server does not tell. */
function countInTime(responses: ReadonlyMap<string, ResponseStatus>): Figure["share"] {
  let [inTime, all] = [0, 0];
  for (const { answers, over } of responses.values()) {
    if (over === undefined) return null;
    inTime += answers - over;
    all += answers;
  }
  return [inTime, all];
}

function countAnswers(alarms: Iterable<AlarmView>, tier: Tier, now: number) {
  const found = { asked: 0, answered: 0, running: 0, over: 0 };
  for (const alarm of alarms) {
    const view = alarm.tiers.find((each) => each.tier === tier);
    if (view === undefined || view.askedAt === null) continue;
    found.asked += 1;
    if (view.owedLevel === null) found.answered += 1;
    const urgency = urgencyOf(alarm, tier, now);
    if (urgency === null) continue;
    found.running += 1;
    if (urgency === "over") found.over += 1;
  }
  return found;
}

/** The twelve figures. */
export function figuresOf(sources: FigureSources): readonly Figure[] {
  const { sites, devices, statuses, alarms, responses, tier, now } = sources;
  const online = onlineFigures(sites, devices, statuses);
  const all = [...statuses.values()];
  const sum = (of: (status: SiteStatus) => number): number => all.reduce((total, status) => total + of(status), 0);
  const { asked, answered, running, over } = countAnswers(alarms, tier, now);
  const shares: Readonly<Partial<Record<FigureName, Figure["share"]>>> = {
    sites: online.sites,
    devices: online.devices,
    points: online.points,
    keyPoints: [sum(({ goodKeyPoints }) => goodKeyPoints), sum(({ keyPoints }) => keyPoints)],
    normal: [all.filter(({ status }) => status === "normal").length, sites.length],
    answered: [answered, asked],
    inTime: [running - over, running],
    response: countInTime(responses),
  };
  const aimed: readonly FigureName[] = ["sites", "devices", "answered", "inTime", "response"];
  return figureNames.map((name) => ({
    name,
    share: shares[name] ?? null,
    target: aimed.includes(name) ? 1 : null,
    overdue: name === "inTime" ? over : 0,
  }));
}
