// A workbook made in a thread of its own: a hundred thousand rows take seconds, which the loop does not have.
import { parentPort, workerData } from "node:worker_threads";
import writeXlsxFile, { type Row } from "write-excel-file/node";

/** A cell: a text, a number, nothing, or an instant (epoch ms) that is written as local time. */
export type SheetCell = string | number | null | { readonly at: number };

/** What the thread is started with: how far the clock of the place is ahead of UTC, ms. */
export interface SheetSetup {
  readonly name: string;
  readonly zoneMs: number;
  /** Row of the column names, from 0; what stands above says what the table is. */
  readonly headAt: number;
}

function cellOf(cell: SheetCell, zoneMs: number): Row[number] {
  // A text is written as text: a workbook runs no formula that is not one of its own kind.
  if (typeof cell === "string") return { type: String, value: cell };
  if (typeof cell === "number") return { type: Number, value: cell };
  if (cell === null) return null;
  return { type: Date, value: new Date(cell.at + zoneMs), format: "yyyy-mm-dd hh:mm:ss" };
}

async function make({ name, headAt }: SheetSetup, data: Row[]): Promise<Uint8Array> {
  const columns = (data[headAt] ?? []).map(() => ({ width: 22 }));
  return writeXlsxFile(data, { sheet: name, columns, stickyRowsCount: headAt + 1 }).toBuffer();
}

if (parentPort !== null) {
  const port = parentPort;
  const setup = workerData as SheetSetup;
  const data: Row[] = [];
  // Pages of rows as they come; null: that was the last one.
  port.on("message", (page: readonly (readonly SheetCell[])[] | null) => {
    if (page === null) void make(setup, data).then((bytes) => port.postMessage(bytes));
    else data.push(...page.map((row) => row.map((cell) => cellOf(cell, setup.zoneMs))));
  });
}
