// Rules as written, on a kind or laid over it by a point, worked out into versions with every condition's numbers.
import { levels, type Level } from "../../contract/level.ts";
import type { Rule, RuleVersion } from "../../contract/plant.ts";
import type { Reader } from "./amount.ts";
import type { Joint } from "./combine.ts";
import { conditionOf, type Found } from "./condition.ts";
import { below, element, type Place } from "./fault-list.ts";
import { checkCondition, checkOrder, type Gauge } from "./ladder.ts";
import type { ConditionFile, LevelsFile, RuleFile, RuleHeadFile, VersionFile } from "./rule-schema.ts";
import { textOf } from "./text.ts";

/** A level before its numbers are known, with the place that has the say. */
interface LevelDraft {
  readonly place: Place;
  readonly isList: boolean;
  readonly conditions: readonly ConditionFile[];
}

/** A version before its numbers are known. */
interface VersionDraft {
  readonly place: Place;
  readonly version: number;
  readonly validFrom: number;
  readonly approver: string | null;
  readonly levels: ReadonlyMap<Level, LevelDraft>;
}

/** A rule before its numbers are known. */
export interface RuleDraft {
  readonly place: Place;
  readonly head: RuleHeadFile;
  readonly versions: readonly VersionDraft[];
}

/** A level laid over a kind's, or null where it takes the level away. */
type LevelOverlays = ReadonlyMap<Level, LevelDraft | null>;

function levelsOf(written: LevelsFile, each: ConditionFile | undefined, place: Place): LevelOverlays {
  const drafts = new Map<Level, LevelDraft | null>();
  for (const level of levels) {
    const slot = written[level];
    if (slot === undefined) continue;
    const isList = Array.isArray(slot);
    const list: readonly ConditionFile[] = slot === null ? [] : isList ? slot : [slot as ConditionFile];
    const conditions = list.map((condition) => ({ ...each, ...condition }));
    drafts.set(level, slot === null ? null : { place: below(place, level), isList, conditions });
  }
  return drafts;
}

function withoutGaps(drafts: LevelOverlays): ReadonlyMap<Level, LevelDraft> {
  return new Map([...drafts].flatMap(([level, draft]) => (draft === null ? [] : [[level, draft] as const])));
}

function headOf({ name, direction, latch, mayMark, actionCard, isOptional, each }: RuleFile): RuleHeadFile {
  return {
    ...(name === undefined ? {} : { name }),
    ...(direction === undefined ? {} : { direction }),
    ...(latch === undefined ? {} : { latch }),
    ...(mayMark === undefined ? {} : { mayMark }),
    ...(actionCard === undefined ? {} : { actionCard }),
    ...(isOptional === undefined ? {} : { isOptional }),
    ...(each === undefined ? {} : { each }),
  };
}

/** A rule as written, its versions in order. */
export function draftRule(written: RuleFile, place: Place, reader: Reader): RuleDraft {
  return { place, head: headOf(written), versions: draftVersions(written, place, reader) };
}

function draftVersions(written: RuleFile, place: Place, reader: Reader): readonly VersionDraft[] {
  const { each } = written;
  if (written.versions === undefined) {
    return [{ place, version: 1, validFrom: 0, approver: null, levels: withoutGaps(levelsOf(written, each, place)) }];
  }
  if (levels.some((level) => written[level] !== undefined)) {
    reader.faults.add(place, "has both levels and versions: move the levels into a version");
  }
  const drafts = written.versions.map((version, index) =>
    draftVersion(version, each, { place: element(below(place, "versions"), index, undefined), index }, reader),
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

function draftVersion(
  written: VersionFile,
  each: ConditionFile | undefined,
  { place, index }: { readonly place: Place; readonly index: number },
  reader: Reader,
): VersionDraft {
  const levelsPlace = below(place, "levels");
  if (written.levels === undefined) reader.faults.addUnlessFaulty(levelsPlace, "is missing");
  return {
    place,
    version: written.version ?? index + 1,
    validFrom: instantOf(written.validFrom, below(place, "validFrom"), reader),
    approver: written.approver ?? null,
    levels: withoutGaps(levelsOf(written.levels ?? {}, each, levelsPlace)),
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
 * A point's rule laid over its kind's: `each` over every condition, then level by level, and word by word where both
 * levels are one condition. A setpoint of the point's own does not keep the kind's provenance, which spoke of another number.
 */
export function overlayRule(
  base: RuleDraft | undefined,
  written: RuleFile | null | undefined,
  place: Place,
  reader: Reader,
): RuleDraft | undefined {
  if (written === undefined) return base;
  if (written === null) return undefined;
  if (base === undefined) return draftRule(written, place, reader);
  const head = { ...base.head, ...headOf(written) };
  if (written.versions !== undefined) return { place, head, versions: draftVersions(written, place, reader) };
  const { each } = written;
  const overlays = levelsOf(written, each, place);
  const versions = base.versions.map((version) => {
    const merged = new Map<Level, LevelDraft>(
      [...version.levels].map(([level, draft]) => [level, each === undefined ? draft : withEach(draft, each)]),
    );
    for (const [level, overlay] of overlays) {
      if (overlay === null) merged.delete(level);
      else merged.set(level, overlayLevel(merged.get(level), overlay, base.head.each));
    }
    return { ...version, levels: merged };
  });
  return { place, head, versions };
}

function withEach(draft: LevelDraft, each: ConditionFile): LevelDraft {
  return { ...draft, conditions: draft.conditions.map((condition) => ({ ...condition, ...each })) };
}

function overlayLevel(base: LevelDraft | undefined, overlay: LevelDraft, each: ConditionFile | undefined): LevelDraft {
  const [under] = base?.conditions ?? [];
  const [over] = overlay.conditions;
  if (base === undefined || base.isList || overlay.isList || under === undefined || over === undefined) {
    return { ...overlay, conditions: overlay.conditions.map((condition) => ({ ...each, ...condition })) };
  }
  if (over.provenance !== undefined || over.setpoint === undefined) {
    return { ...overlay, conditions: [{ ...under, ...over }] };
  }
  const { provenance: _provenance, ...rest } = under;
  return { ...overlay, conditions: [{ ...rest, ...over }] };
}

/** What working a rule out needs to know of whose it is. */
export interface RuleSetting {
  readonly joint: Joint;
  /** Null for a rule of a site. */
  readonly gauge: Gauge | null;
  /** Where the rule says nothing of it. */
  readonly latch: boolean;
}

/** The rule `key` with its numbers: `high` and `low` are the two on the value itself; undefined where no level is left. */
export function workOutRule(key: string, draft: RuleDraft, setting: RuleSetting): Rule | undefined {
  const { gauge, joint } = setting;
  const { faults, site } = joint.reader;
  const direction = directionOf(key, draft, setting);
  if (direction === undefined) return undefined;
  const absent: string[] = [];
  const heard: Joint = { ...joint, onAbsent: (message) => absent.push(message) };
  const versions = draft.versions.map((version): RuleVersion => {
    const found = new Map<Level, readonly Found[]>();
    for (const level of levels) {
      const conditions = (version.levels.get(level)?.conditions ?? []).flatMap((condition, index) => {
        const levelDraft = version.levels.get(level) as LevelDraft;
        const place = levelDraft.isList ? element(levelDraft.place, index, undefined) : levelDraft.place;
        absent.length = 0;
        const made = conditionOf(condition, place, { direction, joint: heard });
        const isOptional = condition.isOptional ?? draft.head.isOptional ?? false;
        if (made === undefined && absent[0] !== undefined && !isOptional && site !== null) {
          faults.addUnlessFaulty(place, `${absent[0]} (site ${site})`);
        }
        return made ?? [];
      });
      if (conditions.length > 0) found.set(level, conditions);
    }
    if (gauge !== null) {
      const judged = { direction, gauge, reader: joint.reader };
      for (const each of [...found.values()].flat()) checkCondition(each, judged);
      checkOrder(found, judged);
    }
    return {
      version: version.version,
      validFrom: version.validFrom,
      approver: version.approver,
      levels: Object.fromEntries([...found].map(([level, all]) => [level, all.map(({ condition }) => condition)])),
    };
  });
  const hasLevel = versions.some((version) => Object.keys(version.levels).length > 0);
  return hasLevel ? { ...ruleHead(key, draft, direction, setting), versions } : undefined;
}

function ruleHead(
  key: string,
  { head }: RuleDraft,
  direction: Rule["direction"],
  { latch }: RuleSetting,
): Omit<Rule, "versions"> {
  return {
    id: isUnnamed(key) ? "limit" : key,
    ...(head.name === undefined ? {} : { name: textOf(head.name, key) }),
    direction,
    latch: head.latch ?? latch,
    ...(head.mayMark === false ? { mayMark: false } : {}),
    ...(head.actionCard === undefined ? {} : { actionCard: head.actionCard }),
  };
}

function isUnnamed(key: string): key is "high" | "low" {
  return key === "high" || key === "low";
}

/** Rule ids of the engine's own alarms, and of high and low: a second alarm of that name would be taken for the first. */
const reserved: ReadonlySet<string> = new Set([
  "limit",
  "ladder",
  "silence",
  "fault",
  "stuck",
  "clock",
  "link",
  "down",
  "blind",
]);

function directionOf(
  key: string,
  { head, place }: RuleDraft,
  { gauge, joint }: RuleSetting,
): Rule["direction"] | undefined {
  const { faults } = joint.reader;
  const at = below(place, "direction");
  if (isUnnamed(key)) {
    if (head.direction !== undefined && head.direction !== key) faults.add(at, `must be ${key}, as the rule is called`);
    if (gauge !== null) return key;
    faults.add(place, `a rule of a site has a name of its own, not ${key}`);
    return undefined;
  }
  if (reserved.has(key)) {
    faults.add(place, `${key} is what the engine calls alarms of its own: give it another name`);
    return undefined;
  }
  if (gauge === null) {
    if (head.direction !== undefined && head.direction !== "none") faults.add(at, "must be none for a rule of a site");
    return "none";
  }
  if (head.direction === undefined) faults.addUnlessFaulty(at, "is missing: high, low or none");
  return head.direction;
}
