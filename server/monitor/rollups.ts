// The level of each touched site: items by their points, the site by its items, an alarm where the ladder lifts (semantics §5).
import { higher, rankOf, type Level } from "../../contract/level.ts";
import type { Rollup } from "../../contract/plant.ts";
import type { RollupView, SiteStatus } from "../../contract/wall.ts";
import { countedLevel } from "../domain/alarm.ts";
import { heldLevel } from "../domain/mark.ts";
import { riskOf } from "../domain/risk.ts";
import { rollUp, type Member, type RolledUp } from "../domain/rollup.ts";
import { judgeLevel } from "./book.ts";
import { isOutOfService } from "./marks.ts";
import { alarmId, type CompiledPoint, type CompiledSite } from "./plant.ts";
import { judgeSampling } from "./sampling.ts";
import type { PointState } from "./state.ts";
import { addChange, type Turn } from "./turn.ts";

interface When {
  /** Event time, and server time. */
  readonly at: number;
  readonly now: number;
}

function countOut(turn: Turn, points: readonly CompiledPoint[]): number {
  return points.filter((point) => isOutOfService(turn.state, point)).length;
}

/** Why a member counts as unknown: nothing that can be believed was heard lately, or its instrument is being worked on. */
function isUnknown(turn: Turn, point: CompiledPoint): boolean {
  const state = turn.state.points.get(point.point.id) as PointState;
  // By exception there is no next sample to miss: whose device is not there, nothing is known of it.
  const isUnheard = point.point.report === "onChange" && turn.state.devices.get(state.device)?.status !== "online";
  const isBelieved = state.isVerified && state.quality !== "bad" && state.stuckLevel === null;
  return !isBelieved || state.loss !== null || isUnheard || isOutOfService(turn.state, point);
}

/** The process alarms of a point, those of rules that are gone included. */
function alarmsOf(turn: Turn, point: CompiledPoint): readonly string[] {
  const { orphans } = turn.state.points.get(point.point.id) as PointState;
  return [...point.rules.map((rule) => rule.alarmId), ...orphans];
}

function levelOfPoint(turn: Turn, point: CompiledPoint): Level | null {
  let level: Level | null = null;
  for (const id of alarmsOf(turn, point)) {
    const standing = turn.state.alarms.get(id);
    if (standing === undefined) continue;
    // An instrument under maintenance may say what it likes: its point counts at least at the level that it had.
    level = higher(level, higher(countedLevel(standing.alarm), heldLevel(standing.marks)));
  }
  return level;
}

function memberOf(turn: Turn, point: CompiledPoint): Member {
  const level = levelOfPoint(turn, point);
  const unknown = isUnknown(turn, point);
  return { id: point.point.id, level, worst: unknown ? point.worst : level, isUnknown: unknown };
}

function viewOf(id: string, rollup: Rollup, rolled: RolledUp, outOfService: number): RollupView {
  const { isLifted: _, ...rest } = rolled;
  return { id, ...rest, outOfService, clause: rollup.kind === "ladder" ? rollup.clause : null };
}

function judgeLift(
  turn: Turn,
  kind: "item" | "site",
  id: string,
  site: string,
  rollup: Rollup,
  rolled: RolledUp,
  when: When,
): void {
  if (rollup.kind === "worstOf" && !turn.state.alarms.has(alarmId(id, "ladder", "none"))) return;
  const standing = turn.state.alarms.get(alarmId(id, "ladder", "none"))?.alarm.level ?? null;
  // Once lifted it stays until the whole falls below: a member that rises to the same level must not look like a return.
  const isHeld = standing !== null && rankOf(rolled.level) >= rankOf(standing);
  const level = rolled.isLifted ? rolled.level : isHeld ? standing : null;
  judgeLevel(
    turn,
    { source: { kind, id }, site, rule: "ladder", direction: "none", isData: false, isLatching: false },
    level,
    {
      ...when,
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

function statusOf(
  turn: Turn,
  site: CompiledSite,
  level: Level | null,
  goodKeyPoints: number,
  keyPoints: number,
): SiteStatus["status"] {
  if (level !== null) return level;
  const isThere = site.devices.some((device) => turn.state.devices.get(device.id)?.status === "online");
  if (!isThere) return "offline";
  return goodKeyPoints < keyPoints ? "unknown" : "normal";
}

/** What a rule of the site itself finds stands above the roll-up: worst-of and veto, never an average (semantics §5). */
function withVeto(turn: Turn, site: string, rolled: RolledUp): RolledUp {
  let { level } = rolled;
  for (const { id } of turn.state.siteRules.get(site) ?? []) {
    const standing = turn.state.alarms.get(id);
    if (standing !== undefined) level = higher(level, countedLevel(standing.alarm));
  }
  if (level === rolled.level) return rolled;
  return { ...rolled, level, worstIfUnknown: higher(level, rolled.worstIfUnknown) };
}

/** Answers to the site's process alarms that are owed past their limit at this roll-up; no clock runs for it between two. */
function overdueOf(turn: Turn, { site, items, points }: CompiledSite, now: number): number {
  const lifted = [site.id, ...items.map(({ item }) => item.id)].map((id) => alarmId(id, "ladder", "none"));
  const own = (turn.state.siteRules.get(site.id) ?? []).map(({ id }) => id);
  const ids = [...points.flatMap((point) => alarmsOf(turn, point)), ...lifted, ...own];
  const duties = ids.flatMap((id) => turn.state.alarms.get(id)?.alarm.tiers ?? []);
  return duties.filter(({ dueAt }) => dueAt !== null && dueAt <= now).length;
}

function rollUpSite(turn: Turn, site: CompiledSite, when: When): SiteStatus {
  const items: RollupView[] = [];
  const members: Member[] = [];
  for (const { item, points } of site.items) {
    const rolled = rollUp(
      item.rollup,
      points.map((point) => memberOf(turn, point)),
    );
    judgeLift(turn, "item", item.id, site.site.id, item.rollup, rolled, when);
    items.push(viewOf(item.id, item.rollup, rolled, countOut(turn, points)));
    const worst = rolled.unknown > 0 ? rolled.worstIfUnknown : rolled.level;
    members.push({ id: item.id, level: rolled.level, worst, isUnknown: rolled.unknown > 0 });
  }
  const whole = withVeto(turn, site.site.id, rollUp(site.site.rollup, members));
  judgeLift(turn, "site", site.site.id, site.site.id, site.site.rollup, whole, when);
  const isGood = (point: CompiledPoint): boolean => !isUnknown(turn, point);
  const keys = site.points.filter((point) => point.point.isKey);
  const goodKeyPoints = keys.filter(isGood).length;
  const counts = {
    points: site.points.length,
    goodPoints: site.points.filter(isGood).length,
    keyPoints: keys.length,
    goodKeyPoints,
  };
  const sampling = judgeSampling(turn, site, whole.level, when);
  return {
    id: site.site.id,
    status: statusOf(turn, site, whole.level, goodKeyPoints, keys.length),
    rollup: viewOf(site.site.id, site.site.rollup, whole, countOut(turn, site.points)),
    items,
    ...counts,
    risk: riskOf({
      ...counts,
      hazardGrade: site.site.risk?.grade ?? null,
      level: whole.level,
      overdue: overdueOf(turn, site, when.now),
      // Nothing feeds these yet; what is not connected counts as nothing, and is said so.
      specialWork: null,
      isCommitted: null,
      bypasses: null,
      weather: null,
    }),
    ...(sampling === undefined ? {} : { sampling }),
  };
}

function isSame(a: SiteStatus | undefined, b: SiteStatus): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Works out every touched site anew, at one instant of event time, and at the server time at which that takes place: a
 * deadline's own, not that of the tick that found it. A site that looks the same is not told again.
 */
export function rollUpTouched(turn: Turn, at: number, now: number): void {
  for (const id of turn.touchedSites) {
    const site = turn.plant.sites.get(id);
    if (site === undefined) continue;
    const status = rollUpSite(turn, site, { at, now });
    if (isSame(turn.state.sites.get(id), status)) continue;
    turn.state.sites.set(id, status);
    addChange(turn, { type: "site", site: status });
  }
  turn.touchedSites.clear();
}
