// A process that only appends to a journal, so that a test can bound its files: `append BYTES` and `turn` on its standard input.
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openJournal } from "../../server/adapters/journal/journal.ts";
import { createLog } from "../../server/log.ts";
import { messageOf } from "./journal-records.ts";

const dir = String(process.argv[2]);
const journal = openJournal({ dir, segmentBytes: 1 << 20, syncMs: 1000, log: createLog("silent") });
let number = journal.mark().upTo;

function tell(outcome: string): void {
  const size = statSync(join(dir, "0000000000000000.log")).size;
  process.stdout.write(`${JSON.stringify({ outcome, position: journal.position(), size, number })}\n`);
}

function work(word: string, bytes: number): void {
  if (word === "turn") {
    journal.appendTurn({ upTo: number, seq: 0, changes: [], flags: [] });
    return;
  }
  journal.appendInputs([messageOf(number + 1, "x".repeat(bytes)), messageOf(number + 2, "y".repeat(bytes))]);
  number += 2;
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const [word = "", bytes = "0"] = line.split(" ");
  try {
    work(word, Number(bytes));
    tell("written");
  } catch (error) {
    tell(String((error as NodeJS.ErrnoException).code));
  }
});
tell("open");
