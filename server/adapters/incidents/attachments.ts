// Files beside incidents, by their hash: uploaded aside, kept for ever once an incident names them, else removed after a day.
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  attachmentHeadBytes,
  attachmentTypes,
  isAttachmentOf,
  mostAttachmentBytes,
  type StoredAttachment,
} from "../../../contract/attachment.ts";
import type { FaultCode } from "../../../contract/faults.ts";

/** A file that was taken, or why it was not. */
export type Taken =
  | { readonly ok: true; readonly stored: StoredAttachment }
  | { readonly ok: false; readonly code: FaultCode };

/** The files. */
export interface Attachments {
  /** Takes a file in; the same one again is the same one. */
  take(body: Uint8Array, mediaType: string): Promise<Taken>;
  /** True where the file is there and is what is said of it; it is then not removed for another day. */
  holds(said: StoredAttachment): boolean;
  /** An incident names it: it stays. */
  keep(hash: string): void;
  read(hash: string): Promise<Uint8Array | null>;
  /** Removes what nobody has named for a day; returns how many. */
  sweep(now: number): number;
}

/** Where they lie in a data directory. */
export const attachmentsDir = "attachments";
const waitingDir = "waiting";
const unnamedMs = 86_400_000;
/** Uploads that nobody has named yet: whoever sends more at once than a whole shift does has something else in mind. */
const mostWaiting = 500;
const isHash = /^[0-9a-f]{64}$/u;

/** The files that incidents name, below their folder; what waits to be named by one is left out. */
export function listKept(dir: string): readonly string[] {
  const folders = existsSync(dir) ? readdirSync(dir).filter((name) => /^[0-9a-f]{2}$/u.test(name)) : [];
  return folders.flatMap((folder) => readdirSync(join(dir, folder)).map((name) => join(folder, name)));
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Aside, synced, then renamed: a crash leaves the whole file or none. */
async function writeWhole(dir: string, name: string, body: Uint8Array): Promise<void> {
  const aside = join(dir, `${randomUUID()}.tmp`);
  try {
    const file = await open(aside, "wx", 0o600);
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, join(dir, name));
    await syncFolder(dir);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

function headOf(file: string): Uint8Array {
  const head = new Uint8Array(attachmentHeadBytes);
  const fd = openSync(file, "r");
  try {
    return head.subarray(0, readSync(fd, head));
  } finally {
    closeSync(fd);
  }
}

/** Opens the folder, making it where there is none. `isFull`: the disk takes nothing but the record any more. */
export function openAttachments(
  dir: string,
  { isFull, now }: { readonly isFull: () => boolean; readonly now: () => number },
): Attachments {
  const waiting = join(dir, waitingDir);
  mkdirSync(waiting, { recursive: true, mode: 0o700 });
  const asideOf = (hash: string): string => join(waiting, hash);
  const keptOf = (hash: string): string => join(dir, hash.slice(0, 2), hash);
  /** Only what has the form of a hash becomes a path. */
  const find = (hash: string): string | null =>
    isHash.test(hash) ? ([keptOf(hash), asideOf(hash)].find((file) => existsSync(file)) ?? null) : null;

  return {
    async take(body, mediaType) {
      if (
        !Object.hasOwn(attachmentTypes, mediaType) ||
        body.length > mostAttachmentBytes ||
        !isAttachmentOf(mediaType, body)
      )
        return { ok: false, code: "ATTACHMENT_INVALID" };
      const hash = createHash("sha256").update(body).digest("hex");
      const stored = { hash, bytes: body.length, mediaType };
      const known = find(hash);
      if (known === keptOf(hash)) return { ok: true, stored };
      if (isFull()) return { ok: false, code: "STORAGE_FULL" };
      if (known === null && readdirSync(waiting).length >= mostWaiting) return { ok: false, code: "OVERLOADED" };
      try {
        await writeWhole(waiting, hash, body);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
        return { ok: false, code: "STORAGE_FULL" };
      }
      return { ok: true, stored };
    },
    holds({ hash, bytes, mediaType }) {
      const file = find(hash);
      if (file === null || statSync(file).size !== bytes || !isAttachmentOf(mediaType, headOf(file))) return false;
      if (file === asideOf(hash)) utimesSync(file, now() / 1000, now() / 1000);
      return true;
    },
    keep(hash) {
      if (!isHash.test(hash) || !existsSync(asideOf(hash))) return;
      mkdirSync(join(dir, hash.slice(0, 2)), { recursive: true, mode: 0o700 });
      renameSync(asideOf(hash), keptOf(hash));
    },
    async read(hash) {
      const file = find(hash);
      return file === null ? null : readFile(file);
    },
    sweep(at) {
      const old = readdirSync(waiting).filter((name) => at - statSync(join(waiting, name)).mtimeMs >= unnamedMs);
      for (const name of old) rmSync(join(waiting, name), { force: true });
      return old.length;
    },
  };
}
