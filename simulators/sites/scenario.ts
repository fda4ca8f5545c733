// A scenario: what happens on one site and when, read from data and checked, and which alarms it should bring.
import { readAction } from "./action.ts";
import { readExpected, type Expected } from "./expectation.ts";
import type { Action } from "./part.ts";
import { createReader } from "./reader.ts";

/** One thing that happens, `atMs` of simulated time after the start. */
export interface ScenarioEvent {
  readonly atMs: number;
  readonly action: Action;
}

/** A scenario, ready to be played. */
export interface Scenario {
  /** Its place in the list of the domain study, such as `S1`; null for one of nobody's list. */
  readonly number: string | null;
  readonly name: { readonly zh: string; readonly en: string };
  readonly site: string;
  /** Simulated seconds per second unless the caller asks for another speed. */
  readonly speed: number;
  readonly durationMs: number;
  /** Points whose values tell the story. */
  readonly watch: readonly string[];
  readonly events: readonly ScenarioEvent[];
  readonly expect: Expected;
}

/** A scenario, or every fault of its file with its path. */
export type ScenarioResult =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly faults: readonly string[] };

const MINUTE_MS = 60_000;

/** Checks what a scenario file holds; every fault is named, not only the first. */
export function parseScenario(raw: unknown): ScenarioResult {
  const faults: string[] = [];
  const reader = createReader(faults);
  const root = reader.fields(raw, "scenario");
  const name = reader.fields(root["name"], "name");
  const events = reader.list(root["events"], "events").map((value, index) => {
    const path = `events[${index}]`;
    const fields = reader.fields(value, path);
    const atMs = reader.number(fields["atMinutes"], `${path}.atMinutes`, 0, 1e6) * MINUTE_MS;
    return { atMs, action: readAction(reader, fields, path) };
  });
  const site = reader.text(root["site"], "site");
  const scenario: Scenario = {
    number: root["number"] === undefined ? null : reader.text(root["number"], "number"),
    name: { zh: reader.text(name["zh"], "name.zh"), en: reader.text(name["en"], "name.en") },
    site,
    speed: reader.number(root["speed"], "speed", 0.1, 3600),
    durationMs: reader.number(root["durationMinutes"], "durationMinutes", 0.1, 1e6) * MINUTE_MS,
    watch: reader.list(root["watch"], "watch").map((value, index) => reader.text(value, `watch[${index}]`)),
    events: events.toSorted((a, b) => a.atMs - b.atMs),
    expect: readExpected(reader, root["expect"] ?? {}, site),
  };
  reader.refuseUnread();
  return faults.length === 0 ? { ok: true, scenario } : { ok: false, faults };
}
