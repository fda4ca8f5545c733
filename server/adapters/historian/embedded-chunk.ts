// The embedded historian's codec: the rows of one point in order of time, checksummed, in some three bytes a row.
//
// A chunk is one piece after another, each of at most 4,096 rows:
//   CRC-32 of what follows but the length (4 bytes, little-endian), its length (varint), and then
//   count, first sourceAt, last sourceAt − first (varints);
//   sourceAt     the change of the step from one row to the next (signed varints; the first step is counted from 0);
//   value        one byte e ≤ 9: every value is a whole number / 10^e, written as the change from the one before (signed
//                varints); or e = 255: each is XORed with the one before, its zero bytes at both ends left out behind a
//                byte (first byte kept × 16 + how many);
//   quality      runs of (how many, index into `qualities`), varints;
//   receivedAt   its distance to sourceAt, as the change from the one before (signed varints).
// A varint holds 7 bits a byte, lowest first, the high bit meaning "more"; a signed one is n·2, or −n·2−1 where n < 0.
import { crc32 } from "node:zlib";
import type { Series, SeriesBuffer } from "./rows.ts";

const rowsOfPiece = 4096;
/** Above all that a row can take: 9 bytes for each of three numbers and 4 for the run of a quality. */
const bytesOfRow = 40;
const headBytes = 64;
const crcBytes = 4;
const largestExponent = 9;
const xorMode = 255;
/** Scaled values stay below it, so that every difference of two is exact. */
const largestScaled = 2 ** 51;
const powers = Array.from({ length: largestExponent + 1 }, (_, exponent) => 10 ** exponent);

/** Makes an encoder: rows of one settled series to the bytes of a chunk. */
export function createEncoder(): (series: Series) => Buffer {
  const scratch = Buffer.alloc(headBytes + rowsOfPiece * bytesOfRow);
  return (series) => {
    const pieces: Buffer[] = [];
    for (let from = 0; from < series.count; from += rowsOfPiece) {
      const length = encodePiece(scratch, series, from, Math.min(series.count, from + rowsOfPiece));
      const head = Buffer.alloc(crcBytes + 5);
      head.writeUInt32LE(crc32(scratch.subarray(0, length)), 0);
      const headLength = createPut(head, crcBytes).unsigned(length);
      pieces.push(head.subarray(0, headLength), scratch.subarray(0, length));
      // The scratch is used again for the next piece.
      if (from + rowsOfPiece < series.count) pieces.push(Buffer.from(pieces.pop() ?? scratch));
    }
    return Buffer.concat(pieces);
  };
}

function createPut(bytes: Uint8Array, start: number) {
  let place = start;
  const unsigned = (number: number): number => {
    let rest = number;
    while (rest >= 0x8000_0000) {
      bytes[place] = (rest % 128) | 128;
      place += 1;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      bytes[place] = (rest & 127) | 128;
      place += 1;
      rest >>>= 7;
    }
    bytes[place] = rest;
    place += 1;
    return place;
  };
  return {
    unsigned,
    signed: (number: number): number => unsigned(number >= 0 ? number * 2 : -number * 2 - 1),
    byte: (number: number): void => {
      bytes[place] = number;
      place += 1;
    },
    place: () => place,
    goTo: (back: number): void => {
      place = back;
    },
  };
}

type Put = ReturnType<typeof createPut>;

function encodePiece(bytes: Uint8Array, series: Series, from: number, to: number): number {
  const { sourceAt, receivedAt, value, quality } = series;
  const put = createPut(bytes, 0);
  const first = sourceAt[from] ?? 0;
  put.unsigned(to - from);
  put.unsigned(first);
  put.unsigned((sourceAt[to - 1] ?? 0) - first);
  let before = first;
  let step = 0;
  for (let place = from + 1; place < to; place += 1) {
    const at = sourceAt[place] ?? 0;
    put.signed(at - before - step);
    step = at - before;
    before = at;
  }
  const start = put.place();
  const exponent = exponentOf(value, from, to);
  if (exponent === null || !putScaled(put, value, from, to, exponent)) {
    put.goTo(start);
    putXored(put, value, from, to);
  }
  putRuns(put, quality, from, to);
  let distance = 0;
  for (let place = from; place < to; place += 1) {
    const next = (receivedAt[place] ?? 0) - (sourceAt[place] ?? 0);
    put.signed(next - distance);
    distance = next;
  }
  return put.place();
}

/** The fewest decimal places that give every value back exactly; null where nine are not enough. */
function exponentOf(values: Float64Array, from: number, to: number): number | null {
  let exponent = 0;
  for (let place = from; place < to; place += 1) {
    const value = values[place] ?? 0;
    while (!isExact(value, exponent)) {
      exponent += 1;
      if (exponent > largestExponent) return null;
    }
  }
  return exponent;
}

function isExact(value: number, exponent: number): boolean {
  const power = powers[exponent] ?? 1;
  const scaled = Math.round(value * power);
  // A negative zero has no place among whole numbers.
  return scaled / power === value && Math.abs(scaled) < largestScaled && (value !== 0 || 1 / value > 0);
}

/** False where a value that fewer places gave back exactly is lost with more: then nothing written counts. */
function putScaled(put: Put, values: Float64Array, from: number, to: number, exponent: number): boolean {
  const power = powers[exponent] ?? 1;
  put.byte(exponent);
  let before = 0;
  for (let place = from; place < to; place += 1) {
    const value = values[place] ?? 0;
    const scaled = Math.round(value * power);
    if (scaled / power !== value || Math.abs(scaled) >= largestScaled) return false;
    put.signed(scaled - before);
    before = scaled;
  }
  return true;
}

function putXored(put: Put, values: Float64Array, from: number, to: number): void {
  const number = new Float64Array(1);
  const now = new Uint8Array(number.buffer);
  const before = new Uint8Array(8);
  put.byte(xorMode);
  for (let place = from; place < to; place += 1) {
    number[0] = values[place] ?? 0;
    let low = 0;
    let high = 8;
    while (low < high && now[low] === before[low]) low += 1;
    while (high > low && now[high - 1] === before[high - 1]) high -= 1;
    put.byte(low * 16 + high - low);
    for (let byte = low; byte < high; byte += 1) put.byte((now[byte] ?? 0) ^ (before[byte] ?? 0));
    before.set(now);
  }
}

function putRuns(put: Put, quality: Uint8Array, from: number, to: number): void {
  let start = from;
  for (let place = from + 1; place <= to; place += 1) {
    if (place < to && quality[place] === quality[start]) continue;
    put.unsigned(place - start);
    put.unsigned(quality[start] ?? 0);
    start = place;
  }
}

/** Adds the rows of a chunk with `from` ≤ `sourceAt` < `to`, in order of time; throws where the bytes are damaged. */
export function decodeChunk(bytes: Uint8Array, from: number, to: number, into: SeriesBuffer): void {
  let start = 0;
  while (start < bytes.length) {
    const head = createTake(bytes, start + crcBytes);
    const length = head.unsigned();
    const body = bytes.subarray(head.place(), head.place() + length);
    const sum = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (start + crcBytes > bytes.length || body.length !== length || sum.getUint32(start, true) !== crc32(body)) {
      throw new Error("a chunk has a wrong checksum");
    }
    decodePiece(body, from, to, into);
    start = head.place() + length;
  }
}

function createTake(bytes: Uint8Array, start: number) {
  let place = start;
  const unsigned = (): number => {
    let byte = bytes[place] ?? 0;
    place += 1;
    if (byte < 128) return byte;
    let number = byte & 127;
    let weight = 128;
    do {
      byte = bytes[place] ?? 0;
      place += 1;
      number += (byte & 127) * weight;
      weight *= 128;
    } while (byte >= 128);
    return number;
  };
  return {
    unsigned,
    signed: (): number => {
      const number = unsigned();
      // Whole numbers of 31 bits are nearly all, and three times as fast as the remainder of a double.
      if (number < 0x8000_0000) return (number >>> 1) ^ -(number & 1);
      return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
    },
    byte: (): number => {
      place += 1;
      return bytes[place - 1] ?? 0;
    },
    place: () => place,
  };
}

type Take = ReturnType<typeof createTake>;

/** One piece's columns; module-wide, because decoding is synchronous and a piece is small. */
const times = new Float64Array(rowsOfPiece);
const values = new Float64Array(rowsOfPiece);
const ranks = new Uint8Array(rowsOfPiece);

function decodePiece(bytes: Uint8Array, from: number, to: number, into: SeriesBuffer): void {
  const take = createTake(bytes, 0);
  const count = take.unsigned();
  const first = take.unsigned();
  const last = first + take.unsigned();
  if (count > rowsOfPiece) throw new Error(`a chunk's piece claims ${count} rows`);
  if (last < from || first >= to) return;
  times[0] = first;
  let at = first;
  let step = 0;
  for (let place = 1; place < count; place += 1) {
    step += take.signed();
    at += step;
    times[place] = at;
  }
  takeValues(take, count);
  for (let place = 0; place < count;) {
    const end = place + take.unsigned();
    ranks.fill(take.unsigned(), place, end);
    place = end;
  }
  let distance = 0;
  for (let place = 0; place < count; place += 1) {
    distance += take.signed();
    const sourceAt = times[place] ?? 0;
    if (sourceAt < from || sourceAt >= to) continue;
    into.add(sourceAt, sourceAt + distance, values[place] ?? 0, ranks[place] ?? 0);
  }
}

function takeValues(take: Take, count: number): void {
  const mode = take.byte();
  if (mode === xorMode) return takeXored(take, count);
  const power = powers[mode] ?? 1;
  let scaled = 0;
  for (let place = 0; place < count; place += 1) {
    scaled += take.signed();
    values[place] = scaled / power;
  }
}

function takeXored(take: Take, count: number): void {
  const number = new Float64Array(1);
  const now = new Uint8Array(number.buffer);
  for (let place = 0; place < count; place += 1) {
    const span = take.byte();
    const low = span >> 4;
    const high = low + (span & 15);
    for (let byte = low; byte < high; byte += 1) now[byte] = (now[byte] ?? 0) ^ take.byte();
    values[place] = number[0] ?? 0;
  }
}
