// Every incident as it stood last, open or put away long ago: a table beside the journal, written from its changes.
import { closeSync, existsSync, openSync } from "node:fs";
import Database from "libsql";
import type { IncidentView } from "../../contract/incident.ts";
import type { IncidentList, IncidentQuery } from "../../contract/incident-list.ts";

/** An incident, and the number of the change that left it so. */
export interface Seen {
  readonly seq: number;
  readonly incident: IncidentView;
}

/** The table. */
export interface IncidentTable {
  /** Writes them as one; an older view never takes the place of a newer one. */
  put(seen: readonly Seen[]): void;
  /** Forgets what no journal says: changes behind the last number that this one knows. */
  cutAfter(seq: number): void;
  find(id: string): IncidentView | null;
  /** Of these sites alone; null: of every site, and of the city. */
  list(query: IncidentQuery, sites: readonly string[] | null): IncidentList;
  close(): void;
}

type Row = Readonly<Record<string, unknown>>;

const version = 1;
const usualLimit = 50;
/** A page that has so many characters takes no further incident: more is 20 ms of the loop's time, and alarms wait for it. */
const mostInPage = 2_000_000;

function viewOf(row: Row): IncidentView {
  return JSON.parse(row["view"] as string) as IncidentView;
}

function open(file: string): Database.Database {
  // Made here first, because SQLite would make it readable to everybody; its -wal and -shm take the same rights.
  closeSync(openSync(file, "a", 0o600));
  const db = new Database(file, { timeout: 2000 });
  try {
    // What a power cut takes of it the next start writes again from the monitor's state: it need not wait for the disk.
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF");
    const { user_version: found } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    if (found > version) throw new Error(`${file} has incident schema ${found}; this server knows ${version}`);
    db.exec(`CREATE TABLE IF NOT EXISTS incidents (
      id TEXT PRIMARY KEY, site TEXT NOT NULL, openedAt INTEGER NOT NULL, step TEXT NOT NULL, seq INTEGER NOT NULL,
      view TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS incidentsByTime ON incidents (openedAt, id);
    PRAGMA user_version = ${version}`);
  } catch (error) {
    db.close();
    throw new Error(`open incidents ${file}`, { cause: error });
  }
  return db;
}

/** What a table beside a running server says of these sites from an instant on; null where there is none. Nothing is written. */
export function readIncidents(file: string, sites: readonly string[], from: number): readonly IncidentView[] | null {
  if (!existsSync(file)) return null;
  const db = new Database(file, { readonly: true, timeout: 2000 });
  try {
    const all = db.prepare(
      "SELECT view FROM incidents WHERE openedAt >= ? AND site IN (SELECT value FROM json_each(?)) ORDER BY openedAt, id",
    );
    return (all.all(Math.floor(from), JSON.stringify(sites)) as Row[]).map(viewOf);
  } catch (error) {
    throw new Error(`read incidents ${file}`, { cause: error });
  } finally {
    db.close();
  }
}

/** Opens the table, making it where there is none. */
export function openIncidents(file: string): IncidentTable {
  const db = open(file);
  const write = db.prepare(
    `INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
     SET step = excluded.step, seq = excluded.seq, view = excluded.view WHERE excluded.seq >= incidents.seq`,
  );
  const cut = db.prepare("DELETE FROM incidents WHERE seq > ?");
  const one = db.prepare("SELECT view FROM incidents WHERE id = ?");
  const page = db.prepare(
    `SELECT id, length(view) AS length FROM incidents
     WHERE openedAt >= ? AND openedAt <= ? AND (? = '' OR site = ?)
       AND (? = '' OR step = ? OR (? = 'open' AND step <> 'archived'))
       AND (? IS NULL OR site IN (SELECT value FROM json_each(?)))
       AND (? = '' OR (openedAt, id) < (SELECT openedAt, id FROM incidents WHERE id = ?))
     ORDER BY openedAt DESC, id DESC LIMIT ?`,
  );
  const find = (id: string): IncidentView | null => {
    const row = one.get(id) as Row | undefined;
    return row === undefined ? null : viewOf(row);
  };
  const putAll = db.transaction((seen: readonly Seen[]) => {
    for (const { seq, incident } of seen) {
      const { id, site, openedAt, step } = incident;
      write.run(id, site ?? "city", openedAt, step ?? "new", seq, JSON.stringify(incident));
    }
  });

  return {
    put: (seen) => {
      if (seen.length > 0) putAll(seen);
    },
    cutAfter: (seq) => void cut.run(seq),
    find,
    list: (
      { from = 0, to = Number.MAX_SAFE_INTEGER, site = "", step = "", limit = usualLimit, before = "" },
      sites,
    ) => {
      const own = sites === null ? null : JSON.stringify(sites);
      const bounds = [Math.floor(from), Math.floor(to), site, site, step, step, step, own, own, before, before];
      const rows = page.all(...bounds, limit + 1) as { readonly id: string; readonly length: number }[];
      const incidents: IncidentView[] = [];
      let read = 0;
      for (const { id, length } of rows.slice(0, limit)) {
        if (read >= mostInPage) break;
        read += length;
        incidents.push(find(id) as IncidentView);
      }
      return { incidents, hasMore: rows.length > incidents.length };
    },
    close: () => void db.close(),
  };
}
