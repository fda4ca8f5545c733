// The pure monitor alone, with the demo's packs on many copies of its sites: values a CPU second of one thread, bytes, memory.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { serverFlags } from "../node-flags.mjs";
import { busyness } from "./machine.mjs";

const program = fileURLToPath(new URL("engine-run.mjs", import.meta.url));
/** A young generation in which nothing is collected while bytes are counted, MiB. */
const roomFlags = ["--max-semi-space-size=128", "--min-semi-space-size=128"];

function run(words, flags = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, "--expose-gc", program, ...words], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new Error(`the engine ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Rows: as it runs live, and by the long way alone, which `verify` and a flood of alarms take. */
export function benchEngine({ isShort, times, say }) {
  const [points, before, hours, longHours] = isShort ? ["190", "0.05", "0.05", "0.05"] : ["5000", "1", "1", "0.2"];
  const rows = [];
  for (const { how, words } of [
    { how: "as it runs", words: [points, before, hours] },
    { how: "the long way only", words: [points, before, longHours, "long"] },
  ]) {
    const runs = Array.from({ length: times }, () => run(words, serverFlags));
    const [middle] = runs
      .toSorted((a, b) => a.valuesPerCpuSecond - b.valuesPerCpuSecond)
      .slice(Math.floor((times - 1) / 2));
    const { heapBytesAValue } = run(words.concat("heap"), roomFlags);
    const row = { how, ...middle, heapBytesAValue, busy: busyness() };
    say(row);
    rows.push(row);
  }
  return rows;
}
