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

/** A state in pieces, by how they are best written; what they mean is opaque here. */
export interface CheckpointState {
  /** Large and nearly always the same object: written once, into a file of its own. */
  readonly plan: object;
  /** Small. */
  readonly rest: unknown;
  /** Large and new each time; they belong to the checkpoint from now on. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** A state with the place in the journal that it belongs to. */
export interface Checkpoint {
  readonly mark: TurnMark;
  readonly state: CheckpointState;
}

/** Where checkpoints are kept: the last two, newest last. */
export interface Checkpoints {
  /** Checkpoints that are whole, newest first. */
  readonly load: () => readonly Checkpoint[];
  /**
   * Writes one: the state is copied at once, the files are written in the background, not before `after`: a checkpoint
   * must not know of more than the journal does after a power cut. One at a time: the next waits for its outcome.
   */
  readonly save: (checkpoint: Checkpoint, after: Promise<void>) => Promise<void>;
}

/** Changes when the state's shape does: an older one is then left alone, and the journal is read from its beginning. */
const shape = "skyground-checkpoint-3";
const kept = 2;
const planNameLength = 16;
const sliceBytes = 4 * 1024 * 1024;
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
    const plan = deserialize(readWhole(join(dir, planFileName(planOf(name))))) as object;
    return { mark: head.mark, state: { plan, rest: head.rest, columns } };
  } catch (error) {
    log.warn("a checkpoint was left alone", { file: join(dir, name), reason: (error as Error).message });
    return null;
  }
}

/** In slices, so that nothing waits for the checksum of a large state. */
async function withChecksum(pieces: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  let crc = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += sliceBytes) {
      crc = crc32(piece.subarray(from, from + sliceBytes), crc);
      await breathe();
    }
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc);
  return [...pieces, sum];
}

/** The bytes of a checkpoint, of which only the columns are not copied. */
function encode({ mark, state }: Checkpoint): readonly Uint8Array[] {
  const columns = Object.entries(state.columns);
  const kinds = columns.map(([name, column]) => [name, column.constructor.name, column.byteLength] as const);
  const head = serialize({ shape, mark, rest: state.rest, columns: kinds });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const bytes = columns.map(([, { buffer, byteOffset, byteLength }]) => new Uint8Array(buffer, byteOffset, byteLength));
  return [length, head, ...bytes];
}

async function writeFile(file: string, bare: readonly Uint8Array[]): Promise<void> {
  const pieces = await withChecksum(bare);
  const handle = await open(`${file}.tmp`, "w");
  try {
    const { bytesWritten } = await handle.writev(pieces);
    // A disk that is nearly full takes a part and says nothing.
    const missing = pieces.reduce((sum, piece) => sum + piece.length, -bytesWritten);
    if (missing > 0) throw new Error(`${file}: ${missing} bytes were not written: is the disk full?`);
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

/** Opens the checkpoints of a data directory. */
export function openCheckpoints(dir: string, log: Log): Checkpoints {
  mkdirSync(dir, { recursive: true });
  let written: { readonly plan: object; readonly name: string } | null = null;
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
    save: async (checkpoint, after) => {
      const { plan } = checkpoint.state;
      const pieces = encode(checkpoint);
      await after;
      if (written?.plan !== plan) {
        const bytes = serialize(plan);
        const name = createHash("sha256").update(bytes).digest("hex").slice(0, planNameLength);
        await writeFile(join(dir, planFileName(name)), [bytes]);
        written = { plan, name };
      }
      const position = String(checkpoint.mark.position).padStart(16, "0");
      await writeFile(join(dir, `${position}-${written.name}.checkpoint`), pieces);
      forgetOld(dir);
    },
  };
}
