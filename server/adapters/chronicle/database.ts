// The chronicle's SQLite file: an index of the journal, which can be thrown away and is made anew from it.
import Database from "libsql";

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;
/** The open file. */
export type ChronicleDatabase = Database.Database;

/** Another shape is another file: the old one is emptied and filled from the journal. */
const shape = 2;

const tables = `
  CREATE TABLE steps (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, recordedAt INTEGER NOT NULL, source TEXT NOT NULL, site TEXT,
    level TEXT, raised TEXT, step TEXT NOT NULL, route TEXT NOT NULL
  ) STRICT;
  CREATE INDEX stepsBySource ON steps (source, at);
  CREATE INDEX stepsByTime ON steps (at);
  CREATE TABLE incidents (
    seq INTEGER PRIMARY KEY, incident TEXT NOT NULL, site TEXT, entry TEXT NOT NULL
  ) STRICT;
  CREATE TABLE comings (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, isUp INTEGER NOT NULL, why TEXT
  ) STRICT;
  CREATE INDEX comingsBySource ON comings (source, at);
  CREATE INDEX comingsByTime ON comings (at);
  CREATE TABLE place (one INTEGER PRIMARY KEY CHECK (one = 1), place TEXT NOT NULL) STRICT;
  CREATE TABLE plan (one INTEGER PRIMARY KEY CHECK (one = 1), plan TEXT NOT NULL) STRICT;
`;

/** Empties the file and lays its tables out. */
export function layOut(db: ChronicleDatabase): void {
  const old = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  for (const { name } of old) db.exec(`DROP TABLE "${name}"`);
  db.exec(tables);
  db.exec(`PRAGMA user_version = ${shape}`);
}

/** Opens the file, making it where there is none. */
export function openChronicle(file: string): ChronicleDatabase {
  const db = new Database(file, { timeout: 2000 });
  // What a power cut takes away is read again from the journal.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF");
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version !== shape) layOut(db);
  return db;
}
