// The devices of the register: what each speaks and how far it has come; never deleted, retired.
import { Compile } from "typebox/compile";
import { type DeviceEntry, deviceEntrySchema, type RegisteredDevice, type Stage } from "../../../contract/register.ts";
import { isName, userNameOf } from "../../../contract/topics.ts";
import { atomically, type RegisterDatabase, type Row } from "./database.ts";
import type { NotRegistered, Registered, RegisterOptions } from "./entries.ts";
import { makeSecret } from "./secret.ts";

/** A device with the secret that is shown this once. */
export type DeviceCredential = { readonly ok: true; readonly userName: string; readonly secret: string };

/** The devices' part of the register. */
export interface Devices {
  /** A device on trial, without a credential yet; its site must be registered. */
  enterDevice(entry: DeviceEntry): Registered<RegisteredDevice> | NotRegistered;
  editDevice(entry: DeviceEntry): Registered<RegisteredDevice> | NotRegistered;
  /** Its values count from now on; `because` is the trial that it passed, or somebody's reason. */
  openDevice(site: string, device: string, because: string): Registered<RegisteredDevice> | NotRegistered;
  /** Refused from now on; every credential ends, and all that it has said stays. */
  retireDevice(site: string, device: string): Registered<RegisteredDevice> | NotRegistered;
  /** On trial again, without a credential. */
  restoreDevice(site: string, device: string): Registered<RegisteredDevice> | NotRegistered;
  /** The trial that the device passed last, since it is read as it is now and was not retired; or null. */
  passedTrial(site: string, device: string): string | null;
  findDevice(site: string, device: string): RegisteredDevice | null;
  listDevices(): RegisteredDevice[];
  /** A device of the native dialect, open at once: for a demo, a test, a first try. */
  addDevice(site: string, device: string): DeviceCredential | NotRegistered;
  /** A new secret in place of every old one; enters the device as `addDevice` does where there is none. */
  renewDevice(site: string, device: string): DeviceCredential | NotRegistered;
}

/** Messages a second that a device may send when nobody has said otherwise. */
export const usualPerSecond = 1000;

const schema = Compile(deviceEntrySchema);

/** A device as a row holds one. */
export function toDevice(row: Row): RegisteredDevice {
  const entry = JSON.parse(row["entry"] as string) as DeviceEntry;
  return {
    ...entry,
    userName: userNameOf(entry.site, entry.device),
    stage: row["stage"] as Stage,
    openedBecause: row["openedBecause"] as string | null,
    createdAt: row["createdAt"] as number,
    retiredAt: row["retiredAt"] as number | null,
  };
}

/** How a device is read. */
function speechOf({ dialect, options, names }: DeviceEntry): string {
  return JSON.stringify([dialect, options, names]);
}

/** The devices of an open register. */
export function createDevices(db: RegisterDatabase, options: RegisterOptions): Devices {
  const { now } = options;
  const insert = db.prepare("INSERT OR IGNORE INTO devices VALUES (?, ?, ?, ?, ?, ?, NULL)");
  const find = db.prepare("SELECT * FROM devices WHERE site = ? AND device = ?");
  const all = db.prepare("SELECT * FROM devices ORDER BY site, device");
  const change = db.prepare("UPDATE devices SET entry = ? WHERE site = ? AND device = ?");
  const move = db.prepare(
    "UPDATE devices SET stage = ?, openedBecause = ?, retiredAt = ? WHERE site = ? AND device = ?",
  );
  const endCredentials = db.prepare("DELETE FROM credentials WHERE site = ? AND device = ?");
  const siteOf = db.prepare("SELECT retiredAt FROM sites WHERE id = ?");
  const trial = db.prepare(
    "SELECT id FROM trials WHERE site = ? AND device = ? AND passed = 1 ORDER BY startedAt DESC LIMIT 1",
  );

  const voidTrials = db.prepare("UPDATE trials SET passed = NULL WHERE site = ? AND device = ? AND passed = 1");

  const known = (site: string, device: string): RegisteredDevice | null => {
    const row = find.get(site, device) as Row | undefined;
    return row === undefined ? null : toDevice(row);
  };
  const moved = (
    before: RegisteredDevice,
    to: Pick<RegisteredDevice, "stage" | "openedBecause" | "retiredAt">,
  ): Registered<RegisteredDevice> => {
    move.run(to.stage, to.openedBecause, to.retiredAt, before.site, before.device);
    return { ok: true, before, after: { ...before, ...to } };
  };
  const enter = (site: string, device: string, isNew: boolean): DeviceCredential | NotRegistered => {
    if (!isName(site) || !isName(device)) return { ok: false, fault: "nameInvalid" };
    const before = known(site, device);
    if (isNew && before !== null) return { ok: false, fault: "nameTaken" };
    if (before?.stage === "retired") return { ok: false, fault: "retired" };
    if (before === null) {
      const maxPerSecond = usualPerSecond;
      const entry: DeviceEntry = { site, device, dialect: "native", options: {}, names: {}, maxPerSecond };
      insert.run(site, device, JSON.stringify(entry), "open", "entered by hand", now());
    }
    endCredentials.run(site, device);
    return { ok: true, userName: userNameOf(site, device), secret: makeSecret(db, options, { site, device }) };
  };

  return {
    enterDevice(entry) {
      if (!schema.Check(entry)) return { ok: false, fault: "entryInvalid" };
      const { site, device } = entry;
      const place = siteOf.get(site) as Row | undefined;
      if (place === undefined) return { ok: false, fault: "siteUnknown" };
      if (place["retiredAt"] !== null) return { ok: false, fault: "retired" };
      const { changes } = insert.run(site, device, JSON.stringify(entry), "trial", null, now());
      const after = known(site, device);
      return changes === 0 || after === null ? { ok: false, fault: "nameTaken" } : { ok: true, before: null, after };
    },
    editDevice: (entry) =>
      atomically(db, () => {
        if (!schema.Check(entry)) return { ok: false, fault: "entryInvalid" };
        const before = known(entry.site, entry.device);
        if (before === null) return { ok: false, fault: "nameUnknown" };
        change.run(JSON.stringify(entry), entry.site, entry.device);
        // Whoever speaks otherwise has not shown yet that it is read right.
        if (speechOf(before) !== speechOf(entry)) voidTrials.run(entry.site, entry.device);
        return { ok: true, before, after: { ...before, ...entry } };
      }),
    openDevice(site, device, openedBecause) {
      const before = known(site, device);
      if (before === null) return { ok: false, fault: "nameUnknown" };
      if (before.stage === "retired") return { ok: false, fault: "retired" };
      return moved(before, { stage: "open", openedBecause, retiredAt: null });
    },
    retireDevice: (site, device) =>
      atomically(db, () => {
        const before = known(site, device);
        if (before === null) return { ok: false, fault: "nameUnknown" };
        if (before.stage === "retired") return { ok: false, fault: "retired" };
        endCredentials.run(site, device);
        return moved(before, { stage: "retired", openedBecause: null, retiredAt: now() });
      }),
    restoreDevice: (site, device) =>
      atomically(db, () => {
        const before = known(site, device);
        if (before?.stage !== "retired") return { ok: false, fault: "nameUnknown" };
        voidTrials.run(site, device);
        return moved(before, { stage: "trial", openedBecause: null, retiredAt: null });
      }),
    passedTrial: (site, device) => ((trial.get(site, device) as Row | undefined)?.["id"] as string | undefined) ?? null,
    findDevice: known,
    listDevices: () => (all.all() as Row[]).map(toDevice),
    addDevice: (site, device) => atomically(db, () => enter(site, device, true)),
    renewDevice: (site, device) => atomically(db, () => enter(site, device, false)),
  };
}
