// The journal's records as bytes: framed, checksummed, readable again after any interruption.
import { crc32 } from "node:zlib";
import type { MessageInput, Origin, RecordedInput } from "../../../contract/input.ts";
import { type JournalRecord, type RecordedChange, recordedOf, type TurnEnd } from "../../../contract/journal.ts";
import { type DialectName, dialectNames } from "../../../contract/register.ts";
import type { ChangeItem } from "../../../contract/wall.ts";

/** A record with the position right behind it. */
export interface PlacedRecord {
  readonly record: JournalRecord;
  readonly start: number;
  readonly end: number;
}

/** Before each body: its length and its CRC-32, four bytes each, little-endian. */
export const headerBytes = 8;
const messageKind = 1;
const inputKind = 2;
const changeKind = 3;
const endKind = 4;
const foreignKind = 5;
/** Stands first in a condensed segment, and nowhere else. */
const manifestKind = 6;
/** True where a byte may begin the body of a record. */
function isRecordKind(byte: number): boolean {
  return byte >= messageKind && byte <= foreignKind;
}
const messageHeaderBytes = 19;
/** Behind a message's header: bytes of the payload, bytes of the topic that it came by, and its dialect. */
const originHeaderBytes = 7;
/** Holds most turns; a turn of 8 MiB makes it grow once and for all. */
const firstPageBytes = 256 * 1024;
/** A body larger than this is damage, not data: a message is at most 1 MiB. */
const largestBody = 64 * 1024 * 1024;

function framed(body: Buffer): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([header, body]);
}

function jsonBody(kind: number, value: unknown): Buffer {
  return framed(Buffer.concat([Buffer.from([kind]), Buffer.from(JSON.stringify(value))]));
}

/** An input as bytes; messages keep their payload as it came. */
export function encodeInput(input: RecordedInput): Buffer {
  if (input.kind !== "message") return jsonBody(inputKind, input);
  if (input.origin !== undefined) return encodeForeign(input, input.origin);
  const buffer = Buffer.allocUnsafe(messageBytes(input));
  writeMessage(buffer, 0, input);
  return buffer;
}

function messageBytes({ topic, payload }: MessageInput): number {
  return headerBytes + messageHeaderBytes + Buffer.byteLength(topic) + payload.length;
}

/** Writes a message's record; returns where it ends. */
function writeMessage(buffer: Buffer, start: number, { number, at, topic, payload }: MessageInput): number {
  const body = start + headerBytes;
  const topicStart = body + messageHeaderBytes;
  const payloadStart = topicStart + buffer.write(topic, topicStart);
  const end = payloadStart + payload.length;
  buffer[body] = messageKind;
  buffer.writeDoubleLE(number, body + 1);
  buffer.writeDoubleLE(at, body + 9);
  buffer.writeUInt16LE(payloadStart - topicStart, body + 17);
  buffer.set(payload, payloadStart);
  buffer.writeUInt32LE(end - body, start);
  buffer.writeUInt32LE(crc32(buffer.subarray(body, end)), start + 4);
  return end;
}

/** A message that was read from a gateway's own dialect, with what that gateway sent. */
function encodeForeign({ number, at, topic, payload }: MessageInput, origin: Origin): Buffer {
  const from = Buffer.from(origin.topic);
  const to = Buffer.from(topic);
  const body = Buffer.alloc(messageHeaderBytes + originHeaderBytes);
  body[0] = foreignKind;
  body.writeDoubleLE(number, 1);
  body.writeDoubleLE(at, 9);
  body.writeUInt16LE(to.length, 17);
  body.writeUInt32LE(payload.length, messageHeaderBytes);
  body.writeUInt16LE(from.length, messageHeaderBytes + 4);
  body[messageHeaderBytes + 6] = dialectNames.indexOf(origin.dialect);
  return framed(Buffer.concat([body, to, payload, from, origin.payload]));
}

function decodeForeign(body: Buffer): MessageInput {
  const topicStart = messageHeaderBytes + originHeaderBytes;
  const payloadStart = topicStart + body.readUInt16LE(17);
  const fromStart = payloadStart + body.readUInt32LE(messageHeaderBytes);
  const originStart = fromStart + body.readUInt16LE(messageHeaderBytes + 4);
  return {
    kind: "message",
    number: body.readDoubleLE(1),
    at: body.readDoubleLE(9),
    topic: body.toString("utf8", topicStart, payloadStart),
    payload: body.subarray(payloadStart, fromStart),
    origin: {
      // Only ever appended to: its place in the list is what is written.
      dialect: dialectNames[body.readUInt8(messageHeaderBytes + 6)] as DialectName,
      topic: body.toString("utf8", fromStart, originStart),
      payload: body.subarray(originStart),
    },
  };
}

/** Writes the inputs of a turn one behind the other; what it returns holds until the next call. */
export function createInputWriter(): (inputs: readonly RecordedInput[]) => Buffer {
  let page = Buffer.allocUnsafeSlow(firstPageBytes);
  const room = (from: number, bytes: number): void => {
    if (from + bytes <= page.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(page.length * 2, from + bytes));
    page.copy(larger, 0, 0, from);
    page = larger;
  };
  return (inputs) => {
    let end = 0;
    for (const input of inputs) {
      if (input.kind === "message" && input.origin === undefined) {
        room(end, messageBytes(input));
        end = writeMessage(page, end, input);
      } else {
        const record = encodeInput(input);
        room(end, record.length);
        end += record.copy(page, end);
      }
    }
    return page.subarray(0, end);
  };
}

/** A change as bytes. */
export function encodeChange(change: ChangeItem | RecordedChange): Buffer {
  return jsonBody(changeKind, recordedOf(change));
}

/** The end of a turn as bytes. */
export function encodeEnd(end: TurnEnd): Buffer {
  return jsonBody(endKind, end);
}

/** How many bytes a seal takes. */
export function sealBytes(end: TurnEnd): number {
  return encodeEnd(end).length;
}

/** What stands first in a condensed segment, as bytes. */
export function encodeManifest(manifest: object): Buffer {
  return jsonBody(manifestKind, manifest);
}

/** The manifest at the beginning of a condensed segment, and where it ends; null where there is none, or a damaged one. */
export function parseManifest(buffer: Buffer): { readonly manifest: unknown; readonly bytes: number } | null {
  if (buffer.length < headerBytes) return null;
  const bytes = headerBytes + buffer.readUInt32LE(0);
  const body = buffer.subarray(headerBytes, bytes);
  const isWhole = buffer.length >= bytes && body[0] === manifestKind && crc32(body) === buffer.readUInt32LE(4);
  return isWhole ? { manifest: JSON.parse(body.toString("utf8", 1)), bytes } : null;
}

/** Any record as bytes: what was decoded gives the same bytes again. */
export function encodeRecord(record: JournalRecord): Buffer {
  if (record.type === "input") return encodeInput(record.input);
  return record.type === "change" ? encodeChange(record.change) : encodeEnd(record.end);
}

function decodeBody(body: Buffer): JournalRecord {
  const kind = body.readUInt8(0);
  if (kind === messageKind) {
    const topicEnd = messageHeaderBytes + body.readUInt16LE(17);
    return {
      type: "input",
      input: {
        kind: "message",
        number: body.readDoubleLE(1),
        at: body.readDoubleLE(9),
        topic: body.toString("utf8", messageHeaderBytes, topicEnd),
        payload: body.subarray(topicEnd),
      },
    };
  }
  if (kind === foreignKind) return { type: "input", input: decodeForeign(body) };
  const value: unknown = JSON.parse(body.toString("utf8", 1));
  // Our own writer made these bytes and the checksum holds, so their shape is not checked again.
  if (kind === inputKind) return { type: "input", input: value as RecordedInput };
  if (kind === changeKind) return { type: "change", change: value as RecordedChange };
  if (kind === endKind) return { type: "end", end: value as TurnEnd };
  throw new Error(`a record of the kind ${kind}, which this release does not know: was it written by a newer one?`);
}

/** What stands at one place of a buffer: a record, the need for more bytes, or damage. */
export type Parsed =
  | { readonly state: "record"; readonly record: JournalRecord; readonly bytes: number }
  | { readonly state: "short" }
  | { readonly state: "damaged"; readonly reason: string };

/** Parses the record that starts at `offset`. Short: the rest is not there (yet). Damaged: it never was a record. */
export function parseRecord(buffer: Buffer, offset: number): Parsed {
  if (buffer.length - offset < headerBytes) return { state: "short" };
  const length = buffer.readUInt32LE(offset);
  if (length === 0 || length > largestBody) return { state: "damaged", reason: `a length of ${length} bytes` };
  const from = offset + headerBytes;
  if (buffer.length - from < length) return { state: "short" };
  const body = buffer.subarray(from, from + length);
  if (crc32(body) !== buffer.readUInt32LE(offset + 4)) return { state: "damaged", reason: "a wrong checksum" };
  return { state: "record", record: decodeBody(body), bytes: headerBytes + length };
}

/** No record of ours but a plan is longer; a plan is an input of its own turn, and is found by what follows it. */
const usualBody = 2 * 1024 * 1024;

/** True where a whole record of the usual length begins, for whoever looks behind a damage. */
export function hasPlausibleRecord(bytes: Buffer, place: number): boolean {
  const length = bytes.readUInt32LE(place);
  if (length === 0 || length > usualBody || !isRecordKind(bytes.readUInt8(place + headerBytes))) return false;
  return parseRecord(bytes, place).state === "record";
}
