// A journal in memory, with a disk that can be told to refuse.
import { type JournalRecord, recordedOf } from "../../contract/journal.ts";
import type { JournalSink } from "../../server/loop/sinks.ts";

/** A journal that can be read as it stands, and whose steps can be made to refuse. */
export interface MemoryJournal {
  readonly sink: JournalSink;
  readonly records: readonly JournalRecord[];
  /** The steps that throw until they are taken out again. */
  readonly refuses: Set<keyof JournalSink>;
  /** Every step in order, also those that were refused. */
  readonly steps: readonly string[];
}

/** Makes an empty journal that refuses nothing. */
export function createMemoryJournal(): MemoryJournal {
  const records: JournalRecord[] = [];
  const steps: string[] = [];
  const refuses = new Set<keyof JournalSink>();
  const attempt = (step: keyof JournalSink): void => {
    steps.push(refuses.has(step) ? `${step} refused` : step);
    if (refuses.has(step)) throw new Error("no space left on the device");
  };
  return {
    records,
    steps,
    refuses,
    sink: {
      appendInputs: (inputs) => {
        attempt("appendInputs");
        // As a disk would keep it: nothing that changes later reaches it.
        for (const input of inputs) records.push({ type: "input", input: structuredClone(input) });
      },
      appendTurn: ({ upTo, seq, changes, flags }) => {
        attempt("appendTurn");
        for (const change of structuredClone(changes)) {
          records.push({ type: "change", change: recordedOf(change) });
        }
        records.push({ type: "end", end: { upTo, seq, flags: structuredClone(flags), chain: "" } });
      },
      sync: () => attempt("sync"),
    },
  };
}
