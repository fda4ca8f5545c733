// What the loop stands on: where it writes, and who is told once everything is written down.
import type { Flag, Input, RecordedInput } from "../../contract/input.ts";
import type { ChangeItem, Changes } from "../../contract/wall.ts";
import type { Outcome } from "../monitor.ts";

/** Where the loop writes. Both throw when the disk refuses, and have then written nothing. */
export interface JournalSink {
  readonly appendInputs: (inputs: readonly RecordedInput[]) => void;
  readonly appendTurn: (output: {
    readonly upTo: number;
    readonly seq: number;
    readonly changes: readonly ChangeItem[];
    readonly flags: readonly (readonly [number: number, flags: readonly Flag[]])[];
  }) => void;
  readonly sync: () => void;
}

/** Who is told, once everything is written down. */
export interface Listener {
  readonly changed: (changes: Changes) => void;
  readonly touched: (index: number) => void;
  /** The plan of record is another one; what this turn has changed was told before. */
  readonly replanned: () => void;
  /** A turn is complete: the historian may read on. */
  readonly turned: () => void;
  /** What a turn judged, in its order, and what came of it; heard last, when everybody else has been told. */
  readonly judged?: (inputs: readonly Input[], outcomes: readonly Outcome[], times: TurnTimes) => void;
}

/** How long after its inputs got their time a turn was judged, on the disk, and told, ms. */
export interface TurnTimes {
  readonly judgedMs: number;
  readonly recordedMs: number;
  readonly pushedMs: number;
}
