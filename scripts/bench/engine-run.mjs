// The judge alone, in a process of its own: the demo's calm life on many copies of its sites, led through the pure monitor.
//
// Words: points, hours of that life before the measurement, hours of it, and "long" for the long way only, or "heap" to
// count bytes over so few samples that no collection comes between. Wants --expose-gc.
import v8 from "node:v8";

const [points, beforeHours, hours, ...words] = process.argv.slice(2);
const built = (room) => import(new URL(`../../dist/${room}`, import.meta.url).href);
const { loadPlan } = await built("server/config.js");
const { createMonitor } = await built("server/monitor.js");
const { emptyState } = await built("server/monitor/state.js");
const { decodeNative } = await built("server/adapters/dialects/native.js");
const { createFleet } = await built("simulators/fleet.js");

const hourMs = 3_600_000;
const startAtMs = Date.UTC(2026, 8, 1);

/** The demo's plan without the devices that are left to visitors, and that plan as often as the points want. */
function plansOf(wanted) {
  const loaded = loadPlan(new URL("../../config", import.meta.url).pathname);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const isTrial = (id) => id.includes("/try-");
  const plan = {
    ...loaded.plan,
    points: loaded.plan.points.filter(({ device }) => !isTrial(device)),
    devices: loaded.plan.devices.filter(({ id }) => !isTrial(id)),
  };
  const text = JSON.stringify(plan);
  const copies = Array.from({ length: Math.ceil(wanted / plan.points.length) }, (_, nth) =>
    // An id stands alone or before a slash or a tilde, and nothing else in the plan begins like one.
    JSON.parse(text.replace(/"([a-z]+-\d+)(?=["/~])/g, nth === 0 ? '"$1' : `"$1-c${nth}`)),
  );
  const whole = { ...plan };
  for (const part of ["sites", "items", "points", "devices"]) whole[part] = copies.flatMap((copy) => copy[part]);
  return { plan, whole, copies: copies.length };
}

/** What the demo's devices send in a span, decoded, minute by minute. */
function* lifeOf(plan, spanHours) {
  const fleet = createFleet({ plan, seed: 1, startAtMs });
  for (let at = startAtMs + 60_000; at <= startAtMs + spanHours * hourMs; at += 60_000) {
    for (const { topic, payload } of fleet.step(at)) {
      const decoded = decodeNative(topic, Buffer.from(JSON.stringify(payload)));
      if (!decoded.ok || decoded.message.kind !== "telemetry") throw new Error(JSON.stringify(decoded));
      yield decoded.message;
    }
  }
}

function memoryNow() {
  global.gc();
  global.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const { plan, whole, copies } = plansOf(Number(points));
const recorded = [...lifeOf(plan, Number(beforeHours) + Number(hours))];
const atOf = (message) => message.readings[0]?.sourceAt ?? startAtMs;
recorded.sort((a, b) => atOf(a) - atOf(b));
const sent = recorded.map((message) =>
  Array.from({ length: copies }, (_, nth) => (nth === 0 ? message : { ...message, site: `${message.site}-c${nth}` })),
);
const withoutPlan = memoryNow();
const monitor = createMonitor(emptyState(), { isShortWayOpen: !words.includes("long") });
// One object for all inputs: the figures are the monitor's own.
const input = { number: 0, at: 0, kind: "", message: null, site: "", device: "", online: true };
const apply = (kind, at, rest) => {
  input.number += 1;
  input.kind = kind;
  input.at = at;
  return monitor.apply(rest === undefined ? input : { ...input, ...rest });
};
apply("neighbour", startAtMs, { name: "server", state: "up", reason: "start" });
apply("plan", startAtMs, { plan: whole, by: "bench", reason: "bench" });
const beforeSamples = memoryNow();
for (const { id } of whole.devices) {
  const [site, device] = id.split("/");
  apply("link", startAtMs, { site, device, online: true });
}

/** Leads the recorded life through the monitor from one place to another; ticks fire as the loop would have them. */
function lead(from, to) {
  let [values, changes, ticks] = [0, 0, 0];
  let secondAt = atOf(recorded[from]);
  for (let place = from; place < to; place += 1) {
    const at = atOf(recorded[place]) + 40;
    for (; secondAt + 1000 <= at; secondAt += 1000) {
      if (monitor.nextDue(secondAt + 1000) === null) continue;
      ticks += 1;
      changes += apply("tick", secondAt + 1000).changes.length;
    }
    for (const message of sent[place]) {
      input.message = message;
      changes += apply("telemetry", at).changes.length;
      values += message.readings.length;
    }
  }
  return { values, changes, ticks };
}

const middle = recorded.findIndex((message) => atOf(message) >= startAtMs + Number(beforeHours) * hourMs);
lead(0, middle);
const filled = memoryNow();
// Bytes are counted where no collection can come between: over few samples, in a young generation that holds them all.
const end = words.includes("heap")
  ? Math.min(recorded.length, middle + Math.ceil(400_000 / copies / 5))
  : recorded.length;
const heapBefore = v8.getHeapStatistics().used_heap_size;
const cpuBefore = process.cpuUsage();
const led = lead(middle, end);
const cpu = process.cpuUsage(cpuBefore);
const heapBytes = v8.getHeapStatistics().used_heap_size - heapBefore;
const seconds = (cpu.user + cpu.system) / 1e6;
console.log(
  JSON.stringify({
    points: whole.points.length,
    sites: whole.sites.length,
    ...led,
    messages: (end - middle) * copies,
    valuesPerMessage: Math.round((led.values / ((end - middle) * copies)) * 10) / 10,
    cpuSeconds: Math.round(seconds * 100) / 100,
    valuesPerCpuSecond: Math.round(led.values / seconds),
    heapBytesAValue: words.includes("heap") ? Math.round((heapBytes / led.values) * 10) / 10 : null,
    planBytesAPoint: Math.round((beforeSamples - withoutPlan) / whole.points.length),
    stateBytesAPoint: Math.round((filled - beforeSamples) / whole.points.length),
  }),
);
