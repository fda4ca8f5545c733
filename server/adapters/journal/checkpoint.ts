// Checkpoints: the monitor's whole state beside the journal's position, so that a start is short.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { Log } from "../../log.ts";
import type { TurnMark } from "./journal.ts";

/** The columns that checkpoints are made of. */
export type Column = Float64Array | Uint32Array | Uint8Array;

/** A column too large to be copied at once: each slice is written before the next one is asked for. */
export interface SlowColumn {
  readonly kind: keyof typeof columnKinds;
  readonly byteLength: number;
  readonly slices: () => Iterable<Column>;
}

/** A state in pieces, by how they are best written; what they mean is opaque here. */
export interface CheckpointState<AnyColumn> {
  /** Large and nearly always the same object, plain JSON: written once, into a file of its own. */
  readonly plan: object;
  /** Small. */
  readonly rest: unknown;
  /** They belong to the checkpoint from now on. */
  readonly columns: Readonly<Record<string, AnyColumn>>;
}

/** A state with the place in the journal that it belongs to; read again, all its columns are whole. */
export interface Checkpoint<AnyColumn = Column> {
  readonly mark: TurnMark;
  readonly state: CheckpointState<AnyColumn>;
}

/** Where checkpoints are kept: the last two, newest last. */
export interface Checkpoints {
  /** Checkpoints that are whole, newest first. */
  readonly load: () => readonly Checkpoint[];
  /** The place of the oldest one; null where there is none. */
  readonly oldest: () => number | null;
  /** Writes a plan's file at once, so that no checkpoint has to: for a start, while nobody waits yet. */
  readonly keepPlan: (plan: object) => Promise<void>;
  /**
   * Writes one: the small pieces are copied at once, the file is written in the background, not before `after`: a
   * checkpoint must not know of more than the journal does after a power cut. One at a time: the next waits for its outcome.
   */
  readonly save: (checkpoint: Checkpoint<Column | SlowColumn>, after: Promise<void>) => Promise<void>;
}

/** Changes when the state's shape does: an older one is then left alone, and the journal is read from its beginning. */
const shape = "skyground-checkpoint-10";
const kept = 2;
const planNameLength = 16;
/** A disk that has more than this to write for a checkpoint keeps the journal waiting, and every alarm with it. */
const mostUnsynced = 1024 * 1024;
/** So many points of a plan are written at once: 1 to 2 ms. */
const sliceLength = 128;
const columnKinds = { Float64Array, Uint32Array, Uint8Array } as const;

interface Head {
  readonly shape: string;
  readonly mark: TurnMark;
  readonly rest: unknown;
  readonly columns: readonly (readonly [name: string, kind: keyof typeof columnKinds, bytes: number])[];
}

/** `position-plan.checkpoint`: where in the journal, and which plan file belongs to it. */
const checkpointName = /^\d{16}-([0-9a-f]+)\.checkpoint$/u;
const planFileName = (plan: string): string => `${plan}.plan`;

function namesOf(dir: string): readonly string[] {
  return readdirSync(dir)
    .filter((name) => checkpointName.test(name))
    .toSorted();
}

function planOf(name: string): string {
  return checkpointName.exec(name)?.[1] ?? "";
}

/** The file's bytes without their checksum, which stands last; throws where it does not hold. */
function readWhole(file: string): Buffer {
  const bytes = readFileSync(file);
  const body = bytes.subarray(0, -4);
  if (bytes.length < 4 || crc32(body) !== bytes.readUInt32LE(bytes.length - 4)) {
    throw new Error("its checksum does not hold");
  }
  return body;
}

function loadOne(dir: string, name: string, log: Log): Checkpoint | null {
  try {
    const body = readWhole(join(dir, name));
    let end = 4 + body.readUInt32LE(0);
    const head = deserialize(body.subarray(4, end)) as Head;
    if (head.shape !== shape) throw new Error(`it is of the shape ${head.shape}`);
    const columns: Record<string, Column> = {};
    for (const [column, kind, bytes] of head.columns) {
      // Copied, because the numbers need not lie on their boundary in the file.
      columns[column] = new columnKinds[kind](Uint8Array.from(body.subarray(end, end + bytes)).buffer);
      end += bytes;
    }
    const plan = JSON.parse(readWhole(join(dir, planFileName(planOf(name)))).toString()) as object;
    return { mark: head.mark, state: { plan, rest: head.rest, columns } };
  } catch (error) {
    log.warn("a checkpoint was left alone", { file: join(dir, name), reason: (error as Error).message });
    return null;
  }
}

/** A file of the checkpoints, looked at: whole with its place in the journal, of another release, or why it is neither. */
export interface LookedAt {
  readonly file: string;
  /** Null for plans, and for checkpoints of another shape: they are left alone. */
  readonly mark: TurnMark | null;
  readonly fault: string | null;
}

function lookAt(dir: string, file: string): LookedAt {
  try {
    const body = readWhole(join(dir, file));
    if (file.endsWith(".plan")) {
      const isItself = createHash("sha256").update(body).digest("hex").startsWith(file.slice(0, -".plan".length));
      return { file, mark: null, fault: isItself ? null : "it is another plan than its name says" };
    }
    const head = deserialize(body.subarray(4, 4 + body.readUInt32LE(0))) as Head;
    if (head.shape !== shape) return { file, mark: null, fault: null };
    const isItself = Number(file.slice(0, 16)) === head.mark.position;
    return { file, mark: head.mark, fault: isItself ? null : "it is of another place than its name says" };
  } catch (error) {
    return { file, mark: null, fault: (error as Error).message };
  }
}

/** Looks at every checkpoint and plan of a data directory, oldest first. */
export function lookAtCheckpoints(dir: string): readonly LookedAt[] {
  const files = readdirSync(dir).filter((name) => checkpointName.test(name) || /^[0-9a-f]+\.plan$/u.test(name));
  return files.toSorted().map((file) => lookAt(dir, file));
}

function bytesOf({ buffer, byteOffset, byteLength }: Column): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The beginning of a checkpoint's file, copied at once; the columns follow it, in their order. */
function encodeHead({ mark, state }: Checkpoint<Column | SlowColumn>): readonly Uint8Array[] {
  const kindOf = (column: Column | SlowColumn): string => ("slices" in column ? column.kind : column.constructor.name);
  const columns = Object.entries(state.columns).map(
    ([name, column]) => [name, kindOf(column), column.byteLength] as const,
  );
  const head = serialize({ shape, mark, rest: state.rest, columns });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return [length, head];
}

function* piecesOf(head: readonly Uint8Array[], columns: Iterable<Column | SlowColumn>): Generator<Uint8Array> {
  yield* head;
  for (const column of columns) {
    if ("slices" in column) for (const slice of column.slices()) yield bytesOf(slice);
    else yield bytesOf(column);
  }
}

/** Writes the pieces and their checksum, one after the other, so that nothing waits for a large state. */
async function writeFile(file: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const handle = await open(`${file}.tmp`, "w");
  const write = async (piece: Uint8Array): Promise<void> => {
    const { bytesWritten } = await handle.write(piece);
    // A disk that is nearly full takes a part and says nothing.
    const missing = piece.length - bytesWritten;
    if (missing > 0) throw new Error(`${file}: ${missing} bytes were not written: is the disk full?`);
  };
  try {
    let crc = 0;
    let unsynced = 0;
    for (const piece of pieces) {
      // Of no bytes at all zlib's checksum is 0, whatever came before.
      if (piece.length === 0) continue;
      crc = crc32(piece, crc);
      await write(piece);
      unsynced += piece.length;
      if (unsynced < mostUnsynced) continue;
      await handle.datasync();
      unsynced = 0;
    }
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc);
    await write(sum);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
}

/** Only the newest checkpoints stay, and the plans that they name. */
function forgetOld(dir: string): void {
  const names = namesOf(dir);
  for (const old of names.slice(0, -kept)) rmSync(join(dir, old), { force: true });
  const plans = new Set(names.slice(-kept).map((name) => planFileName(planOf(name))));
  const files = readdirSync(dir).filter((name) => name.endsWith(".plan"));
  for (const file of files) if (!plans.has(file)) rmSync(join(dir, file), { force: true });
}

/** The JSON of a plan, piece by piece: in one, that of 50,000 points would hold everything else for a third of a second and more. */
function* textOf(plan: object): Generator<string> {
  let before = "{";
  for (const [key, value] of Object.entries(plan) as [string, unknown][]) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    before = ",";
    if (!Array.isArray(value) || value.length === 0) {
      yield JSON.stringify(value);
      continue;
    }
    for (let from = 0; from < value.length; from += sliceLength) {
      yield (from === 0 ? "[" : ",") + JSON.stringify(value.slice(from, from + sliceLength)).slice(1, -1);
    }
    yield "]";
  }
  yield before === "{" ? "{}" : "}";
}

/** The same as bytes; between the pieces everything else has its turn. */
async function bytesOfPlan(plan: object): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (const text of textOf(plan)) {
    pieces.push(Buffer.from(text));
    await breathe();
  }
  return pieces;
}

/** Opens the checkpoints of a data directory. */
export function openCheckpoints(dir: string, log: Log): Checkpoints {
  mkdirSync(dir, { recursive: true });
  let written: { readonly plan: object; readonly name: string } | null = null;

  const keepPlan = async (plan: object): Promise<string> => {
    if (written?.plan === plan) return written.name;
    const pieces = await bytesOfPlan(plan);
    const hash = createHash("sha256");
    for (const piece of pieces) hash.update(piece);
    const name = hash.digest("hex").slice(0, planNameLength);
    await writeFile(join(dir, planFileName(name)), pieces);
    written = { plan, name };
    return name;
  };

  return {
    load: () =>
      namesOf(dir)
        .toReversed()
        .flatMap((name) => {
          const one = loadOne(dir, name, log);
          if (one === null) return [];
          written ??= { plan: one.state.plan, name: planOf(name) };
          return [one];
        }),
    oldest: () => {
      const [name] = namesOf(dir);
      return name === undefined ? null : Number(name.slice(0, 16));
    },
    keepPlan: async (plan) => void (await keepPlan(plan)),
    save: async (checkpoint, after) => {
      const { plan, columns } = checkpoint.state;
      const head = encodeHead(checkpoint);
      await after;
      const planName = await keepPlan(plan);
      const position = String(checkpoint.mark.position).padStart(16, "0");
      await writeFile(join(dir, `${position}-${planName}.checkpoint`), piecesOf(head, Object.values(columns)));
      forgetOld(dir);
    },
  };
}
