// The simulators' command as a process of its own, against a real Mosquitto and a server double that serves the plan only.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { endProgram, runProgram } from "../support/program.ts";
import { chemicalPoints, planOf, tailingsPoints } from "./plan-double.ts";

const root = join(import.meta.dirname, "../..");
const plan = planOf([...chemicalPoints("hc-01"), ...tailingsPoints("tp-01")]);
const users = ["hc-01.gw-1", "tp-01.gw-1"];

interface Said {
  readonly topic: string;
  readonly retain: boolean;
  readonly body: { readonly online?: boolean; readonly seq?: number; readonly values?: Record<string, number> };
}

interface Command {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

let mosquitto: Mosquitto;
let http: Server;
let httpUrl = "";
let directory = "";
let watcher: MqttClient;
let said: Said[] = [];
const commands: Command[] = [];

beforeAll(async () => {
  // Compiled once: a dozen processes that each translate TypeScript for themselves would take minutes.
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const built = await runProgram(process.execPath, [compiler, "-b", join(root, "simulators")], 50_000);
  if (built.code !== 0) throw new Error(`the simulators do not compile: ${built.stdout}${built.stderr}`);
  mosquitto = await startMosquitto({
    ...Object.fromEntries(
      users.map((name) => [
        name,
        { password: `pw-${name}`, acl: [`topic readwrite skyground/v1/${name.replace(".", "/")}/#`] },
      ]),
    ),
    watcher: { password: "watch", acl: ["topic read #"] },
  });
  http = createServer((request, response) => {
    response.writeHead(request.url === "/api/plant" ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(plan));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  httpUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterAll(async () => {
  await mosquitto.stop();
  await new Promise((resolve) => http.close(resolve));
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "skyground-simulators-"));
  const devices = { "hc-01/gw-1": "pw-hc-01.gw-1", "tp-01/gw-1": "pw-tp-01.gw-1" };
  await writeFile(join(directory, "credentials.json"), JSON.stringify({ devices }));
  said = [];
  watcher = mqtt.connect(mosquitto.url, { username: "watcher", password: "watch", reconnectPeriod: 200 });
  watcher.on("message", (topic, payload, packet) => {
    said.push({ topic, retain: packet.retain, body: JSON.parse(payload.toString()) as Said["body"] });
  });
  await watcher.subscribeAsync("skyground/v1/#", { qos: 1 });
});

afterEach(async () => {
  for (const { child } of commands.splice(0)) await endProgram(child, "SIGKILL");
  await watcher.endAsync(true);
  await rm(directory, { recursive: true });
});

function run(...args: readonly string[]): Command {
  const script = [join(root, "dist/simulators/main.js")];
  const where = ["--broker", mosquitto.url, "--http", httpUrl];
  const credentials = ["--credentials", join(directory, "credentials.json")];
  const child = spawn(process.execPath, [...script, ...where, ...credentials, ...args], { cwd: directory });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => void child.once("close", (code) => resolve(code)));
  const command = { child, output: () => output, ended };
  commands.push(command);
  return command;
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const states = (site: string) => said.filter(({ topic }) => topic === `skyground/v1/${site}/gw-1/state`);
const telemetry = (site: string) => said.filter(({ topic }) => topic === `skyground/v1/${site}/gw-1/telemetry`);

it("comes online, says every point of every site, and says goodbye when stopped", async () => {
  const fleet = run();
  await until(() => {
    for (const site of ["hc-01", "tp-01"]) {
      expect(states(site).at(-1)?.body).toEqual({ online: true });
      const codes = new Set(telemetry(site).flatMap(({ body }) => Object.keys(body.values ?? {})));
      expect(codes).toEqual(new Set(plan.points.filter((point) => point.site === site).map(({ code }) => code)));
    }
  });
  const seqs = telemetry("hc-01").map(({ body }) => body.seq);
  expect(seqs).toEqual(seqs.map((_, index) => index));
  fleet.child.kill("SIGTERM");
  expect(await fleet.ended).toBe(0);
  await until(() => expect(states("hc-01").at(-1)?.body).toEqual({ online: false }));
  // Retained: who comes later hears it too.
  const late = mqtt.connect(mosquitto.url, { username: "watcher", password: "watch" });
  const heard = new Promise<string>((resolve) => late.on("message", (_topic, payload) => resolve(payload.toString())));
  await late.subscribeAsync("skyground/v1/tp-01/gw-1/state");
  expect(await heard).toBe('{"online":false}');
  await late.endAsync(true);
});

it("leaves its last will when it is killed", async () => {
  const fleet = run("--site", "hc-01");
  await until(() => expect(states("hc-01").at(-1)?.body).toEqual({ online: true }));
  expect(telemetry("tp-01")).toEqual([]);
  fleet.child.kill("SIGKILL");
  await until(() => expect(states("hc-01").at(-1)?.body).toEqual({ online: false }));
});

it("comes back after the broker was away, and is born again", async () => {
  run("--site", "tp-01");
  await until(() => expect(telemetry("tp-01").length).toBeGreaterThan(0));
  await mosquitto.kill();
  await mosquitto.start();
  said = [];
  await until(() => {
    // The live message, not the broker's retained copy of an older one.
    expect(states("tp-01").some(({ body, retain }) => body.online === true && !retain)).toBe(true);
    expect(Object.keys(telemetry("tp-01").at(-1)?.body.values ?? {}).length).toBe(tailingsPoints("tp-01").length);
  });
});

it("ends by itself after the asked duration, and leaves its sign of life", async () => {
  const alive = join(directory, "alive");
  const fleet = run("--duration", "1", "--alive", alive);
  expect(await fleet.ended).toBe(0);
  expect(await readFile(alive, "utf8")).toMatch(/^\d{4}-/);
  await until(() => expect(states("hc-01").at(-1)?.body).toEqual({ online: false }));
});

it.each([
  { args: ["gas-leak"], words: "gas-leak" },
  { args: ["--seed", "fast"], words: "--seed must be a number above 0, not fast" },
  { args: ["--colour", "red"], words: "colour" },
  { args: ["--site", "hc-99"], words: "no site hc-99 in the plan" },
  { args: ["--credentials", "nowhere/credentials.json"], words: "cannot read the credentials" },
])("says in words what is wrong with $args and exits 78", async ({ args, words }) => {
  const command = run(...args);
  expect(await command.ended).toBe(78);
  expect(command.output()).toContain(words);
  expect(command.output()).not.toContain("    at ");
});

it("names the device that has no password", async () => {
  await writeFile(join(directory, "credentials.json"), '{"devices":{"hc-01/gw-1":"x"}}');
  const command = run();
  expect(await command.ended).toBe(78);
  expect(command.output()).toContain("no password for device tp-01/gw-1");
});
