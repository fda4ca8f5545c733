// A child process that writes rows into an embedded historian without end and prints each cursor it has committed.
import { writeSync } from "node:fs";
import { createEmbeddedHistorian } from "../../server/adapters/historian/embedded.ts";
import { columnsOf } from "./historian-rows.ts";
import { writerRowsAfter } from "./writer-rows.ts";

// Room for some thousand rows, so that it is killed in the middle of flushes too.
const memoryMib = 0.1;
const historian = createEmbeddedHistorian({ dir: String(process.argv[2]), memoryMib });
let cursor = await historian.cursor();
for (;;) {
  const rows = writerRowsAfter(cursor);
  await historian.write(columnsOf(rows), cursor + rows.length);
  cursor += rows.length;
  // Printed only after the write has resolved: whatever the parent reads has been promised.
  writeSync(1, `${cursor}\n`);
}
