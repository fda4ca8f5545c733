// The soak's table: each figure beside its budget, and whether it is within.

/** Prints a result; the last line says whether every budget was kept. */
export function printTable({ rows, screens, seconds, rate, isShort }, load, print) {
  const lines = rows.map(({ what, figure, budget, isWithin }) => [
    what,
    figure,
    budget ?? "",
    isWithin === null ? "" : isWithin ? "within" : "OVER",
  ]);
  const all = [["", "measured", "budget", ""], ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((line) => line[column].length)));
  print("");
  print(`The wall: ${seconds} s of the overview at ${rate} changed values/s, screens ${screens.join(", ")}`);
  print(
    `load average ${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after; drawn in software, without a GPU`,
  );
  print("");
  for (const line of all) {
    print(
      line
        .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell))
        .join("  ")
        .trimEnd(),
    );
  }
  const over = rows.filter(({ isWithin }) => isWithin === false);
  print("");
  print(over.length === 0 ? "every budget is kept: within" : `over: ${over.map(({ what }) => what).join("; ")}`);
  if (isShort) print("This was the short form: its figures prove nothing.");
}
