// Rules as written, on a kind or laid over it by a point, worked out into versions with plain limits.
import type { Limit } from "../../contract/condition.ts";
import { levels, type Level } from "../../contract/level.ts";
import type { Rule, RuleVersion } from "../../contract/plant.ts";
import { amountOf, type Reader } from "./amount.ts";
import { below, element, type Place } from "./fault-list.ts";
import type { ConditionFile, LevelsFile, RuleFile, VersionFile } from "./schema.ts";

/** The words for a number that nobody has accounted for. */
const unstated = "unstated";

/** A level before its numbers are known, with the place that has the say. */
interface LevelDraft {
  readonly place: Place;
  readonly isList: boolean;
  readonly conditions: readonly ConditionFile[];
}

/** A version before its numbers are known. */
export interface VersionDraft {
  readonly place: Place;
  readonly version: number;
  readonly validFrom: number;
  readonly approver: string | null;
  readonly levels: ReadonlyMap<Level, LevelDraft>;
}

/** What a limit is checked against. */
export interface Gauge {
  readonly unit: string;
  readonly resolution: number;
  readonly sensor: readonly [number, number] | undefined;
  /** True where a site's point differs from its kind in one of the above. */
  readonly isOwn: boolean;
}

/** A level laid over a kind's, or null where it takes the level away. */
type LevelOverlays = ReadonlyMap<Level, LevelDraft | null>;

function levelsOf(written: LevelsFile, place: Place): LevelOverlays {
  const drafts = new Map<Level, LevelDraft | null>();
  for (const level of levels) {
    const slot = written[level];
    if (slot === undefined) continue;
    const isList = Array.isArray(slot);
    const conditions: readonly ConditionFile[] = slot === null ? [] : isList ? slot : [slot as ConditionFile];
    drafts.set(level, slot === null ? null : { place: below(place, level), isList, conditions });
  }
  return drafts;
}

function withoutGaps(drafts: LevelOverlays): ReadonlyMap<Level, LevelDraft> {
  return new Map([...drafts].flatMap(([level, draft]) => (draft === null ? [] : [[level, draft] as const])));
}

/** The versions of a rule as written, in order. */
export function draftRule(written: RuleFile, place: Place, reader: Reader): readonly VersionDraft[] {
  if (written.versions === undefined) {
    return [{ place, version: 1, validFrom: 0, approver: null, levels: withoutGaps(levelsOf(written, place)) }];
  }
  if (levels.some((level) => written[level] !== undefined)) {
    reader.faults.add(place, "has both levels and versions: move the levels into a version");
  }
  const drafts = written.versions.map((version, index) =>
    draftVersion(version, element(below(place, "versions"), index, undefined), index, reader),
  );
  for (const [index, draft] of drafts.entries()) {
    const before = drafts[index - 1];
    if (before === undefined) continue;
    if (draft.version <= before.version) {
      reader.faults.add(below(draft.place, "version"), `${draft.version} must follow version ${before.version}`);
    }
    if (draft.validFrom <= before.validFrom) {
      reader.faults.add(
        below(draft.place, "validFrom"),
        `version ${draft.version} must be valid from later than version ${before.version}`,
      );
    }
  }
  return drafts;
}

function draftVersion(written: VersionFile, place: Place, index: number, reader: Reader): VersionDraft {
  const levelsPlace = below(place, "levels");
  if (written.levels === undefined) reader.faults.addUnlessFaulty(levelsPlace, "is missing");
  return {
    place,
    version: written.version ?? index + 1,
    validFrom: instantOf(written.validFrom, below(place, "validFrom"), reader),
    approver: written.approver ?? null,
    levels: withoutGaps(levelsOf(written.levels ?? {}, levelsPlace)),
  };
}

const instantPattern = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/u;

function instantOf(written: number | string | undefined, place: Place, reader: Reader): number {
  if (written === undefined) return 0;
  if (typeof written === "number") return written;
  // A time without its zone would mean another instant on another machine.
  const at = instantPattern.test(written) ? Date.parse(written) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  reader.faults.add(place, `"${written}" is no instant such as 2026-04-01T00:00:00+08:00`);
  return 0;
}

/**
 * A point's rule laid over its kind's: level by level, and word by word where both levels are one condition.
 * A setpoint of the point's own does not keep the kind's provenance, which spoke of another number.
 */
export function overlayRule(
  base: readonly VersionDraft[] | undefined,
  written: RuleFile | null | undefined,
  place: Place,
  reader: Reader,
): readonly VersionDraft[] | undefined {
  if (written === undefined) return base;
  if (written === null) return undefined;
  if (written.versions !== undefined || base === undefined) return draftRule(written, place, reader);
  const overlays = levelsOf(written, place);
  return base.map((version) => {
    const merged = new Map(version.levels);
    for (const [level, overlay] of overlays) {
      if (overlay === null) merged.delete(level);
      else merged.set(level, overlayLevel(version.levels.get(level), overlay));
    }
    return { ...version, levels: merged };
  });
}

function overlayLevel(base: LevelDraft | undefined, overlay: LevelDraft): LevelDraft {
  const [under] = base?.conditions ?? [];
  const [over] = overlay.conditions;
  if (base === undefined || base.isList || overlay.isList || under === undefined || over === undefined) return overlay;
  const provenance = over.provenance ?? (over.setpoint === undefined ? under.provenance : undefined) ?? unstated;
  return { ...overlay, conditions: [{ ...under, ...over, provenance }] };
}

/** A limit worked out, with what the order check needs to know of it. */
interface Found {
  readonly limit: Limit;
  readonly place: Place;
  readonly isConstant: boolean;
}

/** The rule with its numbers; undefined where it has no level left. */
export function workOutRule(
  drafts: readonly VersionDraft[],
  direction: "high" | "low",
  latch: boolean,
  gauge: Gauge,
  reader: Reader,
): Rule | undefined {
  const versions = drafts.map((draft): RuleVersion => {
    const found = new Map<Level, readonly Found[]>();
    for (const level of levels) {
      const limits = workOutLevel(draft.levels.get(level), direction, gauge, reader);
      if (limits.length > 0) found.set(level, limits);
    }
    checkOrder(found, direction, gauge, reader);
    return {
      version: draft.version,
      validFrom: draft.validFrom,
      approver: draft.approver,
      levels: Object.fromEntries([...found].map(([level, limits]) => [level, limits.map(({ limit }) => limit)])),
    };
  });
  const hasLevel = versions.some((version) => Object.keys(version.levels).length > 0);
  return hasLevel ? { id: "limit", direction, latch, versions } : undefined;
}

function workOutLevel(
  draft: LevelDraft | undefined,
  direction: "high" | "low",
  gauge: Gauge,
  reader: Reader,
): readonly Found[] {
  if (draft === undefined) return [];
  return draft.conditions.flatMap((condition, index) => {
    const place = draft.isList ? element(draft.place, index, undefined) : draft.place;
    if (condition.setpoint === undefined) reader.faults.addUnlessFaulty(below(place, "setpoint"), "is missing");
    const setpoint = amountOf(condition.setpoint, below(place, "setpoint"), reader);
    const deadband = amountOf(condition.deadband ?? 0, below(place, "deadband"), reader);
    if (setpoint === undefined || deadband === undefined) return [];
    const isSame = setpoint.isConstant && deadband.isConstant;
    const limit: Limit = {
      kind: "limit",
      setpoint: setpoint.value,
      deadband: deadband.value,
      onDelayMs: condition.onDelayMs ?? 0,
      onSamples: condition.onSamples ?? 1,
      offDelayMs: condition.offDelayMs ?? 0,
      provenance: condition.provenance ?? unstated,
    };
    const found: Found = { limit, place, isConstant: isSame };
    checkLimit(found, direction, gauge, reader);
    return [found];
  });
}

function whose(isSame: boolean, gauge: Gauge, reader: Reader): string {
  return reader.site === null || (isSame && !gauge.isOwn) ? "" : `, site ${reader.site}`;
}

function checkLimit({ limit, place, isConstant }: Found, direction: string, gauge: Gauge, reader: Reader): void {
  const { setpoint, deadband } = limit;
  const { unit } = gauge;
  const suffix = `(direction ${direction}${whose(isConstant, gauge, reader)})`;
  if (deadband < 0) {
    reader.faults.add(below(place, "deadband"), `${deadband} ${unit} must not be negative ${suffix}`);
    return;
  }
  if (gauge.sensor === undefined) return;
  const [low, high] = gauge.sensor;
  if (setpoint < low || setpoint > high) {
    reader.faults.add(
      below(place, "setpoint"),
      `${setpoint} ${unit} lies outside the sensor's range ${low} to ${high} ${unit} ${suffix}`,
    );
    return;
  }
  // Beyond the deadband is strict (semantics §2): an edge on the range's end leaves no value that could return it.
  if (direction === "high" ? setpoint - deadband <= low : setpoint + deadband >= high) {
    reader.faults.add(
      below(place, "deadband"),
      `${deadband} ${unit} leaves no value within the sensor's range ${low} to ${high} ${unit} that returns the alarm ${suffix}`,
    );
  }
}

/** A higher level must be harder to reach: by its setpoint, or at the same setpoint by a longer wait. */
function checkOrder(
  found: ReadonlyMap<Level, readonly Found[]>,
  direction: "high" | "low",
  gauge: Gauge,
  reader: Reader,
): void {
  const sign = direction === "high" ? 1 : -1;
  const reach = ({ limit }: Found): number => sign * Math.round(limit.setpoint / gauge.resolution);
  const ladder = [...found];
  for (const [index, [, lower]] of ladder.entries()) {
    const next = ladder[index + 1];
    if (next === undefined) return;
    const [nextLevel, upper] = next;
    const easiest = lower.toSorted((a, b) => reach(a) - reach(b) || waitOf(a) - waitOf(b))[0];
    if (easiest === undefined) continue;
    const wrong = upper.find(
      (each) => reach(each) < reach(easiest) || (reach(each) === reach(easiest) && waitOf(each) <= waitOf(easiest)),
    );
    if (wrong === undefined) continue;
    const side = direction === "high" ? "below" : "above";
    const suffix = `(direction ${direction}${whose(easiest.isConstant && wrong.isConstant, gauge, reader)})`;
    reader.faults.add(
      easiest.place,
      `${easiest.limit.setpoint} ${gauge.unit} must lie ${side} ${nextLevel} ${wrong.limit.setpoint} ${gauge.unit} ${suffix}`,
    );
  }
}

function waitOf({ limit }: Found): number {
  // Either word makes a level wait; a sample more is counted as one millisecond, only to break ties.
  return limit.onDelayMs + limit.onSamples - 1;
}
