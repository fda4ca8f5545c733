// Bad input from a stranger's client: each refused under its code with an example, the server lives on, neighbours are kept.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { FaultCode } from "../../contract/faults.ts";
import type { Frame, Person, ValueTuple } from "../../contract/wall.ts";
import { mosquittoPub } from "../support/mosquitto.ts";
import type { Outcome } from "../support/program.ts";
import { readRecorded, storedRows, verify } from "../support/recorded.ts";
import {
  enterAll,
  healthInFull,
  newFolder,
  openWall,
  startServer,
  until,
  writePlant,
  type LoggedIn,
  type RunningServer,
} from "../support/server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const officer: Person = { name: "lin", role: "dutyOfficer", tier: "city" };
const points = `
- { code: T-1, unit: °C, range: { sensor: [-50, 200] }, report: { everyMs: 600000 } }
- { code: T-2, unit: °C, range: { sensor: [-50, 200] }, report: { everyMs: 600000 } }
`;
const own = "skyground/v1/plant-1/gw-1/telemetry";

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let server: RunningServer;
let joined: LoggedIn;
let secrets: Readonly<Record<string, string>>;
/** Every latest value that came to the wall, in order. */
const shown: ValueTuple[] = [];
/** A time of its own for each message, so that none is a repeat. */
let clock = Date.now() - 300_000;

beforeAll(async () => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  const devices = [
    ["plant-1", "gw-1"],
    ["plant-1", "gw-9"],
    ["plant-9", "gw-1"],
  ] as const;
  secrets = await enterAll(dataDir, devices, [officer]);
  server = await startServer({ dataDir, configDir: writePlant(join(folder.path, "config"), points) });
  joined = await openWall(server, officer.name, secrets[officer.name] ?? "");
  joined.wall.on("frame", ({ values }: Frame) => void shown.push(...values));
  expect(await joined.wall.emitWithAck("watch", { points: "all" })).toMatchObject({ ok: true });
});

afterAll(async () => {
  joined.wall.disconnect();
  await server.end("SIGKILL");
  folder.remove();
});

interface Message {
  readonly topic?: string;
  readonly userName?: string;
  readonly password?: string;
  readonly payload?: string;
  readonly bytes?: Uint8Array;
}

function publish({ topic = own, userName = "plant-1.gw-1", password, payload = "", bytes }: Message): Promise<Outcome> {
  const who = ["-u", userName, "-P", password ?? secrets[userName] ?? "", "-q", "1", "-t", topic];
  if (bytes === undefined) return mosquittoPub(server.mqttPort, [...who, "-m", payload], 30_000);
  const file = join(folder.path, "payload");
  writeFileSync(file, bytes);
  return mosquittoPub(server.mqttPort, [...who, "-f", file], 30_000);
}

async function countOf(code: FaultCode): Promise<{ readonly count: number; readonly example: string }> {
  const { faults } = await healthInFull(server, joined);
  return faults.find((fault) => fault.code === code) ?? { count: 0, example: "" };
}

async function expectCounted(code: FaultCode, message: Message): Promise<Outcome> {
  const before = await countOf(code);
  const outcome = await publish(message);
  const after = await until(`${code} is counted`, async () => {
    const found = await countOf(code);
    return found.count > before.count ? found : null;
  });
  // A device that nobody knows is met three times: when it comes, speaks and goes.
  if (code !== "DEVICE_UNKNOWN") expect(after.count).toBe(before.count + 1);
  expect(after.example).not.toBe("");
  return outcome;
}

const hour = 3_600_000;
const wholes: readonly (readonly [name: string, code: FaultCode, message: Message])[] = [
  ["broken JSON", "MESSAGE_BAD_JSON", { payload: '{"values":{"T-1":' }],
  ["another shape", "MESSAGE_BAD_SHAPE", { payload: '"hello"' }],
  ["no payload", "MESSAGE_BAD_SHAPE", { payload: "" }],
  ["300 kB", "MESSAGE_TOO_LARGE", { bytes: Buffer.alloc(300_000, 0x20) }],
  ["bytes that are no text", "MESSAGE_NOT_UTF8", { bytes: Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d) }],
  [
    "a device that the plan lacks",
    "DEVICE_UNKNOWN",
    { userName: "plant-1.gw-9", topic: "skyground/v1/plant-1/gw-9/telemetry", payload: '{"values":{"T-1":1}}' },
  ],
  [
    "a site that the plan lacks",
    "SITE_UNKNOWN",
    { userName: "plant-9.gw-1", topic: "skyground/v1/plant-9/gw-1/telemetry", payload: '{"values":{"T-1":1}}' },
  ],
];

describe("a bad message", () => {
  for (const [name, code, message] of wholes) {
    it(`(${name}) is written down as refused, acknowledged, and counted as ${code}`, async () => {
      expect(await expectCounted(code, message)).toMatchObject({ code: 0 });
    });
  }

  it("of 10 MB is cut off at the door, and the device may come again", async () => {
    const { code } = await expectCounted("MESSAGE_TOO_LARGE", { bytes: Buffer.alloc(10_000_000, 0x31) });
    expect(code).not.toBe(0);
    expect(await publish({ payload: "{}" })).toMatchObject({ code: 0 });
  });

  it("of a kind that no device says is not taken", async () => {
    await expectCounted("TOPIC_NOT_ALLOWED", { topic: "skyground/v1/plant-1/gw-1/nonsense", payload: "{}" });
  });

  it("under a foreign topic ends the connection", async () => {
    const foreign = { topic: "skyground/v1/plant-9/gw-1/telemetry", payload: '{"values":{"T-1":66}}' };
    await expectCounted("TOPIC_NOT_ALLOWED", foreign);
    expect((await countOf("TOPIC_NOT_ALLOWED")).example).toContain("plant-9");
  });

  it("from somebody with a wrong password is not even heard", async () => {
    const { code, stderr } = await expectCounted("CLIENT_NOT_ALLOWED", {
      password: "guess",
      payload: '{"values":{"T-1":66}}',
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("not authorised");
    expect((await countOf("CLIENT_NOT_ALLOWED")).example).not.toContain("guess");
  });
});

/** One bad value beside a good one: `values` is the text inside the braces, where T-2 is always good. */
const parts: readonly (readonly [name: string, code: FaultCode, bad: string])[] = [
  ["a text for a number", "SAMPLE_WRONG_TYPE", '"T-1":"hot"'],
  ["a list for a number", "SAMPLE_WRONG_TYPE", '"T-1":[1]'],
  ["NaN", "SAMPLE_NOT_FINITE", '"T-1":NaN'],
  ["infinity", "SAMPLE_NOT_FINITE", '"T-1":1e999'],
  ["an unknown point", "SAMPLE_UNKNOWN_POINT", '"T-9":1'],
  ["a name that would reach into the language", "SAMPLE_BAD_NAME", '"__proto__":1'],
  ["a unit that is none of temperature", "UNIT_MISMATCH", '"T-1":{"v":1,"u":"kPa"}'],
  ["a time that is none", "SAMPLE_BAD_TIME", '"T-1":{"v":1,"ts":"noon"}'],
  ["a time in seconds", "SAMPLE_TOO_OLD", '"T-1":{"v":1,"ts":1790000000}'],
  ["a time an hour ahead", "SAMPLE_IN_FUTURE", `"T-1":{"v":1,"ts":${Date.now() + hour}}`],
  ["a value beyond its sensor", "SAMPLE_OUT_OF_RANGE", '"T-1":-9999'],
];

describe("a bad value", () => {
  for (const [name, code, bad] of parts) {
    it(`(${name}) is counted as ${code} and costs only itself`, async () => {
      clock += 1000;
      const value = (clock / 1000) % 97;
      const payload = `{"ts":${clock},"values":{${bad},"T-2":${value}}}`;
      expect(await expectCounted(code, { payload })).toMatchObject({ code: 0 });
      await until("its neighbour is on the wall", () =>
        shown.some(([index, shownValue, , sourceAt]) => index === 1 && shownValue === value && sourceAt === clock),
      );
    });
  }
});

describe("after all of that", () => {
  it("a good value is on the wall within a second, in the historian, and the record holds", async () => {
    const sourceAt = Date.now();
    const outcome = await publish({ payload: `{"ts":${sourceAt},"values":{"T-1":42.5}}` });
    const acknowledgedAt = Date.now();
    expect(outcome).toMatchObject({ code: 0 });
    const isShown = (): boolean =>
      shown.some(([index, value, , at]) => index === 0 && value === 42.5 && at === sourceAt);
    await until("the value is on the wall", isShown);
    // The frame leaves 4 times a second; mosquitto_pub's own end is the start of this clock.
    expect(Date.now() - acknowledgedAt).toBeLessThan(1000);
    await until("the value is in the historian", () =>
      storedRows(dataDir).find((row) => row.point === "plant-1/T-1" && row.sourceAt === sourceAt),
    );
    expect((await server.health()).ready).toBe(true);
    expect(server.lines().filter(({ level }) => level === "error")).toEqual([]);
    expect((await server.end("SIGTERM")).code).toBe(0);

    const rows = storedRows(dataDir);
    expect(rows.filter(({ point }) => point === "plant-1/T-2")).toHaveLength(parts.length);
    expect(rows.every(({ value }) => value !== 66)).toBe(true);
    const { inputs } = await readRecorded(dataDir);
    const refused = inputs.flatMap((input) => (input.kind === "refused" ? [input] : []));
    // Only the first bytes of what was refused are kept, and what the whole of it was.
    expect(refused.length).toBe(6);
    for (const { example, hash } of refused) {
      expect(example.length).toBeLessThanOrEqual(256);
      expect(hash).toMatch(/^[0-9a-f]{64}$/u);
    }
    expect((await verify(dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
  });
});
