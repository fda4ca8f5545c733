// The plainest messages of the native dialect, read from their bytes without an object for any value.

/** A site's codes that the dialect has accepted before, found by their bytes. */
export interface KnownCodes {
  /** Remembers a code under a number of the caller's. */
  readonly learn: (code: string, place: number) => void;
  /** The number of the code in `bytes` from `from` to `to`; −1 where it is not known. */
  readonly find: (bytes: Uint8Array, from: number, to: number, hash: number) => number;
}

/** Reads messages into columns of its own; they hold until the next one is read. */
export interface PlainReader {
  /**
   * How many values the message has; −1 where it is anything but `{"ts", "values", "seq"?}` with known codes and plain
   * numbers: then `decodeNative` must say what it means. What it takes, it takes exactly as `decodeNative` would.
   */
  readonly read: (bytes: Uint8Array, codes: KnownCodes) => number;
  readonly sourceAt: () => number;
  readonly places: Uint32Array;
  readonly values: Float64Array;
}

const maxValues = 1024;
/** Up to here a decimal number is a whole number and a power of ten that are both exact, so that one division rounds right. */
const maxDigits = 15;
/** 2000-01-01T00:00:00Z, as the dialect has it. */
const oldestAt = 946_684_800_000;
const powers = Array.from({ length: maxDigits + 1 }, (_, exponent) => 10 ** exponent);

const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const colon = 0x3a;
const opening = 0x7b;
const closing = 0x7d;

function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/** An empty set of codes. */
export function createKnownCodes(): KnownCodes {
  const byHash = new Map<number, { readonly bytes: Uint8Array; readonly place: number }>();
  return {
    learn: (code, place) => {
      const bytes = Buffer.from(code, "latin1");
      const hash = bytes.reduce(hashStep, 0);
      // Of two codes with one hash the first is found and the other never: its messages are decoded the long way.
      if (!byHash.has(hash)) byHash.set(hash, { bytes, place });
    },
    find: (bytes, from, to, hash) => {
      const known = byHash.get(hash);
      if (known === undefined || known.bytes.length !== to - from) return -1;
      for (let at = from; at < to; at += 1) if (bytes[at] !== known.bytes[at - from]) return -1;
      return known.place;
    },
  };
}

/** Makes a reader. */
export function createPlainReader(): PlainReader {
  const places = new Uint32Array(maxValues);
  const values = new Float64Array(maxValues);
  const scan = createScan();
  let sourceAt = 0;

  /** The pairs behind `"values":`; how many, or −1. */
  const readValues = (codes: KnownCodes): number => {
    if (!scan.take(opening)) return -1;
    for (let count = 0; count < maxValues;) {
      const place = scan.code(codes);
      if (place < 0 || !scan.take(colon) || !scan.number()) return -1;
      places[count] = place;
      // Plus zero makes a −0 a 0, as the dialect does.
      values[count] = scan.value() + 0;
      count += 1;
      if (scan.take(closing)) return count;
      if (!scan.take(comma)) return -1;
    }
    return -1;
  };

  return {
    places,
    values,
    sourceAt: () => sourceAt,
    read: (bytes, codes) => {
      scan.begin(bytes);
      sourceAt = 0;
      let count = -1;
      if (!scan.take(opening)) return -1;
      do {
        const key = scan.key();
        if (!scan.take(colon)) return -1;
        if (key === "values" && count < 0) {
          count = readValues(codes);
          if (count < 0) return -1;
        } else if ((key === "ts" && sourceAt === 0) || key === "seq") {
          if (!scan.number() || !scan.isWhole()) return -1;
          if (key === "ts") sourceAt = scan.value();
        } else return -1;
      } while (scan.take(comma));
      return scan.take(closing) && scan.isAtEnd() && sourceAt >= oldestAt ? count : -1;
    },
  };
}

/** The three keys of a message, and what stands for every other. */
type Key = "ts" | "seq" | "values" | null;
const keys: readonly (readonly [Key, Uint8Array])[] = (["ts", "seq", "values"] as const).map((key) => [
  key,
  Buffer.from(`"${key}"`),
]);

/** Walks over the bytes of one message; only spaces are skipped, as any other white space is rare. */
function createScan() {
  let bytes: Uint8Array = new Uint8Array(0);
  let at = 0;
  let value = 0;
  let isWhole = false;
  const skip = (): number => {
    while (bytes[at] === space) at += 1;
    return bytes[at] ?? -1;
  };
  /** Adds the digits from here to a number; gives how many there were. */
  const digits = (): number => {
    const from = at;
    for (let digit = (bytes[at] ?? 0) - zero; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - zero) {
      value = value * 10 + digit;
      at += 1;
    }
    return at - from;
  };
  return {
    begin: (message: Uint8Array): void => {
      bytes = message;
      at = 0;
    },
    value: () => value,
    isWhole: () => isWhole,
    isAtEnd: () => skip() === -1,
    take: (byte: number): boolean => {
      if (skip() !== byte) return false;
      at += 1;
      return true;
    },
    key: (): Key => {
      skip();
      for (const [key, text] of keys) {
        let same = 0;
        while (same < text.length && bytes[at + same] === text[same]) same += 1;
        if (same < text.length) continue;
        at += same;
        return key;
      }
      return null;
    },
    code: (codes: KnownCodes): number => {
      if (skip() !== quote) return -1;
      const from = at + 1;
      let hash = 0;
      for (at = from; at < bytes.length && bytes[at] !== quote; at += 1) hash = hashStep(hash, bytes[at] ?? 0);
      at += 1;
      return codes.find(bytes, from, at - 1, hash);
    },
    /** A JSON number without an exponent and of at most 15 digits; false for any other. */
    number: (): boolean => {
      const isNegative = skip() === minus;
      if (isNegative) at += 1;
      const hasLeadingZero = bytes[at] === zero;
      value = 0;
      const before = digits();
      if (before === 0 || (hasLeadingZero && before > 1)) return false;
      isWhole = bytes[at] !== point;
      let behind = 0;
      if (!isWhole) {
        at += 1;
        behind = digits();
        if (behind === 0) return false;
      }
      if (before + behind > maxDigits) return false;
      value = (isNegative ? -value : value) / (powers[behind] ?? 1);
      // An "e" here, or any other rest of a number, is met by whoever looks for the comma.
      return true;
    },
  };
}
