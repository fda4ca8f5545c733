// Checks a file against its schema, lists what does not fit, and hands on what does.
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { below, element, type FaultList, type Place } from "./fault-list.ts";

/** Keeps what fits the schema and lists everything else. */
export type ShapeCheck<T> = (value: unknown, file: string, faults: FaultList) => T;

type Container = Record<string, unknown>;

const namedByPeople = new Set([
  "kinds",
  "tables",
  "parameters",
  "actionCards",
  "rules",
  "siteRules",
  "mayLack",
  "substances",
]);

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** A check that is compiled once. */
export function createShapeCheck<S extends TSchema>(schema: S): ShapeCheck<Static<S>> {
  const validator = Compile(schema);
  return (value, file, faults) => {
    // An empty file is an empty mapping.
    const root: Container = { content: structuredClone(value ?? {}) };
    // One fault a round, because taking it out moves the elements behind it.
    for (;;) {
      const { content } = root;
      if (validator.Check(content)) return content;
      // An unknown key comes as `boolean` at the key itself, and again as `additionalProperties` at its parent.
      const error = validator.Errors(content).find(({ keyword }) => keyword !== "additionalProperties");
      if (error === undefined) throw new Error(`${file}: refused without a reason`);
      reportAndRemove(root, error, file, faults);
    }
  };
}

/** Lists everything that does not fit a schema, and hands on only what does as a whole. */
export function createWholeCheck<S extends TSchema>(
  schema: S,
): (value: unknown, file: string, faults: FaultList) => Static<S> | undefined {
  const validator = Compile(schema);
  return (value, file, faults) => {
    if (validator.Check(value)) return value;
    const root: Container = { content: value };
    for (const error of validator.Errors(value)) {
      if (error.keyword === "additionalProperties") continue;
      const keys = ["content", ...pointerKeys(error.instancePath)];
      faults.add(placeOf(root, keys, file), wordsOf(error, keys, valueAt(root, keys)));
    }
    return undefined;
  };
}

function reportAndRemove(root: Container, error: TLocalizedValidationError, file: string, faults: FaultList): void {
  const keys = ["content", ...pointerKeys(error.instancePath)];
  faults.add(placeOf(root, keys, file), wordsOf(error, keys, valueAt(root, keys)));
  remove(root, keys);
}

function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(root: Container, keys: readonly string[]): unknown {
  let value: unknown = root;
  for (const key of keys) {
    if (!isContainer(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** List elements are called by their id or code, as people call them. */
function placeOf(root: Container, keys: readonly string[], file: string): Place {
  let place: Place = { file, path: "" };
  let value: unknown = root["content"];
  for (const key of keys.slice(1)) {
    const child = isContainer(value) ? value[key] : undefined;
    place = Array.isArray(value) ? element(place, Number(key), nameOf(child)) : below(place, key);
    value = child;
  }
  return place;
}

function nameOf(value: unknown): string | number | undefined {
  if (!isContainer(value)) return undefined;
  const name = value["id"] ?? value["code"];
  return typeof name === "string" || typeof name === "number" ? name : undefined;
}

/** A plain list with one wrong element goes as a whole: half a range means nothing. */
function remove(root: Container, keys: readonly string[]): void {
  const key = keys.at(-1);
  if (keys.length === 1 || key === undefined) {
    root["content"] = {};
    return;
  }
  const parent = valueAt(root, keys.slice(0, -1));
  if (Array.isArray(parent)) {
    if (parent.some(isContainer)) parent.splice(Number(key), 1);
    else remove(root, keys.slice(0, -1));
  } else if (isContainer(parent)) {
    delete parent[key];
  }
}

const typeWords: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "null",
};

function shownAs(found: unknown): string {
  if (Array.isArray(found)) return "a list";
  if (isContainer(found)) return "a mapping";
  return typeof found === "string" ? JSON.stringify(found) : String(found);
}

function wordsOf(error: TLocalizedValidationError, keys: readonly string[], found: unknown): string {
  if (error.keyword === "boolean") {
    return namedByPeople.has(keys.at(-2) ?? "") ? "not a name: a letter, then letters, digits and _" : "unknown key";
  }
  const shown = shownAs(found);
  if (error.keyword === "enum") return `must be one of ${error.params.allowedValues.join(", ")}, is ${shown}`;
  if (error.keyword === "pattern") {
    const pattern = String(error.params.pattern);
    const word = /^\^(\w+)\$$/u.exec(pattern)?.[1];
    const wanted = word === undefined ? `match ${pattern}` : `be a mapping or the word ${word}`;
    return `must ${wanted}, is ${shown}`;
  }
  if (error.keyword === "type") {
    const { type } = error.params;
    const words = (Array.isArray(type) ? type : [type]).map((each) => typeWords[each] ?? each);
    return `must be ${words.join(" or ")}, is ${shown}`;
  }
  if (error.keyword === "minItems" || error.keyword === "maxItems") {
    return `must have at ${error.keyword === "minItems" ? "least" : "most"} ${error.params.limit} elements`;
  }
  return `${error.message}, is ${shown}`;
}
