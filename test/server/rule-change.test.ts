// A limit changed on a running server, then killed: the plan of record, the record and the configuration still agree.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RuleHistory } from "../../contract/rule-change.ts";
import type { Person } from "../../contract/wall.ts";
import { createPublisher } from "../support/publisher.ts";
import { readRecorded, verify } from "../support/recorded.ts";
import { enterAll, newFolder, openWall, runCommand, startServer, until, writePlant } from "../support/server.ts";
import type { LoggedIn, RunningServer } from "../support/server.ts";
import { next } from "../support/socket-room.ts";

// Each starts several processes of the program, which take seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const people: readonly Person[] = [
  { name: "wen", role: "administrator", tier: "city" },
  { name: "lu", role: "administrator", tier: "city" },
];
const points = `- { code: T-1, name: T, unit: °C, range: { sensor: [-50, 200] }, report: { everyMs: 600000 }, rules: { high: { red: { setpoint: 100, deadband: 5 } } } }`;

let folder: ReturnType<typeof newFolder>;
let server: RunningServer | null;
let joined: LoggedIn | null;

beforeEach(() => {
  folder = newFolder();
  server = null;
  joined = null;
});

afterEach(async () => {
  joined?.wall.disconnect();
  await server?.end("SIGKILL");
  folder.remove();
});

async function cookieOf(url: string, password: string): Promise<string> {
  const body = JSON.stringify({ name: "wen", password });
  const response = await fetch(`${url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

async function ask<T>(url: string, cookie: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${url}/api/rules/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { cookie, "x-skyground": "1", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

it("keeps a version that was enabled at run time through a kill, a stop and an import", async () => {
  const dataDir = join(folder.path, "data");
  const configDir = writePlant(join(folder.path, "config"), points);
  const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]], people);
  server = await startServer({ dataDir, configDir, environment: { SKYGROUND_BACKTEST_LEAST_HOURS: "0" } });
  joined = await openWall(server, "wen", secrets["wen"] ?? "");
  const userName = "plant-1.gw-1";
  const cookie = await cookieOf(server.url, secrets["wen"] ?? "");
  const before = joined.snapshot.plan.points[0]?.rules[0];
  const levels = { red: (before?.versions[0]?.levels.red ?? []).map((one) => ({ ...one, setpoint: 80 })) };
  const version = { version: 2, validFrom: Date.now(), levels };
  const change = { source: "plant-1/T-1", rule: "limit", direction: "high", version, reason: "new design" };
  const said = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
  await said.send(JSON.stringify({ ts: Date.now(), values: { "T-1": 20 } }));
  await said.end();

  const { seen } = await ask<{ seen: string }>(server.url, cookie, "preview", change);
  const again = next(joined.wall, "snapshot");
  const approval = { name: "lu", password: secrets["lu"] };
  const wanted = { change, approval, seen };
  expect(await ask(server.url, cookie, "enable", wanted)).toMatchObject({ code: "RULE_NOT_BACK_TESTED" });
  const file = join(folder.path, "change.json");
  writeFileSync(file, JSON.stringify({ ...change, version: { ...version, approver: null }, author: "wen" }));
  expect(await runCommand(["backtest", "--data", dataDir, file])).toMatchObject({ code: 0 });
  expect(await ask(server.url, cookie, "enable", wanted)).toMatchObject({ ok: true, version: 2 });
  const enabled = { version: 2, author: "wen", approver: "lu", reason: "new design", validFrom: version.validFrom };
  expect((await again).plan.points[0]?.rules[0]?.versions[1]).toMatchObject(enabled);
  joined.wall.disconnect();
  expect((await server.end("SIGKILL")).signal).toBe("SIGKILL");

  const history = async (running: RunningServer): Promise<RuleHistory> =>
    ask(running.url, await cookieOf(running.url, secrets["wen"] ?? ""), encodeURIComponent("plant-1/T-1"));
  server = await startServer({ dataDir, configDir });
  expect(server.said("restored")).toMatchObject({ differences: 0 });
  expect((await history(server)).rules[0]?.versions).toMatchObject([enabled, { version: 1 }]);
  const publisher = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
  await publisher.send(JSON.stringify({ ts: Date.now(), values: { "T-1": 90 } }));
  await publisher.end();
  const running = server;
  await until("the stop's checkpoint is taken", async () => (await running.end("SIGTERM")).code === 0);

  // This time from the checkpoint, whose plan has its own file.
  server = await startServer({ dataDir, configDir });
  expect(server.said("restored")).toMatchObject({ differences: 0 });
  expect((await history(server)).rules[0]?.versions).toMatchObject([enabled, { version: 1 }]);
  expect(server.lines().some(({ message }) => message.includes("differs from the plan of record"))).toBe(false);
  await server.end("SIGTERM");

  const { transitions, inputs } = await readRecorded(dataDir);
  expect(transitions.filter(({ rule }) => rule === "limit")).toMatchObject([
    { level: "red", value: 90, setpoint: 80, ruleVersion: 2 },
  ]);
  expect(inputs.filter(({ kind }) => kind === "ruleChange")).toHaveLength(1);
  expect(await verify(dataDir)).toMatchObject({ code: 0 });

  const plan = (config: string): ReturnType<typeof runCommand> =>
    runCommand(["plan", "--data", dataDir, "--config", config, "--by", "wen", "--reason", "wider"]);
  expect((await plan(configDir)).stderr).toContain("the plan of record is what the configuration says");
  const wider = writePlant(
    join(folder.path, "wider"),
    `${points}\n- { code: T-2, name: U, unit: °C, report: { everyMs: 600000 } }`,
  );
  expect((await plan(wider)).stderr).toContain("imported by wen: wider");
  server = await startServer({ dataDir, configDir: wider });
  expect((await history(server)).rules[0]?.versions).toMatchObject([enabled, { version: 1 }]);
  await server.end("SIGTERM");

  const other = points.replace(
    "{ red: { setpoint: 100, deadband: 5 } }",
    "{ versions: [{ levels: { red: { setpoint: 100, deadband: 5 } } }, { version: 2, validFrom: 5, levels: { red: { setpoint: 70 } } }] }",
  );
  const refused = await plan(writePlant(join(folder.path, "other"), other));
  expect(refused).toMatchObject({ code: 78 });
  expect(refused.stderr).toContain("plant-1/T-1 limit high: version 2, enabled by wen, is another one");
});
