// Checkpoints: the monitor's whole state beside the journal's position, so that a start is short.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { Log } from "../../log.ts";
import type { TurnMark } from "./journal.ts";

/** A state with the place in the journal that it belongs to. The state is opaque here. */
export interface Checkpoint {
  readonly mark: TurnMark;
  readonly state: unknown;
}

/** Where checkpoints are kept: the last two, newest last. */
export interface Checkpoints {
  /** Checkpoints that are whole, newest first. */
  readonly load: () => readonly Checkpoint[];
  /** Writes one; the state is copied at once, the file is written in the background. */
  readonly save: (checkpoint: Checkpoint) => Promise<void>;
}

/** Changes when the state's shape does: an older one is then left alone, and the journal is read from its beginning. */
const shape = "skyground-checkpoint-1";
const kept = 2;

function names(dir: string): readonly string[] {
  return readdirSync(dir)
    .filter((name) => /^\d{16}\.checkpoint$/.test(name))
    .toSorted();
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(shape).update(bytes).digest();
}

function loadOne(file: string, log: Log): Checkpoint | null {
  try {
    const bytes = readFileSync(file);
    const body = bytes.subarray(32);
    if (!digest(body).equals(bytes.subarray(0, 32))) throw new Error("its checksum does not hold");
    return deserialize(body) as Checkpoint;
  } catch (error) {
    log.warn("a checkpoint was left alone", { file, reason: (error as Error).message });
    return null;
  }
}

/** Opens the checkpoints of a data directory. */
export function openCheckpoints(dir: string, log: Log): Checkpoints {
  mkdirSync(dir, { recursive: true });
  return {
    load: () =>
      names(dir)
        .toReversed()
        .map((name) => loadOne(join(dir, name), log))
        .filter((one) => one !== null),
    save: async (checkpoint) => {
      const body = serialize(checkpoint);
      const file = join(dir, `${String(checkpoint.mark.position).padStart(16, "0")}.checkpoint`);
      const handle = await open(`${file}.tmp`, "w");
      try {
        await handle.writev([digest(body), body]);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.tmp`, file);
      for (const old of names(dir).slice(0, -kept)) rmSync(join(dir, old), { force: true });
    },
  };
}
