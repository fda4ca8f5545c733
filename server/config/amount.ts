// Numbers of the configuration that may be written as expressions on a site's parameters.
import { below, type FaultList, type Place } from "./fault-list.ts";
import { isConstant, parseExpression, workOut, type Scope, type Table } from "./expression.ts";

/** What a number may speak of, and for whom; `site` null: a catalogue on its own, with no site's parameters. */
export interface Reader {
  readonly faults: FaultList;
  readonly scope: Scope;
  readonly site: string | null;
}

/** A number worked out, and whether another site could get another one. */
export interface Amount {
  readonly value: number;
  readonly isConstant: boolean;
}

/** The number, or undefined where it is absent, faulty (listed), or not to be known without a site. */
export function amountOf(written: number | string | undefined, place: Place, reader: Reader): Amount | undefined {
  if (written === undefined) return undefined;
  if (typeof written === "number") return { value: written, isConstant: true };
  const parsed = parseExpression(written);
  if (!parsed.ok) {
    reader.faults.add(place, parsed.message);
    return undefined;
  }
  const isSame = isConstant(parsed.expression);
  if (!isSame && reader.site === null) return undefined;
  const worked = workOut(written, reader.scope);
  if (worked.ok) return { value: worked.value, isConstant: isSame };
  reader.faults.add(place, isSame ? worked.message : `${worked.message} (site ${reader.site})`);
  return undefined;
}

/** The tables of a pack, each ascending by its keys. */
export function tablesOf(
  tables: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined,
  place: Place,
  faults: FaultList,
): ReadonlyMap<string, Table> {
  const made = new Map<string, Table>();
  for (const [name, rows] of Object.entries(tables ?? {})) {
    const at = below(place, name);
    const pairs = Object.entries(rows).map(([key, value]) => [Number(key), value] as const);
    if (pairs.length === 0) faults.add(at, "has no rows");
    for (const key of Object.keys(rows)) {
      if (key.trim() === "" || !Number.isFinite(Number(key))) faults.add(below(at, key), "the key must be a number");
    }
    made.set(
      name,
      pairs.toSorted(([a], [b]) => a - b),
    );
  }
  return made;
}

/** One block of parameters and where it is written. */
export interface ParameterBlock {
  readonly written: Readonly<Record<string, number | string>> | undefined;
  readonly place: Place;
}

/** Parameters in the order written: each may speak of those before it; a name given earlier is not given again. */
export function parametersOf(
  blocks: readonly ParameterBlock[],
  tables: ReadonlyMap<string, Table>,
  faults: FaultList,
  site: string,
): ReadonlyMap<string, number> {
  const parameters = new Map<string, number>();
  const failed = new Set<string>();
  for (const { written, place } of blocks) {
    for (const [name, value] of Object.entries(written ?? {})) {
      if (parameters.has(name) || failed.has(name)) continue;
      const amount = amountOf(value, below(place, name), { faults, scope: { parameters, tables }, site });
      if (amount === undefined) failed.add(name);
      else parameters.set(name, amount.value);
    }
  }
  return parameters;
}
