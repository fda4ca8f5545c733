// Frames: which latest values each wall has not yet been told, folded for a wall that cannot keep up.
import type { Frame, ValueTuple } from "../../contract/wall.ts";

/** What the frames need. */
export interface FramesOptions {
  /** How many points the plan has; an index at or beyond it is nobody's. */
  readonly pointCount: number;
  /** The latest value of a point. */
  readonly latest: (index: number) => ValueTuple;
  /** A wall with more than this many bytes waiting is slow: it gets no frames. @default 128 KiB */
  readonly enterBytes?: number;
  /** A slow wall with fewer than this many bytes waiting has caught up. @default 16 KiB */
  readonly exitBytes?: number;
}

/** The points that a wall may have, and under which places it knows them. */
export interface Part {
  /** In the whole plan; "all": every point, under its place there. */
  readonly places: "all" | readonly number[];
  readonly own: (tuple: ValueTuple) => ValueTuple;
}

/** One frame, and every wall that it goes to: made and encoded once for all of them. */
export interface Delivery<Wall> {
  readonly frame: Frame;
  readonly walls: readonly Wall[];
}

/** What has changed, per wall. */
export interface Frames<Wall> {
  /**
   * A wall that knows everything up to now, from its snapshot; it watches nothing yet, or where it has the same part as
   * before, what it did. @default every point
   */
  refresh(wall: Wall, part?: Part): void;
  /** The points that this wall wants from now on, by their places in the whole plan, with what it missed of them. */
  watch(wall: Wall, indexes: "all" | readonly number[]): void;
  leave(wall: Wall): void;
  /** This point has a new latest value. Cheap: it is called for every sample. */
  touch(index: number): void;
  /** The frames that are due, given how many bytes wait in each wall's socket. */
  flush(at: number, waitingBytes: (wall: Wall) => number): Delivery<Wall>[];
  isFolding(wall: Wall): boolean;
  /** Another plan: points have other indexes, so nobody watches anything. */
  reset(pointCount: number): void;
}

/** One bit a point: memory is bounded by points and walls, whatever the rate of samples. */
type Bits = Uint32Array;

interface State {
  readonly part: Part;
  /** The points that it may have: the same bits for every wall of the part. */
  readonly all: Bits;
  /** What it wants; `all` itself where it wants all. */
  watched: Bits;
  /** What has changed since it was last told, watched or not, so that a later watch misses nothing. */
  pending: Bits;
  isFolding: boolean;
  folded: number;
}

const everything: Part = { places: "all", own: (tuple) => tuple };

/** Makes the frames of all walls. */
export function createFrames<Wall>(options: FramesOptions): Frames<Wall> {
  const { latest, enterBytes = 131_072, exitBytes = 16_384 } = options;
  const states = new Map<Wall, State>();
  let count = options.pointCount;
  let none = bitsFor(count);
  let dirty = bitsFor(count);
  let bitsOfParts = new Map<Part, Bits>();

  const bitsOf = (part: Part): Bits => {
    const bits = bitsOfParts.get(part) ?? (part.places === "all" ? allBits(count) : bitsFor(count, part.places));
    bitsOfParts.set(part, bits);
    return bits;
  };

  const newState = (part: Part): State => ({
    part,
    all: bitsOf(part),
    watched: none,
    pending: bitsFor(count),
    isFolding: false,
    folded: 0,
  });

  const flushOne = (state: State, waiting: number): "nothing" | "shared" | "own" => {
    const hadPending = merge(state.pending, dirty, state.all);
    if (waiting > enterBytes) state.isFolding = true;
    else if (waiting < exitBytes) state.isFolding = false;
    if (state.isFolding) {
      if (overlaps(dirty, state.watched)) state.folded += 1;
      return "nothing";
    }
    if (!overlaps(state.pending, state.watched)) return "nothing";
    return state.watched === state.all && !hadPending && state.folded === 0 ? "shared" : "own";
  };

  return {
    refresh(wall, part = everything) {
      const state = states.get(wall);
      if (state?.part === part) state.pending.fill(0);
      else states.set(wall, { ...newState(part), isFolding: state?.isFolding ?? false });
    },

    watch(wall, indexes) {
      const state = states.get(wall);
      if (state === undefined) return;
      state.watched = indexes === "all" ? state.all : both(bitsFor(count, indexes), state.all);
    },

    leave(wall) {
      states.delete(wall);
    },

    touch(index) {
      if (index < count) set(dirty, index);
    },

    flush(at, waitingBytes) {
      const shared = new Map<Part, Wall[]>();
      const deliveries: Delivery<Wall>[] = [];
      for (const [wall, state] of states) {
        const due = flushOne(state, waitingBytes(wall));
        if (due === "nothing") continue;
        const { part } = state;
        if (due === "shared") {
          const walls = shared.get(part);
          if (walls === undefined) shared.set(part, [wall]);
          else walls.push(wall);
          state.pending.fill(0);
          continue;
        }
        const values = listed(state.pending, state.watched).map((index) => part.own(latest(index)));
        drop(state.pending, state.watched);
        deliveries.push({ frame: { at, values, folded: state.folded }, walls: [wall] });
        state.folded = 0;
      }
      for (const [part, walls] of shared) {
        const values = listed(dirty, bitsOf(part)).map((index) => part.own(latest(index)));
        deliveries.push({ frame: { at, values, folded: 0 }, walls });
      }
      dirty.fill(0);
      return deliveries;
    },

    isFolding: (wall) => states.get(wall)?.isFolding ?? false,

    reset(pointCount) {
      count = pointCount;
      none = bitsFor(count);
      dirty = bitsFor(count);
      bitsOfParts = new Map();
      for (const [wall, { part, isFolding, folded }] of states) {
        states.set(wall, { ...newState(part), isFolding, folded });
      }
    },
  };
}

function bitsFor(count: number, indexes: readonly number[] = []): Bits {
  const bits = new Uint32Array(Math.ceil(count / 32));
  for (const index of indexes) if (index < count) set(bits, index);
  return bits;
}

function allBits(count: number): Bits {
  const bits = bitsFor(count);
  for (let index = 0; index < count; index += 1) set(bits, index);
  return bits;
}

function set(bits: Bits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}

/** Adds what is in both of the others; true where the first held something before. */
function merge(into: Bits, from: Bits, within: Bits): boolean {
  let before = 0;
  for (let word = 0; word < into.length; word += 1) {
    const held = into[word] ?? 0;
    before |= held;
    into[word] = held | ((from[word] ?? 0) & (within[word] ?? 0));
  }
  return before !== 0;
}

function both(a: Bits, b: Bits): Bits {
  return a.map((held, word) => held & (b[word] ?? 0));
}

function drop(from: Bits, gone: Bits): void {
  for (let word = 0; word < from.length; word += 1) from[word] = (from[word] ?? 0) & ~(gone[word] ?? 0);
}

function overlaps(a: Bits, b: Bits): boolean {
  for (let word = 0; word < a.length; word += 1) if (((a[word] ?? 0) & (b[word] ?? 0)) !== 0) return true;
  return false;
}

/** The indexes that are in both, in order. */
function listed(a: Bits, b: Bits): number[] {
  const indexes: number[] = [];
  for (let word = 0; word < a.length; word += 1) {
    let common = (a[word] ?? 0) & (b[word] ?? 0);
    while (common !== 0) {
      const bit = 31 - Math.clz32(common & -common);
      indexes.push(word * 32 + bit);
      common &= common - 1;
    }
  }
  return indexes;
}
