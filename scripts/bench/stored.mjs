// How much of what was written down has reached the historian.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Gives a function for the share of the journal's bytes that lie behind the historian's durable cursor, 0 to 1. */
export async function storedOf(ground, server) {
  // The store's own file rather than /metrics, whose figure is up to 5 s old: as long as half a run.
  const { openBatchLog } = await import("../../dist/server/adapters/historian/embedded-log.js");
  const file = join(ground.dataDir, "historian", "recent.db");
  return async () => {
    const { journal_bytes: position } = await server.metrics();
    return position === 0 || !existsSync(file) ? 0 : Math.min(1, cursorIn(file, openBatchLog) / position);
  };
}

/** The durable cursor; 0 while the store is being made, between the file and its tables. */
export function cursorIn(file, openBatchLog) {
  let log;
  try {
    log = openBatchLog(file, true);
    return log.cursor();
  } catch (error) {
    if (error.cause?.message.includes("no such table")) return 0;
    throw error;
  } finally {
    log?.close();
  }
}
