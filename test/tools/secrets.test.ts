// make-secrets.mjs: random, for their owner alone, stable when run again, and understood by the real Mosquitto.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { topicOf, userNameOf } from "../../contract/topics.ts";
import { freePort } from "../support/ports.ts";
import { endProgram, programAt } from "../support/program.ts";

const root = join(import.meta.dirname, "..", "..");
const scratch = mkdtempSync(join(tmpdir(), "skyground-secrets-"));

interface Made {
  readonly env: Readonly<Record<string, string>>;
  readonly devices: Readonly<Record<string, string>>;
  readonly said: string;
}

function make(into: string, ...args: string[]): Made {
  const folder = join(scratch, into);
  const script = join(root, "scripts", "make-secrets.mjs");
  const run = spawnSync(process.execPath, [script, "--into", folder, ...args], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  const lines = readFileSync(join(folder, ".env"), "utf8").matchAll(/^([A-Z_]+)=(.*)$/gm);
  const text = readFileSync(join(folder, "data", "compose", "devices.json"), "utf8");
  return {
    env: Object.fromEntries([...lines].map(([, name, value]) => [name ?? "", value ?? ""])),
    devices: (JSON.parse(text) as { devices: Record<string, string> }).devices,
    said: run.stdout,
  };
}

const first = make("first", "--device", "site-a/gw-1", "--device", "site-b/gw-1");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("make-secrets", () => {
  it("writes for its owner alone", () => {
    const files = [".env", "data/compose/devices.json", "data/compose/passwords", "data/compose/acl"];
    const modes = files.map((file) => (statSync(join(scratch, "first", file)).mode & 0o777).toString(8));
    expect(modes).toEqual(["600", "600", "600", "600"]);
  });

  it("makes every variable that .env.example names", () => {
    const example = readFileSync(join(root, ".env.example"), "utf8").matchAll(/^([A-Z_]+)=/gm);
    expect(Object.keys(first.env).toSorted()).toEqual([...example].map(([, name]) => name ?? "").toSorted());
  });

  it("makes others each time, and says none of them", () => {
    const second = make("second");
    const secrets = ["SKYGROUND_INFLUX_PASSWORD", "SKYGROUND_INFLUX_TOKEN", "SKYGROUND_MQTT_PASSWORD"];
    for (const name of secrets) {
      expect(first.env[name]).toMatch(/^[\w-]{32}$/);
      expect(second.env[name]).not.toBe(first.env[name]);
      expect(first.said).not.toContain(first.env[name]);
    }
  });

  it("keeps what is there when it is run again, and adds the new device", () => {
    const before = make("again", "--device", "site-a/gw-1");
    const after = make("again", "--device", "site-c/gw-9");
    expect(after.env).toEqual(before.env);
    expect(after.devices).toMatchObject(before.devices);
    expect(Object.keys(after.devices)).toContain("site-c/gw-9");
  });

  it("knows every device of the plant", () => {
    const declared = readFileSync(join(root, "config", "plant", "chemical.yaml"), "utf8").matchAll(
      /^ {2}- id: (\S+)/gm,
    );
    const sites = [...declared].map(([, site]) => site ?? "");
    expect(sites.length).toBeGreaterThan(5);
    expect(sites.filter((site) => !(`${site}/gw-1` in first.devices))).toEqual([]);
  });

  it("hands the devices' passwords to a container in the demo only", () => {
    expect(first.env["SKYGROUND_DEVICE_CREDENTIALS"]).toBe(`'{"devices":{}}'`);
    const demo = make("demo", "--demo");
    const credentials = (demo.env["SKYGROUND_DEVICE_CREDENTIALS"] ?? "").replace(/^'(.*)'$/, "$1");
    expect(JSON.parse(credentials)).toEqual({ devices: demo.devices });
    expect(demo.env["SKYGROUND_DEMO"]).toBe("true");
  });

  it("refuses a device that no topic could name", () => {
    expect(() => make("bad", "--device", "Site A/gw#1")).toThrow("Site A/gw#1");
  });
});

describe("Mosquitto with our configuration", () => {
  let broker: ChildProcess;
  let port = 0;
  const open: MqttClient[] = [];

  function connect(username?: string, password?: string): Promise<MqttClient> {
    const account = username === undefined || password === undefined ? {} : { username, password };
    // Version 5, so that the broker says when it refuses a message.
    const options = { ...account, protocolVersion: 5, reconnectPeriod: 0, connectTimeout: 5000 } as const;
    return connectAsync(`mqtt://127.0.0.1:${port}`, options, false).then((client) => {
      open.push(client);
      return client;
    });
  }

  function nextMessage(client: MqttClient): Promise<{ topic: string; payload: string }> {
    return new Promise((resolve) => {
      client.once("message", (topic, payload) => resolve({ topic, payload: payload.toString() }));
    });
  }

  function device(name: string): Promise<MqttClient> {
    const [site = "", code = ""] = name.split("/");
    return connect(userNameOf(site, code), first.devices[name] ?? "");
  }

  beforeAll(async () => {
    port = await freePort();
    const compose = join(scratch, "first", "data", "compose");
    const config = readFileSync(join(root, "config", "mosquitto", "mosquitto.conf"), "utf8")
      .replace("listener 1883", `listener ${port} 127.0.0.1`)
      .replace("/mosquitto/secured/passwords", join(compose, "passwords"))
      .replace("/mosquitto/secured/acl", join(compose, "acl"))
      .replace("/mosquitto/data/", `${compose}/`);
    // As root it would else give up its rights and could not read its own files.
    const file = join(scratch, "mosquitto.conf");
    writeFileSync(file, process.getuid?.() === 0 ? `${config}user root\n` : config);
    const started = spawn(programAt("/usr/sbin/mosquitto", "mosquitto"), ["-c", file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    broker = started;
    await new Promise<void>((resolve, reject) => {
      let said = "";
      started.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (/ running$/m.test(said)) resolve();
      });
      started.once("exit", () => reject(new Error(`mosquitto ended: ${said}`)));
    });
  });

  afterAll(async () => {
    await Promise.all(open.map((client) => client.endAsync(true)));
    await endProgram(broker);
  });

  it("lets nobody in without the right password", async () => {
    await expect(connect()).rejects.toThrow(/not authori[sz]ed/i);
    await expect(connect("server", "server")).rejects.toThrow(/not authori[sz]ed/i);
    await expect(connect(userNameOf("site-a", "gw-1"), first.devices["site-b/gw-1"])).rejects.toThrow(
      /not authori[sz]ed/i,
    );
  });

  it("brings a device's own telemetry to the server, and nothing under another's name", async () => {
    const server = await connect("server", first.env["SKYGROUND_MQTT_PASSWORD"]);
    const heard: string[] = [];
    server.on("message", (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
    await server.subscribeAsync([topicOf("+", "+", "telemetry"), topicOf("+", "+", "state")], { qos: 1 });
    const own = await device("site-a/gw-1");
    await expect(own.publishAsync(topicOf("site-b", "gw-1", "telemetry"), "forged", { qos: 1 })).rejects.toThrow();
    await expect(own.publishAsync(topicOf("site-a", "gw-2", "telemetry"), "forged", { qos: 1 })).rejects.toThrow();
    const heardTwo = new Promise<void>((resolve) => server.on("message", () => heard.length >= 2 && resolve()));
    await own.publishAsync(topicOf("site-a", "gw-1", "state"), "online", { qos: 1, retain: true });
    await own.publishAsync(topicOf("site-a", "gw-1", "telemetry"), "mine", { qos: 1 });
    await heardTwo;
    expect(heard).toEqual([
      `${topicOf("site-a", "gw-1", "state")} online`,
      `${topicOf("site-a", "gw-1", "telemetry")} mine`,
    ]);
  });

  it("lets no device hear another's telemetry", async () => {
    const listener = await device("site-b/gw-1");
    let wasHeard = false;
    listener.on("message", () => (wasHeard = true));
    await listener.subscribeAsync("#", { qos: 1 });
    const server = await connect("server", first.env["SKYGROUND_MQTT_PASSWORD"]);
    await server.subscribeAsync(topicOf("site-a", "gw-1", "telemetry"), { qos: 1 });
    const arrived = nextMessage(server);
    const own = await device("site-a/gw-1");
    await own.publishAsync(topicOf("site-a", "gw-1", "telemetry"), "mine", { qos: 1 });
    await arrived;
    // A question of its own that is answered later than anything the broker had for it before.
    await listener.unsubscribeAsync("#");
    expect(wasHeard).toBe(false);
  });

  it("drops a flood, acknowledges it, and lets the device go on", async () => {
    const server = await connect("server", first.env["SKYGROUND_MQTT_PASSWORD"]);
    await server.subscribeAsync(topicOf("site-b", "gw-1", "telemetry"), { qos: 1 });
    const arrived = nextMessage(server);
    const account = { username: userNameOf("site-b", "gw-1"), password: first.devices["site-b/gw-1"] ?? "" };
    // As most devices speak: 3.1.1 knows no refusal, only the acknowledgement or the end of the connection.
    const options = { ...account, protocolVersion: 4, reconnectPeriod: 0 } as const;
    const own = await connectAsync(`mqtt://127.0.0.1:${port}`, options, false);
    open.push(own);
    await own.publishAsync(topicOf("site-b", "gw-1", "telemetry"), Buffer.alloc(2 * 1024 * 1024), { qos: 1 });
    await own.publishAsync(topicOf("site-b", "gw-1", "telemetry"), "small", { qos: 1 });
    expect((await arrived).payload).toBe("small");
  });

  it("answers the health check's one question", async () => {
    const health = await connect("health", first.env["SKYGROUND_MQTT_HEALTH_PASSWORD"]);
    const answer = nextMessage(health);
    await health.subscribeAsync("$SYS/broker/uptime");
    expect((await answer).topic).toBe("$SYS/broker/uptime");
  });
});
