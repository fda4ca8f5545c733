// `npm run faults`: breaks the server and its neighbours in every way that we know, and counts what came of it.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { aboutMachine } from "../bench/machine.mjs";
import { table } from "../bench/table.mjs";
import { clock, disk, kill, two } from "./server-cases.mjs";
import { fuzz } from "./fuzz.mjs";
import { bothAway, influxAway, mosquittoAway, refusing } from "./neighbour-cases.mjs";

const usage = `npm run faults -- [--only NAME,NAME] [--kills 100] [--times 5] [--fuzz-runs 1000000] [--seed N] [--json FILE]
  kill        the server by kill -9 at random moments under 2,000 messages a second
  mosquitto   Mosquitto ended and started again; influx: InfluxDB; both: together
  refusing    InfluxDB answers 401, 429, 503, slowly, or not at all
  disk        the file system is full; clock: the server's clock jumps; two: a second server on the data
  fuzz        broken payloads for each dialect, a tenth as many broken packets for the embedded broker`;
const cases = { kill, mosquitto: mosquittoAway, influx: influxAway, both: bothAway, refusing, disk, clock, two, fuzz };

/** Marsaglia's xorshift32: the same moments for the same seed. */
function createRandom(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function read() {
  const text = { type: "string" };
  const { values } = parseArgs({
    options: {
      only: text,
      kills: text,
      times: text,
      seed: text,
      json: text,
      "fuzz-runs": text,
      help: { type: "boolean" },
    },
  });
  const only = values.only?.split(",") ?? Object.keys(cases);
  const unknown = only.filter((name) => !(name in cases));
  if (unknown.length > 0) throw new Error(`--only: no case ${unknown.join(", ")}`);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const fuzzRuns = Number(values["fuzz-runs"] ?? 1_000_000);
  return { ...values, only, seed, fuzzRuns, kills: Number(values.kills ?? 100), times: Number(values.times ?? 5) };
}

const columns = [
  ["fault", ({ fault }) => fault],
  ["times", ({ times }) => times],
  ["acknowledged", ({ acknowledged }) => acknowledged],
  ["of them lost", ({ lost }) => lost],
  ["verify: missing", ({ missing }) => missing],
  ["extra", ({ extra }) => extra],
  ["came again", ({ again }) => again],
  ["rows / wanted", ({ rows, rowsWanted }) => (rows === undefined ? null : `${rows} / ${rowsWanted}`)],
  ["note", ({ note, lostByBroker }) => (lostByBroker === undefined ? note : `${lostByBroker} lost: ${note}`)],
];

async function run(values) {
  const about = aboutMachine();
  console.log(`${about.cores} cores ${about.cpu}, Node ${about.node}; seed ${values.seed}\n`);
  const options = { ...values, random: createRandom(values.seed), say: (line) => console.error(`  ${line}`) };
  const rows = [];
  for (const name of values.only) {
    console.error(name);
    rows.push(...(await cases[name](options)));
  }
  console.log(table("Faults", columns, rows));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ about, rows }, null, 2)}\n`);
  const bad = rows.filter(({ isGood, lost }) => !isGood || lost > 0);
  for (const row of bad) console.error(`NOT KEPT: ${row.fault}: ${row.said}; ${row.examples.join(", ")}`);
  return bad.length === 0 ? 0 : 1;
}

try {
  const values = read();
  if (values.help) console.log(usage);
  else process.exitCode = await run(values);
} catch (error) {
  console.error(`${error.stack}\n${usage}`);
  process.exit(1);
}
