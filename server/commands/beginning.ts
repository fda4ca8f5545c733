// Where verify begins: at the journal's own beginning, or behind what was condensed, which is checked as far as it can be.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { JournalRecord } from "../../contract/journal.ts";
import type { ChainStart } from "../adapters/journal/chain.ts";
import { firstChain } from "../adapters/journal/journal.ts";
import { hashFile, listKept, type KeptSegment } from "../adapters/journal/kept.ts";
import { checkKept } from "../adapters/journal/kept-check.ts";
import { listSegments } from "../adapters/journal/read.ts";
import { anchorAt } from "../app/anchors.ts";
import { createLog } from "../log.ts";
import type { MonitorState } from "../monitor/state.ts";

/** The place to begin at, and what was found before it. */
export interface Beginning {
  readonly position: number;
  /** The chain goes on from here. */
  readonly chain: ChainStart;
  /** Null: no anchor leads there, so that nothing behind it can be judged anew. */
  readonly state: MonitorState | null;
  /** What is to be said of the condensed part. */
  readonly says: readonly string[];
  /** What does not hold there. */
  readonly breaks: readonly string[];
  /** Takes note of records behind the beginning: the acts of condensing stand there. */
  readonly note: (record: JournalRecord) => void;
  /** Condensed segments that are not what their act says; to be asked once everything was noted. */
  readonly unlike: () => readonly string[];
}

const genesis: ChainStart = { chain: firstChain, upTo: 0, seq: 0 };

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The acts of condensing, by the file that each has left: what they say stands in the chain, behind what it is about. */
function createActs(kept: readonly KeptSegment[]) {
  const hashes = new Map<string, string>();
  return {
    note: (record: JournalRecord): void => {
      if (record.type !== "input" || record.input.kind !== "audit") return;
      const { act, after } = record.input.entry;
      if (act !== "journal.condense") return;
      const { file, sha256 } = after as { readonly file: string; readonly sha256: string };
      hashes.set(file, sha256);
    },
    unlike: (): readonly string[] =>
      kept.flatMap(({ file }) => {
        const said = hashes.get(basename(file));
        if (said === undefined) return [`${file}: no act in the journal tells of it`];
        return said === hashFile(file).sha256 ? [] : [`${file}: is not the file that the journal tells of`];
      }),
  };
}

/** Checks what was condensed, and finds the state behind it. */
export function beginningOf(dataDir: string): Beginning {
  const dir = join(dataDir, "journal");
  const position = listSegments(dir)[0]?.start ?? 0;
  const kept = existsSync(dir) ? listKept(dir) : [];
  const acts = createActs(kept);
  const anchor = anchorAt(dataDir, position, createLog("silent"));
  const found = checkKept(kept, genesis, acts.note);
  const breaks = [...found.breaks];
  const [first, last] = [kept[0]?.manifest, kept.at(-1)?.manifest];
  if ((last?.end ?? 0) !== position) breaks.push(`the journal lacks what lies before position ${position}`);
  if (anchor !== null && anchor.mark.chain !== found.after.chain)
    breaks.push(`the anchor at position ${position} does not go on from where the condensed segments end`);
  const says: string[] = [];
  if (first !== undefined && last !== undefined) {
    says.push(
      `condensed: ${kept.length} segment(s), ${day(first.from)} to ${day(last.to)}: ${found.inputs} inputs and ${found.changes} changes are kept, ${found.messages} messages were removed`,
      `condensed: ${found.sealed} of ${found.sealed + found.unsealed} seals were recomputed; the others cover removed messages, which were judged anew before they went: there checksums, numbers and order are checked, and each file against its act in the journal`,
    );
  }
  if (anchor === null) says.push(`no anchor leads to position ${position}: what follows cannot be judged anew`);
  return {
    position,
    chain: found.after,
    state: anchor?.state ?? null,
    says,
    breaks,
    note: acts.note,
    unlike: acts.unlike,
  };
}
