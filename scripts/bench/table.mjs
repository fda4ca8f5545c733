// Results as tables in Markdown, so that what is printed can be put into a document as it is.

/** A table: `columns` gives each column's head and how to read its cell from a row. */
export function table(title, columns, rows) {
  const cells = rows.map((row) => columns.map(([, read]) => show(read(row))));
  const heads = columns.map(([head]) => head);
  const widths = heads.map((head, index) => Math.max(head.length, ...cells.map((line) => line[index].length)));
  const lineOf = (line) => `| ${line.map((cell, index) => cell.padEnd(widths[index])).join(" | ")} |`;
  const rule = lineOf(widths.map((width) => "-".repeat(width)));
  return [`### ${title}`, "", lineOf(heads), rule, ...cells.map(lineOf), ""].join("\n");
}

function show(cell) {
  if (cell === null || cell === undefined) return "—";
  return typeof cell === "number" ? cell.toLocaleString("en-US", { maximumFractionDigits: 3 }) : String(cell);
}

/** A share of a core in percent. */
export const percent = (share) => (share === null || share === undefined ? null : `${Math.round(share * 100)} %`);

/** Three percentiles in one cell. */
export const spread = (delay) =>
  delay === null || delay === undefined
    ? null
    : `${show(delay.p50)} / ${show(delay.p99)} / ${show(delay.p999 ?? delay.max)}`;
