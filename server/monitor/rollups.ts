// The level of each touched site: items by their points, the site by its items, an alarm where the ladder lifts (semantics §5).
import { higher, type Level } from "../../contract/level.ts";
import type { Rollup } from "../../contract/plant.ts";
import type { RollupView, SiteStatus } from "../../contract/wall.ts";
import { countedLevel } from "../domain/alarm.ts";
import { rollUp, type Member, type RolledUp } from "../domain/rollup.ts";
import { judgeLevel } from "./book.ts";
import { alarmId, type CompiledPoint, type CompiledSite } from "./plant.ts";
import { addChange, type Turn } from "./turn.ts";

/** Why a member counts as unknown: nothing that can be believed was heard lately. */
function isUnknown(turn: Turn, point: CompiledPoint): boolean {
  const state = turn.state.points.get(point.point.id);
  if (state === undefined || !state.isVerified || state.loss !== null || state.quality === "bad") return true;
  // A point that reports by exception is silent when its device is (semantics §6).
  return point.point.report === "onChange" && (turn.state.devices.get(state.device)?.lossLevel ?? null) !== null;
}

function levelOfPoint(turn: Turn, point: CompiledPoint): Level | null {
  let level: Level | null = null;
  for (const rule of point.rules) {
    const standing = turn.state.alarms.get(rule.alarmId);
    if (standing !== undefined) level = higher(level, countedLevel(standing.alarm));
  }
  return level;
}

function memberOf(turn: Turn, point: CompiledPoint): Member {
  const level = levelOfPoint(turn, point);
  const unknown = isUnknown(turn, point);
  return { id: point.point.id, level, worst: unknown ? point.worst : level, isUnknown: unknown };
}

function viewOf(id: string, rollup: Rollup, rolled: RolledUp): RollupView {
  const { isLifted: _, ...rest } = rolled;
  return { id, ...rest, clause: rollup.kind === "ladder" ? rollup.clause : null };
}

function judgeLift(turn: Turn, kind: "item" | "site", id: string, site: string, rollup: Rollup, rolled: RolledUp, at: number): void {
  if (rollup.kind === "worstOf" && !turn.state.alarms.has(alarmId(id, "ladder", "none"))) return;
  const level = rolled.isLifted ? rolled.level : null;
  judgeLevel(
    turn,
    { source: { kind, id }, site, rule: "ladder", direction: "none", isData: false, isLatching: false },
    level,
    {
      at,
      now: turn.at,
      why: {
        code: level === null ? "ladderReturned" : "ladder",
        values: {
          clause: rollup.kind === "ladder" ? rollup.clause : "",
          ...rolled.counts,
          unknown: rolled.unknown,
          ...(rolled.byCarry === null ? {} : { byCarry: rolled.byCarry }),
        },
      },
      actor: { kind: "rule", id: "ladder", tier: null },
      followers: rolled.because,
    },
  );
}

function statusOf(turn: Turn, site: CompiledSite, level: Level | null, goodKeyPoints: number, keyPoints: number): SiteStatus["status"] {
  if (level !== null) return level;
  const isThere = site.devices.some((device) => turn.state.devices.get(device.id)?.status === "online");
  if (!isThere) return "offline";
  return goodKeyPoints < keyPoints ? "unknown" : "normal";
}

function rollUpSite(turn: Turn, site: CompiledSite, at: number): SiteStatus {
  const items: RollupView[] = [];
  const members: Member[] = [];
  for (const { item, points } of site.items) {
    const rolled = rollUp(
      item.rollup,
      points.map((point) => memberOf(turn, point)),
    );
    judgeLift(turn, "item", item.id, site.site.id, item.rollup, rolled, at);
    items.push(viewOf(item.id, item.rollup, rolled));
    const worst = rolled.unknown > 0 ? rolled.worstIfUnknown : rolled.level;
    members.push({ id: item.id, level: rolled.level, worst, isUnknown: rolled.unknown > 0 });
  }
  const whole = rollUp(site.site.rollup, members);
  judgeLift(turn, "site", site.site.id, site.site.id, site.site.rollup, whole, at);
  const isGood = (point: CompiledPoint): boolean => !isUnknown(turn, point);
  const keys = site.points.filter((point) => point.point.isKey);
  const goodKeyPoints = keys.filter(isGood).length;
  return {
    id: site.site.id,
    status: statusOf(turn, site, whole.level, goodKeyPoints, keys.length),
    rollup: viewOf(site.site.id, site.site.rollup, whole),
    items,
    points: site.points.length,
    goodPoints: site.points.filter(isGood).length,
    keyPoints: keys.length,
    goodKeyPoints,
  };
}

function isSame(a: SiteStatus | undefined, b: SiteStatus): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/** Works out every touched site anew, at one instant of event time; a site that looks the same is not told again. */
export function rollUpTouched(turn: Turn, at: number): void {
  for (const id of turn.touchedSites) {
    const site = turn.plant.sites.get(id);
    if (site === undefined) continue;
    const status = rollUpSite(turn, site, at);
    if (isSame(turn.state.sites.get(id), status)) continue;
    turn.state.sites.set(id, status);
    addChange(turn, { type: "site", site: status });
  }
  turn.touchedSites.clear();
}
