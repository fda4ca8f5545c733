// `npm run bench`: measures the built server on this machine, each bench with servers, plants and folders of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { aboutMachine, busyness } from "./machine.mjs";
import { benches } from "./benches.mjs";
import { table } from "./table.mjs";

const usage = `npm run bench -- [--only NAME,NAME] [--short] [--times 3] [--rates N,max] [--json FILE] [--node-args "ARGS OF THE SERVER"]`;

const historian = "historian";
const names = [...Object.keys(benches), historian];

function read() {
  const text = { type: "string" };
  const { values } = parseArgs({
    options: {
      only: text,
      json: text,
      times: text,
      rates: text,
      "node-args": text,
      short: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const only = values.only?.split(",") ?? names;
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`--only: no bench ${unknown.join(", ")}; there are ${names.join(", ")}`);
  return { ...values, only };
}

async function runBench(name, options) {
  const { run: bench, title, columns } = benches[name];
  // What is measured is said at once: a long run that is broken off has not been for nothing.
  const rows = await bench({ ...options, say: (row) => console.error(`${name}: ${JSON.stringify(row)}`) });
  console.log(table(title, columns, rows));
  return rows;
}

/** The historian's store is measured without a server, by a program of its own that prints its own tables. */
function runHistorian(isShort) {
  const folder = mkdtempSync(join(tmpdir(), "skyground-bench-"));
  const file = join(folder, "historian.json");
  const program = fileURLToPath(new URL("historian.mjs", import.meta.url));
  const words = [program, "--json", file, ...(isShort ? ["--short"] : [])];
  try {
    const { status } = spawnSync(process.execPath, words, { stdio: ["ignore", "inherit", "inherit"] });
    if (status !== 0) throw new Error(`the bench of the historian ended with ${status}`);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(values) {
  const about = { ...aboutMachine(), startedAt: new Date().toISOString(), isShort: values.short === true };
  const results = {};
  const options = {
    isShort: values.short === true,
    rates: values.rates?.split(",").map((rate) => (rate === "max" ? rate : Number(rate))),
    times: Number(values.times ?? (values.short === true ? 1 : 3)),
    nodeArgs: values["node-args"]?.split(" ").filter((word) => word !== "") ?? [],
  };
  console.log(
    `${about.cores} cores ${about.cpu}, ${about.memoryGib} GiB, Node ${about.node}; busy ${busyness()} before\n`,
  );
  for (const name of values.only) {
    results[name] = name === historian ? runHistorian(options.isShort) : await runBench(name, options);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ about, results }, null, 2)}\n`);
  }
}

try {
  const values = read();
  if (values.help) console.log(usage);
  else await run(values);
} catch (error) {
  console.error(`${error.stack}\n${usage}`);
  process.exit(1);
}
