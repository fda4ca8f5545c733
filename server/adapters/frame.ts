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

/** One frame, and every wall that it goes to: made and encoded once for all of them. */
export interface Delivery<Wall> {
  readonly frame: Frame;
  readonly walls: readonly Wall[];
}

/** What has changed, per wall. */
export interface Frames<Wall> {
  /** A wall that knows everything up to now, from its snapshot, and watches nothing yet; also after a new snapshot. */
  refresh(wall: Wall): void;
  /** The points that this wall wants from now on, with what it missed of them. */
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
  /** What it wants; the shared `everything` where it wants all. */
  watched: Bits;
  /** What has changed since it was last told, watched or not, so that a later watch misses nothing. */
  pending: Bits;
  isFolding: boolean;
  folded: number;
}

/** Makes the frames of all walls. */
export function createFrames<Wall>(options: FramesOptions): Frames<Wall> {
  const { latest, enterBytes = 131_072, exitBytes = 16_384 } = options;
  const states = new Map<Wall, State>();
  let count = options.pointCount;
  let none = bitsFor(count);
  let everything = allBits(count);
  let dirty = bitsFor(count);

  const flushOne = (state: State, waiting: number): "nothing" | "shared" | "own" => {
    const hadPending = merge(state.pending, dirty);
    if (waiting > enterBytes) state.isFolding = true;
    else if (waiting < exitBytes) state.isFolding = false;
    if (state.isFolding) {
      if (overlaps(dirty, state.watched)) state.folded += 1;
      return "nothing";
    }
    if (!overlaps(state.pending, state.watched)) return "nothing";
    return state.watched === everything && !hadPending && state.folded === 0 ? "shared" : "own";
  };

  return {
    refresh(wall) {
      const state = states.get(wall);
      if (state === undefined)
        states.set(wall, { watched: none, pending: bitsFor(count), isFolding: false, folded: 0 });
      else state.pending.fill(0);
    },

    watch(wall, indexes) {
      const state = states.get(wall);
      if (state === undefined) return;
      state.watched = indexes === "all" ? everything : bitsFor(count);
      if (indexes === "all") return;
      for (const index of indexes) if (index < count) set(state.watched, index);
    },

    leave(wall) {
      states.delete(wall);
    },

    touch(index) {
      if (index < count) set(dirty, index);
    },

    flush(at, waitingBytes) {
      const shared: Wall[] = [];
      const deliveries: Delivery<Wall>[] = [];
      for (const [wall, state] of states) {
        const due = flushOne(state, waitingBytes(wall));
        if (due === "nothing") continue;
        if (due === "shared") {
          shared.push(wall);
          state.pending.fill(0);
          continue;
        }
        const values = take(state.pending, state.watched).map(latest);
        deliveries.push({ frame: { at, values, folded: state.folded }, walls: [wall] });
        state.folded = 0;
      }
      if (shared.length > 0) {
        const values = take(dirty, everything).map(latest);
        deliveries.push({ frame: { at, values, folded: 0 }, walls: shared });
      }
      dirty.fill(0);
      return deliveries;
    },

    isFolding: (wall) => states.get(wall)?.isFolding ?? false,

    reset(pointCount) {
      count = pointCount;
      none = bitsFor(count);
      everything = allBits(count);
      dirty = bitsFor(count);
      for (const state of states.values()) {
        state.watched = none;
        state.pending = bitsFor(count);
      }
    },
  };
}

function bitsFor(count: number): Bits {
  return new Uint32Array(Math.ceil(count / 32));
}

function allBits(count: number): Bits {
  const bits = bitsFor(count);
  for (let index = 0; index < count; index += 1) set(bits, index);
  return bits;
}

function set(bits: Bits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}

/** Adds the one to the other; true where the other held something before. */
function merge(into: Bits, from: Bits): boolean {
  let before = 0;
  for (let word = 0; word < into.length; word += 1) {
    const held = into[word] ?? 0;
    before |= held;
    into[word] = held | (from[word] ?? 0);
  }
  return before !== 0;
}

function overlaps(a: Bits, b: Bits): boolean {
  for (let word = 0; word < a.length; word += 1) if (((a[word] ?? 0) & (b[word] ?? 0)) !== 0) return true;
  return false;
}

/** The indexes that are in both, in order; they leave the first. */
function take(from: Bits, wanted: Bits): number[] {
  const indexes: number[] = [];
  for (let word = 0; word < from.length; word += 1) {
    const held = from[word] ?? 0;
    let both = held & (wanted[word] ?? 0);
    from[word] = held & ~both;
    while (both !== 0) {
      const bit = 31 - Math.clz32(both & -both);
      indexes.push(word * 32 + bit);
      both &= both - 1;
    }
  }
  return indexes;
}
