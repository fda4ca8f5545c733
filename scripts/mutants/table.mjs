// What a run of mutants came to: a table with a row a file, and the survivors one by one.
import { entryOf } from "./explained.mjs";

function cells(name, mutants, unexplained) {
  const count = (status) => mutants.filter((mutant) => mutant.status === status).length;
  const [killed, endless, survived, uncovered] = ["killed", "endless", "survived", "uncovered"].map(count);
  const open = unexplained.filter((mutant) => mutants.includes(mutant)).length;
  const score = mutants.length === 0 ? 100 : (100 * (killed + endless)) / mutants.length;
  return [name, mutants.length, killed, endless, survived, uncovered, open, `${score.toFixed(1)} %`].map(String);
}

/** Per file: mutants, killed by a failed test, ended as endless, survived, reached by no test, unexplained, score. */
export function tableOf(sources, unexplained) {
  const head = ["file", "mutants", "killed", "endless", "survived", "without cover", "unexplained", "score"];
  const rows = sources.map(({ file, mutants }) => cells(file, mutants, unexplained));
  const all = sources.flatMap(({ mutants }) => mutants);
  const lines = [head, ...rows, cells("all", all, unexplained)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  return lines.map((line) => line.map(pad).join("  ")).join("\n");
}

/** Each survivor with its place, and as an entry that may be explained. */
export function survivorLines(mutants) {
  const told = (mutant) => `${mutant.file}:${mutant.row} ${mutant.status}\n  ${entryOf(mutant)}`;
  return mutants.map(told).join("\n");
}
