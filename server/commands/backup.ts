// The commands `backup` and `restore`: a copy of a data directory beside the running server, and a new one made of it.
import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { attachmentsDir, listKept } from "../adapters/incidents/attachments.ts";
import { headsFile } from "../adapters/journal/heads.ts";
import { inspectJournal } from "../adapters/journal/inspect.ts";
import { listSegments, segmentName } from "../adapters/journal/read.ts";
import { readTurns } from "../adapters/journal/turns.ts";
import { recordKeyFile } from "../adapters/journal/record-key.ts";
import { copyRegister } from "../adapters/register/copy.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";
import { beginningOf } from "./beginning.ts";

/** A file of a backup, its path inside of it. */
interface BackedUp {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** What a backup is made of; written last, so that a folder without one is none. */
interface Manifest {
  readonly format: string;
  readonly formatVersion: number;
  /** Epoch ms. */
  readonly madeAt: number;
  readonly version: string;
  /** The record goes up to here: the end of the last turn that was on the disk. */
  readonly position: number;
  readonly files: readonly BackedUp[];
}

const manifestFile = "backup.json";
const format = "skyground-backup";
const formatVersion = 1;
const chunkBytes = 4 << 20;
const ownerOnly = 0o600;
/** What cannot be made again from the journal, beside the journal itself, the register and the key. */
const keptFolders = ["anchors", "backtests", "shadows"];
const keptFiles = ["exercise.json", "credentials.json"];

function syncFolder(dir: string): void {
  const fd = openSync(dir, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Copies the first bytes of a file, aside, synced, then renamed: the old one or the whole new one, whatever happens. */
function copyBytes(from: string, to: string, bytes = statSync(from).size): Omit<BackedUp, "path"> {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const [source, target] = [openSync(from, "r"), openSync(`${to}.tmp`, "w", ownerOnly)];
  try {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, bytes)));
    for (let done = 0; done < bytes;) {
      const read = readSync(source, chunk, 0, Math.min(chunk.length, bytes - done), done);
      if (read === 0) throw new Error(`${from} ends before byte ${bytes}`);
      const part = chunk.subarray(0, read);
      hash.update(part);
      for (let written = 0; written < read;) written += writeSync(target, part.subarray(written));
      done += read;
    }
    fsyncSync(target);
  } finally {
    closeSync(source);
    closeSync(target);
  }
  renameSync(`${to}.tmp`, to);
  return { bytes, sha256: hash.digest("hex") };
}

function hashOf(file: string): string {
  const hash = createHash("sha256");
  const fd = openSync(file, "r");
  const chunk = Buffer.allocUnsafe(chunkBytes);
  try {
    for (;;) {
      const read = readSync(fd, chunk, 0, chunk.length, null);
      if (read === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
}

/** Null where the folder is no backup; throws where it is one of another release. */
function readManifest(dir: string): Manifest | null {
  const file = join(dir, manifestFile);
  if (!existsSync(file)) return null;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  if (manifest.format !== format) throw new Error(`${file} is no manifest of a backup`);
  if (manifest.formatVersion !== formatVersion) {
    throw new Error(`${file} has the format ${manifest.formatVersion}; this release knows ${formatVersion}`);
  }
  return manifest;
}

/** Where the last whole turn ends; what is being written behind it belongs to the next backup. */
function endOfTurns(dir: string): number {
  const last = listSegments(dir).at(-1);
  if (last === undefined) return 0;
  let end = last.start;
  for (const turn of readTurns(dir, last.start)) end = turn.end;
  return end;
}

interface Copying {
  readonly dataDir: string;
  readonly target: string;
  readonly known: ReadonlyMap<string, BackedUp>;
}

/** Segments only ever grow at their end, and only the last one: one of the size that it had is the one that it was. */
function* copySegments({ dataDir, target, known }: Copying, end: number): Generator<BackedUp & { isNew: boolean }> {
  const segments = listSegments(join(dataDir, "journal"));
  for (const [place, { file, start }] of segments.entries()) {
    const bytes = Math.min(segments[place + 1]?.start ?? end, end) - start;
    if (bytes <= 0) continue;
    const path = join("journal", segmentName(start));
    const before = known.get(path);
    const isThere =
      before?.bytes === bytes && existsSync(join(target, path)) && statSync(join(target, path)).size === bytes;
    if (isThere) yield { ...before, isNew: false };
    else yield { path, ...copyBytes(file, join(target, path), bytes), isNew: true };
  }
}

/** Everything else that the journal cannot give back; a checkpoint only saves time, and is taken where it fits. */
function* copyRest({ dataDir, target }: Copying, end: number): Generator<BackedUp> {
  const journalDir = join(dataDir, "journal");
  // What is kept of a condensed segment is written before that goes: behind the segments nothing is between the two.
  const others = readdirSync(journalDir).filter((name) => /^(?:torn-\d+-\d+\.bin|kept-\d{16}\.log)$/u.test(name));
  const folders = keptFolders.filter((name) => existsSync(join(dataDir, name)));
  const paths = [
    recordKeyFile,
    ...keptFiles,
    ...others.map((name) => join("journal", name)),
    ...folders.flatMap((name) => readdirSync(join(dataDir, name)).map((file) => join(name, file))),
    ...listKept(join(dataDir, attachmentsDir)).map((file) => join(attachmentsDir, file)),
    ...readdirSync(dataDir).filter(
      (name) => /^\d{16}-[0-9a-f]+\.checkpoint$/u.test(name) && Number(name.slice(0, 16)) <= end,
    ),
    ...readdirSync(dataDir).filter((name) => /^[0-9a-f]+\.plan$/u.test(name)),
  ];
  for (const path of paths.filter((one) => !one.endsWith(".tmp"))) {
    try {
      yield { path, ...copyBytes(join(dataDir, path), join(target, path)) };
    } catch (error) {
      // The running server has put a newer checkpoint in its place, or there never was such a file.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  const heads = join(journalDir, headsFile);
  if (existsSync(heads))
    yield { path: join("journal", headsFile), ...copyHeads(heads, join(target, "journal", headsFile), end) };
}

/** Whole lines up to the end of what is copied: a head of a later turn would say that the backup was cut. */
function copyHeads(from: string, to: string, end: number): Omit<BackedUp, "path"> {
  const text = readFileSync(from, "utf8");
  let bytes = 0;
  for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split(/(?<=\n)/u)) {
    if (line === "" || Number(/"position":(\d+)/u.exec(line)?.[1] ?? Infinity) > end) break;
    bytes += Buffer.byteLength(line);
  }
  return copyBytes(from, to, bytes);
}

/** Files of the folder that are in no manifest any more. */
function forgetOthers(target: string, files: readonly BackedUp[]): void {
  const named = new Set([manifestFile, ...files.map(({ path }) => path)]);
  for (const path of readdirSync(target, { recursive: true, encoding: "utf8" })) {
    if (!named.has(path) && statSync(join(target, path)).isFile()) rmSync(join(target, path));
  }
}

function writeManifest(target: string, manifest: Manifest): void {
  const file = join(target, manifestFile);
  const fd = openSync(`${file}.tmp`, "w", ownerOnly);
  try {
    writeSync(fd, `${JSON.stringify(manifest, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  for (const dir of new Set(manifest.files.map(({ path }) => dirname(join(target, path))))) syncFolder(dir);
  renameSync(`${file}.tmp`, file);
  syncFolder(target);
}

/** `backup --data DIR --to DIR`: beside a running server or without one; into the same folder again, only what is new. */
export function runBackup(
  dataDir: string,
  to: string | undefined,
  about: { readonly version: string; readonly now: number },
  { say }: Output,
): number {
  if (to === undefined || !existsSync(join(dataDir, "journal"))) {
    say(to === undefined ? "backup --data DIR --to DIR" : `there is no journal in ${dataDir}`);
    return exitCodes.usage;
  }
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const before = readManifest(to);
  if (before === null && readdirSync(to).length > 0) {
    say(`${to} is not empty, and is no backup: nothing was written`);
    return exitCodes.usage;
  }
  const position = endOfTurns(join(dataDir, "journal"));
  if (before !== null && before.position > position) {
    say(`${to} goes up to ${before.position} and ${dataDir} only to ${position}: it is a backup of another record`);
    return exitCodes.found;
  }
  const copying = { dataDir, target: to, known: new Map(before?.files.map((file) => [file.path, file])) };
  const segments = [...copySegments(copying, position)];
  const files: BackedUp[] = segments.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }));
  files.push(...copyRest(copying, position));
  // While this copied, retention may have condensed on: no start could go on from a segment that no anchor leads to.
  const [start = ""] = /\d{16}/u.exec(segments[0]?.path ?? "") ?? [];
  if (Number(start) > 0 && !files.some(({ path }) => path.startsWith(join("anchors", start)))) {
    say(`no anchor leads to the file that the copy begins with, ${segments[0]?.path}: make it again`);
    return exitCodes.found;
  }
  for (const path of ["register.db", "incidents.db"]) {
    const copy = join(to, path);
    if (!copyRegister(join(dataDir, path), copy)) continue;
    files.push({ path, bytes: statSync(copy).size, sha256: hashOf(copy) });
  }
  const { version, now: madeAt } = about;
  writeManifest(to, { format, formatVersion, madeAt, version, position, files });
  forgetOthers(to, files);
  const copied = segments.filter(({ isNew }) => isNew).length;
  say(`${to}: the record up to position ${position}; ${copied} of ${segments.length} journal files copied`);
  return exitCodes.done;
}

/** Why a backup must not be restored: every file that is not what the manifest says, and every fault of the record. */
function faultsOf(from: string, manifest: Manifest): readonly string[] {
  const faults = manifest.files.flatMap(({ path, bytes, sha256 }): readonly string[] => {
    const file = join(from, path);
    if (path.split("/").includes("..") || !existsSync(file)) return [`${path}: is missing`];
    if (statSync(file).size !== bytes || hashOf(file) !== sha256) return [`${path}: is not what the manifest says`];
    return [];
  });
  if (faults.length > 0) return faults;
  // What retention has condensed is no whole segment any more: the record begins behind it.
  const { position, chain, breaks } = beginningOf(from);
  const found: string[] = [...breaks];
  const { end } = inspectJournal({
    dir: join(from, "journal"),
    from: { position, ...chain },
    onFinding: ({ file, record, reason }) => found.push(`${file}: ${record}: ${reason}`),
  });
  if (end !== manifest.position) found.push(`the record ends at ${end}, the manifest says ${manifest.position}`);
  return found;
}

/** `restore --from DIR --data NEWDIR`: checks every byte of the backup first, and writes only where nothing is. */
export function runRestore(from: string | undefined, dataDir: string, { say }: Output): number {
  const manifest = from === undefined ? null : readManifest(from);
  if (from === undefined || manifest === null) {
    say(from === undefined ? "restore --from DIR --data NEWDIR" : `${from} is no backup: it has no ${manifestFile}`);
    return exitCodes.usage;
  }
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    say(`${dataDir} is not empty: nothing was written`);
    return exitCodes.usage;
  }
  const faults = faultsOf(from, manifest);
  for (const fault of faults) say(fault);
  if (faults.length > 0) {
    say(`${faults.length} fault(s): nothing was written`);
    return exitCodes.found;
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  for (const { path, bytes, sha256 } of manifest.files) {
    if (copyBytes(join(from, path), join(dataDir, path), bytes).sha256 !== sha256)
      throw new Error(`${path} was changed while it was copied: ${dataDir} is not whole, remove it`);
  }
  for (const dir of new Set(manifest.files.map(({ path }) => dirname(join(dataDir, path))))) syncFolder(dir);
  say(
    `${dataDir}: the record up to position ${manifest.position}, as it was at ${new Date(manifest.madeAt).toISOString()}`,
  );
  return exitCodes.done;
}
