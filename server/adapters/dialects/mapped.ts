// One reading of a mapping, made ready once: from a message's body to values with their times and qualities.
import type { MappedCondition, MappedQuality, MappedReading } from "../../../contract/mapping.ts";
import { codeOf, type DialectDevice, plainValue } from "./dialect.ts";
import type { Gathering } from "./gather.ts";
import { entriesOf, sourceOf, type Entry, type Source } from "./path.ts";
import type { Parts } from "./template.ts";
import { readTime } from "./time.ts";

/** What a device's options say of one of its tags. */
export interface Tag {
  readonly unit?: string;
  readonly factor?: number;
  readonly offset?: number;
}

/** Reads one kind of list; false where the body does not have it. */
export type Read = (body: unknown, topic: Parts, into: Gathering) => boolean;

/** True where something holds of a message. */
export type Holds = (body: unknown, topic: Parts) => boolean;

type Quality = "good" | "suspect" | "saturated" | "bad";

/** More than the native decoder takes for a unit: what is cut off cannot make it right. */
const maxUnitChars = 33;

/** The first of several sources that is there. */
export function firstOf(sources: readonly string[], entries: string | null): Source {
  const all = sources.map((source) => sourceOf(source, entries));
  return (entry, topic) => {
    for (const one of all) {
      const found = one(entry, topic);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** A message as an entry of its own. */
export function entryOf(body: unknown): Entry {
  return { nodes: [body], keys: [] };
}

/** A condition, ready to be asked. */
export function conditionOf({ at, is, isNot }: MappedCondition): Holds {
  const source = firstOf(at, null);
  return (body, topic) => {
    const found = source(entryOf(body), topic);
    if (found === undefined) return false;
    return (is === undefined || isAmong(found, is)) && (isNot === undefined || !isAmong(found, isNot));
  };
}

/** True where a value is one of a list; a number that was written as text is that number. */
export function isAmong(found: unknown, list: readonly unknown[]): boolean {
  const value = plainValue(found);
  return list.some((one) => plainValue(one) === value);
}

/** A reading, ready to be done. */
export function readOf(reading: MappedReading, { names, options }: DialectDevice): Read {
  const { entries, isBad = false, factor = 1, offset = 0 } = reading;
  const visitAll = entriesOf(entries);
  const name = reading.name.map((one) => sourceOf(one, entries));
  const value = firstOf(reading.value ?? [entries], entries);
  const time = timeOf(reading);
  const quality = isBad ? (): Quality => "bad" : qualityOf(reading.quality, entries);
  const unit = reading.unit === undefined ? undefined : firstOf(reading.unit, entries);
  const tags = (options["tags"] ?? {}) as Readonly<Record<string, Tag>>;

  return (body, topic, into) =>
    visitAll(body, (entry) => {
      const parts = name.map((one) => textOf(one(entry, topic)));
      const full = parts.filter((part) => part !== "").join("/");
      const tag = Object.hasOwn(tags, full) ? tags[full] : undefined;
      const sent = plainValue(value(entry, topic));
      const scaled =
        typeof sent === "number" ? (sent * factor + offset) * (tag?.factor ?? 1) + (tag?.offset ?? 0) : sent;
      const detailed = detail(scaled, quality(entry, topic), tag?.unit ?? unit?.(entry, topic));
      into.add(time(entry, topic), codeOf(names, ...parts), detailed);
    });
}

/** A value with what is said of it, in the native dialect's words. */
function detail(value: unknown, q: Quality, unit: unknown): unknown {
  // No value, and nothing that says that something failed: missing.
  if (value === undefined && q === "good") return null;
  const isMeasured = typeof value === "number" || typeof value === "boolean";
  // Beside a bad quality whatever else stands there (an empty text, a word for the error) is no value.
  const v = isMeasured || q !== "bad" ? value : null;
  const u = typeof unit === "string" && unit !== "" ? { u: unit.slice(0, maxUnitChars) } : {};
  return q === "good" && unit === undefined ? v : { v, ...u, ...(q === "good" ? {} : { q }) };
}

function timeOf({ time, entries }: MappedReading): (entry: Entry, topic: Parts) => number | undefined {
  if (time === undefined) return () => undefined;
  const source = firstOf(time.at, entries);
  return (entry, topic) => {
    const sent = source(entry, topic);
    if (sent === undefined || sent === null || sent === "") return undefined;
    const at = readTime(sent, time);
    return Number.isNaN(at) && time.otherwise === "server" ? undefined : at;
  };
}

function qualityOf(quality: MappedQuality | undefined, entries: string): (entry: Entry, topic: Parts) => Quality {
  if (quality === undefined) return () => "good";
  const { mask, good, suspect = [], saturated = [] } = quality;
  const source = firstOf(quality.at, entries);
  return (entry, topic) => {
    const sent = source(entry, topic);
    // A gateway that says nothing of a value's quality calls it good.
    if (sent === undefined || sent === null) return "good";
    const word = plainValue(sent);
    const found = mask === undefined || typeof word !== "number" ? word : word & mask;
    if (isAmong(found, good)) return "good";
    if (isAmong(found, suspect)) return "suspect";
    return isAmong(found, saturated) ? "saturated" : "bad";
  };
}

/** A part of a name; what is no text or number names nothing. */
function textOf(found: unknown): string {
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}
