// The points of the plan as rows: their limits in force, and whose numbers those are.
import type { Condition } from "../../../../contract/condition.ts";
import { levels, type Level } from "../../../../contract/level.ts";
import type { Point, Rule } from "../../../../contract/plant.ts";
import { limitsInForce, type PlanIndex, versionInForce } from "../../plan-index.ts";
import { sentenceOf } from "../../text/condition.ts";
import { formatExact } from "../../text/number.ts";
import { provenanceText } from "../../text/provenance.ts";
import type { Words } from "../../text/words.ts";
import type { Row } from "../console/rows.ts";
import { comparison } from "../tell.ts";
import { callingOf } from "../told.ts";

/** Each level's conditions of a rule that are in force, the highest level first. */
function conditionsOf(rule: Rule, now: number): readonly (readonly [Level, Condition])[] {
  const version = versionInForce(rule, now);
  return levels.toReversed().flatMap((level) => (version?.levels[level] ?? []).map((one) => [level, one] as const));
}

/** What a rule says at each level, a sentence each, with whose number it is. */
export function ruleLines(
  words: Words,
  index: PlanIndex,
  { unit, rule }: { readonly unit: string; readonly rule: Rule },
  now: number,
): readonly string[] {
  const told = { subject: null, level: null, unit, direction: rule.direction, ...callingOf(index, words) };
  return conditionsOf(rule, now).map(([level, condition]) => {
    const sentence = sentenceOf(condition, told, words.language.value);
    return `${words.t(`levelLetter.${level}`)} ${sentence} · ${provenanceText(words, condition.provenance)}`;
  });
}

/** `−60 … 150`. */
export function rangeText([least, most]: readonly [number, number]): string {
  return `${formatExact(least, "")} … ${formatExact(most, "")}`;
}

/** A point as a row. */
export function pointRow(words: Words, index: PlanIndex, point: Point, now: number): Row {
  const { t, of } = words;
  const site = index.sites.get(point.site);
  const item = index.items.get(point.item);
  const limits = limitsInForce(point, now)
    .map(
      ({ level, direction, setpoint }) =>
        `${t(`levelLetter.${level}`)} ${comparison(direction)}${formatExact(setpoint, "")}`,
    )
    .join(" · ");
  const conditions = point.rules.flatMap((rule) => conditionsOf(rule, now).map(([, condition]) => condition));
  const doubtful = conditions.filter(({ provenance }) => !provenance.isConfirmed).length;
  return {
    id: point.id,
    cells: {
      id: point.id,
      name: of(point.name),
      site: site === undefined ? point.site : of(site.shortName),
      kind: item === undefined ? point.kind : of(item.name),
      unit: point.unit === "1" ? "" : point.unit,
      range: rangeText(point.range.sensor),
      limits: limits === "" ? t(point.rules.length === 0 ? "admin.points.noRule" : "admin.points.otherRules") : limits,
      source: conditions.length === 0 ? "" : t("admin.points.sources", { count: conditions.length, doubtful }),
    },
  };
}
