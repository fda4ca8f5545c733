// The back-test over the historian's rows: one day of 2,000 points at 10 s through the embedded store's files and both monitors.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { busyness } from "./machine.mjs";

const load = (file) => import(new URL(`../../dist/server/${file}`, import.meta.url).href);
const startAt = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const stepMs = 10_000;
const pointsOfDevice = 50;
/** 30 days of 2,000 points at 10 s. */
const plannedSamples = 518_400_000;

const limitOf = (setpoint) => ({
  kind: "limit",
  setpoint,
  deadband: 1,
  onDelayMs: 0,
  onSamples: 1,
  offDelayMs: 0,
  provenance: { from: "product-default", clause: "bench", isConfirmed: false },
});
const levels = (low) => ({ blue: [limitOf(low)], red: [limitOf(95)] });

/** One site whose points all have limits; the first one's is on trial. */
function makePlan(count) {
  const text = { zh: "测", en: "bench" };
  const ids = Array.from({ length: count }, (_, nth) => nth);
  const devices = [...new Set(ids.map((nth) => `gw-${Math.floor(nth / pointsOfDevice)}`))];
  const duty = [{ tier: "city", withinMs: 600_000 }];
  const duties = { blue: duty, yellow: duty, orange: duty, red: duty };
  const rule = { id: "limit", direction: "high", latch: false };
  const version = { version: 1, validFrom: 0, approver: null, levels: levels(60) };
  return {
    city: { id: "city", name: text },
    counties: [{ id: "county", name: text }],
    sectors: [{ id: "sector", name: text, outline: "square" }],
    sites: [
      {
        id: "s1",
        name: text,
        shortName: text,
        county: "county",
        town: text,
        sector: "sector",
        lng: 115,
        lat: 22,
        rollup: { kind: "worstOf" },
        items: ["s1/i1"],
        devices: devices.map((code) => `s1/${code}`),
        facts: [],
      },
    ],
    items: [
      { id: "s1/i1", site: "s1", name: text, rollup: { kind: "worstOf" }, points: ids.map((nth) => `s1/P-${nth}`) },
    ],
    points: ids.map((nth) => ({
      id: `s1/P-${nth}`,
      code: `P-${nth}`,
      site: "s1",
      item: "s1/i1",
      device: `s1/gw-${Math.floor(nth / pointsOfDevice)}`,
      kind: "level",
      name: text,
      unit: "m",
      resolution: 0.01,
      decimals: 2,
      range: { sensor: [0, 100], operator: [0, 100] },
      overRange: "saturated",
      report: { everyMs: stepMs },
      silentAfterMs: 30_000,
      silence: {},
      isKey: true,
      rules: [{ ...rule, versions: [version] }],
      actionCard: null,
    })),
    devices: devices.map((code) => ({ id: `s1/${code}`, site: "s1", code })),
    routing: { process: duties, data: duties, reAlarmUnacknowledgedMs: {}, reAlarmAcknowledgedMs: {} },
    actionCards: {},
    lateAfterMs: 600_000,
  };
}

/** A walk that stays calm, but for the first point, which crosses the limits on trial now and then. */
function createWalk(count) {
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const last = new Float64Array(count).fill(50);
  return (point) => {
    const value = last[point] + (random() - 0.5) * 0.4;
    const ceiling = point === 0 ? 70 : 55;
    last[point] = Math.round(Math.min(ceiling, Math.max(45, value)) * 100) / 100;
    return last[point];
  };
}

async function fillHistorian(dir, count, spanMs) {
  const { createEmbeddedHistorian } = await load("adapters/historian/embedded.js");
  const { createPointNames, createRows } = await load("adapters/historian/rows.js");
  const names = createPointNames();
  for (let point = 0; point < count; point += 1) names.placeOf(`s1/P-${point}`);
  const store = createEmbeddedHistorian({ dir });
  const rows = createRows(names, 32_768);
  const walk = createWalk(count);
  let written = 0;
  for (let at = startAt; at < startAt + spanMs; at += stepMs) {
    for (let point = 0; point < count; point += 1) rows.add(point, at, at + 50, walk(point), 0);
    if (rows.count < 20_000 && at + stepMs < startAt + spanMs) continue;
    await store.write(rows, (written += rows.count));
    rows.clear();
  }
  await store.settled();
  await store.close();
}

async function fillJournal(dir, plan) {
  const { encodeEnd, encodeInput } = await load("adapters/journal/records.js");
  const { segmentName } = await load("adapters/journal/read.js");
  mkdirSync(dir, { recursive: true });
  const entry = { kind: "plan", number: 1, at: startAt, plan, by: "bench", reason: "bench" };
  const end = { upTo: 1, seq: 0, flags: [], chain: "0".repeat(64) };
  writeFileSync(join(dir, segmentName(0)), Buffer.concat([encodeInput(entry), encodeEnd(end)]));
}

/** One row: the command itself over a store that was filled before. */
export async function benchBacktest({ isShort, say }) {
  const points = isShort ? 100 : 2000;
  const spanMs = isShort ? 3_600_000 : dayMs;
  const folder = mkdtempSync(join(tmpdir(), "skyground-bench-"));
  try {
    const plan = makePlan(points);
    await fillJournal(join(folder, "journal"), plan);
    await fillHistorian(join(folder, "historian"), points, spanMs);
    const change = {
      source: "s1/P-0",
      rule: "limit",
      direction: "high",
      version: { version: 2, validFrom: startAt, approver: null, levels: levels(58) },
      author: "bench",
      reason: "bench",
    };
    const [file, json] = [join(folder, "change.json"), join(folder, "report.json")];
    writeFileSync(file, JSON.stringify(change));
    const { runBacktest } = await load("commands/backtest.js");
    const told = [];
    const before = process.cpuUsage();
    const code = runBacktest(
      folder,
      file,
      { source: "historian", json },
      { out: () => undefined, say: (line) => told.push(line) },
    );
    const { user, system } = process.cpuUsage(before);
    if (code !== 0) throw new Error(`the back-test ended with ${code}: ${told.join("; ")}`);
    const { samples, tookMs, samplesPerSecond, differences } = JSON.parse(readFileSync(json, "utf8"));
    if (samples !== (points * spanMs) / stepMs) throw new Error(`${samples} samples were judged`);
    const plannedS = Math.round(plannedSamples / samplesPerSecond);
    const row = {
      points,
      samples,
      tookMs,
      samplesPerSecond,
      // On a machine that others use as well this says more.
      samplesPerCpuSecond: Math.round((samples * 1e6) / (user + system)),
      plannedS,
      differences,
      rssMib: Math.round(process.resourceUsage().maxRSS / 1024),
      busy: busyness(),
    };
    say(row);
    return [row];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
