// One sector's catalogue, checked on its own and made ready for its sites.
import type { Plan, Rollup } from "../../contract/plant.ts";
import { tablesOf, type Lack, type ParameterBlock, type Reader } from "./amount.ts";
import type { Table } from "./expression.ts";
import { below, type FaultList, type Place } from "./fault-list.ts";
import { hazardTablesOf, type HazardTables } from "./hazard.ts";
import { traitsOf, type Kind } from "./point.ts";
import { rollupOf } from "./rollup.ts";
import type { ActionCardsFile, KindFile, PackFile, RulesFile } from "./schema.ts";
import type { SamplingBlock } from "./sampling.ts";
import { workOutSiteRules } from "./site-rule.ts";
import { textOf } from "./text.ts";

/** A sector's catalogue. */
export interface Pack {
  readonly sector: Plan["sectors"][number];
  readonly file: string;
  /** The file of what all packs share; the pack's own where there is none. */
  readonly commonFile: string;
  readonly rollup: { readonly site: Rollup; readonly item: Rollup };
  readonly tables: ReadonlyMap<string, Table>;
  /** Worked out for each site after its own parameters, which win. */
  readonly parameters: readonly ParameterBlock[];
  /** What a site need not state. */
  readonly mayLack: ReadonlyMap<string, Lack>;
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly siteRules: readonly SiteRules[];
  readonly sampling: readonly SamplingBlock[];
  readonly hazard: HazardTables | undefined;
  readonly actionCards: ActionCardsFile | undefined;
}

/** Compound rules as written, and where. */
export interface SiteRules {
  readonly written: RulesFile | undefined;
  readonly place: Place;
}

/** What serves a site that names no sector where there is no pack at all. */
export const builtInPack: Pack = {
  sector: { id: "general", name: { zh: "通用", en: "General" }, outline: "square" },
  file: "",
  commonFile: "",
  rollup: { site: { kind: "worstOf" }, item: { kind: "worstOf" } },
  tables: new Map(),
  parameters: [],
  mayLack: new Map(),
  kinds: new Map(),
  siteRules: [],
  sampling: [],
  hazard: undefined,
  actionCards: undefined,
};

/** A pack as written, over what all packs share; `otherwise` names the sector where the file does not. */
export function packOf(written: PackFile, file: string, otherwise: string, around: PackSetting): Pack {
  const { faults, common } = around;
  const root: Place = { file, path: "" };
  const id = written.sector ?? otherwise;
  const tables = new Map([...(common?.tables ?? []), ...tablesOf(written.tables, below(root, "tables"), faults)]);
  const own = kindsOf(written.kinds ?? {}, root, common, faults);
  const kinds = new Map([...(common?.kinds ?? []), ...own]);
  const pack: Pack = {
    sector: { id, name: textOf(written.name, id), outline: written.outline ?? "square" },
    file,
    commonFile: common?.file ?? file,
    rollup: {
      site: rollupOf(written.rollup?.site, below(root, "rollup.site"), faults),
      item: rollupOf(written.rollup?.item, below(root, "rollup.item"), faults),
    },
    tables,
    parameters: [{ written: written.parameters, place: below(root, "parameters") }, ...(common?.parameters ?? [])],
    mayLack: new Map([...(common?.mayLack ?? []), ...Object.entries(written.mayLack ?? {})]),
    kinds,
    siteRules: [...(common?.siteRules ?? []), { written: written.siteRules, place: below(root, "siteRules") }],
    sampling: [...(common?.sampling ?? []), { written: written.sampling, place: below(root, "sampling") }],
    hazard: written.hazard && hazardTablesOf(written.hazard, below(root, "hazard"), faults),
    actionCards: written.actionCards,
  };
  checkAlone(pack, own, faults);
  return pack;
}

/** What packs are read with; `common` is what all of them share. */
export interface PackSetting {
  readonly faults: FaultList;
  readonly common: Pack | undefined;
}

/** Whatever can be known without a site is wrong here and now, also where no site uses the kind yet. */
function checkAlone(pack: Pack, own: readonly (readonly [string, Kind])[], faults: FaultList): void {
  const reader: Reader = {
    faults,
    scope: { parameters: new Map(), tables: pack.tables },
    site: null,
    fixed: new Set(),
    lacking: new Map(),
    onLack: () => undefined,
  };
  const setting = {
    reader,
    company: { seats: null, self: null, kinds: new Set(pack.kinds.keys()) },
    waiting: new Set<string>(),
    later: () => undefined,
  };
  for (const [, kind] of own) {
    traitsOf({ code: kind.key, written: kind.written, place: kind.place }, undefined, setting);
  }
  workOutSiteRules(pack.siteRules.slice(-1), setting);
}

/** Kinds with the words of those that they are like; a kind's own words, rules and parameters win. */
function kindsOf(
  written: Readonly<Record<string, KindFile>>,
  root: Place,
  common: Pack | undefined,
  faults: FaultList,
): readonly (readonly [string, Kind])[] {
  const place = below(root, "kinds");
  const wholeOf = (key: string, kind: KindFile, behind: readonly string[]): KindFile => {
    const { like, ...own } = kind;
    if (like === undefined) return own;
    const model = written[like] ?? common?.kinds.get(like)?.written;
    if (model === undefined || behind.includes(like)) {
      const text = model === undefined ? `unknown kind ${like}` : `${[...behind, like].join(" is like ")}: no end`;
      faults.add(below(below(place, key), "like"), text);
      return own;
    }
    const base = wholeOf(key, model, [...behind, like]);
    const merged = {
      ...base,
      ...own,
      range: { ...base.range, ...own.range },
      // Own parameters first: those of the model may speak of them.
      parameters: { ...own.parameters, ...withoutKeys(base.parameters ?? {}, own.parameters ?? {}) },
      rules: { ...base.rules, ...own.rules },
    };
    return merged;
  };
  return Object.entries(written).map(([key, kind]) => [
    key,
    { key, written: wholeOf(key, kind, [key]), place: below(place, key) },
  ]);
}

function withoutKeys<T>(from: Readonly<Record<string, T>>, keys: object): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !Object.hasOwn(keys, key)));
}
