// The native dialect: SkyGround's own JSON over MQTT, turned into readings without ever losing a neighbour.
import { Buffer } from "node:buffer";
import type { FaultCode, Refusal } from "../../../contract/faults.ts";
import type { Decode, DecodeResult, Quality, Reading } from "../../../contract/sample.ts";
import { isPointCode, parseTopic } from "../../../contract/topics.ts";
import type { Topic } from "../../../contract/topics.ts";
import { parseJson, textOf } from "./payload.ts";

const maxPayloadBytes = 256 * 1024;
const maxObjects = 10_000;
const maxExampleChars = 120;
const maxUnitChars = 32;
const maxSequence = 0xffff_ffff;
/** 2000-01-01T00:00:00Z: anything older is a clock that was never set, or seconds instead of milliseconds. */
const oldestAt = 946_684_800_000;
/** The largest instant that a Date can carry (ECMA-262, time values). */
const newestAt = 8.64e15;

/**
 * Names already found good: the same few come 100,000 times a second, and looking one up costs a quarter of
 * checking it again. Emptied when full, so that made-up names cannot fill the memory; the answer is the same.
 */
const maxRemembered = 20_000;
const goodTopics = new Map<string, Topic>();
const goodCodes = new Set<string>();

/** What a message is gathered into while its objects are walked. */
interface Gathered {
  readonly readings: Reading[];
  readonly refused: Refusal[];
  first: number | null;
  last: number | null;
}

/** A time as it was sent: an instant, none (the server's time serves), or why it cannot be used. */
type Time = number | null | "SAMPLE_BAD_TIME" | "SAMPLE_TOO_OLD";

/** A time with what was sent for it, to be shown where it is refused. */
interface SentTime {
  readonly sent: unknown;
  readonly time: Time;
}

/**
 * Decodes one message of the native dialect.
 *
 * Keys that the format does not know are ignored, so that a newer device can speak to an older server;
 * of a key that stands twice in one object the last one counts, as in every JSON parser.
 */
export const decodeNative: Decode = (topic, payload) => {
  const parts = goodTopics.get(topic) ?? checkTopic(topic);
  if (parts === null) return refuse("TOPIC_UNKNOWN", topic);
  // Events and sky-eye products have no decoder yet: refused and counted, not silently dropped.
  if (parts.kind === "event" || parts.kind === "sky") return refuse("TOPIC_UNKNOWN", topic);
  if (payload.byteLength > maxPayloadBytes) return refuse("MESSAGE_TOO_LARGE", `${payload.byteLength} bytes`);
  // Nothing at all is how a retained state is cleared at a broker: no JSON, but no broken JSON either.
  if (payload.byteLength === 0) return refuse("MESSAGE_BAD_SHAPE", "");
  const text = textOf(payload);
  if (text === null) return refuse("MESSAGE_NOT_UTF8", Buffer.from(payload.subarray(0, 40)).toString("hex"));
  const body = parseJson(text);
  if (body === undefined) return refuse("MESSAGE_BAD_JSON", text);
  if (parts.kind === "command/ack") return ackOf(parts, body, text);
  return parts.kind === "state" ? stateOf(parts, body, text) : telemetryOf(parts, body, text);
};

function checkTopic(topic: string): Topic | null {
  const parts = parseTopic(topic);
  if (parts === null) return null;
  if (goodTopics.size >= maxRemembered) goodTopics.clear();
  goodTopics.set(topic, parts);
  return parts;
}

function checkCode(code: string): boolean {
  if (!isPointCode(code)) return false;
  if (goodCodes.size >= maxRemembered) goodCodes.clear();
  goodCodes.add(code);
  return true;
}

function stateOf(topic: Topic, body: unknown, text: string): DecodeResult {
  const online = isObject(body) ? body["online"] : undefined;
  if (typeof online !== "boolean") return refuse("MESSAGE_BAD_SHAPE", text);
  return { ok: true, message: { kind: "state", site: topic.site, device: topic.device, online } };
}

function ackOf({ site, device }: Topic, body: unknown, text: string): DecodeResult {
  const order = isObject(body) ? body["id"] : undefined;
  if (typeof order !== "number" || !Number.isSafeInteger(order)) return refuse("MESSAGE_BAD_SHAPE", text);
  return { ok: true, message: { kind: "ack", site, device, order } };
}

function telemetryOf(topic: Topic, body: unknown, text: string): DecodeResult {
  const gathered: Gathered = { readings: [], refused: [], first: null, last: null };
  if (Array.isArray(body)) {
    if (body.length > maxObjects) return refuse("MESSAGE_TOO_LARGE", `${body.length} objects`);
    for (let i = 0; i < body.length; i++) {
      const entry: unknown = body[i];
      if (!gather(entry, gathered)) gathered.refused.push(refusal("MESSAGE_BAD_SHAPE", `[${i}]: ${show(entry)}`));
    }
  } else if (!gather(body, gathered)) {
    return refuse("MESSAGE_BAD_SHAPE", text);
  }
  const { readings, refused, first, last } = gathered;
  const sequence = first === null || last === null ? null : { first, last };
  return {
    ok: true,
    message: {
      kind: "telemetry",
      site: topic.site,
      device: topic.device,
      sequence,
      readings,
      refused,
    },
  };
}

/** Adds what one object holds; false where it is not `{ts?, seq?, values}` at all. */
function gather(entry: unknown, into: Gathered): boolean {
  if (!isObject(entry)) return false;
  const values = entry["values"];
  if (!isObject(values)) return false;
  const seq = entry["seq"];
  if (seq !== undefined && seq !== null) gatherSequence(seq, into);
  const object = { sent: entry["ts"], time: timeOf(entry["ts"]) };
  // for…in: JSON.parse makes every key an own one, `__proto__` too, and nothing inherited is enumerable.
  for (const code in values) gatherValue(code, values[code], object, into);
  return true;
}

/** A wrong number costs only itself: the values beside it are as good as ever. */
function gatherSequence(seq: unknown, into: Gathered): void {
  if (typeof seq === "number" && Number.isInteger(seq) && seq >= 0 && seq <= maxSequence) {
    into.first ??= seq;
    into.last = seq;
  } else {
    into.refused.push(refusal("MESSAGE_BAD_SHAPE", `"seq": ${show(seq)}`));
  }
}

function gatherValue(code: string, sent: unknown, object: SentTime, into: Gathered): void {
  if (!goodCodes.has(code) && !checkCode(code)) {
    into.refused.push(refusal("SAMPLE_BAD_NAME", show(code)));
  } else if (isObject(sent)) {
    gatherDetailed(code, sent, object, into);
  } else {
    add({ code, value: sent, quality: "good", unit: null }, object, into);
  }
}

/** A value of the long form, `{v, u?, q?, ts?, h?}`. */
function gatherDetailed(code: string, sent: Record<string, unknown>, object: SentTime, into: Gathered): void {
  const { v: value, q, u, ts, h } = sent;
  const quality = q === undefined || q === null ? "good" : qualityOf(q);
  if (quality === null) {
    into.refused.push(about("SAMPLE_WRONG_TYPE", code, `{"q": ${show(q)}}`));
    return;
  }
  const unit = u === undefined || u === null ? null : u;
  // A unit that cannot be read is not "the register's unit": the number would be believed in the wrong one.
  if (unit !== null && (typeof unit !== "string" || unit.length > maxUnitChars)) {
    into.refused.push(about("UNIT_MISMATCH", code, `{"u": ${show(unit)}}`));
    return;
  }
  // A value with a good time of its own stands, whatever the object's time is.
  const time = ts === undefined || ts === null ? object : { sent: ts, time: timeOf(ts) };
  if (h === true) gatherPast({ code, value, quality, unit }, time, into);
  else if (h === undefined || h === null || h === false) add({ code, value, quality, unit }, time, into);
  else into.refused.push(about("SAMPLE_WRONG_TYPE", code, `{"h": ${show(h)}}`));
}

/** A value of the past; without a time it would be one of now. */
function gatherPast(sent: SentValue, at: SentTime, into: Gathered): void {
  if (at.time === null) {
    into.refused.push(about("SAMPLE_BAD_TIME", sent.code, `{"h": true} without a time`));
    return;
  }
  const before = into.readings.length;
  add(sent, at, into);
  const added = into.readings[before];
  if (added !== undefined) into.readings[before] = { ...added, isHistorical: true };
}

/** A value as it was sent, with what was said of it. */
interface SentValue {
  readonly code: string;
  readonly value: unknown;
  readonly quality: Quality;
  readonly unit: string | null;
}

function add(sent: SentValue, at: SentTime, into: Gathered): void {
  const { code, value, quality, unit } = sent;
  const sourceAt = at.time;
  if (typeof sourceAt === "string") {
    into.refused.push(about(sourceAt, code, `{"ts": ${show(at.sent)}}`));
  } else if (typeof value === "number") {
    if (Number.isFinite(value)) {
      // Plus zero makes a −0 a 0: the two would differ after a trip through JSON.
      into.readings.push({ code, sourceAt, value: value + 0, quality, unit });
    } else {
      into.refused.push(about("SAMPLE_NOT_FINITE", code, "NaN or Infinity"));
      // Not a number is a bad value (semantics §1), not a missing one.
      into.readings.push({ code, sourceAt, value: null, quality: "bad", unit });
    }
  } else if (typeof value === "boolean") {
    into.readings.push({ code, sourceAt, value: value ? 1 : 0, quality, unit });
  } else if (value === null) {
    // No value and a bad quality is a device that says that it has failed, not one that has nothing to say.
    into.readings.push({ code, sourceAt, value: null, quality: quality === "bad" ? "bad" : "missing", unit });
  } else {
    into.refused.push(about("SAMPLE_WRONG_TYPE", code, show(value)));
  }
}

function timeOf(sent: unknown): Time {
  if (sent === undefined || sent === null) return null;
  // A fraction of a millisecond (Python's time.time() * 1000) is cut, not refused. NaN fails the comparison.
  if (typeof sent !== "number" || !(Math.abs(sent) <= newestAt)) return "SAMPLE_BAD_TIME";
  const at = Math.floor(sent);
  return at < oldestAt ? "SAMPLE_TOO_OLD" : at;
}

function qualityOf(word: unknown): Quality | null {
  switch (word) {
    case "good":
    case "suspect":
    case "bad":
    case "saturated":
    case "unknown":
      return word;
    default:
      return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A short picture of what was sent. Nothing is walked into: a deep value must not cost a deep stack. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, maxExampleChars));
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[…]" : "{…}";
  return String(value);
}

function about(code: FaultCode, point: string, what: string): Refusal {
  return refusal(code, `${point}: ${what}`);
}

function refusal(code: FaultCode, example: string): Refusal {
  return { code, example: example.length > maxExampleChars ? cut(example) : example };
}

function refuse(code: FaultCode, example: string): DecodeResult {
  return { ok: false, ...refusal(code, example) };
}

/** The first characters, never half of one that takes two units. */
function cut(text: string): string {
  const lastUnit = text.charCodeAt(maxExampleChars - 1);
  const isHalf = lastUnit >= 0xd800 && lastUnit <= 0xdbff;
  return text.slice(0, isHalf ? maxExampleChars - 1 : maxExampleChars);
}
