// Ingest against a real Mosquitto: nothing is acknowledged before it is written down, and nothing acknowledged is lost.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import mqtt from "mqtt";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBroker } from "../../server/adapters/broker.ts";
import { createIngest } from "../../server/adapters/ingest.ts";
import type { Ingest, IngestMessage, IngestOptions, IngestStatus } from "../../server/adapters/ingest.ts";
import { createLog } from "../../server/log.ts";
import { admissionOf } from "../support/broker-stand.ts";
import { mosquittoPub, startMosquitto } from "../support/mosquitto.ts";
import type { Mosquitto } from "../support/mosquitto.ts";
import { publishPacket } from "../support/raw-mqtt.ts";
import { endProgram } from "../support/program.ts";

const telemetry = "skyground/v1/plant-a/gateway-1/telemetry";
const state = "skyground/v1/plant-a/gateway-1/state";
const deadline = { timeout: 15_000, interval: 20 };

const users = {
  skyground: { password: "ingest-secret", acl: ["topic read skyground/v1/#", "topic write skyground/v1/+/+/command"] },
  "plant-a.gateway-1": {
    password: "device-secret",
    acl: ["topic write skyground/v1/plant-a/gateway-1/#", "topic read skyground/v1/plant-a/gateway-1/command"],
  },
};

let mosquitto: Mosquitto;
let running: Ingest[];
let children: ChildProcess[];
let received: string[];
let statuses: IngestStatus[];
let refusals: string[];
let answer: (message: IngestMessage) => Promise<boolean>;

beforeEach(async () => {
  running = [];
  children = [];
  received = [];
  statuses = [];
  refusals = [];
  answer = () => Promise.resolve(true);
  mosquitto = await startMosquitto(users);
});

afterEach(async () => {
  await Promise.all(running.map((ingest) => ingest.stop()));
  await Promise.all(children.map((child) => endProgram(child, "SIGKILL")));
  await mosquitto.stop();
});

function start(changes: Partial<IngestOptions> = {}): Ingest {
  const ingest = createIngest({
    url: mosquitto.url,
    clientId: "skyground-test",
    userName: "skyground",
    password: "ingest-secret",
    log: createLog("silent"),
    minWaitMs: 20,
    maxWaitMs: 200,
    onMessage(message) {
      received.push(Buffer.from(message.payload).toString());
      return answer(message);
    },
    onStatus: (status) => void statuses.push(status),
    onRefusal: (code, example) => void refusals.push(`${code} ${example}`),
    ...changes,
  });
  running.push(ingest);
  ingest.start();
  return ingest;
}

async function up(ingest: Ingest): Promise<void> {
  await vi.waitFor(() => expect(ingest.status().state).toBe("up"), deadline);
}

async function publish(message: string, ...more: readonly string[]): Promise<void> {
  const args = ["-u", "plant-a.gateway-1", "-P", "device-secret", "-t", telemetry, "-m", message];
  const outcome = await mosquittoPub(mosquitto.port, [...args, "-q", "1", ...more]);
  expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
}

/**
 * Every message that the broker still owes to the session, told by a process that acknowledges it. Whoever
 * held the session leaves first: what it acknowledged must have left for the broker before somebody takes over.
 */
async function stillOwed(sentinel: string): Promise<string[]> {
  await Promise.all(running.map((ingest) => ingest.stop()));
  received = [];
  answer = () => Promise.resolve(true);
  const ingest = start();
  await up(ingest);
  await publish(sentinel);
  await vi.waitFor(() => expect(received).toContain(sentinel), deadline);
  await ingest.stop();
  return received.filter((message) => message !== sentinel);
}

describe("ingest", () => {
  it("receives telemetry and state from a real broker, of QoS 0, 1 and 2", async () => {
    const topics: string[] = [];
    answer = (message) => {
      topics.push(message.topic);
      return Promise.resolve(true);
    };
    await up(start());
    await publish("zero", "-q", "0");
    await publish("one");
    await publish("two", "-q", "2");
    await publish("state", "-t", state, "-r");
    await publish("elsewhere", "-t", "skyground/v1/plant-a/gateway-1/event");
    await publish("last");
    await vi.waitFor(() => expect(received).toContain("last"), deadline);
    expect(received).toEqual(["zero", "one", "two", "state", "last"]);
    expect(topics).toEqual([telemetry, telemetry, telemetry, state, telemetry]);
    expect(statuses.map((status) => status.state)).toEqual(["connecting", "up"]);
  });

  it("gives a device its order, retained, and hears its answer", async () => {
    const ingest = start();
    await up(ingest);
    const order = telemetry.replace("telemetry", "command");
    ingest.order(order, "faster");
    const device = await mqtt.connectAsync(mosquitto.url, { username: "plant-a.gateway-1", password: "device-secret" });
    const orders: string[] = [];
    device.on("message", (_, payload) => void orders.push(payload.toString()));
    await device.subscribeAsync(order, { qos: 1 });
    await vi.waitFor(() => expect(orders).toEqual(["faster"]), deadline);
    await device.endAsync();
    await publish("answer", "-t", `${order}/ack`);
    await vi.waitFor(() => expect(received).toEqual(["answer"]), deadline);
  });

  it("follows the filters of foreign gateways: what is added is heard, what has gone is not", async () => {
    await mosquitto.stop();
    const foreign = { password: "ingest-secret", acl: [...users.skyground.acl, "topic read meters/#"] };
    const meter = { password: "device-secret", acl: ["topic write meters/#", ...users["plant-a.gateway-1"].acl] };
    mosquitto = await startMosquitto({ skyground: foreign, "plant-a.gateway-1": meter });
    let filters = ["meters/1", "meters/2"];
    const ingest = start({ filters: () => filters });
    await up(ingest);
    const to = (topic: string): Promise<void> => publish(topic, "-t", topic);
    // Answered in their order: once an order has come round, the subscriptions before it stand.
    const settled = async (mark: string): Promise<void> => {
      await vi.waitFor(
        async () => {
          await publish(mark, "-t", "meters/2");
          expect(received).toContain(mark);
        },
        { ...deadline, interval: 100 },
      );
    };
    await settled("first");
    await to("meters/1");
    await vi.waitFor(() => expect(received).toContain("meters/1"), deadline);
    filters = ["meters/2", "meters/3"];
    ingest.resubscribe();
    await vi.waitFor(
      async () => {
        await to("meters/3");
        expect(received).toContain("meters/3");
      },
      { ...deadline, interval: 100 },
    );
    received = [];
    await to("meters/1");
    await settled("second");
    expect(received).not.toContain("meters/1");
    expect(statuses.map((status) => status.state)).toEqual(["connecting", "up"]);
  });

  it("acknowledges nothing before it is written down: a killed process gets it again", async () => {
    const withholding = spawnChild("withhold");
    await withholding.said("status up");
    for (const message of ["a", "b", "c"]) await publish(message);
    await withholding.said("message c");
    await endProgram(withholding.child, "SIGKILL");
    expect(await stillOwed("sentinel-1")).toEqual(["a", "b", "c"]);
    expect(await stillOwed("sentinel-2")).toEqual([]);
  });

  it("is not sent again what it acknowledged before it was killed", async () => {
    const acknowledging = spawnChild("acknowledge");
    await acknowledging.said("status up");
    for (const message of ["a", "b"]) await publish(message);
    await acknowledging.said("message b");
    // What comes after a and b on the same connection shows that their acknowledgements were sent before it.
    await publish("c");
    await acknowledging.said("message c");
    await endProgram(acknowledging.child, "SIGKILL");
    const owed = await stillOwed("sentinel");
    expect(owed.filter((message) => message !== "c")).toEqual([]);
  });

  it("receives what was published while it was away", async () => {
    const first = start();
    await up(first);
    await first.stop();
    for (const message of ["a", "b", "c"]) await publish(message);
    await up(start());
    await vi.waitFor(() => expect(received).toEqual(["a", "b", "c"]), deadline);
  });

  it("gets a message again, after waits that grow, until it can be written down", async () => {
    let tries = 0;
    const triedAt: number[] = [];
    answer = () => {
      triedAt.push(performance.now());
      return Promise.resolve(++tries === 5);
    };
    await up(start());
    await publish("stubborn");
    await vi.waitFor(() => expect(tries).toBe(5), deadline);
    expect(received).toEqual(["stubborn", "stubborn", "stubborn", "stubborn", "stubborn"]);
    expect(statuses).toContainEqual(
      expect.objectContaining({ state: "down", reason: "a message could not be written down" }),
    );
    // The waits before the tries 2 to 5 are 40, 80, 160 and 200 ms, each ± 25 %.
    const gap = (i: number): number => (triedAt[i] ?? 0) - (triedAt[i - 1] ?? 0);
    expect(gap(1)).toBeGreaterThanOrEqual(29);
    expect(gap(4)).toBeGreaterThanOrEqual(149);
    expect(await stillOwed("sentinel")).toEqual([]);
  });

  it("keeps the neighbours of a message that could not be written down", async () => {
    let isBroken = true;
    answer = (message) => {
      if (Buffer.from(message.payload).toString() !== "bad" || !isBroken) return Promise.resolve(true);
      isBroken = false;
      return Promise.reject(new Error("disk"));
    };
    await up(start());
    await Promise.all(["a", "bad", "c"].map((message) => publish(message)));
    await vi.waitFor(() => expect(received.filter((message) => message === "bad")).toHaveLength(2), deadline);
    // A broker sends again, in order, what it is owed before anything new: after "last" there is nothing left.
    await publish("last");
    await vi.waitFor(() => expect(new Set(received)).toEqual(new Set(["a", "bad", "c", "last"])), deadline);
    expect(await stillOwed("sentinel")).toEqual([]);
  });

  it("counts a QoS 0 message that could not be written down, and goes on", async () => {
    answer = (message) => Promise.resolve(Buffer.from(message.payload).toString() !== "lost");
    const ingest = start();
    await up(ingest);
    await publish("lost", "-q", "0");
    await publish("kept");
    await vi.waitFor(() => expect(received).toEqual(["lost", "kept"]), deadline);
    expect(refusals).toEqual([`JOURNAL_UNAVAILABLE ${telemetry}`]);
    expect(ingest.status().state).toBe("up");
  });

  it("goes down when the broker is killed, comes up again with it, and loses nothing", async () => {
    const ingest = start();
    await up(ingest);
    for (let i = 0; i < 20; i++) await publish(`before-${i}`);
    await vi.waitFor(() => expect(received).toHaveLength(20), deadline);
    await mosquitto.kill();
    await vi.waitFor(() => expect(ingest.status().state).toBe("down"), deadline);
    const { since } = ingest.status();
    // Still the same absence after further attempts, whose reason may be another.
    await vi.waitFor(() => expect(ingest.status().reason).toContain("ECONNREFUSED"), deadline);
    expect(ingest.status().since).toBe(since);
    await mosquitto.start();
    await up(ingest);
    for (let i = 0; i < 20; i++) await publish(`after-${i}`);
    await vi.waitFor(() => expect(received).toContain("after-19"), deadline);
    const expected = ["before", "after"].flatMap((word) => Array.from({ length: 20 }, (_, i) => `${word}-${i}`));
    expect(new Set(received)).toEqual(new Set(expected));
  });

  it("sends no PUBACK before its message is written down, and the PUBACKs in the order of arrival", async () => {
    let open: (value: boolean) => void = () => undefined;
    const slow = new Promise<boolean>((resolve) => (open = resolve));
    answer = (message) => (Buffer.from(message.payload).toString() === "slow" ? slow : Promise.resolve(true));
    // A double of a broker, because a real one does not show the bytes that it gets.
    let sent = "";
    const double = createServer((socket) => {
      socket.on("data", (chunk: Buffer) => {
        const kind = (chunk[0] ?? 0) >> 4;
        if (kind === 1) socket.write(Buffer.from([0x20, 2, 0, 0]));
        else if (kind === 8) {
          socket.write(Buffer.from([0x90, 5, chunk[2] ?? 0, chunk[3] ?? 0, 1, 1, 1]));
          socket.write(
            Buffer.concat([
              publishPacket(telemetry, "slow", { qos: 1, id: 7 }),
              publishPacket(telemetry, "fast", { qos: 1, id: 8 }),
            ]),
          );
        } else if (kind === 4) sent += chunk.toString("hex");
      });
    });
    await new Promise<void>((resolve) => void double.listen(0, "127.0.0.1", resolve));
    const { port } = double.address() as AddressInfo;
    const ingest = start({ url: `mqtt://127.0.0.1:${port}` });
    await vi.waitFor(() => expect(received).toEqual(["slow", "fast"]), deadline);
    // Leaving waits for what is in work, so this turns the world once more before the gate opens.
    const stopped = ingest.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBe("");
    open(true);
    await vi.waitFor(() => expect(sent).toBe("4002000740020008"), deadline);
    await stopped;
    double.close();
  });

  it("has at most 1,000 messages in work, and goes on where it stopped", async () => {
    await mosquitto.stop();
    mosquitto = await startMosquitto(users, ["max_inflight_messages 0"]);
    let open: (value: boolean) => void = () => undefined;
    const gate = new Promise<boolean>((resolve) => (open = resolve));
    answer = () => gate;
    await up(start());
    await publish("x", "--repeat", "1500");
    await vi.waitFor(() => expect(received).toHaveLength(1000), deadline);
    await publish("y");
    expect(received).toHaveLength(1000);
    open(true);
    await vi.waitFor(() => expect(received).toHaveLength(1501), deadline);
    expect(received.at(-1)).toBe("y");
  });

  it("says why it is down: a wrong password, nobody there, a subscription refused", async () => {
    const wrong = start({ password: "guess" });
    await vi.waitFor(() => expect(wrong.status().reason).toMatch(/not authorized/i), deadline);
    await wrong.stop();
    const alone = start({ url: "mqtt://127.0.0.1:1" });
    await vi.waitFor(() => expect(alone.status().reason).toContain("ECONNREFUSED"), deadline);
    await alone.stop();
    const strict = createBroker({
      host: "127.0.0.1",
      port: 0,
      log: createLog("silent"),
      authenticate: () => admissionOf("plant-a", "gateway-1"),
      onMessage: () => Promise.resolve(true),
      onLink: () => undefined,
      onRefusal: () => undefined,
    });
    await strict.start();
    const refused = start({ url: `mqtt://127.0.0.1:${strict.port()}` });
    await vi.waitFor(() => expect(refused.status().reason).toContain("refused the subscription"), deadline);
    expect(refused.status().state).toBe("down");
    await refused.stop();
    await strict.stop();
    expect(statuses.some((status) => status.state === "up")).toBe(false);
  });

  it("does not show a password that stands in the address", async () => {
    const ingest = start({ url: `mqtt://skyground:ingest-secret@127.0.0.1:${mosquitto.port}`, password: "unused" });
    await up(ingest);
    expect(statuses[0]?.reason).toBe(`mqtt://127.0.0.1:${mosquitto.port}`);
    expect(JSON.stringify(statuses)).not.toContain("ingest-secret");
  });
});

/** A process of its own that ingests, and what it says. */
function spawnChild(mode: "acknowledge" | "withhold"): { child: ChildProcess; said(line: string): Promise<void> } {
  const loader = new URL("../support/typescript.mjs", import.meta.url).href;
  const program = new URL("../support/ingest-child.ts", import.meta.url).pathname;
  const args = ["--import", loader, program, String(mosquitto.port), "skyground-test", mode];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return { child, said: (line) => vi.waitFor(() => expect(output.split("\n")).toContain(line), deadline) };
}
