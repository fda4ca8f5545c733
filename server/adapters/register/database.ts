// The register's SQLite file: how it is opened, and how an older one becomes a newer one.
import { closeSync, openSync } from "node:fs";
import Database from "libsql";

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;
/** The open file. */
export type RegisterDatabase = Database.Database;

/** Step n makes a file of version n out of one of version n − 1; a step is never changed once it has been released. */
const steps: readonly string[] = [
  `CREATE TABLE people (
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
  ) STRICT;`,

  // Devices that were there have been heard before there was a bench: they stay open.
  `ALTER TABLE people ADD COLUMN scope TEXT;
  ALTER TABLE people ADD COLUMN mustChange INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE people ADD COLUMN lockedAt INTEGER;
  ALTER TABLE people ADD COLUMN seenAt INTEGER;
  ALTER TABLE sessions ADD COLUMN seenAt INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sessions ADD COLUMN address TEXT;
  CREATE TABLE walls (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, tier TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, scope TEXT, boundTo BLOB,
    createdAt INTEGER NOT NULL, createdBy TEXT NOT NULL, revokedAt INTEGER, seenAt INTEGER
  ) STRICT;
  CREATE TABLE enterprises (
    id TEXT PRIMARY KEY, entry TEXT NOT NULL, createdAt INTEGER NOT NULL, retiredAt INTEGER
  ) STRICT;
  CREATE TABLE sites (
    id TEXT PRIMARY KEY, enterprise TEXT NOT NULL REFERENCES enterprises (id), entry TEXT NOT NULL,
    createdAt INTEGER NOT NULL, retiredAt INTEGER
  ) STRICT;
  CREATE INDEX sitesByEnterprise ON sites (enterprise);
  CREATE TABLE credentials (
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, device TEXT NOT NULL, kind TEXT NOT NULL, hash BLOB NOT NULL,
    createdAt INTEGER NOT NULL, expiresAt INTEGER, mosquitto TEXT
  ) STRICT;
  CREATE INDEX credentialsByDevice ON credentials (site, device);
  CREATE UNIQUE INDEX credentialsByCertificate ON credentials (hash) WHERE kind = 'certificate';
  INSERT INTO credentials (site, device, kind, hash, createdAt) SELECT site, device, 'secret', hash, createdAt FROM devices;
  CREATE TABLE devicesNow (
    site TEXT NOT NULL, device TEXT NOT NULL, entry TEXT NOT NULL, stage TEXT NOT NULL, openedBecause TEXT,
    createdAt INTEGER NOT NULL, retiredAt INTEGER, PRIMARY KEY (site, device)
  ) STRICT;
  INSERT INTO devicesNow SELECT site, device, json_object(
    'site', site, 'device', device, 'dialect', 'native', 'options', json('{}'), 'names', json('{}'), 'maxPerSecond', 1000
  ), 'open', 'registered before there were trials', createdAt, NULL FROM devices;
  DROP TABLE devices;
  ALTER TABLE devicesNow RENAME TO devices;
  CREATE TABLE trials (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, device TEXT NOT NULL, startedAt INTEGER NOT NULL, endedAt INTEGER,
    passed INTEGER, report TEXT
  ) STRICT;
  CREATE INDEX trialsByDevice ON trials (site, device, startedAt);
  CREATE TABLE audit (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, target TEXT NOT NULL, entry TEXT NOT NULL, isJournalled INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX auditByTime ON audit (at);
  CREATE INDEX auditWaiting ON audit (isJournalled) WHERE isJournalled = 0;`,

  // JSON; null: nobody has set it.
  `ALTER TABLE walls ADD COLUMN seat TEXT;`,
  `CREATE TABLE IF NOT EXISTS drafts (id TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT;`,
  `CREATE TABLE IF NOT EXISTS embeds (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, entry TEXT NOT NULL, createdAt INTEGER NOT NULL,
    expiresAt INTEGER NOT NULL, revokedAt INTEGER
  ) STRICT;`,
];

/** The version of a file that this server writes. */
export const registerVersion = steps.length;

/** Opens the file, making it where there is none, and brings it to the version of this server. */
export function openRegister(file: string): RegisterDatabase {
  // Made here first, because SQLite would make it readable to everybody; its -wal and -shm take the same rights.
  closeSync(openSync(file, "a", 0o600));
  // The commands `user` and `device` write from another process; a write is over in a few milliseconds.
  const db = new Database(file, { timeout: 2000 });
  try {
    db.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
    );
    atomically(db, () => migrate(db, file));
  } catch (error) {
    db.close();
    throw new Error(`open register ${file}`, { cause: error });
  }
  return db;
}

function migrate(db: RegisterDatabase, file: string): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > registerVersion) {
    throw new Error(`${file} has register schema ${version}; this server knows ${registerVersion}`);
  }
  for (const step of steps.slice(version)) db.exec(step);
  if (version < registerVersion) db.exec(`PRAGMA user_version = ${registerVersion}`);
}

/** Runs work as one transaction; within another it is a part of that one, since libsql nests none. */
export function atomically<T>(db: RegisterDatabase, work: () => T): T {
  return db.inTransaction ? work() : db.transaction(work).immediate();
}
