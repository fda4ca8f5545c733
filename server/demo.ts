// What the demo needs before a stranger can look at it: people and device credentials, generated once, kept beside its data.
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Plan, tiers } from "../contract/plant.ts";
import type { DeviceEntry } from "../contract/register.ts";
import type { Person } from "../contract/wall.ts";
import type { Register } from "./adapters/register.ts";

/** The demo's secrets, as they lie in `credentials.json` (readable by its owner only). */
export interface DemoCredentials {
  readonly people: Readonly<Record<string, string>>;
  /** By `site/device`. */
  readonly devices: Readonly<Record<string, string>>;
}

const people: readonly Person[] = [
  { name: "viewer", role: "viewer", tier: "city" },
  ...tiers.map((tier): Person => ({ name: `duty-${tier}`, role: "dutyOfficer", tier })),
  { name: "admin", role: "administrator", tier: "city" },
  // What takes two: a second administrator for the register, a supervisor to enable a rule with either.
  { name: "admin-2", role: "administrator", tier: "city" },
  { name: "supervisor", role: "supervisor", tier: "city" },
  { name: "enterprise", role: "enterprise", tier: "enterprise", scope: { sites: ["hc-03"] } },
];

/** The device that is left on trial, for whoever tries the conformance bench; its site must be registered for that. */
const trialDevice: DeviceEntry = {
  site: "hc-03",
  device: "try-2",
  dialect: "native",
  options: {},
  names: {},
  maxPerSecond: 1000,
};
const trialEnterprise = { id: "lingang", name: { zh: "（演示）东涌临港油料", en: "Lingang Oil (demo)" } };
function read(file: string): DemoCredentials {
  if (!existsSync(file)) return { people: {}, devices: {} };
  // Written by this room alone; a file that somebody has broken is named by the parser's own error.
  return JSON.parse(readFileSync(file, "utf8")) as DemoCredentials;
}

/** Enters whoever and whatever the register lacks; returns everything that was generated, now or earlier. */
export async function prepareDemo(
  register: Register,
  { devices, sites }: Pick<Plan, "devices" | "sites">,
  dataDir: string,
): Promise<DemoCredentials> {
  const file = join(dataDir, "credentials.json");
  const known = read(file);
  const passwords: Record<string, string> = { ...known.people };
  for (const person of people) {
    if (passwords[person.name] !== undefined) continue;
    const added = await register.addPerson(person);
    if (added.ok) passwords[person.name] = added.password;
  }
  const secrets: Record<string, string> = { ...known.devices };
  for (const { id, site, code } of devices) {
    if (secrets[id] !== undefined) continue;
    const isOnTrial = site === trialDevice.site && code === trialDevice.device;
    const renewed = isOnTrial ? enterTrialDevice(register, sites) : register.renewDevice(site, code);
    if (renewed.ok) secrets[id] = renewed.secret;
  }
  const credentials: DemoCredentials = { people: passwords, devices: secrets };
  writeFileSync(file, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return credentials;
}

function enterTrialDevice(register: Register, sites: Plan["sites"]): ReturnType<Register["rotateSecret"]> {
  const { site: id, device } = trialDevice;
  const planned = sites.find((site) => site.id === id);
  register.addEnterprise(trialEnterprise);
  if (planned !== undefined) {
    const { name, county, town, sector, lng, lat } = planned;
    register.addSite({ id, enterprise: trialEnterprise.id, name, county, town: town.zh, sector, lng, lat });
  }
  register.enterDevice(trialDevice);
  return register.rotateSecret(id, device, 0);
}
