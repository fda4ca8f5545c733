// The bytes of a Sparkplug B payload: the few messages of its protocol buffer that carry values, read strictly and written.
import { Buffer, isUtf8 } from "node:buffer";

/** The type that a metric names (Sparkplug 3.0, 6.4.16); 0 where it names none. Everything above bytes is a structure. */
export const datatypes = {
  unknown: 0,
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8,
  float: 9,
  double: 10,
  boolean: 11,
  string: 12,
  dateTime: 13,
  text: 14,
} as const;

/** A value as it stands in the bytes: an integer has no sign until its type is known; `other` is bytes or a structure. */
export type WireValue =
  | { readonly as: "integer"; readonly bits: bigint }
  | { readonly as: "real"; readonly value: number }
  | { readonly as: "boolean"; readonly value: boolean }
  | { readonly as: "string"; readonly value: string }
  | { readonly as: "other" };

/** A metric as it stands in the bytes. */
export interface WireMetric {
  readonly name: string | null;
  /** A number of 64 bits, in decimal: only whether two are the same counts. */
  readonly alias: string | null;
  /** Epoch ms. */
  readonly timestamp: number | null;
  readonly datatype: number;
  readonly isHistorical: boolean;
  readonly isNull: boolean;
  /** The property `Quality`, where there is one (Sparkplug 3.0, 6.4.9). */
  readonly quality: number | null;
  readonly value: WireValue | null;
}

/** A payload as it stands in the bytes. */
export interface WirePayload {
  /** Epoch ms. */
  readonly timestamp: number | null;
  readonly metrics: readonly WireMetric[];
  readonly seq: number | null;
  /** Says how the body is packed, where it is: nothing that is read here. */
  readonly uuid: string | null;
}

/** More metrics than any edge node has points. */
const maxMetrics = 20_000;
const maxVarintBytes = 10;
const qualityKey = "Quality";

/** One field of a message: its number, and its content by its wire type. Groups (3, 4) are gone since proto3. */
type Field =
  | { readonly number: number; readonly wire: 0; readonly bits: bigint }
  | { readonly number: number; readonly wire: 1 | 2 | 5; readonly bytes: Buffer };

/** Thrown and caught inside of this file: a reader of nested messages has no other way out that reads as well. */
const broken = Symbol("broken");

/** Reads a payload; null where the bytes are none. Fields that are not known are skipped, and nothing is nested deeper than a property. */
export function readPayload(bytes: Uint8Array): WirePayload | null {
  try {
    return payloadOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error === broken) return null;
    throw error;
  }
}

function fail(): never {
  // oxlint-disable-next-line no-throw-literal -- caught by readPayload alone, and a stack for each broken message is wasted
  throw broken;
}

function* fieldsOf(bytes: Buffer): Generator<Field> {
  let at = 0;
  const readVarint = (): bigint => {
    // Nearly every one is small: no 64 bits are needed for it.
    let small = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++] ?? fail();
      small |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(small);
    }
    let value = BigInt(small);
    for (let nth = 4; nth < maxVarintBytes; nth += 1) {
      const byte = bytes[at++] ?? fail();
      value |= BigInt(byte & 0x7f) << BigInt(7 * nth);
      if (byte < 0x80) return value > 0xffff_ffff_ffff_ffffn ? fail() : value;
    }
    return fail();
  };
  const take = (length: number): Buffer => {
    if (length > bytes.length - at) fail();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const head = readVarint();
    const number = Number(head >> 3n);
    const wire = Number(head & 7n);
    if (number === 0 || head > 0xffff_ffffn) fail();
    if (wire === 0) yield { number, wire, bits: readVarint() };
    else if (wire === 1) yield { number, wire, bytes: take(8) };
    else if (wire === 2) yield { number, wire, bytes: take(Number(readVarint())) };
    else if (wire === 5) yield { number, wire, bytes: take(4) };
    else fail();
  }
}

function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString("utf8") : fail();
}

/** What is not exact as a double is rounded: as an instant or a count it is none anyway. */
function numberOf(bits: bigint): number {
  return Number(bits);
}

function payloadOf(bytes: Buffer): WirePayload {
  let timestamp: number | null = null;
  let seq: number | null = null;
  let uuid: string | null = null;
  const metrics: WireMetric[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1 && field.wire === 0) timestamp = numberOf(field.bits);
    else if (field.number === 2 && field.wire === 2) {
      if (metrics.length === maxMetrics) fail();
      metrics.push(metricOf(field.bytes));
    } else if (field.number === 3 && field.wire === 0) seq = numberOf(field.bits);
    else if (field.number === 4 && field.wire === 2) uuid = textOf(field.bytes);
  }
  return { timestamp, metrics, seq, uuid };
}

function metricOf(bytes: Buffer): WireMetric {
  const metric: { -readonly [K in keyof WireMetric]: WireMetric[K] } = {
    name: null,
    alias: null,
    timestamp: null,
    datatype: 0,
    isHistorical: false,
    isNull: false,
    quality: null,
    value: null,
  };
  for (const field of fieldsOf(bytes)) {
    if (field.number >= 10) metric.value = valueOf(field) ?? metric.value;
    else if (field.wire === 2) {
      if (field.number === 1) metric.name = textOf(field.bytes);
      else if (field.number === 9) metric.quality = qualityOf(field.bytes);
    } else if (field.wire === 0) {
      const { number, bits } = field;
      if (number === 2) metric.alias = String(bits);
      else if (number === 3) metric.timestamp = numberOf(bits);
      else if (number === 4) metric.datatype = numberOf(bits);
      else if (number === 5) metric.isHistorical = bits !== 0n;
      else if (number === 7) metric.isNull = bits !== 0n;
    }
  }
  return metric;
}

/** The one value of a metric: of several the last counts, as in every protocol buffer. */
function valueOf(field: Field): WireValue | null {
  switch (field.number) {
    case 10:
    case 11:
      return field.wire === 0 ? { as: "integer", bits: field.bits } : null;
    case 12:
      return field.wire === 5 ? { as: "real", value: shortest(field.bytes.readFloatLE()) } : null;
    case 13:
      return field.wire === 1 ? { as: "real", value: field.bytes.readDoubleLE() } : null;
    case 14:
      return field.wire === 0 ? { as: "boolean", value: field.bits !== 0n } : null;
    case 15:
      return field.wire === 2 ? { as: "string", value: textOf(field.bytes) } : null;
    case 16:
    case 17:
    case 18:
      return { as: "other" };
    default:
      return null;
  }
}

/** Of all decimals that give this number of 32 bits the shortest: 82.4, which a limit may be set to, and not 82.4000015. */
function shortest(single: number): number {
  for (let digits = 6; digits <= 8; digits += 1) {
    const rounded = Number(single.toPrecision(digits));
    if (Math.fround(rounded) === single) return rounded;
  }
  return single;
}

/** The value of the property `Quality` in a property set: keys (1) and values (2) in the same order. */
function qualityOf(bytes: Buffer): number | null {
  const values: (number | null)[] = [];
  let place = -1;
  let keys = 0;
  for (const field of fieldsOf(bytes)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) {
      if (textOf(field.bytes) === qualityKey) place = keys;
      keys += 1;
    } else if (field.number === 2) values.push(integerIn(field.bytes));
  }
  return values[place] ?? null;
}

/** The integer of a property's value: fields 3 and 4. */
function integerIn(bytes: Buffer): number | null {
  let value: number | null = null;
  for (const field of fieldsOf(bytes))
    if ((field.number === 3 || field.number === 4) && field.wire === 0) value = numberOf(field.bits);
  return value;
}

/** The number that the bits of an integer stand for: signed ones travel as two's complement (Sparkplug 3.0, 6.4.16). */
export function integerOf(bits: bigint, datatype: number): number {
  switch (datatype) {
    case datatypes.int8:
      return Number(BigInt.asIntN(8, bits));
    case datatypes.int16:
      return Number(BigInt.asIntN(16, bits));
    case datatypes.int32:
      return Number(BigInt.asIntN(32, bits));
    case datatypes.int64:
      return Number(BigInt.asIntN(64, bits));
    default:
      return Number(bits);
  }
}

/** Writes a payload. */
export function writePayload({ timestamp, metrics, seq, uuid }: WirePayload): Uint8Array {
  return Buffer.concat([
    ...(timestamp === null ? [] : [varintField(1, BigInt(timestamp))]),
    ...metrics.map((metric) => bytesField(2, writeMetric(metric))),
    ...(seq === null ? [] : [varintField(3, BigInt(seq))]),
    ...(uuid === null ? [] : [bytesField(4, Buffer.from(uuid))]),
  ]);
}

function writeMetric(metric: WireMetric): Buffer {
  const { name, alias, timestamp, datatype, isHistorical, isNull, quality, value } = metric;
  return Buffer.concat([
    ...(name === null ? [] : [bytesField(1, Buffer.from(name))]),
    ...(alias === null ? [] : [varintField(2, BigInt(alias))]),
    ...(timestamp === null ? [] : [varintField(3, BigInt(timestamp))]),
    ...(datatype === 0 ? [] : [varintField(4, BigInt(datatype))]),
    ...(isHistorical ? [varintField(5, 1n)] : []),
    ...(isNull ? [varintField(7, 1n)] : []),
    ...(quality === null ? [] : [bytesField(9, writeQuality(quality))]),
    ...(value === null ? [] : [writeValue(value, datatype)]),
  ]);
}

function writeQuality(quality: number): Buffer {
  const value = Buffer.concat([varintField(1, BigInt(datatypes.int32)), varintField(3, BigInt(quality))]);
  return Buffer.concat([bytesField(1, Buffer.from(qualityKey)), bytesField(2, value)]);
}

function writeValue(value: WireValue, datatype: number): Buffer {
  switch (value.as) {
    case "integer":
      return varintField(value.bits > 0xffff_ffffn ? 11 : 10, value.bits);
    case "real":
      return datatype === datatypes.float ? floatField(value.value) : doubleField(value.value);
    case "boolean":
      return varintField(14, value.value ? 1n : 0n);
    case "string":
      return bytesField(15, Buffer.from(value.value));
    case "other":
      return bytesField(16, Buffer.alloc(0));
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(left)]);
}

function tag(number: number, wire: number): Buffer {
  return varint(BigInt(number * 8 + wire));
}

function varintField(number: number, value: bigint): Buffer {
  return Buffer.concat([tag(number, 0), varint(value)]);
}

function bytesField(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([tag(number, 2), varint(BigInt(bytes.length)), bytes]);
}

function floatField(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(12, 5), bytes]);
}

function doubleField(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(13, 1), bytes]);
}
