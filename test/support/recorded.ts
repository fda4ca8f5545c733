// What a data directory holds, asked of the program itself (`journal`, `verify`) and of the embedded store's own files.
import { join } from "node:path";
import type { Transition } from "../../contract/alarm.ts";
import type { RecordedInput } from "../../contract/input.ts";
import type { JournalRecord, RecordedChange } from "../../contract/journal.ts";
import { openDays } from "../../server/adapters/historian/embedded-days.ts";
import { openBatchLog } from "../../server/adapters/historian/embedded-log.ts";
import type { RecentRows } from "../../server/adapters/historian/embedded-recent.ts";
import { createSeries, type SeriesBuffer } from "../../server/adapters/historian/rows.ts";
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
  const dir = join(dataDir, "historian");
  const log = openBatchLog(join(dir, "recent.db"), true);
  // The log before the days: a flush moves rows from it to them, and a row that is seen twice counts once.
  const batches = [...log.batches()];
  const points = log.points();
  log.close();
  const days = openDays({ dir, onTrouble: () => undefined, isReadOnly: true });
  const rows = points.flatMap(([point, number]) => {
    const series = createSeries();
    for (const day of days.list()) days.read(day, number, 0, Infinity, series);
    for (const { rows: one } of batches) addRowsOf(number, one, series);
    series.settle();
    return Array.from({ length: series.count }, (_, place) => ({
      point,
      sourceAt: series.sourceAt[place] ?? 0,
      value: series.value[place] ?? 0,
      quality: series.quality[place] ?? 0,
    }));
  });
  days.close();
  return rows.toSorted((a, b) => (a.point < b.point ? -1 : a.point > b.point ? 1 : a.sourceAt - b.sourceAt));
}

function addRowsOf(number: number, rows: RecentRows, into: SeriesBuffer): void {
  for (let place = 0; place < rows.count; place += 1) {
    if (rows.point[place] !== number) continue;
    into.add(rows.sourceAt[place] ?? 0, 0, rows.value[place] ?? 0, rows.quality[place] ?? 0);
  }
}
