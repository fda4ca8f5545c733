// A child process that writes rows into an embedded historian without end and prints each cursor it has committed.
import { writeSync } from "node:fs";
import { createEmbeddedHistorian } from "../../server/adapters/historian/embedded.ts";
import { writerRowsAfter } from "./writer-rows.ts";

const historian = createEmbeddedHistorian({ file: String(process.argv[2]) });
let cursor = await historian.cursor();
for (;;) {
  const rows = writerRowsAfter(cursor);
  await historian.write(rows, cursor + rows.length);
  cursor += rows.length;
  // Printed only after the write has resolved: whatever the parent reads has been promised.
  writeSync(1, `${cursor}\n`);
}
