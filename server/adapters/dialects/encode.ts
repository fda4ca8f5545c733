// Native objects as the bytes of native messages: as few as fit, and nothing in them that could not be refused as one value.
import { Buffer } from "node:buffer";
import type { NativeObject } from "./dialect.ts";

/** The native dialect's own bounds (wire.md). */
const maxBytes = 256 * 1024;
const maxObjects = 10_000;
/** Longer than any code or text that the native decoder takes: what is cut off cannot make it right. */
const maxKeyChars = 65;
const maxTextChars = 120;
/** Legal JSON for a number that no double holds: refused as not finite, and stored as bad. */
const notFinite = "1e999";
const details = ["v", "u", "q", "ts", "h"] as const;

/** The payloads of the native telemetry messages for what a gateway's message was read as; at least one. */
export function encodeNative(objects: readonly NativeObject[], unread: readonly string[] = []): Uint8Array[] {
  const parts = [
    ...objects.flatMap(encodeObject),
    ...unread.map((text) => JSON.stringify(text.slice(0, maxTextChars))),
  ];
  if (parts.length === 0) parts.push('{"values":{}}');
  const payloads: Uint8Array[] = [];
  let taken: string[] = [];
  let bytes = 2;
  for (const part of parts) {
    const size = Buffer.byteLength(part) + 1;
    if (taken.length === maxObjects || bytes + size > maxBytes) {
      payloads.push(Buffer.from(`[${taken.join(",")}]`));
      taken = [];
      bytes = 2;
    }
    taken.push(part);
    bytes += size;
  }
  payloads.push(Buffer.from(`[${taken.join(",")}]`));
  return payloads;
}

/** An object as text; one that is too large for a message as several of the same time. */
function encodeObject({ ts, seq, values }: NativeObject): readonly string[] {
  const time = ts === undefined ? "" : `"ts":${encodeNumber(ts)},`;
  // A number that came again would be taken for a repeated message: only the first part has it.
  let head = `{${time}${seq === undefined ? "" : `"seq":${encodeNumber(seq)},`}"values":{`;
  const texts: string[] = [];
  let members: string[] = [];
  let bytes = 0;
  for (const [code, value] of Object.entries(values)) {
    const member = `${JSON.stringify(code.slice(0, maxKeyChars))}:${encodeValue(value)}`;
    const size = Buffer.byteLength(member) + 1;
    if (bytes + size > maxBytes - 1024) {
      texts.push(`${head}${members.join(",")}}}`);
      head = `{${time}"values":{`;
      members = [];
      bytes = 0;
    }
    members.push(member);
    bytes += size;
  }
  texts.push(`${head}${members.join(",")}}}`);
  return texts;
}

function encodeValue(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return encodePlain(value);
  const members = details.flatMap((key) => {
    const detail: unknown = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    return detail === undefined ? [] : [`"${key}":${encodePlain(detail)}`];
  });
  return `{${members.join(",")}}`;
}

/** Nothing is walked into: a deep value is refused by its outermost bracket. */
function encodePlain(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "boolean") return String(value);
  return JSON.stringify(typeof value === "string" ? value.slice(0, maxTextChars) : "[…]");
}

function encodeNumber(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : notFinite;
}
