// The devices of the register: what each speaks, how far it has come, and the hashes of its credentials.
import { createHash, timingSafeEqual } from "node:crypto";
import type { DeviceEntry, RegisteredDevice, Stage } from "../../../contract/register.ts";
import { isName, userNameOf } from "../../../contract/topics.ts";
import { atomically, type RegisterDatabase, type Row } from "./database.ts";
import type { NotRegistered, RegisterOptions } from "./entries.ts";

/** A device with the secret that is shown this once. */
export type DeviceCredential = { readonly ok: true; readonly userName: string; readonly secret: string };

/** The devices' part of the register. */
export interface Devices {
  /** A device of the native dialect, open at once. */
  addDevice(site: string, device: string): DeviceCredential | NotRegistered;
  /** A new secret in place of every old one, or a first one. */
  renewDevice(site: string, device: string): DeviceCredential | NotRegistered;
  checkDevice(userName: string, secret: string | Uint8Array): { readonly site: string; readonly device: string } | null;
  listDevices(): RegisteredDevice[];
  removeDevice(site: string, device: string): boolean;
}

/** Messages a second that a device may send when nobody has said otherwise. */
const usualPerSecond = 1000;

/** The devices of an open register. */
export function createDevices(db: RegisterDatabase, { now, random }: RegisterOptions): Devices {
  const insert = db.prepare("INSERT OR IGNORE INTO devices VALUES (?, ?, ?, ?, ?, ?, NULL)");
  const all = db.prepare("SELECT * FROM devices ORDER BY site, device");
  const remove = db.prepare("DELETE FROM devices WHERE site = ? AND device = ?");
  const credential = db.prepare(
    "INSERT INTO credentials (site, device, kind, hash, createdAt) VALUES (?, ?, 'secret', ?, ?)",
  );
  const revoke = db.prepare("DELETE FROM credentials WHERE site = ? AND device = ?");
  const hashes = db.prepare(
    `SELECT credentials.hash FROM credentials JOIN devices USING (site, device)
     WHERE site = ? AND device = ? AND kind = 'secret' AND stage <> 'retired' AND (expiresAt IS NULL OR expiresAt > ?)`,
  );

  const enter = (site: string, device: string, isNew: boolean): string | null => {
    const entry: DeviceEntry = {
      site,
      device,
      dialect: "native",
      options: {},
      names: {},
      maxPerSecond: usualPerSecond,
    };
    const { changes } = insert.run(site, device, JSON.stringify(entry), "open", "entered by hand", now());
    if (isNew && changes === 0) return null;
    // 128 random bits cannot be guessed however fast the hash is, so SHA-256 does: a device that reconnects after a
    // power cut together with a thousand others must not cost 0.2 s each, as a password of human making has to.
    const secret = Buffer.from(random(16)).toString("base64url");
    revoke.run(site, device);
    credential.run(site, device, sha256(secret), now());
    return secret;
  };
  const checked = (site: string, device: string, isNew: boolean): DeviceCredential | NotRegistered => {
    if (!isName(site) || !isName(device)) return { ok: false, fault: "nameInvalid" };
    const secret = atomically(db, () => enter(site, device, isNew));
    if (secret === null) return { ok: false, fault: "nameTaken" };
    return { ok: true, userName: userNameOf(site, device), secret };
  };

  return {
    addDevice: (site, device) => checked(site, device, true),
    renewDevice: (site, device) => checked(site, device, false),

    checkDevice(userName, secret) {
      const [site = "", device = "", ...rest] = userName.split(".");
      if (rest.length > 0 || !isName(site) || !isName(device)) return null;
      const given = sha256(secret);
      const isValid = (hashes.all(site, device, now()) as Row[]).some((row) =>
        timingSafeEqual(given, row["hash"] as Uint8Array),
      );
      return isValid ? { site, device } : null;
    },

    listDevices: () => (all.all() as Row[]).map(toDevice),
    removeDevice: (site, device) =>
      atomically(db, () => {
        revoke.run(site, device);
        return remove.run(site, device).changes === 1;
      }),
  };
}

function toDevice(row: Row): RegisteredDevice {
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

function sha256(text: string | Uint8Array): Buffer {
  return createHash("sha256").update(text).digest();
}
