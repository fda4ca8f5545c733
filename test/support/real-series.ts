// The real series that lie in `shared/` beside the checkout, read row by row.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const real = new URL("../../../shared/data/real/", import.meta.url);

/** The rows of a file by the names of their columns; an empty cell is an empty text. */
export async function* rowsOf(file: string): AsyncGenerator<Readonly<Record<string, string>>> {
  const lines = createInterface({ input: createReadStream(fileURLToPath(new URL(file, real))), crlfDelay: Infinity });
  let names: readonly string[] | null = null;
  for await (const line of lines) {
    const cells = line.split(",");
    if (names === null) names = cells;
    else yield Object.fromEntries(names.map((name, nth) => [name, cells[nth] ?? ""]));
  }
}

/** A time as the series write it, epoch ms; without a zone it is UTC. */
export function timeOf(text: string): number {
  return Date.parse(text.endsWith("Z") ? text : `${text.replace(" ", "T")}${text.includes(" ") ? "" : "T00:00:00"}Z`);
}

/** One column as times and values, in the file's order; rows without a value are left out. */
export async function seriesOf(
  file: string,
  time: string,
  column: string,
): Promise<readonly (readonly [number, number])[]> {
  const series: [number, number][] = [];
  for await (const row of rowsOf(file)) {
    const cell = row[column] ?? "";
    if (cell !== "") series.push([timeOf(row[time] ?? ""), Number(cell)]);
  }
  return series;
}
