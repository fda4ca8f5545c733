// The register: who may log in, who is logged in, and which devices may speak; one SQLite file, no secret in it in the clear.
import { createHash, timingSafeEqual } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import Database from "libsql";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { type Tier, tiers } from "../../contract/plant.ts";
import { isName, userNameOf } from "../../contract/topics.ts";
import { type Person, type Role, roles } from "../../contract/wall.ts";
import {
  defaultPasswordCost,
  hashPassword,
  isPassword,
  makePassword,
  type PasswordCost,
  type PasswordHash,
} from "./register/password.ts";

const SCHEMA_VERSION = 1;
const DAY_MS = 86_400_000;
/** A session ends this long after its last use. */
const SESSION_MS = 30 * DAY_MS;
/** Its end is written anew at most once in this time, so that looking costs no writing. */
const SLIDE_MS = DAY_MS;
/** Walls and browsers of one person; the oldest session ends when one more is opened. */
const SESSIONS_A_PERSON = 50;

const schema = `
  CREATE TABLE people (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, tier TEXT NOT NULL,
    salt BLOB NOT NULL, hash BLOB NOT NULL, n INTEGER NOT NULL, r INTEGER NOT NULL, p INTEGER NOT NULL,
    createdAt INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sessions (
    token BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES people (name) ON DELETE CASCADE,
    createdAt INTEGER NOT NULL, expiresAt INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sessionsByPerson ON sessions (person, createdAt);
  CREATE TABLE devices (
    site TEXT NOT NULL, device TEXT NOT NULL, hash BLOB NOT NULL, createdAt INTEGER NOT NULL,
    PRIMARY KEY (site, device)
  ) STRICT;`;

const literals = <T extends string>(values: readonly T[]) => Type.Union(values.map((value) => Type.Literal(value)));
// Latin or Chinese letters and digits; what else a name could carry only makes two names look alike.
const nameSchema = Compile(Type.String({ pattern: "^[A-Za-z0-9\\u4e00-\\u9fff][A-Za-z0-9\\u4e00-\\u9fff._-]{0,63}$" }));
const dutySchema = Compile(Type.Object({ role: literals(roles), tier: literals(tiers) }));
const passwordSchema = Compile(Type.String({ minLength: 8, maxLength: 200 }));

/** Why somebody or something was not entered. */
export type RegisterFault = "nameInvalid" | "roleInvalid" | "nameTaken" | "nameUnknown" | "passwordInvalid";
/** Not entered, and why. */
export interface NotRegistered {
  readonly ok: false;
  readonly fault: RegisterFault;
}
/** A device of the register: its user name at the broker, never its secret. */
export interface RegisteredDevice {
  readonly site: string;
  readonly device: string;
  readonly userName: string;
  readonly createdAt: number;
}
/** A device with the secret that is shown this once. */
export type DeviceCredential = { readonly ok: true; readonly userName: string; readonly secret: string };

/** What the register needs. */
export interface RegisterOptions {
  /** Path of the SQLite file; made, readable by its owner only, where there is none. */
  readonly file: string;
  /** Epoch ms. */
  readonly now: () => number;
  /** So many bytes that nobody can guess. */
  readonly random: (bytes: number) => Uint8Array;
  /** @default 32 MiB and some 0.2 s a guess */
  readonly passwordCost?: PasswordCost;
}

/** People, their sessions, and devices. */
export interface Register {
  /** Enters a person; a password that is made up here is returned this once. */
  addPerson(
    person: Person & { readonly password?: string },
  ): Promise<{ readonly ok: true; readonly password: string } | NotRegistered>;
  /** A new password; every session of the person ends. */
  setPassword(name: string, password: string): Promise<{ readonly ok: true } | NotRegistered>;
  removePerson(name: string): boolean;
  listPeople(): Person[];
  /** The person, where name and password fit; an unknown name takes as long as a wrong password. */
  checkPassword(name: string, password: string): Promise<Person | null>;
  /** A new session's token, of which only the hash is kept; null where nobody has this name any more. */
  openSession(name: string): string | null;
  /** Whose session it is; looking keeps it alive. */
  personOf(token: string): Person | null;
  closeSession(token: string): void;
  addDevice(site: string, device: string): DeviceCredential | NotRegistered;
  /** A new secret in place of the old one, or a first one. */
  renewDevice(site: string, device: string): DeviceCredential | NotRegistered;
  checkDevice(userName: string, secret: string | Uint8Array): { readonly site: string; readonly device: string } | null;
  listDevices(): RegisteredDevice[];
  removeDevice(site: string, device: string): boolean;
  close(): void;
}

/** Opens the register, making it where there is none. */
export function createRegister(options: RegisterOptions): Register {
  const db = openRegister(options.file);
  const parts = { ...people(db, options), ...sessions(db, options), ...devices(db, options) };
  return {
    ...parts,
    close() {
      db.close();
    },
  };
}

function openRegister(file: string): Database.Database {
  // Made here first, because SQLite would make it readable to everybody; its -wal and -shm take the same rights.
  closeSync(openSync(file, "a", 0o600));
  // The commands `user` and `device` write from another process; a write is over in a few milliseconds.
  const db = new Database(file, { timeout: 2000 });
  try {
    db.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
    );
    const migrate = db.transaction(() => {
      const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
      if (version > SCHEMA_VERSION) {
        throw new Error(`${file} has register schema ${version}; this server knows ${SCHEMA_VERSION}`);
      }
      if (version === 0) db.exec(`${schema}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
    migrate.immediate();
  } catch (error) {
    db.close();
    throw new Error(`open register ${file}`, { cause: error });
  }
  return db;
}

type Row = Readonly<Record<string, unknown>>;

function toPerson(row: Row): Person {
  return { name: row["name"] as string, role: row["role"] as Role, tier: row["tier"] as Tier };
}

function toHash(row: Row): PasswordHash {
  const cost = { n: row["n"] as number, r: row["r"] as number, p: row["p"] as number };
  return { salt: row["salt"] as Uint8Array, hash: row["hash"] as Uint8Array, cost };
}

function people(db: Database.Database, options: RegisterOptions) {
  const { now, random, passwordCost: cost = defaultPasswordCost } = options;
  const find = db.prepare("SELECT * FROM people WHERE name = ?");
  const all = db.prepare("SELECT name, role, tier FROM people ORDER BY name");
  const insert = db.prepare("INSERT OR IGNORE INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const change = db.prepare("UPDATE people SET salt = ?, hash = ?, n = ?, r = ?, p = ? WHERE name = ?");
  const remove = db.prepare("DELETE FROM people WHERE name = ?");
  const endSessions = db.prepare("DELETE FROM sessions WHERE person = ?");
  /** What an unknown name is checked against, so that the clock does not tell which names exist. */
  const nobody: PasswordHash = { salt: random(16), hash: new Uint8Array(32), cost };

  return {
    async addPerson(entry: Person & { readonly password?: string }) {
      const { name, role, tier, password = makePassword(random) } = entry;
      if (!nameSchema.Check(name)) return { ok: false, fault: "nameInvalid" } as const;
      if (!dutySchema.Check({ role, tier })) return { ok: false, fault: "roleInvalid" } as const;
      if (!passwordSchema.Check(password)) return { ok: false, fault: "passwordInvalid" } as const;
      const { salt, hash } = await hashPassword(password, random(16), cost);
      const { changes } = insert.run(name, role, tier, salt, hash, cost.n, cost.r, cost.p, now());
      return changes === 1 ? ({ ok: true, password } as const) : ({ ok: false, fault: "nameTaken" } as const);
    },

    async setPassword(name: string, password: string) {
      if (!passwordSchema.Check(password)) return { ok: false, fault: "passwordInvalid" } as const;
      const { salt, hash } = await hashPassword(password, random(16), cost);
      const { changes } = change.run(salt, hash, cost.n, cost.r, cost.p, name);
      if (changes === 0) return { ok: false, fault: "nameUnknown" } as const;
      endSessions.run(name);
      return { ok: true } as const;
    },

    removePerson: (name: string) => remove.run(name).changes === 1,
    listPeople: () => (all.all() as Row[]).map(toPerson),

    async checkPassword(name: string, password: string) {
      // Checked first: libsql cuts a text at a NUL, so that `name\0anything` would find `name`.
      const row = nameSchema.Check(name) ? (find.get(name) as Row | undefined) : undefined;
      const fits = await isPassword(password, row === undefined ? nobody : toHash(row));
      return fits && row !== undefined ? toPerson(row) : null;
    },
  };
}

function sessions(db: Database.Database, { now, random }: RegisterOptions) {
  const insert = db.prepare("INSERT INTO sessions SELECT ?, name, ?, ? FROM people WHERE name = ?");
  const find = db.prepare(
    "SELECT name, role, tier, expiresAt FROM sessions JOIN people ON name = person WHERE token = ? AND expiresAt > ?",
  );
  const slide = db.prepare("UPDATE sessions SET expiresAt = ? WHERE token = ?");
  const remove = db.prepare("DELETE FROM sessions WHERE token = ?");
  const removeEnded = db.prepare("DELETE FROM sessions WHERE expiresAt <= ?");
  const removeOldest = db.prepare(
    "DELETE FROM sessions WHERE token IN (SELECT token FROM sessions WHERE person = ? ORDER BY createdAt DESC, rowid DESC LIMIT -1 OFFSET ?)",
  );

  const open = db.transaction((token: string, name: string) => {
    removeEnded.run(now());
    const { changes } = insert.run(sha256(token), now(), now() + SESSION_MS, name);
    removeOldest.run(name, SESSIONS_A_PERSON);
    return changes === 1;
  });

  const keepAlive = (token: string) => {
    try {
      slide.run(now() + SESSION_MS, sha256(token));
    } catch {
      // A full disk must not close the walls: the session stands as it is, and the next look tries again.
    }
  };

  return {
    openSession(name: string): string | null {
      const token = Buffer.from(random(32)).toString("base64url");
      return open.immediate(token, name) ? token : null;
    },

    personOf(token: string): Person | null {
      const row = find.get(sha256(token), now()) as Row | undefined;
      if (row === undefined) return null;
      if ((row["expiresAt"] as number) < now() + SESSION_MS - SLIDE_MS) keepAlive(token);
      return toPerson(row);
    },

    closeSession(token: string): void {
      // In an array: libsql takes a lone Buffer for named parameters, and ends the process.
      remove.run([sha256(token)]);
    },
  };
}

function devices(db: Database.Database, { now, random }: RegisterOptions) {
  const insert = db.prepare("INSERT OR IGNORE INTO devices VALUES (?, ?, ?, ?)");
  const replace = db.prepare("INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?)");
  const find = db.prepare("SELECT hash FROM devices WHERE site = ? AND device = ?");
  const all = db.prepare("SELECT site, device, createdAt FROM devices ORDER BY site, device");
  const remove = db.prepare("DELETE FROM devices WHERE site = ? AND device = ?");

  const enter = (statement: Database.Statement, site: string, device: string) => {
    if (!isName(site) || !isName(device)) return { ok: false, fault: "nameInvalid" } as const;
    const secret = Buffer.from(random(16)).toString("base64url");
    // 128 random bits cannot be guessed however fast the hash is, so SHA-256 does: a device that reconnects after a
    // power cut together with a thousand others must not cost 0.2 s each, as a password of human making has to.
    const { changes } = statement.run(site, device, sha256(secret), now());
    if (changes === 0) return { ok: false, fault: "nameTaken" } as const;
    return { ok: true, userName: userNameOf(site, device), secret } as const;
  };

  return {
    addDevice: (site: string, device: string) => enter(insert, site, device),
    renewDevice: (site: string, device: string) => enter(replace, site, device),

    checkDevice(userName: string, secret: string | Uint8Array) {
      const [site = "", device = "", ...rest] = userName.split(".");
      if (rest.length > 0 || !isName(site) || !isName(device)) return null;
      const row = find.get(site, device) as Row | undefined;
      if (row === undefined) return null;
      return timingSafeEqual(sha256(secret), row["hash"] as Uint8Array) ? { site, device } : null;
    },

    listDevices: () =>
      (all.all() as Row[]).map((row) => {
        const site = row["site"] as string;
        const device = row["device"] as string;
        return { site, device, userName: userNameOf(site, device), createdAt: row["createdAt"] as number };
      }),
    removeDevice: (site: string, device: string) => remove.run(site, device).changes === 1,
  };
}

function sha256(text: string | Uint8Array): Buffer {
  return createHash("sha256").update(text).digest();
}
