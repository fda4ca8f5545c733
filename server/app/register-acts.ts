// Every act on enterprises, sites and devices, the same from a screen and from the console: done, written down, or refused.
import type { AuditActor } from "../../contract/audit.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type {
  DeviceEntry,
  EnterpriseEntry,
  RegisteredDevice,
  RegisterKind,
  SiteEntry,
} from "../../contract/register.ts";
import type { Register } from "../adapters/register.ts";
import type { Done } from "../adapters/register/audit.ts";
import type { DeviceCredential } from "../adapters/register/devices.ts";
import type { NotRegistered, Registered, RegisterFault } from "../adapters/register/entries.ts";
import { readTable, type TableRow, writeTable } from "../adapters/register/table.ts";

/** What came of an act. */
export type Answer<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly code: FaultCode; readonly faults?: readonly string[] };

/** A device of a site. */
export interface DeviceName {
  readonly site: string;
  readonly device: string;
}

/** An entry of any kind. */
export type Entry = TableRow["entry"];

/** The acts. */
export interface RegisterActs {
  save(kind: RegisterKind, entry: Entry, isNew: boolean, actor: AuditActor): Answer<unknown>;
  mark(kind: "enterprises" | "sites", id: string, verb: "retire" | "restore", actor: AuditActor): Answer<unknown>;
  markDevice(name: DeviceName, verb: "retire" | "restore", actor: AuditActor): Answer<RegisteredDevice>;
  /** Opens its real topics: because of a passed trial, or for a reason that must be given. */
  open(name: DeviceName, actor: AuditActor): Answer<RegisteredDevice>;
  /** The secret is in the answer, this once. */
  rotate(name: DeviceName, overlapMs: number, actor: AuditActor): Answer<Omit<DeviceCredential, "ok">>;
  revoke(name: DeviceName, actor: AuditActor): Answer<{ readonly ended: number }>;
  pin(name: DeviceName, fingerprint: string, actor: AuditActor): Answer<null>;
  /** A native device, open at once, with its secret; a new secret where it is there. */
  handOut(name: DeviceName, actor: AuditActor): Answer<Omit<DeviceCredential, "ok">>;
  /** Enters a whole table, or nothing. */
  importTable(kind: RegisterKind, bytes: Uint8Array, actor: AuditActor): Answer<{ readonly entered: number }>;
  exportTable(kind: RegisterKind): string;
}

/** What the acts are done with. */
export interface ActsOptions {
  readonly register: Register;
  /** What is wrong with a dialect's options, a sentence each. @default nothing */
  readonly checkOptions?: (entry: DeviceEntry) => readonly string[];
  /** Devices stand otherwise than they did: whoever is connected must be looked at again. */
  readonly changed?: () => void;
  /** One device must connect anew. */
  readonly drop?: (name: DeviceName, why: string) => void;
}

/** A rotated secret's predecessors live on so long where nobody says otherwise. */
export const usualOverlapHours = 24;

const codes: Readonly<Record<RegisterFault, FaultCode>> = {
  nameInvalid: "ENTRY_INVALID",
  roleInvalid: "ENTRY_INVALID",
  passwordInvalid: "ENTRY_INVALID",
  passwordCommon: "ENTRY_INVALID",
  entryInvalid: "ENTRY_INVALID",
  enterpriseUnknown: "ENTRY_INVALID",
  siteUnknown: "SITE_UNKNOWN",
  nameTaken: "ENTRY_TAKEN",
  nameUnknown: "NOT_FOUND",
  retired: "ENTRY_RETIRED",
  certificateTaken: "CERTIFICATE_TAKEN",
};

const words: Readonly<Partial<Record<RegisterFault, string>>> = {
  enterpriseUnknown: "the enterprise is not in the register",
  siteUnknown: "the site is not in the register",
  nameTaken: "is in the register already",
  retired: "is retired, or its enterprise or site is",
};

/** Undoes what a table has begun; caught where it is thrown for. */
const undone = new Error("the table has faults");

const targetOf = (kind: RegisterKind, entry: Entry): string =>
  kind === "devices"
    ? `${(entry as DeviceEntry).site}/${(entry as DeviceEntry).device}`
    : (entry as EnterpriseEntry | SiteEntry).id;
const nounOf = { enterprises: "enterprise", sites: "site", devices: "device" } as const;

/** Makes the acts. */
export function createRegisterActs(options: ActsOptions): RegisterActs {
  const { register, checkOptions = () => [], changed = () => undefined, drop = () => undefined } = options;

  /** Does and writes down; a refusal becomes a code of the catalogue. */
  const act = <T>(
    actor: AuditActor,
    [verb, target]: readonly [verb: string, target: string],
    work: () => Done<T> | NotRegistered,
  ): Answer<T> => {
    const done = register.audited(actor, { act: verb, target }, work);
    if (done.ok) return { ok: true, result: done.result };
    const why = words[done.fault];
    return { ok: false, code: codes[done.fault], ...(why === undefined ? {} : { faults: [`${target}: ${why}`] }) };
  };
  const told = <T>(done: Registered<T> | NotRegistered): Done<T> | NotRegistered =>
    done.ok ? { ...done, result: done.after } : done;
  const enter = (kind: RegisterKind, entry: Entry, isNew: boolean): Done<unknown> | NotRegistered => {
    if (kind === "enterprises") {
      return told(
        isNew ? register.addEnterprise(entry as EnterpriseEntry) : register.editEnterprise(entry as EnterpriseEntry),
      );
    }
    if (kind === "sites")
      return told(isNew ? register.addSite(entry as SiteEntry) : register.editSite(entry as SiteEntry));
    return told(isNew ? register.enterDevice(entry as DeviceEntry) : register.editDevice(entry as DeviceEntry));
  };
  const faultsOf = (kind: RegisterKind, entry: Entry): readonly string[] =>
    kind === "devices" ? checkOptions(entry as DeviceEntry) : [];
  /** A secret is in the result alone, never in what is written down. */
  const handed = (
    made: DeviceCredential | NotRegistered,
    after: unknown,
  ): Done<Omit<DeviceCredential, "ok">> | NotRegistered =>
    made.ok ? { ok: true, before: null, after, result: { userName: made.userName, secret: made.secret } } : made;

  return {
    save(kind, entry, isNew, actor) {
      const faults = faultsOf(kind, entry);
      if (faults.length > 0) return { ok: false, code: "ENTRY_INVALID", faults };
      const saved = act(actor, [`${nounOf[kind]}.${isNew ? "add" : "edit"}`, targetOf(kind, entry)], () =>
        enter(kind, entry, isNew),
      );
      if (!saved.ok || isNew) return saved;
      // Of one device only its own connections are asked: a look at 10,000 takes a third of a second, with each edit.
      if (kind === "devices") drop(entry as DeviceEntry, "its registration has changed");
      else changed();
      return saved;
    },
    mark(kind, id, verb, actor) {
      const work = {
        enterprises: { retire: register.retireEnterprise, restore: register.restoreEnterprise },
        sites: { retire: register.retireSite, restore: register.restoreSite },
      }[kind][verb];
      const marked = act<unknown>(actor, [`${nounOf[kind]}.${verb}`, id], () => told<unknown>(work(id)));
      if (marked.ok) changed();
      return marked;
    },
    markDevice(name, verb, actor) {
      const { site, device } = name;
      const work = verb === "retire" ? register.retireDevice : register.restoreDevice;
      const marked = act(actor, [`device.${verb}`, `${site}/${device}`], () => told(work(site, device)));
      if (marked.ok) drop(name, "it is retired");
      return marked;
    },
    open(name, actor) {
      const { site, device } = name;
      const trial = register.passedTrial(site, device);
      const because = trial === null ? actor.reason : `trial ${trial}`;
      if (because === undefined) return { ok: false, code: "REASON_REQUIRED" };
      const opened = act(actor, ["device.open", `${site}/${device}`], () =>
        told(register.openDevice(site, device, because)),
      );
      if (opened.ok) drop(name, "its stage has changed");
      return opened;
    },
    rotate(name, overlapMs, actor) {
      const { site, device } = name;
      const rotated = act(actor, ["device.rotate", `${site}/${device}`], () =>
        handed(register.rotateSecret(site, device, overlapMs), { overlapMs }),
      );
      if (rotated.ok) drop(name, "its credentials were rotated");
      return rotated;
    },
    revoke(name, actor) {
      const { site, device } = name;
      const revoked = act(actor, ["device.revoke", `${site}/${device}`], () => {
        if (register.findDevice(site, device) === null) return { ok: false, fault: "nameUnknown" };
        const ended = register.revokeCredentials(site, device);
        return { ok: true, before: { credentials: ended }, after: { credentials: 0 }, result: { ended } };
      });
      if (revoked.ok) drop(name, "its credentials were revoked");
      return revoked;
    },
    pin: ({ site, device }, fingerprint, actor) =>
      act(actor, ["device.pin", `${site}/${device}`], () => {
        const pinned = register.pinCertificate(site, device, fingerprint);
        return pinned.ok ? { ok: true, before: null, after: { fingerprint }, result: null } : pinned;
      }),
    handOut(name, actor) {
      const { site, device } = name;
      const handedOut = act(actor, ["device.add", `${site}/${device}`], () =>
        handed(register.renewDevice(site, device), { dialect: "native", stage: "open" }),
      );
      if (handedOut.ok) drop(name, "it has a new secret");
      return handedOut;
    },
    importTable(kind, bytes, actor) {
      const table = readTable(kind, bytes);
      if (!table.ok) return { ok: false, code: "TABLE_INVALID", faults: table.faults };
      const faults: string[] = [];
      try {
        register.atomically(() => {
          for (const { line, entry } of table.rows) {
            for (const fault of faultsOf(kind, entry)) faults.push(`line ${line}, column options: ${fault}`);
            const done = act(actor, [`${nounOf[kind]}.add`, targetOf(kind, entry)], () => enter(kind, entry, true));
            if (!done.ok) faults.push(`line ${line}: ${done.faults?.[0] ?? done.code}`);
          }
          if (faults.length > 0) throw undone;
        });
      } catch (error) {
        if (error !== undone) throw error;
        return { ok: false, code: "TABLE_INVALID", faults };
      }
      return { ok: true, result: { entered: table.rows.length } };
    },
    exportTable(kind) {
      const lists = {
        enterprises: register.listEnterprises,
        sites: register.listRegisteredSites,
        devices: register.listDevices,
      };
      return writeTable(kind, lists[kind]());
    },
  };
}
