// The major-hazard grade of a site from what it holds: S = Σ q/Q, R = α · Σ β·q/Q (GB 18218-2018 4.1, 4.3).
import type { Provenance } from "../../contract/condition.ts";
import type { Text } from "../../contract/faults.ts";
import type { Hazard } from "../../contract/plant.ts";
import { below, element, type FaultList, type Place } from "./fault-list.ts";
import type { HazardFile, SiteFile } from "./schema.ts";
import { textOf } from "./text.ts";

/** The tables of the standard. */
export interface HazardTables {
  /** Critical quantity Q in t and factor β. */
  readonly substances: ReadonlyMap<string, { readonly name: Text; readonly criticalT: number; readonly beta: number }>;
  /** Least number of people and α, ascending. */
  readonly people: readonly (readonly [number, number])[];
  /** Least R and grade, ascending by R. */
  readonly grades: readonly (readonly [number, number])[];
  readonly provenance: Provenance;
}

/** What a site holds. */
export interface Stock {
  readonly substance: string;
  readonly t: number;
}

/**
 * The grade, 1 the worst. A substance that the tables do not know gives none: what it would add is not guessed, and
 * what the others give would be too little.
 */
export function hazardOf(stocks: readonly Stock[], people: number, tables: HazardTables): Hazard {
  const unknown = [...new Set(stocks.map(({ substance }) => substance))].filter((each) => !tables.substances.has(each));
  const { provenance } = tables;
  if (unknown.length > 0) {
    return { sum: null, index: null, grade: null, reason: "unknownSubstance", unknown, provenance };
  }
  const alpha = tables.people.findLast(([least]) => people >= least)?.[1] ?? Number.NaN;
  let sum = 0;
  let weighted = 0;
  for (const { substance, t } of stocks) {
    const { criticalT, beta } = tables.substances.get(substance) ?? { criticalT: Number.NaN, beta: Number.NaN };
    sum += t / criticalT;
    weighted += (beta * t) / criticalT;
  }
  const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
  const index = rounded(alpha * weighted);
  sum = rounded(sum);
  const found = tables.grades.findLast(([least]) => index >= least)?.[1] as Hazard["grade"];
  // Below S = 1 it is no major hazard, whatever R would say.
  if (sum < 1) return { sum, index, grade: null, reason: "belowCritical", unknown, provenance };
  return { sum, index, grade: found, reason: null, unknown, provenance };
}

/** The tables as written; every one of them must be there. */
export function hazardTablesOf(written: HazardFile, place: Place, faults: FaultList): HazardTables {
  const ladder = (key: "people" | "grades"): readonly (readonly [number, number])[] => {
    const rows = Object.entries(written[key] ?? {}).map(([least, value]) => [Number(least), value] as const);
    if (rows.length === 0) faults.addUnlessFaulty(below(place, key), "is missing");
    for (const [least] of rows) {
      if (!Number.isFinite(least)) faults.add(below(place, key), "the keys must be numbers");
    }
    const ascending = rows.toSorted(([a], [b]) => a - b);
    if ((ascending[0]?.[0] ?? 0) > 0) faults.add(below(place, key), "has no row for 0");
    return ascending;
  };
  const substances: [string, { readonly name: Text; readonly criticalT: number; readonly beta: number }][] = [];
  for (const [key, each] of Object.entries(written.substances ?? {})) {
    const at = below(below(place, "substances"), key);
    const beta = each.beta ?? written.classes?.[each.class ?? ""];
    if (each.Q === undefined) faults.addUnlessFaulty(below(at, "Q"), "is missing: the critical quantity, t");
    if (beta === undefined) {
      const text = each.class === undefined ? "is missing, and there is no class" : `class ${each.class} has none`;
      faults.addUnlessFaulty(below(at, "beta"), text);
    }
    if (each.Q === undefined || beta === undefined) continue;
    substances.push([key, { name: textOf(each.name, key), criticalT: each.Q, beta }]);
  }
  return {
    substances: new Map(substances),
    people: ladder("people"),
    grades: ladder("grades"),
    provenance: { from: "standard", clause: written.clause ?? "", isConfirmed: written.isConfirmed ?? false },
  };
}

/** The grade of a site as written; undefined where it says nothing of what it holds. */
export function siteHazardOf(
  written: SiteFile,
  place: Place,
  tables: HazardTables | undefined,
  faults: FaultList,
): Hazard | undefined {
  const { inventory, peopleWithin500m } = written;
  if (inventory === undefined) return undefined;
  if (tables === undefined) {
    faults.add(below(place, "inventory"), "the sector has no hazard tables");
    return undefined;
  }
  if (peopleWithin500m === undefined) {
    faults.addUnlessFaulty(below(place, "peopleWithin500m"), "is missing: α is by their number");
    return undefined;
  }
  const stocks = inventory.flatMap(({ substance, t }, index) => {
    const at = element(below(place, "inventory"), index, undefined);
    if (substance === undefined) faults.addUnlessFaulty(below(at, "substance"), "is missing");
    if (t === undefined) faults.addUnlessFaulty(below(at, "t"), "is missing: the most that may be there, t");
    return substance === undefined || t === undefined ? [] : [{ substance, t }];
  });
  return hazardOf(stocks, peopleWithin500m, tables);
}

const gradesZh = ["", "一级", "二级", "三级", "四级"];

/** The grade as the register shows it, with what it was worked out from. */
export function hazardFactOf(hazard: Hazard): { readonly name: Text; readonly value: Text } {
  const name = { zh: "重大危险源等级", en: "Major hazard class" };
  const { clause, isConfirmed } = hazard.provenance;
  const [doubtZh, doubtEn] = isConfirmed ? ["", ""] : ["，表值未核实", ", table values unconfirmed"];
  if (hazard.reason === "unknownSubstance") {
    const list = hazard.unknown.join(", ");
    return { name, value: { zh: `未定级：${list} 不在表内`, en: `no grade: ${list} not in the tables` } };
  }
  const r = `R=${hazard.index}`;
  if (hazard.grade === null) {
    const value = {
      zh: `不构成（S=${hazard.sum}，${clause}${doubtZh}）`,
      en: `none (S=${hazard.sum}, ${clause}${doubtEn})`,
    };
    return { name, value };
  }
  return {
    name,
    value: {
      zh: `${gradesZh[hazard.grade]}（${r}，${clause}${doubtZh}）`,
      en: `${hazard.grade} (${r}, ${clause}${doubtEn})`,
    },
  };
}
