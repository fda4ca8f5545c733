// `npm run load`: plays any number of devices at any rate against a broker on this machine, and says what was acknowledged.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createHistogram } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { codesOf, devicesOf, writeConfig, writeRegister } from "./load/plant.mjs";

const usage = `npm run load -- --prepare DIR [--points 1000] [--points-per-device 50]
    writes a plant, its register and credentials.json into DIR, and prints how to start a server on them

npm run load -- --broker mqtt://127.0.0.1:1883 --credentials FILE [--devices N] [--points N]
    [--values-per-message 10] [--rate VALUES_PER_SECOND|max] [--seconds 10] [--warm-up 1] [--cool-down 0] [--qos 1]
    [--window 2000] [--threads 1] [--seed 1] [--json]
    plays devices of such a plant; --window: messages in flight over all devices`;

/** Printed in one line; the process ends with 78, as for every command of the project. */
const wrongUse = (message) => Object.assign(new Error(message), { isWrongUse: true });

function read() {
  const text = { type: "string" };
  const options = {
    prepare: text,
    broker: text,
    credentials: text,
    devices: text,
    points: text,
    "points-per-device": text,
    "values-per-message": text,
    rate: text,
    seconds: text,
    "warm-up": text,
    "cool-down": text,
    qos: text,
    window: text,
    threads: text,
    seed: text,
    json: { type: "boolean" },
    help: { type: "boolean" },
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw wrongUse(error.message);
  }
}

function whole(values, name, fallback, least = 1) {
  const value = values[name] === undefined ? fallback : Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw wrongUse(`--${name} must be a whole number of at least ${least}, not ${values[name]}`);
}

async function prepare(values) {
  const dir = resolve(values.prepare);
  const pointsPerDevice = whole(values, "points-per-device", 50);
  const points = whole(values, "points", 1000);
  writeConfig(join(dir, "config"), { points, pointsPerDevice });
  const credentials = await writeRegister(join(dir, "data"), devicesOf(points, pointsPerDevice));
  writeFileSync(join(dir, "credentials.json"), `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  const count = Object.keys(credentials.devices).length;
  console.log(`${count} devices with ${pointsPerDevice} points each. Start a server on them, then the load:`);
  console.log(`  npm run serve -- --config ${join(dir, "config")} --data ${join(dir, "data")}`);
  console.log(`  npm run load -- --broker mqtt://127.0.0.1:1883 --credentials ${join(dir, "credentials.json")}`);
}

function brokerOf(address) {
  if (address === undefined) throw wrongUse(`--broker is missing\n${usage}`);
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== "mqtt:") throw wrongUse(`--broker must be mqtt://HOST:PORT, not ${address}`);
  // Made-up values must never reach a broker that real devices use.
  if (!["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)) {
    throw wrongUse(`--broker: a load is played on this machine only (127.0.0.1), not on ${url.hostname}`);
  }
  return { host: url.hostname.replace(/[[\]]/g, ""), port: Number(url.port || 1883) };
}

function secretsOf(file) {
  if (file === undefined) throw wrongUse(`--credentials is missing; --prepare makes them\n${usage}`);
  try {
    return Object.entries(JSON.parse(readFileSync(file, "utf8")).devices).filter(([name]) => name.startsWith("load-"));
  } catch (error) {
    throw wrongUse(`--credentials ${file}: ${error.message}`);
  }
}

function planOf(values) {
  const secrets = secretsOf(values.credentials);
  const count = whole(values, "devices", secrets.length);
  if (count > secrets.length) throw wrongUse(`--devices ${count}: the credentials have ${secrets.length}`);
  const valuesPerMessage = whole(values, "values-per-message", 10);
  const each = whole(values, "points", 50 * count) / count;
  if (!Number.isInteger(each / valuesPerMessage)) {
    throw wrongUse(`--points must give each of ${count} devices a multiple of ${valuesPerMessage} values`);
  }
  const rate = values.rate ?? "max";
  const valuesPerSecond = rate === "max" ? Infinity : whole(values, "rate");
  const threads = Math.min(whole(values, "threads", 1), count);
  const qos = whole(values, "qos", 1, 0);
  if (qos > 1) throw wrongUse("--qos must be 0 or 1");
  const window = Math.max(1, Math.floor(whole(values, "window", 2000) / count));
  if (window > 30_000) throw wrongUse("--window: more than 30000 messages a device");
  const codes = codesOf(each);
  const devices = secrets.slice(0, count).map(([name, password]) => {
    return { userName: name.replace("/", "."), password, topic: `skyground/v1/${name}/telemetry`, codes };
  });
  return {
    broker: brokerOf(values.broker),
    devices,
    valuesPerMessage,
    valuesPerSecond,
    threads,
    qos,
    window,
    seconds: whole(values, "seconds", 10),
    warmUpSeconds: whole(values, "warm-up", 1, 0),
    coolDownSeconds: whole(values, "cool-down", 0, 0),
    seed: whole(values, "seed", 1),
  };
}

/** Starts the threads; they begin to send together. */
function play(plan, tell) {
  const { threads, devices, valuesPerSecond } = plan;
  const waiting = { connected: threads, measuring: threads, measured: threads, done: threads };
  const progress = Array.from({ length: threads }, () => ({ sent: 0, acknowledged: 0 }));
  const results = [];
  return new Promise((resolvePlay, reject) => {
    const workers = Array.from({ length: threads }, (_, index) => {
      const own = devices.filter((_device, place) => place % threads === index);
      const rate = (valuesPerSecond * own.length) / devices.length;
      const workerData = { ...plan, devices: own, valuesPerSecond: rate, seed: plan.seed + index };
      return new Worker(new URL("./load/thread.mjs", import.meta.url), { workerData });
    });
    for (const [index, worker] of workers.entries()) {
      worker.on("error", reject);
      worker.on("message", (message) => {
        if (message.type === "failed") return reject(new Error(message.reason));
        if (message.type === "progress") {
          progress[index] = message;
          return tell("progress", progress);
        }
        if (message.type === "done") results.push(message);
        waiting[message.type] -= 1;
        if (waiting[message.type] > 0) return undefined;
        if (message.type === "connected") for (const one of workers) one.postMessage("start");
        tell(message.type);
        return message.type === "done" ? resolvePlay(results) : undefined;
      });
    }
  });
}

function summarize(plan, results, cpuMs) {
  const latency = createHistogram({ figures: 3 });
  for (const result of results) if (result.latency.count > 0) latency.add(result.latency);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const seconds = Math.max(...results.map(({ measuredMs }) => measuredMs)) / 1000;
  const perSecond = (messages) => Math.round((messages * plan.valuesPerMessage) / seconds);
  const ms = (percent) => (latency.count === 0 ? null : Math.round(latency.percentile(percent)) / 1000);
  return {
    devices: plan.devices.length,
    valuesPerMessage: plan.valuesPerMessage,
    askedPerSecond: Number.isFinite(plan.valuesPerSecond) ? plan.valuesPerSecond : "max",
    seconds: Math.round(seconds * 100) / 100,
    sentPerSecond: perSecond(sum("sent")),
    acknowledgedPerSecond: plan.qos === 0 ? null : perSecond(sum("acknowledged")),
    sentValues: sum("sentInAll") * plan.valuesPerMessage,
    pubackMs: { p50: ms(50), p99: ms(99), p999: ms(99.9), max: ms(100) },
    behindValues: Math.max(0, sum("behind")) * plan.valuesPerMessage,
    unacknowledgedValues: sum("unacknowledged") * plan.valuesPerMessage,
    lostConnections: results.flatMap(({ lost }) => lost),
    cpuShare: Math.round((cpuMs / 1000 / seconds) * 1000) / 1000,
  };
}

function print(result) {
  const { pubackMs, lostConnections } = result;
  console.log(
    `sent          ${result.sentPerSecond} values/s by ${result.devices} devices, ${result.valuesPerMessage} a message`,
  );
  console.log(`acknowledged  ${result.acknowledgedPerSecond ?? "never, with QoS 0"} values/s`);
  console.log(
    `PUBACK        p50 ${pubackMs.p50} ms, p99 ${pubackMs.p99} ms, p99.9 ${pubackMs.p999} ms, max ${pubackMs.max} ms`,
  );
  console.log(`own CPU       ${Math.round(result.cpuShare * 100)} % of a core`);
  if (result.behindValues > 0)
    console.log(`behind        ${result.behindValues} values were due and not sent: the window was full`);
  if (result.unacknowledgedValues > 0) console.log(`unanswered    ${result.unacknowledgedValues} values`);
  for (const why of lostConnections.slice(0, 5)) console.log(`lost          ${why}`);
}

async function run(values) {
  const plan = planOf(values);
  let cpu = null;
  let cpuMs = 0;
  let before = 0;
  const results = await play(plan, (what, progress) => {
    if (what === "measuring") cpu = process.cpuUsage();
    if (what === "measured") {
      const { user, system } = process.cpuUsage(cpu);
      cpuMs = (user + system) / 1000;
    }
    // A benchmark that started us measures the server between the same two moments.
    if (what !== "progress") process.send?.({ type: what });
    else if (process.stderr.isTTY) {
      const acknowledged = progress.reduce((sum, one) => sum + one.acknowledged, 0);
      process.stderr.write(`\r${(acknowledged - before) * plan.valuesPerMessage} values/s acknowledged   `);
      before = acknowledged;
    }
  });
  if (process.stderr.isTTY) process.stderr.write("\n");
  const result = summarize(plan, results, cpuMs);
  process.send?.({ type: "result", result });
  if (values.json) console.log(JSON.stringify(result));
  else if (process.send === undefined) print(result);
}

try {
  const values = read();
  if (values.help) console.log(usage);
  else if (values.prepare === undefined) await run(values);
  else await prepare(values);
  if (process.connected) process.disconnect();
} catch (error) {
  console.error(error.message);
  process.exit(error.isWrongUse ? 78 : 1);
}
