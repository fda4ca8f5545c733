// The built server and its devices: TLS by its settings, what health says, and a command that sends a device away.
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeKeyPair } from "../support/certificates.ts";
import { freePort } from "../support/ports.ts";
import { enterAll, newFolder, runCommand, startServer, until, type RunningServer } from "../support/server.ts";

// Each starts several processes of the program, which take seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let server: RunningServer | null;
let client: MqttClient | null;

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  server = null;
  client = null;
});

afterEach(async () => {
  client?.end(true);
  await server?.end("SIGKILL");
  folder.remove();
});

describe("a server with a certificate", () => {
  it("takes values over TLS, counts its devices, and sends away whom a command has retired", async () => {
    const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]]);
    const pair = await makeKeyPair(folder.path, "server", "localhost");
    const port = await freePort();
    const environment = {
      SKYGROUND_MQTTS_PORT: String(port),
      SKYGROUND_MQTTS_CERT_FILE: pair.certFile,
      SKYGROUND_MQTTS_KEY_FILE: pair.keyFile,
    };
    server = await startServer({ dataDir, environment });
    const account = { username: "plant-1.gw-1", password: secrets["plant-1.gw-1"] ?? "" };
    client = await mqtt.connectAsync(`mqtts://localhost:${port}`, { ...account, ca: pair.cert, reconnectPeriod: 0 });
    const closed = new Promise<void>((resolve) => void client?.once("close", () => resolve()));
    await client.publishAsync("skyground/v1/plant-1/gw-1/telemetry", '{"values":{"TEMP-1":20}}', { qos: 1 });
    const health = await server.health();
    expect(health).toMatchObject({ weaknesses: [], devices: { connected: 1, heldBack: 0, flapping: 0 } });
    expect((await runCommand(["device", "--data", dataDir, "retire", "plant-1", "gw-1"])).code).toBe(0);
    await closed;
    const running = server;
    await until("nobody is connected", async () => (await running.health()).devices.connected === 0);
  });
});

describe("a server that would take passwords in the clear from others", () => {
  it("does not start, and says what to do", async () => {
    const refused = await runCommand(["serve", "--data", dataDir], { SKYGROUND_MQTT_HOST: "0.0.0.0" });
    expect(refused.code).toBe(78);
    expect(refused.stderr).toMatch(/^SKYGROUND_MQTT_HOST: .*SKYGROUND_MQTT_PLAIN_PUBLIC=1$/mu);
  });

  it("starts when it is told to, and its health names that as a weakness", async () => {
    const environment = { SKYGROUND_MQTT_HOST: "0.0.0.0", SKYGROUND_MQTT_PLAIN_PUBLIC: "1" };
    server = await startServer({ dataDir, environment });
    expect((await server.health()).weaknesses.map(({ code }) => code)).toEqual(["MQTT_PLAIN_PUBLIC"]);
  });
});
