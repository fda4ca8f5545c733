// Numbers of the configuration that may be written as expressions on a site's parameters.
import { below, type FaultList, type Place } from "./fault-list.ts";
import { durations, namesOf, parseExpression, workOutParsed, type Scope, type Table } from "./expression.ts";

/** How a site may lack a parameter: rules that speak of it are left out, or left out and owed. */
export type Lack = "optional" | "owed";

/** A parameter that a site has not stated and need not. */
export interface Missing {
  readonly name: string;
  readonly lack: Lack;
}

/** What a number may speak of, and for whom; `site` null: a catalogue on its own, with no site's parameters. */
export interface Reader {
  readonly faults: FaultList;
  readonly scope: Scope;
  readonly site: string | null;
  /** Parameters that are the same on every site: a kind's own. */
  readonly fixed: ReadonlySet<string>;
  /** What is missing of a parameter that this site has not stated and need not: itself, or what it is worked out from. */
  readonly lacking: ReadonlyMap<string, readonly Missing[]>;
  /** Told what a number waits for. */
  readonly onLack: (missing: readonly Missing[]) => void;
}

/** A number worked out, and whether another site could get another one. */
export interface Amount {
  readonly value: number;
  readonly isConstant: boolean;
}

/** The number, or undefined where it is absent, faulty (listed), lacking, or not to be known without a site. */
export function amountOf(written: number | string | undefined, place: Place, reader: Reader): Amount | undefined {
  if (written === undefined) return undefined;
  if (typeof written === "number") return { value: written, isConstant: true };
  const parsed = parseExpression(written);
  if (!parsed.ok) {
    reader.faults.add(place, parsed.message);
    return undefined;
  }
  const names = namesOf(parsed.expression);
  const missing = names.flatMap((name) => reader.lacking.get(name) ?? []);
  if (missing.length > 0) {
    reader.onLack(missing);
    return undefined;
  }
  const isSame = names.every((name) => reader.fixed.has(name));
  if (!isSame && reader.site === null) return undefined;
  const worked = workOutParsed(written, parsed.expression, reader.scope);
  if (worked.ok) return { value: worked.value, isConstant: isSame };
  reader.faults.add(place, isSame ? worked.message : `${worked.message} (site ${reader.site})`);
  return undefined;
}

/** A length of time in ms, at least `least`; undefined as an amount is. */
export function durationOf(
  written: number | string | undefined,
  place: Place,
  reader: Reader,
  least = 0,
): number | undefined {
  const found = amountOf(written, place, reader);
  if (found === undefined || found.value >= least) return found?.value;
  reader.faults.add(place, `${found.value} ms must be at least ${least} ms`);
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

/**
 * The reader with these parameters as well, in the order written: each may speak of those before it, a name given
 * earlier among them is not given again, and what the reader knew of that name is hidden.
 */
export function withParameters(
  reader: Reader,
  blocks: readonly (ParameterBlock & { readonly isFixed?: boolean })[],
): Reader {
  const parameters = new Map(reader.scope.parameters);
  const fixed = new Set(reader.fixed);
  const lacking = new Map(reader.lacking);
  const given = new Set<string>();
  for (const { written, place, isFixed } of blocks) {
    for (const [name, value] of Object.entries(written ?? {})) {
      if (given.has(name)) continue;
      given.add(name);
      const at = below(place, name);
      if (durations.has(name)) reader.faults.add(at, "is the name of a length of time");
      const waitsFor: Missing[] = [];
      const now: Reader = {
        ...reader,
        scope: { parameters, tables: reader.scope.tables },
        fixed,
        lacking,
        onLack: (missing) => waitsFor.push(...missing),
      };
      const amount = amountOf(value, at, now);
      parameters.delete(name);
      fixed.delete(name);
      lacking.delete(name);
      if (amount !== undefined) parameters.set(name, amount.value);
      else if (waitsFor.length > 0) lacking.set(name, waitsFor);
      if (amount?.isConstant === true && isFixed === true) fixed.add(name);
    }
  }
  return { ...reader, scope: { parameters, tables: reader.scope.tables }, fixed, lacking };
}
