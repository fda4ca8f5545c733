// What waits for its turn of the loop: an input that has no number yet, who is told of it, and what takes the place of what.
import type { ReceiptInput, RecordedInput } from "../../contract/input.ts";
import type { DecodeResult } from "../../contract/sample.ts";
import type { Reply } from "../../contract/wall.ts";

/** So much of what was refused is kept, bytes. */
export const exampleBytes = 256;
/** About as much as one painted alarm takes of a record. */
const bytesOfPainted = 150;

/** An input before it has its number and its time. */
export type Unnumbered = RecordedInput extends infer T
  ? T extends RecordedInput
    ? Omit<T, "number" | "at">
    : never
  : never;
/** An input on its way: it gets its number and its time with its turn. */
export type Draft = Unnumbered & { number: number; at: number };

/** An input that waits, and who hears of it. */
export interface Waiting {
  readonly input: Draft;
  /** What the monitor hears, where it is not what is recorded. */
  readonly decoded: DecodeResult | null;
  readonly bytes: number;
  readonly written: ((isWritten: boolean) => void) | null;
  readonly answered: ((reply: Reply) => void) | null;
}

/** An input that nobody waits for. */
export function waitingOwn(input: Unnumbered): Waiting {
  return { input: { ...input, number: 0, at: 0 }, decoded: null, bytes: 0, written: null, answered: null };
}

/** How much a receipt takes while it waits. */
export function receiptBytes({ painted }: Pick<ReceiptInput, "painted">): number {
  return painted.length * bytesOfPainted;
}

/** The first bytes of a refused payload, as text. */
export function excerptOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload.subarray(0, exampleBytes));
}

/** True where a waiting input says nothing any more once the next one of its device or neighbour has come. */
export function isReplacedBy(waiting: Draft, next: Unnumbered): boolean {
  if (waiting.kind === "link" && next.kind === "link") {
    return waiting.site === next.site && waiting.device === next.device;
  }
  if (waiting.kind === "wall" && next.kind === "wall") return waiting.id === next.id;
  return waiting.kind === "neighbour" && next.kind === "neighbour" && waiting.name === next.name;
}
