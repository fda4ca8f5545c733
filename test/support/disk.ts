// A disk that fills up: a small tmpfs where the machine lets us mount one, and a bound on file sizes that needs no rights.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./program.ts";

/** No file of that process can grow beyond so many bytes: the kernel's own refusal (EFBIG), in the middle of a write too. */
export async function boundFiles(pid: number, bytes: number | "unlimited"): Promise<void> {
  // Only the soft bound: the hard one could not be raised again.
  const { code, stderr } = await runProgram("/usr/bin/prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]);
  if (code !== 0) throw new Error(`prlimit: ${stderr}`);
}

/** A small file system of its own. */
export interface SmallDisk {
  readonly dir: string;
  /** Takes all room that is left. */
  readonly fill: () => void;
  /** Gives the room back. */
  readonly free: () => void;
  readonly remove: () => Promise<void>;
}

/** Mounts a small tmpfs; null where this process may not. */
export async function mountSmallDisk(dir: string, mebibytes: number): Promise<SmallDisk | null> {
  mkdirSync(dir, { recursive: true });
  const mounted = await runProgram("/usr/bin/mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", dir]);
  if (mounted.code !== 0) return null;
  const filler = join(dir, "filler");
  return {
    dir,
    fill: () => {
      const fd = openSync(filler, "w");
      const block = Buffer.alloc(4096);
      try {
        for (;;) writeSync(fd, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(fd);
      }
    },
    free: () => rmSync(filler),
    // Lazily: SQLite lets go of a file only when its statements are collected.
    remove: async () => {
      const { code, stderr } = await runProgram("/usr/bin/umount", ["--lazy", dir]);
      if (code !== 0) throw new Error(`umount: ${stderr}`);
    },
  };
}
