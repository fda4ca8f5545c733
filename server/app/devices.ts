// The devices of the house: who may come in at the broker, the desk at which they are kept, and what changed behind its back.
import type { Credential, DeviceTraffic, RegisterKind } from "../../contract/register.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Broker } from "../adapters/broker.ts";
import type { DeviceHealth } from "../adapters/http/health.ts";
import type { RegisterDesk } from "../adapters/http/register.ts";
import type { Register } from "../adapters/register.ts";
import { type Admissions, createAdmissions } from "./admissions.ts";
import { type Dialects, optionFaults, topicsOf } from "./dialects.ts";
import { createRegisterActs } from "./register-acts.ts";

/** What the devices are kept with. */
export interface DevicesOptions {
  readonly register: Register;
  readonly dialects: Dialects;
  readonly plan: () => Plan;
  readonly now: () => number;
  /** True for an exercise, in which days of messages come in minutes. */
  readonly isHurried: boolean;
}

/** The devices of the house. */
export interface Devices {
  readonly authenticate: Admissions["authenticate"];
  readonly desk: RegisterDesk;
  /** From now on what the register says is enforced on open connections too; gives the way to stop that. */
  readonly attach: (broker: Broker) => () => void;
  /** Counts, without a name. */
  readonly health: () => DeviceHealth;
}

/** How soon the server sees what a command of another process has changed, and that a credential has ended. */
const LOOK_EVERY_MS = 5000;
const quiet: DeviceTraffic = { connections: 0, heldBack: 0, heldBackSince: null, flappingUntil: null };

/** Keeps the devices. */
export function keepDevices({ register, dialects, plan, now, isHurried }: DevicesOptions): Devices {
  const admissions = createAdmissions({
    register,
    now,
    isHurried,
    foreignTopics: (device) => topicsOf(dialects, device),
  });
  let broker: Broker | null = null;
  let seen = register.foreignChanges();
  const recheck = (): void => broker?.recheck(admissions.isStanding);
  /** True where credentials have ended. A full disk that keeps their rows lets nobody in by them, and is told by its own keeper. */
  const haveEnded = (): boolean => {
    try {
      return register.pruneCredentials() > 0;
    } catch {
      return true;
    }
  };
  const look = (): void => {
    const version = register.foreignChanges();
    if (haveEnded() || version !== seen) recheck();
    seen = version;
  };
  const acts = createRegisterActs({
    register,
    checkOptions: (entry) => optionFaults(dialects, entry),
    changed: recheck,
    drop: ({ site, device }, why) => void broker?.drop(site, device, why),
  });
  const traffic = (): ReadonlyMap<string, DeviceTraffic> => broker?.traffic() ?? new Map();

  return {
    authenticate: admissions.authenticate,
    desk: { ...acts, list: (kind) => listOf(kind, register, plan(), traffic()) },
    attach(attached) {
      broker = attached;
      const looking = setInterval(look, LOOK_EVERY_MS);
      return () => clearInterval(looking);
    },
    health() {
      const all = [...traffic().values()];
      return {
        connected: all.filter(({ connections }) => connections > 0).length,
        heldBack: all.filter(({ heldBackSince }) => heldBackSince !== null).length,
        flapping: all.filter(({ flappingUntil }) => flappingUntil !== null).length,
      };
    },
  };
}

/** A list with what the plan of record and the broker know beside it. */
function listOf(
  kind: RegisterKind,
  register: Register,
  plan: Plan,
  traffic: ReadonlyMap<string, DeviceTraffic>,
): object {
  if (kind === "enterprises") return { enterprises: register.listEnterprises() };
  if (kind === "sites") {
    const planned = new Set(plan.sites.map(({ id }) => id));
    // Registered and not in the plan: nothing is measured there yet.
    return { sites: register.listRegisteredSites().map((site) => ({ ...site, isInPlan: planned.has(site.id) })) };
  }
  const credentials = new Map<string, Credential[]>();
  for (const { site, device, ...credential } of register.listCredentials()) {
    const id = `${site}/${device}`;
    credentials.set(id, [...(credentials.get(id) ?? []), credential]);
  }
  const planned = new Set(plan.devices.map(({ id }) => id));
  const devices = register.listDevices().map((device) => {
    const id = `${device.site}/${device.device}`;
    return {
      ...device,
      isInPlan: planned.has(id),
      credentials: credentials.get(id) ?? [],
      traffic: traffic.get(device.userName) ?? quiet,
    };
  });
  const registered = new Set(devices.map(({ site, device }) => `${site}/${device}`));
  // In the plan and not registered: refused at the broker.
  const unregistered = plan.devices
    .filter(({ id }) => !registered.has(id))
    .map(({ site, code }) => ({ site, device: code }));
  return { devices, unregistered };
}
