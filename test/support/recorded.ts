// What a data directory holds, asked of the program itself (`journal`, `verify`) and of the embedded store's own file.
import { join } from "node:path";
import Database from "libsql";
import type { Transition } from "../../contract/alarm.ts";
import type { RecordedInput } from "../../contract/input.ts";
import type { JournalRecord, RecordedChange } from "../../contract/journal.ts";
import { runCommand } from "./server.ts";

/** A message as `journal` prints it: its payload as text. */
export interface RecordedMessage {
  readonly kind: "message";
  readonly number: number;
  readonly at: number;
  readonly topic: string;
  readonly payload: string;
}

type PrintedInput = Exclude<RecordedInput, { kind: "message" }> | RecordedMessage;

/** Everything that a journal says. */
export interface Recorded {
  readonly inputs: readonly PrintedInput[];
  readonly messages: readonly RecordedMessage[];
  readonly changes: readonly RecordedChange[];
  readonly transitions: readonly Transition[];
}

/** Runs `journal` and takes its lines apart. */
export async function readRecorded(dataDir: string): Promise<Recorded> {
  const { code, stdout, stderr } = await runCommand(["journal", "--data", dataDir]);
  if (code !== 0) throw new Error(`journal: ${code} ${stderr}`);
  type Printed = Exclude<JournalRecord, { type: "input" }> | { readonly type: "input"; readonly input: PrintedInput };
  const lines = stdout.split("\n").filter((line) => line !== "");
  const records = lines.map((line) => JSON.parse(line) as Printed);
  const inputs = records.flatMap((record) => (record.type === "input" ? [record.input] : []));
  const changes = records.flatMap((record) => (record.type === "change" ? [record.change] : []));
  return {
    inputs,
    messages: inputs.filter((input) => input.kind === "message"),
    changes,
    transitions: changes.flatMap((change) => (change.type === "alarm" ? [change.transition] : [])),
  };
}

/** Where the numbers of a journal are not 1, 2, 3, …: nothing where all is well. */
export function holesOf(recorded: Recorded): readonly string[] {
  const holes = (what: string, numbers: readonly number[]): readonly string[] =>
    numbers.flatMap((number, place) => (number === place + 1 ? [] : [`${what} ${place + 1} is ${number}`])).slice(0, 3);
  const inputs = recorded.inputs.map(({ number }) => number);
  const changes = recorded.changes.map(({ seq }) => seq);
  return [...holes("input", inputs), ...holes("change", changes)];
}

/** The last line of `verify`, and its exit code. */
export async function verify(
  dataDir: string,
): Promise<{ readonly code: number | null; readonly verdict: string; readonly stdout: string }> {
  const { code, stdout } = await runCommand(["verify", "--data", dataDir]);
  return { code, verdict: stdout.trim().split("\n").at(-1) ?? "", stdout };
}

/** A row of the embedded store. */
export interface StoredRow {
  readonly point: string;
  readonly sourceAt: number;
  readonly value: number;
  readonly quality: number;
}

/** Every row of the embedded store, in order of point and time; the server may be running. */
export function storedRows(dataDir: string): readonly StoredRow[] {
  const database = new Database(join(dataDir, "historian.db"), { timeout: 5000 });
  try {
    const rows = database
      .prepare("SELECT id, source_at, value, quality FROM sample JOIN point ON number = point ORDER BY id, source_at")
      .raw()
      .all() as [string, number, number, number][];
    return rows.map(([point, sourceAt, value, quality]) => ({ point, sourceAt, value, quality }));
  } finally {
    database.close();
  }
}
