// InfluxDB line protocol (InfluxData, line protocol reference), as Telegraf's MQTT output and many gateways publish it.
import { codeOf, type Dialect, type DialectDevice, plainValue } from "./dialect.ts";
import { createGathering, type Gathering, refuse } from "./gather.ts";
import { topicsFaults, unknownOptions } from "./options.ts";
import { textOf } from "./payload.ts";

/** Digits of a time behind the millisecond, or how many are missing. */
const precisions: Readonly<Record<string, number>> = { ns: 6, us: 3, ms: 0, s: -3 };
const maxTagChars = 64;

/** The dialect of line protocol. */
export const influx: Dialect = {
  check: (options) => {
    const { precision, tags } = options;
    const faults = [
      ...unknownOptions(options, ["precision", "tags", "topics"]),
      ...topicsFaults("topics", options["topics"]),
    ];
    if (precision !== undefined && !(typeof precision === "string" && Object.hasOwn(precisions, precision))) {
      faults.push("precision: must be ns, us, ms or s");
    }
    const isTag = (tag: unknown): boolean => typeof tag === "string" && tag !== "" && tag.length <= maxTagChars;
    if (tags !== undefined && !(Array.isArray(tags) && tags.length <= 8 && tags.every(isTag))) {
      faults.push(`tags: must be a list of at most 8 names of up to ${maxTagChars} characters`);
    }
    return faults;
  },
  topics: ({ site, device, options }) => ({
    publish: (options["topics"] as readonly string[] | undefined) ?? [
      `influx/${site}/${device}`,
      `influx/${site}/${device}/#`,
    ],
    subscribe: [],
  }),
  open: (device) => ({
    translate: ({ payload }) => {
      const text = textOf(payload);
      if (text === null) return refuse("MESSAGE_NOT_UTF8", "");
      const gathering = createGathering();
      // A line ends where it ends, also within quotes: a quote that is never closed would else take its neighbours along.
      for (const each of text.split("\n")) {
        const line = each.trim();
        if (line === "" || line.startsWith("#")) continue;
        if (!gatherLine(line, device, gathering)) gathering.addUnread(line);
      }
      return gathering.end();
    },
  }),
};

interface Token {
  readonly text: string;
  /** Where its end stands: a delimiter, or the end of the line. */
  readonly end: number;
}

/** Adds the fields of one line; false where it is none: then none of them counts. */
function gatherLine(line: string, { names, options }: DialectDevice, into: Gathering): boolean {
  const measurement = readToken(line, 0, ", ");
  if (measurement.text === "") return false;
  const tags = new Map<string, string>();
  let at = measurement.end;
  while (line[at] === ",") {
    const key = readToken(line, at + 1, "=, ");
    if (line[key.end] !== "=" || key.text === "") return false;
    const value = readToken(line, key.end + 1, "=, ");
    if (line[value.end] === "=" || value.text === "") return false;
    tags.set(key.text, value.text);
    at = value.end;
  }
  const fields: [name: string, value: unknown][] = [];
  at = afterSpaces(line, at) - 1;
  do {
    const key = readToken(line, at + 1, "=, ");
    if (line[key.end] !== "=" || key.text === "") return false;
    const value = readValue(line, key.end + 1);
    if (value === null) return false;
    fields.push([key.text, value.value]);
    at = value.end;
  } while (line[at] === ",");
  const time = timeOf(line.slice(afterSpaces(line, at)), options["precision"]);
  const series = [measurement.text, ...chosenTags(tags, options["tags"])].join(",");
  for (const [name, value] of fields) into.add(time, codeOf(names, series, name), value);
  return true;
}

function chosenTags(tags: ReadonlyMap<string, string>, chosen: unknown): readonly string[] {
  const keys = Array.isArray(chosen) ? (chosen as readonly string[]) : [];
  return keys.filter((key) => tags.has(key)).map((key) => `${key}=${tags.get(key)}`);
}

/**
 * Reads up to an end that no backslash stands before. A backslash escapes a comma, an equals sign or a space and stands
 * for itself before anything else; the reference does not have `\=` in a measurement, where the sign needs no escape.
 */
function readToken(line: string, from: number, ends: string): Token {
  let text = "";
  let copiedTo = from;
  let at = from;
  for (; at < line.length; at++) {
    const unit = line.charAt(at);
    if (unit === "\\" && ",= ".includes(line[at + 1] ?? "x")) {
      text += line.slice(copiedTo, at);
      at += 1;
      copiedTo = at;
    } else if (ends.includes(unit)) {
      break;
    }
  }
  return { text: text + line.slice(copiedTo, at), end: at };
}

/** A field's value; null where nothing can be one. A word that is none is left for the native decoder to refuse. */
function readValue(line: string, from: number): { readonly value: unknown; readonly end: number } | null {
  if (line[from] === '"') return readString(line, from + 1);
  let end = from;
  while (end < line.length && line[end] !== "," && line[end] !== " ") end += 1;
  const word = line.slice(from, end);
  return word === "" ? null : { value: wordOf(word), end };
}

function readString(line: string, from: number): { readonly value: unknown; readonly end: number } | null {
  let text = "";
  let copiedTo = from;
  for (let at = from; at < line.length; at++) {
    const unit = line[at];
    if (unit === "\\" && (line[at + 1] === '"' || line[at + 1] === "\\")) {
      text += line.slice(copiedTo, at);
      at += 1;
      copiedTo = at;
    } else if (unit === '"') {
      const end = at + 1;
      const isAtEnd = end === line.length || line[end] === "," || line[end] === " ";
      return isAtEnd ? { value: plainValue(text + line.slice(copiedTo, at)), end } : null;
    }
  }
  return null;
}

function wordOf(word: string): unknown {
  if (/^-?\d+i$|^\d+u$/u.test(word)) return Number(word.slice(0, -1));
  if (/^(?:t|T|true|True|TRUE)$/u.test(word)) return true;
  if (/^(?:f|F|false|False|FALSE)$/u.test(word)) return false;
  return plainValue(word);
}

function afterSpaces(line: string, from: number): number {
  let at = from;
  while (line[at] === " ") at += 1;
  return at;
}

/** Epoch ms; NaN where what stands behind the fields is no time. */
function timeOf(text: string, precision: unknown): number | undefined {
  if (text === "") return undefined;
  if (!/^-?\d{1,20}$/u.test(text)) return Number.NaN;
  const behind = precisions[typeof precision === "string" ? precision : "ns"] ?? 6;
  // Cut as text: nanoseconds do not fit into a double.
  return behind > 0 ? Number(text.slice(0, -behind) || "0") : Number(text) * 10 ** -behind;
}
