// One server per data directory: a lock that the operating system lets go of when the process dies, however it dies.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";

/** Takes the lock of a data directory; throws where another process has it. */
export function lockData(dataDir: string): { readonly release: () => void } {
  mkdirSync(dataDir, { recursive: true });
  const database = new Database(join(dataDir, "lock.db"));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    const isTaken = /locked|busy/iu.test((cause as Error).message);
    const words = isTaken
      ? `another process works on the data in ${dataDir}; stop it first`
      : `the data directory ${dataDir} cannot be written: ${(cause as Error).message}`;
    throw new Error(words, { cause });
  }
  return {
    release: () => {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}
