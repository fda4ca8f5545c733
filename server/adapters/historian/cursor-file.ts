// A journal position in a file of its own, for a store that cannot keep it in the same transaction as the rows.
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** A cursor that survives a power cut. */
export interface CursorFile {
  /** The last written cursor; 0 where there is none for this target. */
  read(): Promise<number>;
  /** Durable when it resolves. */
  write(cursor: number): Promise<void>;
}

/**
 * Keeps the cursor of one target in one file. The target is kept beside it: pointed at another store, the feed
 * begins again at 0. A file that cannot be understood gives 0 too: rows written twice change nothing, rows left out would.
 */
export function createCursorFile(file: string, target: string): CursorFile {
  let known: number | null = null;
  return {
    async read() {
      known ??= positionIn(await textOf(file), target);
      return known;
    },
    async write(cursor) {
      if (cursor === known) return;
      known = null;
      await replace(file, `${JSON.stringify({ cursor, target })}\n`);
      known = cursor;
    },
  };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw new Error(`read the cursor file ${file}`, { cause });
  }
}

function positionIn(text: string, target: string): number {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== "object" || content === null || !("cursor" in content) || !("target" in content)) return 0;
    if (content.target !== target || !Number.isSafeInteger(content.cursor)) return 0;
    return Math.max(0, Number(content.cursor));
  } catch {
    return 0;
  }
}

/** Old or new, never half: written aside, synced, renamed over, and the folder synced so that the name is kept too. */
async function replace(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    const aside = `${file}.new`;
    await syncing(aside, "w", (handle) => handle.writeFile(text));
    await rename(aside, file);
    await syncing(dirname(file), "r", async () => undefined);
  } catch (cause) {
    throw new Error(`write the cursor file ${file}`, { cause });
  }
}

async function syncing(
  path: string,
  flags: "r" | "w",
  work: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags);
  try {
    await work(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
