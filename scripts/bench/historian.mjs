// Measures the embedded historian against its bars: rows in, the main loop's delay meanwhile, history, bytes, memory.
// node scripts/bench/historian.mjs [--short] [--json FILE] [--memory MIB]; needs a build (npm run build).
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as breathe, setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const server = new URL("../../dist/server/", import.meta.url);
const load = (file) => import(new URL(file, server).href);
const points = 2000;
const stepMs = 10_000;
const startAt = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const messageValues = 10;

/** The load of decisions: one sample per 10 s ± 20 ms a point, a random walk rounded to 0.01, seed 1. */
function createLoad() {
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const last = new Float64Array(points).fill(50);
  let next = 0;
  return (add) => {
    const point = next % points;
    const sourceAt = startAt + Math.floor(next / points) * stepMs + Math.floor(random() * 41);
    last[point] = Math.round((last[point] + (random() - 0.5) * 0.4) * 100) / 100;
    next += 1;
    add(point, sourceAt, sourceAt + 20 + Math.floor(random() * 80), last[point]);
  };
}

const nameOf = (point) => `hc-${String(Math.floor(point / 50)).padStart(2, "0")}/P-${point % 50}`;

if (isMainThread) await main();
else await work();

async function main() {
  const { values } = parseArgs({
    options: { short: { type: "boolean" }, json: { type: "string" }, memory: { type: "string" } },
  });
  const isShort = values.short === true;
  const memoryMib = values.memory === undefined ? undefined : Number(values.memory);
  const dir = mkdtempSync(join(tmpdir(), "skyground-bench-"));
  const loadBefore = loadavg()[0];
  const setup = { dir, memoryMib, rows: isShort ? 2_000_000 : 50_000_000, journalRows: isShort ? 200_000 : 3_000_000 };
  const worker = new Worker(new URL(import.meta.url), { workerData: setup });
  try {
    const figures = await measure(worker, setup);
    const machine = { cores: cpus().length, node: process.version, loadBefore: round(loadBefore, 2) };
    const result = { name: "historian", isShort, machine, ...figures };
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
    print(result);
  } finally {
    await worker.terminate();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(worker, { rows, dir }) {
  const ask = askOf(worker);
  await ask({ do: "open" });
  let peak = 0;
  const sampling = setInterval(() => (peak = Math.max(peak, rss())), 100);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const ingest = ask({ do: "ingest" });
  const isDone = ingest.then(() => true);
  const meanwhile = [];
  while (!(await Promise.race([isDone, delay(40, false)]))) {
    meanwhile.push(await timed(() => ask({ do: "history", query: queryOf(meanwhile.length * 67, 0, 500, true) })));
  }
  const { rowsPerSecond } = await ingest;
  loop.disable();
  const { bytes, lastAt } = await ask({ do: "extent" });
  const spans = { closed: startAt, open: Math.max(startAt, lastAt - dayMs) };
  const history = {};
  for (const [name, from] of Object.entries(spans)) {
    const one = [];
    for (let turn = 0; turn < 200; turn += 1) {
      one.push(await timed(() => ask({ do: "history", query: queryOf(turn * 67, from, 500) })));
    }
    const hundred = [];
    for (let turn = 0; turn < 5; turn += 1) hundred.push(await timed(() => ask({ do: "hourly", from, turn })));
    history[name] = { one: percentiles(one), hundredPointsHourly: percentiles(hundred) };
  }
  const journal = await ask({ do: "journal" });
  clearInterval(sampling);
  return {
    rows,
    rowsPerSecond: Math.round(rowsPerSecond),
    loopDelayMs: { p99: round(loop.percentile(99) / 1e6, 1), max: round(loop.max / 1e6, 1) },
    historyMs: { ...history, whileWriting: percentiles(meanwhile) },
    bytesPerRow: round(bytes / rows, 2),
    fileBytesPerRow: round(sizeOf(join(dir, "historian")) / rows, 2),
    rssPeakMib: peak,
    journalRowsPerSecond: Math.round(journal.rowsPerSecond),
  };
}

function askOf(worker) {
  const waiting = new Map();
  let last = 0;
  worker.on("message", ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  return (request) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, ...request });
    });
}

function queryOf(point, from, buckets, isNewest = false) {
  return { point: nameOf(point % points), from, to: from + dayMs, buckets, isNewest };
}

async function timed(action) {
  const from = performance.now();
  await action();
  return performance.now() - from;
}

function percentiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0, 1);
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}

function round(number, places) {
  return Number(number.toFixed(places));
}

function rss() {
  return Math.round(process.memoryUsage.rss() / 1024 / 1024);
}

function sizeOf(dir) {
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}

function print({ isShort, machine, rows, rowsPerSecond, loopDelayMs, historyMs, ...rest }) {
  const { closed, open, whileWriting } = historyMs;
  const lines = [
    ["rows in, rows/s", "≥ 300,000", rowsPerSecond.toLocaleString("en")],
    ["main loop's delay meanwhile, p99 ms", "< 20", loopDelayMs.p99],
    ["one point, 24 h in 500 buckets, closed, p50 (p99) ms", "≤ 30", `${closed.one.p50} (${closed.one.p99})`],
    ["the same, open", "≤ 30", `${open.one.p50} (${open.one.p99})`],
    ["the same, while rows come at full speed", "", `${whileWriting.p50} (${whileWriting.p99})`],
    ["100 points hourly over 24 h, closed, p50 ms", "≤ 300", closed.hundredPointsHourly.p50],
    ["the same, open", "≤ 300", open.hundredPointsHourly.p50],
    ["bytes a row, all files", "≤ 9", rest.fileBytesPerRow],
    ["memory of the process, peak MiB", "", rest.rssPeakMib],
    ["from the journal to the store, rows/s", "", rest.journalRowsPerSecond.toLocaleString("en")],
  ];
  const form = isShort ? " (short form: it shows that it runs, not how fast)" : "";
  console.log(`embedded historian, ${rows.toLocaleString("en")} rows of ${points} points${form}`);
  console.log(`${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore}\n`);
  console.log("| what | bar | measured |\n| --- | --- | --- |");
  for (const line of lines) console.log(`| ${line.join(" | ")} |`);
}

async function work() {
  const { createEmbeddedHistorian } = await load("adapters/historian/embedded.js");
  const { createPointNames, createRows } = await load("adapters/historian/rows.js");
  const { dir, memoryMib, rows, journalRows } = workerData;
  const options = memoryMib === undefined ? {} : { memoryMib };
  let store;
  let lastAt = startAt;
  const acts = {
    open: () => {
      store = createEmbeddedHistorian({ dir: join(dir, "historian"), ...options });
    },
    ingest: async () => {
      const names = createPointNames();
      for (let point = 0; point < points; point += 1) names.placeOf(nameOf(point));
      const batch = createRows(names, 20_000);
      const next = createLoad();
      const from = performance.now();
      for (let written = 0; written < rows; written += batch.count) {
        batch.clear();
        while (batch.count < Math.min(20_000, rows - written))
          next((point, at, by, value) => batch.add(point, at, by, value, 0));
        lastAt = batch.sourceAt[batch.count - 1];
        await breathe();
        await store.write(batch, written + batch.count);
      }
      await store.settled();
      return { rowsPerSecond: (rows / (performance.now() - from)) * 1000 };
    },
    history: ({ query }) => {
      const from = query.isNewest ? Math.max(startAt, lastAt - dayMs) : query.from;
      return store.history({ point: query.point, from, to: from + dayMs, buckets: query.buckets });
    },
    hourly: async ({ from, turn }) => {
      for (let place = 0; place < 100; place += 1) {
        await store.history({ point: nameOf((turn * 100 + place * 7) % points), from, to: from + dayMs, buckets: 24 });
      }
    },
    extent: () => ({ ...store.extent(), lastAt }),
    journal: async () => {
      // One store at a time, as in the server: each takes its own memory.
      await store.close();
      return readJournal(join(dir, "journal"), journalRows, join(dir, "second"), options);
    },
  };
  parentPort.on("message", ({ id, do: act, ...request }) => {
    Promise.resolve(acts[act](request)).then(
      (result) => parentPort.postMessage({ id, result }),
      (error) => parentPort.postMessage({ id, error: error.stack }),
    );
  });
}

/** The worker's whole way: bytes of the journal, messages of ten values, judged turns of fifty messages, stored rows. */
async function readJournal(dir, rows, storeDir, options) {
  const { encodeEnd, encodeInput } = await load("adapters/journal/records.js");
  const { segmentName } = await load("adapters/journal/read.js");
  const { createTurnReader } = await load("historian-turns.js");
  const { decodeNative } = await load("adapters/dialects/native.js");
  const { createEmbeddedHistorian } = await load("adapters/historian/embedded.js");
  mkdirSync(dir, { recursive: true });
  const file = openSync(join(dir, segmentName(0)), "w");
  const next = createLoad();
  let position = 0;
  let number = 0;
  const write = (bytes) => void (position += writeSync(file, bytes));
  for (let written = 0; written < rows;) {
    const turn = [];
    for (let message = 0; message < 50; message += 1, written += messageValues) {
      const samples = [];
      for (let value = 0; value < messageValues; value += 1) next((...sample) => samples.push(sample));
      const pairs = samples.map(([point, , , value]) => `"P-${point % 50}":${value}`).join(",");
      const payload = Buffer.from(`{"ts":${samples[0][1]},"values":{${pairs}}}`);
      const topic = `skyground/v1/${nameOf(samples[0][0]).split("/")[0]}/gw-1/telemetry`;
      number += 1;
      turn.push(encodeInput({ kind: "message", number, at: samples[0][2], topic, payload }));
    }
    write(Buffer.concat([...turn, encodeEnd({ upTo: number, seq: 0, flags: [], chain: "0".repeat(64) })]));
  }
  closeSync(file);
  const store = createEmbeddedHistorian({ dir: storeDir, ...options });
  const read = createTurnReader(dir, decodeNative);
  const from = performance.now();
  let stored = 0;
  for (let cursor = 0, isEnd = false; !isEnd;) {
    await breathe();
    const batch = read(cursor, position, 20_000);
    await store.write(batch.rows, batch.cursor);
    ({ cursor, isEnd } = batch);
    stored += batch.rows.count;
  }
  await store.settled();
  const seconds = (performance.now() - from) / 1000;
  await store.close();
  if (stored !== rows) throw new Error(`${stored} rows came out of the journal, not ${rows}`);
  return { rowsPerSecond: rows / seconds };
}
