// The credentials of devices: secrets, several at a time and kept as hashes only, and pinned client certificates.
import { timingSafeEqual } from "node:crypto";
import type { Credential, RegisteredDevice } from "../../../contract/register.ts";
import { isName, userNameOf } from "../../../contract/topics.ts";
import { atomically, type RegisterDatabase, type Row } from "./database.ts";
import { type DeviceCredential, toDevice } from "./devices.ts";
import type { NotRegistered, RegisterOptions } from "./entries.ts";
import { makeSecret, sha256 } from "./secret.ts";

/** A device whose proof holds: what it is, and which credential it used (null: a certificate of the trusted issuer). */
export interface Admitted {
  readonly device: RegisteredDevice;
  readonly credential: number | null;
}

/** A credential with the device that it is of. */
export interface KeptCredential extends Credential {
  readonly site: string;
  readonly device: string;
}

/** The credentials' part of the register. */
export interface Credentials {
  /** A new secret; those that stand end after the overlap, 0 at once. Pinned certificates stay. */
  rotateSecret(site: string, device: string, overlapMs: number): DeviceCredential | NotRegistered;
  /** Ends every credential at once; says how many there were. */
  revokeCredentials(site: string, device: string): number;
  /** Lets a client certificate stand for the device; the fingerprint is SHA-256 in hexadecimal. */
  pinCertificate(site: string, device: string, fingerprint: string): { readonly ok: true } | NotRegistered;
  /** Every credential that has not ended: never a secret. */
  listCredentials(): KeptCredential[];
  admitSecret(userName: string, secret: string | Uint8Array): Admitted | null;
  admitFingerprint(fingerprint: string): Admitted | null;
  /** By its user name alone: somebody else has proved who it is. */
  admitName(userName: string): Admitted | null;
  /** True while the same device may still come in with the same credential, as the same. */
  isStanding(admitted: Admitted): boolean;
  checkDevice(userName: string, secret: string | Uint8Array): { readonly site: string; readonly device: string } | null;
  /** Forgets credentials that have ended; says how many. */
  pruneCredentials(): number;
  /** A line of Mosquitto's password file for the newest secret of each device that is let in. */
  mosquittoPasswords(): { readonly userName: string; readonly hash: string }[];
}

/** Retired, itself, its site or its enterprise: not let in. */
const letIn = `FROM devices LEFT JOIN sites ON sites.id = devices.site LEFT JOIN enterprises ON enterprises.id = sites.enterprise
  WHERE stage <> 'retired' AND sites.retiredAt IS NULL AND enterprises.retiredAt IS NULL`;
/** Whoever rotates again and again ends the oldest one. */
const SECRETS_A_DEVICE = 5;
const columns =
  "devices.site, devices.device, devices.entry, stage, openedBecause, devices.createdAt, devices.retiredAt";
const valid = "(expiresAt IS NULL OR expiresAt > ?)";

/** The credentials of an open register. */
export function createCredentials(db: RegisterDatabase, options: RegisterOptions): Credentials {
  const { now } = options;
  const find = db.prepare("SELECT stage FROM devices WHERE site = ? AND device = ?");
  const hashes = db.prepare(
    `SELECT id, hash FROM credentials WHERE site = ? AND device = ? AND kind = 'secret' AND ${valid}`,
  );
  const pinned = db.prepare(
    `SELECT id, site, device FROM credentials WHERE hash = ? AND kind = 'certificate' AND ${valid}`,
  );
  const one = db.prepare(`SELECT 1 FROM credentials WHERE id = ? AND ${valid}`);
  const admitted = db.prepare(`SELECT ${columns} ${letIn} AND devices.site = ? AND devices.device = ?`);
  const end = db.prepare(
    `UPDATE credentials SET expiresAt = ? WHERE site = ? AND device = ? AND kind = 'secret' AND (expiresAt IS NULL OR expiresAt > ?)`,
  );
  const pin = db.prepare(
    "INSERT OR IGNORE INTO credentials (site, device, kind, hash, createdAt) VALUES (?, ?, 'certificate', ?, ?)",
  );
  const revoke = db.prepare("DELETE FROM credentials WHERE site = ? AND device = ?");
  const prune = db.prepare("DELETE FROM credentials WHERE expiresAt <= ?");
  const ended = db.prepare("SELECT 1 FROM credentials WHERE expiresAt <= ? LIMIT 1");
  const endOldest = db.prepare(
    "DELETE FROM credentials WHERE id IN (SELECT id FROM credentials WHERE site = ? AND device = ? AND kind = 'secret' ORDER BY id DESC LIMIT -1 OFFSET ?)",
  );
  const all = db.prepare(`SELECT * FROM credentials WHERE ${valid} ORDER BY site, device, id`);
  const lines = db.prepare(
    `SELECT site, device, mosquitto FROM credentials JOIN (SELECT devices.site, devices.device ${letIn}) USING (site, device)
     WHERE mosquitto IS NOT NULL AND ${valid} ORDER BY site, device, id`,
  );

  const admit = (site: string, device: string, credential: number | null): Admitted | null => {
    const row = admitted.get(site, device) as Row | undefined;
    return row === undefined ? null : { device: toDevice(row), credential };
  };
  /** Why the device can have no credential, or null. */
  const faultOf = (site: string, device: string): NotRegistered | null => {
    const row = find.get(site, device) as Row | undefined;
    if (row === undefined) return { ok: false, fault: "nameUnknown" };
    return row["stage"] === "retired" ? { ok: false, fault: "retired" } : null;
  };
  const admitSecret: Credentials["admitSecret"] = (userName, secret) => {
    const who = partsOf(userName);
    if (who === null) return null;
    const given = sha256(secret);
    const rows = hashes.all(who.site, who.device, now()) as Row[];
    const row = rows.find((each) => timingSafeEqual(given, each["hash"] as Uint8Array));
    return row === undefined ? null : admit(who.site, who.device, row["id"] as number);
  };

  return {
    rotateSecret: (site, device, overlapMs) =>
      atomically(db, () => {
        const fault = faultOf(site, device);
        if (fault !== null) return fault;
        end.run(now() + overlapMs, site, device, now() + overlapMs);
        endOldest.run(site, device, SECRETS_A_DEVICE - 1);
        return { ok: true, userName: userNameOf(site, device), secret: makeSecret(db, options, { site, device }) };
      }),
    revokeCredentials: (site, device) => revoke.run(site, device).changes,
    pinCertificate(site, device, fingerprint) {
      const fault = faultOf(site, device);
      if (fault !== null) return fault;
      const { changes } = pin.run(site, device, bytesOf(fingerprint), now());
      return changes === 1 ? { ok: true } : { ok: false, fault: "certificateTaken" };
    },
    listCredentials: () => (all.all(now()) as Row[]).map(toCredential),
    admitSecret,
    admitFingerprint(fingerprint) {
      const row = pinned.get(bytesOf(fingerprint), now()) as Row | undefined;
      return row === undefined ? null : admit(row["site"] as string, row["device"] as string, row["id"] as number);
    },
    admitName(userName) {
      const who = partsOf(userName);
      return who === null ? null : admit(who.site, who.device, null);
    },
    isStanding({ device, credential }) {
      if (credential !== null && one.get(credential, now()) === undefined) return false;
      const current = admit(device.site, device.device, credential);
      return current !== null && JSON.stringify(current.device) === JSON.stringify(device);
    },
    checkDevice(userName, secret) {
      const found = admitSecret(userName, secret)?.device;
      return found === undefined ? null : { site: found.site, device: found.device };
    },
    // Asked every few seconds: a look needs no lock, and does not wait for whoever is writing.
    pruneCredentials: () => (ended.get(now()) === undefined ? 0 : prune.run([now()]).changes),
    mosquittoPasswords() {
      const newest = new Map<string, string>();
      for (const row of lines.all(now()) as Row[])
        newest.set(userNameOf(row["site"] as string, row["device"] as string), row["mosquitto"] as string);
      return [...newest].map(([userName, hash]) => ({ userName, hash }));
    },
  };
}

function partsOf(userName: string): { readonly site: string; readonly device: string } | null {
  const [site = "", device = "", ...rest] = userName.split(".");
  return rest.length > 0 || !isName(site) || !isName(device) ? null : { site, device };
}

function toCredential(row: Row): KeptCredential {
  return {
    id: row["id"] as number,
    site: row["site"] as string,
    device: row["device"] as string,
    kind: row["kind"] as Credential["kind"],
    createdAt: row["createdAt"] as number,
    expiresAt: row["expiresAt"] as number | null,
  };
}

function bytesOf(fingerprint: string): Buffer {
  return Buffer.from(fingerprint.replaceAll(":", ""), "hex");
}
