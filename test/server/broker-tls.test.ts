// MQTT over TLS: a device is known by its password or by its certificate, pinned or of the operator's own issuer.
import { copyFileSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { IClientOptions, MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type KeyPair, makeKeyPair } from "../support/certificates.ts";
import { openTenants, type Tenants } from "../support/tenants.ts";

const DAY_MS = 86_400_000;
const topic = "skyground/v1/plant-a/gw-1/telemetry";

let folder: string;
let issuer: KeyPair;
let server: KeyPair;
let good: KeyPair;
let stranger: KeyPair;
let own: KeyPair;
let tenants: Tenants;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "skyground-tls-"));
  issuer = await makeKeyPair(folder, "issuer", "Issuer of a test");
  server = await makeKeyPair(folder, "server", "localhost");
  good = await makeKeyPair(folder, "good", "plant-a.gw-1", issuer);
  stranger = await makeKeyPair(folder, "stranger", "plant-z.gw-1", issuer);
  own = await makeKeyPair(folder, "own", "plant-a.gw-1");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await tenants.close();
});

async function start(caFile?: string): Promise<string> {
  const files = { certFile: server.certFile, keyFile: server.keyFile, ...(caFile === undefined ? {} : { caFile }) };
  tenants = await openTenants({ tls: { host: "127.0.0.1", port: 0, ...files } });
  return tenants.device("plant-a", "gw-1", "open");
}

function connect(options: IClientOptions): Promise<MqttClient> {
  return tenants.connect({ ca: server.cert, ...options }, `mqtts://localhost:${tenants.broker.tlsPort()}`);
}
const withPair = ({ cert, key }: KeyPair, rest: IClientOptions = {}): Promise<MqttClient> =>
  connect({ cert, key, ...rest });
const refused = /not authorized/i;
const name = { site: "plant-a", device: "gw-1" };

describe("a password over TLS", () => {
  it("lets a device in, and its message arrives", async () => {
    const password = await start();
    const client = await connect({ username: "plant-a.gw-1", password });
    await client.publishAsync(topic, "{}", { qos: 1 });
    expect(tenants.messages).toMatchObject([{ topic, ...name }]);
  });

  it("is wanted of a client that shows no certificate", async () => {
    await start(issuer.certFile);
    await expect(connect({})).rejects.toThrow(refused);
    expect(tenants.refusals).toEqual(["CLIENT_NOT_ALLOWED no user name"]);
  });

  it("is not replaced by a certificate where it is wrong", async () => {
    await start(issuer.certFile);
    await expect(withPair(good, { username: "plant-a.gw-1", password: "guess" })).rejects.toThrow(refused);
  });
});

describe("a pinned certificate", () => {
  it("lets its device in, without a user name or with its own", async () => {
    await start();
    expect(tenants.acts.pin(name, own.fingerprint, { by: null }).ok).toBe(true);
    const client = await withPair(own);
    await client.publishAsync(topic, "{}", { qos: 1 });
    expect(tenants.messages).toMatchObject([{ topic, ...name }]);
    await withPair(own, { username: "plant-a.gw-1" });
    expect(tenants.broker.traffic().get("plant-a.gw-1")).toMatchObject({ connections: 2 });
  });

  it("lets nobody in under another device's name", async () => {
    await start();
    tenants.device("plant-b", "gw-1", "open");
    tenants.acts.pin(name, own.fingerprint, { by: null });
    await expect(withPair(own, { username: "plant-b.gw-1" })).rejects.toThrow(refused);
  });

  it("is refused where it is not pinned, and once its device is retired or its credentials are revoked", async () => {
    await start();
    await expect(withPair(own)).rejects.toThrow(refused);
    tenants.acts.pin(name, own.fingerprint, { by: null });
    const client = await withPair(own);
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    tenants.acts.revoke(name, { by: null });
    await closed;
    await expect(withPair(own)).rejects.toThrow(refused);
    tenants.acts.pin(name, own.fingerprint, { by: null });
    await withPair(own);
    tenants.acts.markDevice(name, "retire", { by: null });
    await expect(withPair(own)).rejects.toThrow(refused);
  });

  it("is refused after its last day and before its first", async () => {
    await start();
    tenants.acts.pin(name, own.fingerprint, { by: null });
    tenants.at += 31 * DAY_MS;
    await expect(withPair(own)).rejects.toThrow(refused);
    tenants.at -= 33 * DAY_MS;
    await expect(withPair(own)).rejects.toThrow(refused);
    tenants.at += 2 * DAY_MS;
    await withPair(own);
  });

  it("stands for one device only", async () => {
    await start();
    tenants.device("plant-b", "gw-1", "open");
    tenants.acts.pin(name, own.fingerprint, { by: null });
    const again = tenants.acts.pin({ site: "plant-b", device: "gw-1" }, own.fingerprint, { by: null });
    expect(again).toMatchObject({ ok: false, code: "CERTIFICATE_TAKEN" });
  });

  it("of two devices with the same client id leaves both connected", async () => {
    await start();
    tenants.device("plant-b", "gw-1", "open");
    tenants.acts.pin(name, own.fingerprint, { by: null });
    tenants.acts.pin({ site: "plant-b", device: "gw-1" }, stranger.fingerprint, { by: null });
    await withPair(own, { clientId: "gateway" });
    await withPair(stranger, { clientId: "gateway" });
    expect(tenants.broker.clients()).toBe(2);
  });
});

describe("a certificate of the operator's issuer", () => {
  it("lets in the device that its common name gives", async () => {
    await start(issuer.certFile);
    const client = await withPair(good);
    await client.publishAsync(topic, "{}", { qos: 1 });
    expect(tenants.messages).toMatchObject([{ topic, ...name }]);
  });

  it.each<[string, () => KeyPair]>([
    ["names a device that is not in the register", () => stranger],
    ["has signed itself with a device's name", () => own],
  ])("is refused where it %s", async (_, pair) => {
    await start(issuer.certFile);
    await expect(withPair(pair())).rejects.toThrow(refused);
    expect(tenants.refusals[0]).toMatch(/^CLIENT_NOT_ALLOWED certificate [0-9a-f]{16}$/);
  });

  it("says nothing where no issuer is set", async () => {
    await start();
    await expect(withPair(good)).rejects.toThrow(refused);
  });

  it("is refused after its last day", async () => {
    await start(issuer.certFile);
    tenants.at += 31 * DAY_MS;
    await expect(withPair(good)).rejects.toThrow(refused);
  });
});

describe("the listener", () => {
  it("speaks no TLS older than 1.2", async () => {
    await start();
    const shaken = new Promise<string>((resolve, reject) => {
      const ends = { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
      const socket = connectTls({
        port: tenants.broker.tlsPort(),
        host: "127.0.0.1",
        rejectUnauthorized: false,
        ...ends,
      });
      socket.once("secureConnect", () => resolve(socket.getProtocol() ?? ""));
      socket.once("error", reject);
    });
    await expect(shaken).rejects.toThrow();
  });

  it("shows a renewed certificate without a restart, and keeps the old one where the new one is broken", async () => {
    const live = await makeKeyPair(folder, "live", "localhost");
    tenants = await openTenants({
      tls: { host: "127.0.0.1", port: 0, certFile: live.certFile, keyFile: live.keyFile },
    });
    const shown = async (): Promise<string> => {
      const socket = connectTls({ port: tenants.broker.tlsPort(), host: "127.0.0.1", rejectUnauthorized: false });
      await new Promise<void>((resolve, reject) => {
        socket.once("secureConnect", () => resolve());
        socket.once("error", reject);
      });
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    expect(await shown()).toBe(live.fingerprint);
    // The new certificate is there, its key is not yet.
    copyFileSync(server.certFile, live.certFile);
    utimesSync(live.certFile, 1, 1);
    tenants.broker.lookForCertificate();
    expect(await shown()).toBe(live.fingerprint);
    copyFileSync(server.keyFile, live.keyFile);
    tenants.broker.lookForCertificate();
    expect(await shown()).toBe(server.fingerprint);
  });
});
