// From a device that was only entered to values that count, through the whole built server: real gateways on the bench.
import { join } from "node:path";
import mqtt from "mqtt";
import { afterEach, expect, it, vi } from "vitest";
import type { BenchView } from "../../contract/conformance.ts";
import { readRecords } from "../../server/adapters/journal/read.ts";
import { freePort } from "../support/ports.ts";
import { until } from "../support/server.ts";
import { newWall, next } from "../support/socket-room.ts";
import { openTrialStand, password, people, told, type TrialStand, type TrialStandOptions } from "../support/trial.ts";

// Each waits for the phases of a trial in real time, shortened to some seconds.
vi.setConfig({ testTimeout: 90_000 });

let stand: TrialStand | null = null;
const clients: mqtt.MqttClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await stand?.close();
  stand = null;
});

async function open(options: TrialStandOptions = {}): Promise<TrialStand> {
  stand = await openTrialStand(options);
  return stand;
}

function connect(port: number, secret: string, options: mqtt.IClientOptions = {}): mqtt.MqttClient {
  const name = "plant-1.gw-1";
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    clientId: name,
    username: name,
    password: secret,
    protocolVersion: 4,
    reconnectPeriod: 200,
    ...options,
  });
  client.on("error", () => undefined);
  clients.push(client);
  return client;
}

/** The topics of all device messages in the journal. */
const recorded = (dataDir: string): readonly string[] =>
  [...readRecords(join(dataDir, "journal"), 0)].flatMap(({ record }) =>
    record.type === "input" && record.input.kind === "message" ? [record.input.topic] : [],
  );

const start = "/api/onboard/plant-1/gw-1/start";

it("a good gateway passes every check, its stage opens, and from then on its values are judged", async () => {
  const { ask, enter, ended, gateway, app, dataDir } = await open();
  const secret = await enter();
  expect((await ask("works", "/api/onboard")).body).toMatchObject({ devices: [{ stage: "trial", lastTrial: null }] });
  expect((await ask("stranger", "/api/onboard")).body).toEqual({ devices: [] });
  expect((await ask("stranger", start, {})).status).toBe(404);
  expect((await ask("viewer", start, {})).status).toBe(403);
  expect((await ask(null, start, {})).status).toBe(401);
  const begun = await ask("works", start, {});
  expect(begun).toMatchObject({ status: 200, body: { isOnTrial: true, report: { phase: "waiting" } } });
  expect((await ask("works", start, {})).body).toMatchObject({ code: "TRIAL_RUNS" });
  const child = gateway(secret);
  const report = await ended();
  // Over the loopback there is no TLS here: the one thing that could be better.
  const { certificate, ...others } = told(report);
  expect(certificate).toBe("warned USE_TLS");
  expect(new Set(Object.values(others))).toEqual(new Set(["passed"]));
  expect(report.passed).toBe(true);
  child.kill("SIGKILL");

  expect(app().register.findDevice("plant-1", "gw-1")).toMatchObject({ stage: "open" });
  const audits = app().register.listAudits({ from: 0, to: Date.now(), limit: 100 });
  expect(audits.find(({ act }) => act === "device.open")).toMatchObject({
    target: "plant-1/gw-1",
    by: null,
    after: { stage: "open" },
  });
  expect((await ask("works", start, {})).body).toMatchObject({ code: "TRIAL_NOT_POSSIBLE" });
  expect(recorded(dataDir)).toEqual([]);

  const { cookie } = { cookie: await cookieOf() };
  const wall = newWall(stand?.url ?? "", { extraHeaders: { cookie } });
  const raised: string[] = [];
  wall.on("changes", ({ items }) => {
    for (const item of items) if (item.type === "alarm") raised.push(`${item.alarm.id} ${item.transition.level}`);
  });
  await next(wall, "snapshot");
  const client = connect(app().mqttPort, secret);
  await client.publishAsync("skyground/v1/plant-1/gw-1/telemetry", '{"values":{"T-1":120}}', { qos: 1 });
  await until("the alarm is told", () => raised.includes("plant-1/T-1~limit~high red"));
  wall.disconnect();
  expect(recorded(dataDir)).toEqual(["skyground/v1/plant-1/gw-1/telemetry"]);
});

async function cookieOf(): Promise<string> {
  const response = await fetch(`${stand?.url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-skyground": "1" },
    body: JSON.stringify({ name: people.admin.name, password }),
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

it("a sloppy gateway is told exactly what to mend, and stays on trial", async () => {
  const { ask, enter, ended, mqttPort, app, dataDir } = await open({
    times: { listenMs: 3000, cutMs: 1500, returnMs: 2500, settleMs: 1000 },
  });
  const secret = await enter();
  await ask("works", start, {});
  const client = connect(mqttPort(), secret, { clean: true, queueQoSZero: false });
  const topic = "skyground-trial/v1/plant-1/gw-1/telemetry";
  let count = 0;
  const sending = setInterval(() => {
    if (!client.connected) return;
    count += 1;
    // Once under a topic of its own invention: its connection ends by that.
    if (count === 10) client.publish("plant-1/temperature", "20");
    client.publish(topic, JSON.stringify({ values: { "T-1": { v: 20, u: "kPa" }, "X-1": 5 } }), { qos: 0 });
  }, 100);
  const report = await ended();
  clearInterval(sending);
  expect(told(report)).toEqual({
    certificate: "warned USE_TLS",
    topic: "failed FIX_TOPIC",
    format: "passed",
    points: "passed",
    units: "failed FIX_UNITS",
    ranges: "passed",
    clock: "warned SEND_TIME",
    period: "passed",
    sequence: "warned NUMBER_MESSAGES",
    birth: "warned SAY_BIRTH",
    death: "failed SET_WILL",
    resend: "failed USE_QOS1",
    backfill: "failed KEEP_WHILE_AWAY",
    burst: "notApplicable",
  });
  expect(report.passed).toBe(false);
  expect(app().register.findDevice("plant-1", "gw-1")?.stage).toBe("trial");
  expect(recorded(dataDir)).toEqual([]);
});

it("a ThingsBoard gateway passes with what its dialect does not have, and reaches no native topic meanwhile", async () => {
  const { ask, enter, ended, mqttPort, app, dataDir } = await open();
  const secret = await enter({ dialect: "thingsboard", names: { "Boiler/t": "T-1", "Boiler/x": "X-1" } });
  const intruder = connect(mqttPort(), secret, { clientId: "intruder", reconnectPeriod: 0 });
  const closed = new Promise<void>((resolve) => void intruder.once("close", () => resolve()));
  intruder.publish("skyground/v1/plant-1/gw-1/telemetry", '{"values":{"T-1":120}}', { qos: 1 });
  await closed;
  await ask("works", start, {});
  const client = connect(mqttPort(), secret, { clean: false });
  const sending = setInterval(() => {
    const values = { t: 20, x: 5 };
    client.publish("v1/gateway/telemetry", JSON.stringify({ Boiler: [{ ts: Date.now(), values }] }), { qos: 1 });
  }, 250);
  const report = await ended();
  clearInterval(sending);
  const { certificate, sequence, birth, death, ...others } = told(report);
  expect([certificate, sequence, birth, death]).toEqual([
    "warned USE_TLS",
    "notApplicable",
    "notApplicable",
    "notApplicable",
  ]);
  expect(new Set(Object.values(others))).toEqual(new Set(["passed"]));
  expect(app().register.findDevice("plant-1", "gw-1")?.stage).toBe("open");
  expect(recorded(dataDir)).toEqual([]);
});

it("a restart in mid trial ends it without a verdict, says so, and lets it begin again", async () => {
  const { ask, enter, view, gateway, restart, mqttPort } = await open();
  const secret = await enter();
  await ask("works", start, {});
  gateway(secret);
  await until("it listens", async () => (await view()).report?.phase === "listening");
  await restart();
  expect(await view()).toMatchObject({
    isOnTrial: false,
    stage: "trial",
    lastTrial: null,
    report: { phase: "waiting", endedAt: null, passed: null },
  });
  // A gateway that goes on meanwhile is answered, and forgotten.
  const client = connect(mqttPort(), secret, { clientId: "another" });
  await client.publishAsync("skyground-trial/v1/plant-1/gw-1/telemetry", '{"values":{"T-1":20}}', { qos: 1 });
  const again = (await ask("works", start, {})).body as BenchView;
  expect(again).toMatchObject({ isOnTrial: true, report: { phase: "waiting", messages: 0 } });
  await until("it listens again", async () => (await view()).report?.phase === "listening");
  expect((await ask("works", "/api/onboard/plant-1/gw-1/stop", {})).body).toMatchObject({
    isOnTrial: false,
    lastTrial: { passed: false },
  });
});

it("behind an external broker no trial can be heard: it is refused at once", async () => {
  const environment = { SKYGROUND_MQTT_MODE: "external", SKYGROUND_MQTT_URL: `mqtt://127.0.0.1:${await freePort()}` };
  const { ask, enter, view } = await open({ environment });
  await enter();
  expect(await ask("works", start, {})).toMatchObject({ status: 409, body: { code: "TRIAL_NEEDS_BROKER" } });
  expect(await view()).toMatchObject({
    isOnTrial: false,
    report: null,
    connection: { plainPort: null, tlsPort: null },
  });
});
