// One sector's catalogue, checked on its own and made ready for its sites.
import type { Plan, Rollup } from "../../contract/plant.ts";
import { tablesOf, type ParameterBlock } from "./amount.ts";
import type { Table } from "./expression.ts";
import { below, type FaultList, type Place } from "./fault-list.ts";
import { traitsOf, type Kind } from "./point.ts";
import { rollupOf } from "./rollup.ts";
import type { ActionCardsFile, PackFile } from "./schema.ts";
import { textOf } from "./text.ts";

/** A sector's catalogue. */
export interface Pack {
  readonly sector: Plan["sectors"][number];
  readonly file: string;
  readonly rollup: { readonly site: Rollup; readonly item: Rollup };
  readonly tables: ReadonlyMap<string, Table>;
  /** Worked out for each site after its own parameters, which win. */
  readonly parameters: ParameterBlock;
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly actionCards: ActionCardsFile | undefined;
}

/** What serves a site that names no sector where there is no pack at all. */
export const builtInPack: Pack = {
  sector: { id: "general", name: { zh: "通用", en: "General" }, outline: "square" },
  file: "",
  rollup: { site: { kind: "worstOf" }, item: { kind: "worstOf" } },
  tables: new Map(),
  parameters: { written: undefined, place: { file: "", path: "" } },
  kinds: new Map(),
  actionCards: undefined,
};

/** A pack as written; `otherwise` names the sector where the file does not. */
export function packOf(written: PackFile, file: string, otherwise: string, faults: FaultList): Pack {
  const root: Place = { file, path: "" };
  const id = written.sector ?? otherwise;
  const tables = tablesOf(written.tables, below(root, "tables"), faults);
  const kinds = new Map<string, Kind>();
  for (const [key, kind] of Object.entries(written.kinds ?? {})) {
    kinds.set(key, { key, written: kind, place: below(below(root, "kinds"), key) });
  }
  for (const kind of kinds.values()) {
    // Whatever can be known without a site is wrong here and now, also where no site uses the kind yet.
    const reader = { faults, scope: { parameters: new Map(), tables }, site: null };
    traitsOf({ code: kind.key, written: kind.written, place: kind.place }, undefined, reader);
  }
  return {
    sector: { id, name: textOf(written.name, id), outline: written.outline ?? "square" },
    file,
    rollup: {
      site: rollupOf(written.rollup?.site, below(root, "rollup.site"), faults),
      item: rollupOf(written.rollup?.item, below(root, "rollup.item"), faults),
    },
    tables,
    parameters: { written: written.parameters, place: below(root, "parameters") },
    kinds,
    actionCards: written.actionCards,
  };
}
