// A disk that fills up: a small tmpfs where the machine lets us mount one, and a bound on file sizes that needs no rights.
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
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
  /** Takes all room but so many bytes. */
  readonly fill: (leave?: number) => void;
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
    fill: (leave = 0) => {
      const { bavail, bsize } = statfsSync(dir);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
    },
    free: () => rmSync(filler),
    remove: async () => {
      const { code, stderr } = await runProgram("/usr/bin/umount", [dir]);
      if (code !== 0) throw new Error(`umount: ${stderr}`);
    },
  };
}
