// Which alarms a scenario should bring, and the verdict on the alarms that came.
//
// A file names alarms as the server makes their ids, without the site in front: `GD-201~limit~high` (a limit), `WL-01~rise~high`
// (a rule with a name), `GD-201~silence`, `GD-201~fault` (data of a point), `gw-1~link`, `gw-1~clock` (a device), `dry_beach~ladder`
// (an item), `~ladder` (the site itself), `~piping` (a rule of the site). A `*` at the end stands for any rest; `*` alone for every alarm of the site.
import { levels, rankOf, type Level } from "../../contract/level.ts";
import type { Reader } from "./reader.ts";

/** This alarm must reach at least this level, and for the first time within the window. */
export interface ExpectedAlarm {
  /** The alarm's id as the server makes it: `hc-05/GD-201~limit~high`. */
  readonly alarm: string;
  readonly level: Level;
  /** Event time (`Transition.at`) after the scenario's start. */
  readonly fromMs: number;
  readonly toMs: number;
  /** True: it must have been found late, in a back-fill; false: in time. */
  readonly isFoundLate: boolean;
}

/** No alarm of this name may reach this level at any time. */
export interface ForbiddenAlarm {
  /** An alarm's id, or its beginning followed by `*`. */
  readonly alarm: string;
  readonly level: Level;
}

/** So often an alarm comes on: from no level to any. */
export interface CountedAlarm {
  /** An alarm's id, or its beginning followed by `*`: then all of them together. */
  readonly alarm: string;
  readonly atLeast: number;
  readonly atMost: number;
}

/** What the server should make of a scenario. */
export interface Expected {
  readonly alarms: readonly ExpectedAlarm[];
  readonly never: readonly ForbiddenAlarm[];
  readonly times: readonly CountedAlarm[];
}

/** One step of an alarm, as far as a verdict needs it: any `Transition` of the server is one. */
export interface Step {
  readonly alarm: string;
  readonly at: number;
  readonly fromLevel: Level | null;
  readonly level: Level | null;
  readonly foundLateMs: number | null;
}

const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 1e6;
const MOST_TIMES = 1e6;

/** The id of an alarm that a file names without its site. */
function fullName(site: string, written: string): string {
  return written.startsWith("~") ? `${site}${written}` : `${site}/${written}`;
}

/** Reads the `expect` of a scenario file; absent lists are empty. */
export function readExpected(reader: Reader, value: unknown, site: string): Expected {
  const root = reader.fields(value, "expect");
  const each = <T>(key: string, read: (fields: Readonly<Record<string, unknown>>, path: string) => T): readonly T[] =>
    reader.list(root[key] ?? [], `expect.${key}`).map((one, index) => {
      const path = `expect.${key}[${index}]`;
      return read(reader.fields(one, path), path);
    });
  const levelOf = (fields: Readonly<Record<string, unknown>>, path: string): Level =>
    reader.oneOf(fields["level"], `${path}.level`, levels);
  return {
    alarms: each("alarms", (fields, path) => {
      const minutes = (key: string): number => reader.number(fields[key], `${path}.${key}`, 0, LONGEST_MINUTES);
      return {
        alarm: fullName(site, reader.text(fields["alarm"], `${path}.alarm`)),
        level: levelOf(fields, path),
        fromMs: minutes("fromMinutes") * MINUTE_MS,
        toMs: minutes("toMinutes") * MINUTE_MS,
        isFoundLate: fields["foundLate"] === true,
      };
    }),
    never: each("never", (fields, path) => {
      const written = reader.text(fields["alarm"], `${path}.alarm`);
      const level = levelOf(fields, path);
      const names = written === "*" ? ["*", "~*"] : [written];
      return names.map((name) => ({ alarm: fullName(site, name), level }));
    }).flat(),
    times: each("times", (fields, path) => ({
      alarm: fullName(site, reader.text(fields["alarm"], `${path}.alarm`)),
      atLeast: reader.number(fields["atLeast"], `${path}.atLeast`, 0, MOST_TIMES),
      atMost: reader.number(fields["atMost"], `${path}.atMost`, 0, MOST_TIMES),
    })),
  };
}

function isNamed(name: string, alarm: string): boolean {
  return name.endsWith("*") ? alarm.startsWith(name.slice(0, -1)) : alarm === name;
}

function isAtLeast(step: Step, level: Level): boolean {
  return rankOf(step.level) >= rankOf(level);
}

function inMinutes(ms: number): string {
  return `${(ms / MINUTE_MS).toFixed(2)} min`;
}

function faultOf(expected: ExpectedAlarm, steps: readonly Step[], startMs: number): readonly string[] {
  const { alarm, level, fromMs, toMs, isFoundLate } = expected;
  const first = steps.find((step) => step.alarm === alarm && isAtLeast(step, level));
  const window = `${inMinutes(fromMs)} to ${inMinutes(toMs)}`;
  if (first === undefined) return [`${alarm}: never ${level}, expected at ${window}`];
  const atMs = first.at - startMs;
  if (atMs < fromMs || atMs > toMs) return [`${alarm}: ${level} at ${inMinutes(atMs)}, expected at ${window}`];
  if ((first.foundLateMs !== null) === isFoundLate) return [];
  return [`${alarm}: ${level} ${isFoundLate ? "in time, expected to be found late" : "found late"}`];
}

/** What of the expectations the steps of a scenario's alarms, in the order of the record, do not meet; empty where all is well. */
export function unmet(expected: Expected, steps: readonly Step[], startMs: number): readonly string[] {
  const forbidden = expected.never.flatMap(({ alarm, level }) =>
    steps
      .filter((step) => isNamed(alarm, step.alarm) && isAtLeast(step, level))
      .slice(0, 1)
      .map((step) => `${step.alarm}: ${step.level} at ${inMinutes(step.at - startMs)}, expected never ${level}`),
  );
  const counted = expected.times.flatMap(({ alarm, atLeast, atMost }) => {
    const times = steps.filter((step) => isNamed(alarm, step.alarm) && step.fromLevel === null && step.level !== null);
    const isMet = times.length >= atLeast && times.length <= atMost;
    return isMet ? [] : [`${alarm}: came on ${times.length} times, expected ${atLeast} to ${atMost}`];
  });
  return [...expected.alarms.flatMap((one) => faultOf(one, steps, startMs)), ...forbidden, ...counted];
}
