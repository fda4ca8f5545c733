// Frames of HJ 212-2017 in a stream of bytes: found, checked, and found again behind a broken one (Annex A).
import { Buffer } from "node:buffer";

/** How a device reckons its checksum: as the standard says, as Modbus does (seen in the field), or nobody looks at it. */
export const checksums = ["hj212", "modbus", "off"] as const;
/** One of them. */
export type Checksum = (typeof checksums)[number];

/** What the bytes hold. */
export interface Found {
  /** The data segments of whole frames, in their order; a byte is a character (latin 1). */
  readonly frames: readonly string[];
  /** Why frames were broken, a few words each. */
  readonly broken: readonly string[];
  /** The beginning of a frame whose rest is still to come: fewer than 10,010 bytes. */
  readonly rest: Uint8Array;
}

/** `##` and the length, before the data; the checksum behind it. CR and LF behind that are no more than a space between frames. */
const headBytes = 6;
const checksumBytes = 4;
/** Whoever sends more broken frames at once sends noise, and the rest of it is not looked at. */
const mostBroken = 200;

const hash = 0x23;
const ampersand = 0x26;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let register = byte;
  for (let bit = 0; bit < 8; bit += 1) register = (register & 1) === 1 ? (register >> 1) ^ 0xa001 : register >> 1;
  return register;
});

/**
 * The checksum of a data segment. The standard's is not that of Modbus, though its text speaks of the same polynomial: it moves
 * the register by a whole byte before each one, and so remembers nothing of its upper half (HJ 212-2017 Annex A).
 */
export function checksumOf(data: Uint8Array, kind: Exclude<Checksum, "off">): number {
  let register = 0xffff;
  for (const byte of data) {
    register =
      kind === "hj212"
        ? (table[(register >> 8) ^ byte] as number)
        : (register >> 8) ^ (table[(register ^ byte) & 0xff] as number);
  }
  return register;
}

/** A whole frame of a data segment. */
export function frameOf(data: string, kind: Checksum): Uint8Array {
  const checksum = checksumOf(Buffer.from(data, "latin1"), kind === "off" ? "hj212" : kind);
  const hex = checksum.toString(16).toUpperCase().padStart(checksumBytes, "0");
  return Buffer.from(`##${String(data.length).padStart(4, "0")}${data}${hex}\r\n`, "latin1");
}

/** What stands at a `##`: a frame and where it ends, one that goes on behind these bytes, or why it is none. */
type Seen = { readonly end: number; readonly data: string } | "goesOn" | { readonly fault: string };

/** A number of four digits of a base; −1 where they are not digits. */
function digitsAt(bytes: Uint8Array, at: number, base: 10 | 16): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).toString("latin1");
  return (base === 10 ? /^\d{4}$/ : /^[\da-fA-F]{4}$/).test(text) ? Number.parseInt(text, base) : -1;
}

function look(bytes: Uint8Array, at: number, kind: Checksum): Seen {
  if (bytes.length - at < headBytes) return "goesOn";
  const length = digitsAt(bytes, at + 2, 10);
  if (length < 0) return { fault: "no length" };
  const from = at + headBytes;
  const to = from + length;
  if (bytes.length < to + checksumBytes) return "goesOn";
  const sent = digitsAt(bytes, to, 16);
  // Cheap to see, and nearly always the fault of a length: nothing is reckoned for it.
  const isClosed = length >= 2 && bytes[to - 1] === ampersand && bytes[to - 2] === ampersand;
  if (sent < 0 || !isClosed) return { fault: `length ${length} does not end at a frame's end` };
  const data = bytes.subarray(from, to);
  const wanted = kind === "off" ? sent : checksumOf(data, kind);
  if (wanted !== sent) return { fault: `checksum ${hexOf(sent)}, wanted ${hexOf(wanted)}` };
  return { end: to + checksumBytes, data: Buffer.from(data).toString("latin1") };
}

function hexOf(checksum: number): string {
  return checksum.toString(16).toUpperCase().padStart(4, "0");
}

/** Bytes between frames, but for line ends, belong to nothing that could be read. */
function strayIn(bytes: Uint8Array, from: number, to: number): readonly string[] {
  const isBlank = bytes.subarray(from, to).every((byte) => byte === 0x0d || byte === 0x0a || byte === 0x20);
  return isBlank ? [] : [`${to - from} bytes outside of any frame`];
}

function nextHead(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length - 1; at += 1) if (bytes[at] === hash && bytes[at + 1] === hash) return at;
  return -1;
}

/**
 * Finds the frames of a piece of the stream, which may begin and end anywhere. Behind a broken one the search goes on right after
 * its `##`: a good frame that a wrong length would swallow is found, also while the broken one still waits for its end.
 */
export function findFrames(bytes: Uint8Array, kind: Checksum): Found {
  const frames: string[] = [];
  const broken: string[] = [];
  /** The first one that goes on behind the bytes, and what is broken inside of it, which is told only if it proves to be none. */
  let open = -1;
  let inside: string[] = [];
  /** From here on nothing is accounted for; −1 behind a broken frame, whose end nobody knows. */
  let strayFrom = 0;
  let at = nextHead(bytes, 0);
  while (at >= 0 && broken.length + inside.length < mostBroken) {
    if (strayFrom >= 0) broken.push(...strayIn(bytes, strayFrom, at));
    strayFrom = -1;
    const seen = look(bytes, at, kind);
    if (seen === "goesOn") {
      if (open < 0) open = at;
      at = nextHead(bytes, at + 1);
    } else if ("fault" in seen) {
      (open < 0 ? broken : inside).push(seen.fault);
      at = nextHead(bytes, at + 1);
    } else {
      if (open >= 0) broken.push("cut short by the next frame", ...inside);
      open = -1;
      inside = [];
      frames.push(seen.data);
      strayFrom = seen.end;
      at = nextHead(bytes, seen.end);
    }
  }
  if (at >= 0) return { frames, broken: [...broken, ...inside], rest: new Uint8Array(0) };
  const restFrom = open >= 0 ? open : bytes.length - (bytes.at(-1) === hash ? 1 : 0);
  if (strayFrom >= 0) broken.push(...strayIn(bytes, strayFrom, restFrom));
  return { frames, broken, rest: bytes.slice(restFrom) };
}
