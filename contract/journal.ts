// What the journal is made of: inputs, changes, and the ends of turns.
import type { Flag, RecordedInput } from "./input.ts";
import type { ChangeItem } from "./wall.ts";

/** A change as it is written down: alarms as their transition, incidents as their entry alone: the view follows from it. */
export type RecordedChange =
  | Extract<ChangeItem, { type: "site" | "device" | "neighbour" | "response" | "silence" | "flood" | "handover" }>
  | Pick<Extract<ChangeItem, { type: "alarm" }>, "type" | "seq" | "transition">
  | Pick<Extract<ChangeItem, { type: "incident" }>, "type" | "seq" | "id" | "entry">;

/** A change as it is written down. */
export function recordedOf(change: ChangeItem | RecordedChange): RecordedChange {
  const { type, seq } = change;
  if (type === "alarm") return { type, seq, transition: change.transition };
  if (type === "incident") return { type, seq, id: change.id, entry: change.entry };
  return change;
}

/** The end of a turn: everything up to input `upTo` is judged, and what was written before is sealed by the chain. */
export interface TurnEnd {
  readonly upTo: number;
  readonly seq: number;
  /** Per message input with flags: its number and its flags. */
  readonly flags: readonly (readonly [number: number, flags: readonly Flag[]])[];
  /** SHA-256 over the chain before and all bytes of this turn, hex. */
  readonly chain: string;
}

/** One record of the journal. */
export type JournalRecord =
  | { readonly type: "input"; readonly input: RecordedInput }
  | { readonly type: "change"; readonly change: RecordedChange }
  | { readonly type: "end"; readonly end: TurnEnd };
