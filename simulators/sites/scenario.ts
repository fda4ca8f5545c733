// A scenario: what happens on one site and when, read from data and checked, and which alarms it should bring.
import { levels, type Level } from "../../contract/level.ts";
import type { Action } from "./part.ts";

/** One thing that happens, `atMs` of simulated time after the start. */
export interface ScenarioEvent {
  readonly atMs: number;
  readonly action: Action;
}

/** One level that a point should reach, in the order of the list. */
export interface Expectation {
  readonly point: string;
  readonly level: Level;
  readonly afterMs: number;
}

/** A scenario, ready to be played. */
export interface Scenario {
  readonly name: { readonly zh: string; readonly en: string };
  readonly site: string;
  /** Simulated seconds per second unless the caller asks for another speed. */
  readonly speed: number;
  readonly durationMs: number;
  /** Points whose values tell the story. */
  readonly watch: readonly string[];
  readonly events: readonly ScenarioEvent[];
  readonly expect: readonly Expectation[];
}

/** A scenario, or every fault of its file with its path. */
export type ScenarioResult =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly faults: readonly string[] };

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the fields of one mapping and keeps a list of what is wrong with them. */
function createReader(faults: string[]) {
  const wrong = (path: string, need: string): void => {
    faults.push(`${path}: must be ${need}`);
  };
  return {
    wrong,
    fields: (value: unknown, path: string): Fields => {
      if (isFields(value)) return value;
      wrong(path, "a mapping");
      return {};
    },
    list: (value: unknown, path: string): readonly unknown[] => {
      if (Array.isArray(value)) return value;
      wrong(path, "a list");
      return [];
    },
    text: (value: unknown, path: string): string => {
      if (typeof value === "string" && value !== "") return value;
      wrong(path, "a text");
      return "";
    },
    number: (value: unknown, path: string, low: number, high: number): number => {
      if (typeof value === "number" && value >= low && value <= high) return value;
      wrong(path, `a number from ${low} to ${high}`);
      return low;
    },
  };
}

type Reader = ReturnType<typeof createReader>;

function readNeighbours(reader: Reader, value: unknown, path: string): Readonly<Record<string, number>> {
  const shares = Object.entries(reader.fields(value ?? {}, path));
  return Object.fromEntries(shares.map(([code, share]) => [code, reader.number(share, `${path}.${code}`, 0, 1)]));
}

function readAction(reader: Reader, fields: Fields, path: string): Action {
  const number = (key: string, low: number, high: number): number =>
    reader.number(fields[key], `${path}.${key}`, low, high);
  const kind = fields["do"];
  switch (kind) {
    case "leak":
      return {
        do: "leak",
        point: reader.text(fields["point"], `${path}.point`),
        target: number("target", 0, 1e6),
        sourceTauS: number("sourceTauS", 1, 86_400),
        delayS: number("delayS", 0, 3600),
        t90S: number("t90S", 1, 600),
        neighbours: readNeighbours(reader, fields["neighbours"], `${path}.neighbours`),
      };
    case "rain":
      return {
        do: "rain",
        totalMm: number("totalMm", 0, 2000),
        hours: number("hours", 0.1, 240),
        peakAt: number("peakAt", 0.01, 0.99),
      };
    case "blockDecant":
      return { do: "blockDecant", blockage: number("blockage", 0, 1) };
    case "creep":
      return {
        do: "creep",
        startMmPerDay: number("startMmPerDay", 0, 1000),
        failureDays: number("failureDays", 0.01, 365),
      };
    case "stopLeak":
      return { do: "stopLeak" };
    default:
      reader.wrong(`${path}.do`, "leak, stopLeak, rain, blockDecant or creep");
      return { do: "stopLeak" };
  }
}

function readExpectation(reader: Reader, value: unknown, path: string): Expectation {
  const fields = reader.fields(value, path);
  const level = levels.find((one) => one === fields["level"]);
  if (level === undefined) reader.wrong(`${path}.level`, levels.join(", "));
  return {
    point: reader.text(fields["point"], `${path}.point`),
    level: level ?? "blue",
    afterMs: reader.number(fields["afterMinutes"], `${path}.afterMinutes`, 0, 1e6) * 60_000,
  };
}

/** Checks what a scenario file holds; every fault is named, not only the first. */
export function parseScenario(raw: unknown): ScenarioResult {
  const faults: string[] = [];
  const reader = createReader(faults);
  const root = reader.fields(raw, "scenario");
  const name = reader.fields(root["name"], "name");
  const events = reader.list(root["events"], "events").map((value, index) => {
    const path = `events[${index}]`;
    const fields = reader.fields(value, path);
    const atMs = reader.number(fields["atMinutes"], `${path}.atMinutes`, 0, 1e6) * 60_000;
    return { atMs, action: readAction(reader, fields, path) };
  });
  const scenario: Scenario = {
    name: { zh: reader.text(name["zh"], "name.zh"), en: reader.text(name["en"], "name.en") },
    site: reader.text(root["site"], "site"),
    speed: reader.number(root["speed"], "speed", 0.1, 3600),
    durationMs: reader.number(root["durationMinutes"], "durationMinutes", 0.1, 1e6) * 60_000,
    watch: reader.list(root["watch"], "watch").map((value, index) => reader.text(value, `watch[${index}]`)),
    events: events.toSorted((a, b) => a.atMs - b.atMs),
    expect: reader.list(root["expect"], "expect").map((value, i) => readExpectation(reader, value, `expect[${i}]`)),
  };
  return faults.length === 0 ? { ok: true, scenario } : { ok: false, faults };
}
