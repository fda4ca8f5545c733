// A broker that lets in by a real register: enterprises, sites and devices of test folders, and mqtt.js clients that are closed after.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { AuditActor } from "../../contract/audit.ts";
import type { DeviceEntry, SiteEntry } from "../../contract/register.ts";
import { createBroker, type Broker } from "../../server/adapters/broker.ts";
import type { BrokerMessage, BrokerOptions } from "../../server/adapters/broker/room.ts";
import { createRegister, type Register } from "../../server/adapters/register.ts";
import { createAdmissions } from "../../server/app/admissions.ts";
import { createRegisterActs, type RegisterActs } from "../../server/app/register-acts.ts";
import { createLog } from "../../server/log.ts";

/** An administrator at some desk. */
export const admin: AuditActor = { by: { name: "admin", role: "administrator" }, from: "192.0.2.7" };

/** A site as it is entered. */
export function siteEntry(id: string, enterprise = "works-1"): SiteEntry {
  const name = { zh: `${id}（演示）`, en: id };
  return { id, enterprise, name, county: "haifeng", town: "城东镇", sector: "hazchem", lng: 115.3, lat: 22.9 };
}

/** A native device as it is entered. */
export function deviceEntry(site: string, device: string, changes: Partial<DeviceEntry> = {}): DeviceEntry {
  return { site, device, dialect: "native", options: {}, names: {}, maxPerSecond: 1000, ...changes };
}

/** A register with a broker before it. */
export interface Tenants {
  readonly folder: string;
  readonly register: Register;
  readonly acts: RegisterActs;
  readonly broker: Broker;
  readonly messages: BrokerMessage[];
  readonly trials: BrokerMessage[];
  readonly refusals: string[];
  readonly links: string[];
  /** The time of register and broker, epoch ms; turned by hand. */
  at: number;
  /** Enters a device of an entered site and gives its secret. */
  device(site: string, device: string, stage: "trial" | "open", changes?: Partial<DeviceEntry>): string;
  /** Connects with mqtt.js, once; rejects where it is refused. */
  connect(options: IClientOptions, url?: string): Promise<MqttClient>;
  close(): Promise<void>;
}

/** Starts one with the enterprise `works-1` and the sites `plant-a` and `plant-b`. */
export async function openTenants(changes: Partial<BrokerOptions> = {}): Promise<Tenants> {
  const folder = mkdtempSync(join(tmpdir(), "skyground-tenants-"));
  const clients: MqttClient[] = [];
  const messages: BrokerMessage[] = [];
  const trials: BrokerMessage[] = [];
  const refusals: string[] = [];
  const links: string[] = [];
  const clock = { at: Date.now() };
  const now = (): number => clock.at;
  const register = createRegister({ file: join(folder, "register.db"), now, random: randomBytes });
  register.addEnterprise({ id: "works-1", name: { zh: "某厂（演示）", en: "Works 1" } });
  for (const id of ["plant-a", "plant-b"]) register.addSite(siteEntry(id));
  const admissions = createAdmissions({ register, now, isHurried: false });
  const broker = createBroker({
    host: "127.0.0.1",
    port: 0,
    log: createLog("silent"),
    now,
    authenticate: admissions.authenticate,
    onMessage(message) {
      messages.push({ ...message, payload: Uint8Array.from(message.payload) });
      return Promise.resolve(true);
    },
    onTrial(message) {
      trials.push({ ...message, payload: Uint8Array.from(message.payload) });
      return Promise.resolve(true);
    },
    onLink: (site, device, online, why) => void links.push(`${site}.${device} ${online ? "on" : "off"}: ${why}`),
    onRefusal: (code, example) => void refusals.push(`${code} ${example}`),
    ...changes,
  });
  await broker.start();
  const acts = createRegisterActs({
    register,
    changed: () => broker.recheck(admissions.isStanding),
    drop: ({ site, device }, why) => void broker.drop(site, device, why),
  });
  return {
    folder,
    register,
    acts,
    broker,
    messages,
    trials,
    refusals,
    links,
    get at() {
      return clock.at;
    },
    set at(at) {
      clock.at = at;
    },
    device(site, device, stage, entry = {}) {
      register.enterDevice(deviceEntry(site, device, entry));
      if (stage === "open") register.openDevice(site, device, "a test");
      const made = register.rotateSecret(site, device, 0);
      if (!made.ok) throw new Error(made.fault);
      return made.secret;
    },
    async connect(options, url = `mqtt://127.0.0.1:${broker.port()}`) {
      const client = mqtt.connect(url, { reconnectPeriod: 0, connectTimeout: 5000, protocolVersion: 4, ...options });
      clients.push(client);
      client.on("error", () => undefined);
      await new Promise<void>((resolve, reject) => {
        client.once("connect", () => resolve());
        client.once("error", reject);
        client.once("close", () => reject(new Error("closed")));
      });
      return client;
    },
    async close() {
      for (const client of clients) client.end(true);
      await broker.stop();
      register.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
