// The folder of the anchors: checkpoints of the place where the messages of the journal begin.
import { join } from "node:path";

/** The folder of the anchors of a data directory. */
export function anchorsDir(dataDir: string): string {
  return join(dataDir, "anchors");
}
