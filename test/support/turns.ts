// A journal's segment written as the server does: all inputs of a turn, then all its changes, then its end.
import { writeFileSync } from "node:fs";
import type { RecordedInput } from "../../contract/input.ts";
import type { ChangeItem } from "../../contract/wall.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { encodeChange, encodeEnd, encodeInput } from "../../server/adapters/journal/records.ts";
import { createMonitor, heard } from "../../server/monitor.ts";

/** An input that has not been numbered yet. */
export type Said = RecordedInput extends infer T ? (T extends RecordedInput ? Omit<T, "number"> : never) : never;

/** Judges turns and writes them; each has a chain of its own, by the salt. Gives the bytes behind each turn. */
export function writeTurns(file: string, turns: readonly (readonly Said[])[], salt = ""): number[] {
  const monitor = createMonitor();
  const bytes: Uint8Array[] = [];
  const ends: number[] = [];
  let length = 0;
  for (const [place, turn] of turns.entries()) {
    const changes: ChangeItem[] = [];
    const inputs = turn.map((said) => {
      const input = { ...said, number: monitor.state().number + 1 };
      const decoded = input.kind === "message" ? decodeNative(input.topic, input.payload) : null;
      changes.push(...monitor.apply(heard(input, decoded)).changes);
      return encodeInput(input);
    });
    const { number, seq } = monitor.state();
    const end = encodeEnd({ upTo: number, seq, flags: [], chain: `${salt}${place + 1}` });
    const written = [...inputs, ...changes.map(encodeChange), end];
    bytes.push(...written);
    length += written.reduce((sum, one) => sum + one.length, 0);
    ends.push(length);
  }
  writeFileSync(file, Buffer.concat(bytes));
  return ends;
}
