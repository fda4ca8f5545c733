// What the numbers of a device's messages tell: which never came, which came after all, which came twice, and where it began anew.

/** How much a ledger of numbers takes. */
export const numbersLength = 8;

const newestAt = 0;
/** Below this number of the run nothing is known. */
const knownFromAt = 1;
const runsAt = 2;
const sinceAt = 3;
const duplicatesAt = 4;
const missingAt = 5;
const backfilledAt = 6;
const forgottenAt = 7;

/** So many gaps are kept open: of more than that nobody waits for the oldest. */
const mostGaps = 64;
const gapLength = 3;
const half = 2 ** 31;
const turn = 2 ** 32;

/** Where the numbers of a device stand. They are counted on over the end of 32 bits, so that they only rise. */
export interface Sequences {
  readonly numbers: Float64Array;
  /** Of each open gap its first number, its last, and when it was found; ascending. Replaced, never written over. */
  gaps: Float64Array;
}

/** The numbers of one message. */
export interface Numbered {
  readonly first: number;
  readonly last: number;
}

/** When a message came, and whether it speaks of the past: its newest time is not newer than all before it; null where it has none that can be believed. */
export interface Heard {
  readonly at: number;
  readonly isPast: boolean | null;
}

/** No gaps. */
export const noGaps = new Float64Array(0);

/** Writes an empty ledger of numbers. */
export function resetNumbers(numbers: Float64Array): void {
  numbers.fill(0);
  numbers[newestAt] = Number.NaN;
}

function add(numbers: Float64Array, place: number, by: number): void {
  numbers[place] = (numbers[place] as number) + by;
}

/** True where a message goes on right behind the newest number, so that nothing is to be told of it. */
export function isNext(numbers: Float64Array, { first, last }: Numbered): boolean {
  return (first - (numbers[newestAt] as number)) >>> 0 === 1 && (last - first) >>> 0 < half;
}

/** Takes the numbers of a message in that goes on right behind the newest. */
export function goOn(numbers: Float64Array, { first, last }: Numbered): void {
  add(numbers, newestAt, 1 + ((last - first) >>> 0));
}

/** The counter began anew: numbers of before can no longer be told from its own, and nobody waits for them. */
function begin(of: Sequences, from: number, to: number, at: number): void {
  const { numbers } = of;
  const newest = numbers[newestAt] as number;
  const base = Number.isNaN(newest) ? 0 : (Math.floor(newest / turn) + 1) * turn;
  add(numbers, forgottenAt, openNumbers(of));
  of.gaps = noGaps;
  numbers[newestAt] = base + to;
  numbers[knownFromAt] = base + from;
  numbers[sinceAt] = at;
  add(numbers, runsAt, 1);
}

/** Keeps the newest gaps; what is dropped is known no longer, so that nothing of it counts as a repeat. */
function keepNewest({ numbers }: Sequences, gaps: readonly number[]): Float64Array {
  const dropped = gaps.length - mostGaps * gapLength;
  if (dropped <= 0) return Float64Array.from(gaps);
  const [from, to] = gaps as [number, number];
  add(numbers, forgottenAt, to - from + 1);
  numbers[knownFromAt] = to + 1;
  return Float64Array.from(gaps.slice(dropped));
}

/** Takes numbers out of the gaps; returns how many of them were missing. */
function fill(of: Sequences, from: number, to: number): number {
  const left: number[] = [];
  let filled = 0;
  for (let place = 0; place < of.gaps.length; place += gapLength) {
    const [low, high, foundAt] = of.gaps.subarray(place, place + gapLength) as unknown as [number, number, number];
    const [first, last] = [Math.max(low, from), Math.min(high, to)];
    filled += Math.max(0, last - first + 1);
    if (last < first) left.push(low, high, foundAt);
    else {
      if (low < first) left.push(low, first - 1, foundAt);
      if (last < high) left.push(last + 1, high, foundAt);
    }
  }
  if (filled > 0) of.gaps = keepNewest(of, left);
  return filled;
}

/**
 * Hears the numbers of a message; returns how many are newly missing before it. A number that is not ahead fills its gap
 * where it has one. Else it is a repeat, or it speaks of a time before everything known; or, where the message is newer than
 * all before it, the counter of the device began anew. The newest number once more is always a repeat.
 */
export function hearNumbers(of: Sequences, { first, last }: Numbered, { at, isPast }: Heard): number {
  const { numbers } = of;
  const newest = numbers[newestAt] as number;
  const span = (last - first) >>> 0;
  // A message may hold its objects newest first.
  const [lowest, more] = span < half ? [first, span] : [last, turn - span];
  if (Number.isNaN(newest)) {
    begin(of, lowest, lowest + more, at);
    return 0;
  }
  const from = newest + ((lowest - newest) | 0);
  const to = from + more;
  if (from > newest) {
    const missing = from - newest - 1;
    if (missing > 0) of.gaps = keepNewest(of, [...of.gaps, newest + 1, from - 1, at]);
    add(numbers, missingAt, missing);
    numbers[newestAt] = to;
    return missing;
  }
  const filled = fill(of, from, to);
  add(numbers, backfilledAt, filled);
  if (to > newest) numbers[newestAt] = to;
  else if (filled === 0) hearOld(of, { from, to, lowest }, { at, isPast });
  return 0;
}

function hearOld(
  of: Sequences,
  { from, to, lowest }: { readonly from: number; readonly to: number; readonly lowest: number },
  { at, isPast }: Heard,
): void {
  const { numbers } = of;
  if (to === numbers[newestAt] || (isPast === true && from >= (numbers[knownFromAt] as number)))
    add(numbers, duplicatesAt, 1);
  else if (isPast !== true) begin(of, lowest, lowest + to - from, at);
}

/** How many numbers were ever found missing. */
export function missingOf({ numbers }: Pick<Sequences, "numbers">): number {
  return numbers[missingAt] as number;
}

/** How many numbers are missing now. */
export function openNumbers({ gaps }: Sequences): number {
  let open = 0;
  for (let place = 0; place < gaps.length; place += gapLength)
    open += (gaps[place + 1] as number) - (gaps[place] as number) + 1;
  return open;
}

/** How many messages came twice. */
export function duplicatesOf({ numbers }: Sequences): number {
  return numbers[duplicatesAt] as number;
}

/** Everything that is known of the numbers, as the devices write them. */
export function readNumbers(of: Sequences): {
  readonly newest: number | null;
  readonly runs: number;
  readonly runSince: number | null;
  readonly duplicates: number;
  readonly missing: number;
  readonly backfilled: number;
  readonly forgotten: number;
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly foundAt: number }[];
  readonly open: number;
} {
  const { numbers, gaps } = of;
  const numberAt = (place: number): number => numbers[place] as number;
  const newest = numberAt(newestAt);
  const isKnown = !Number.isNaN(newest);
  return {
    newest: isKnown ? newest >>> 0 : null,
    runs: numberAt(runsAt),
    runSince: isKnown ? numberAt(sinceAt) : null,
    duplicates: numberAt(duplicatesAt),
    missing: numberAt(missingAt),
    backfilled: numberAt(backfilledAt),
    forgotten: numberAt(forgottenAt),
    gaps: Array.from({ length: gaps.length / gapLength }, (_, nth) => ({
      from: (gaps[nth * gapLength] as number) >>> 0,
      to: (gaps[nth * gapLength + 1] as number) >>> 0,
      foundAt: gaps[nth * gapLength + 2] as number,
    })),
    open: openNumbers(of),
  };
}
