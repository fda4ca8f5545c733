// The embedded historian's SQLite files: opened the same way, their blobs given as bytes, damage told from other failures.
import Database from "libsql";

/** How a file of the store is opened. */
export interface FileOptions {
  readonly file: string;
  readonly layout: string;
  readonly layoutVersion: number;
  /** Before the layout is made, since a page size holds only for an empty file. */
  readonly pragmas: readonly string[];
  readonly isReadOnly?: boolean;
}

/** How long to wait for another process that has the file locked (a backup, a reader), ms. */
const busyTimeoutMs = 5000;

/**
 * Opens a file, making it where there is none, and gives what `use` makes of it; throws where the file is damaged, or where
 * a newer release wrote it, and leaves nothing open then.
 */
export function openFile<T>(options: FileOptions, use: (database: Database.Database) => T): T {
  const { file, layoutVersion } = options;
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: busyTimeoutMs, readonly: options.isReadOnly ?? false });
    const [version] = database.prepare("PRAGMA user_version").raw().get() as [number];
    if (version > layoutVersion) throw new Error(`it was written by a newer release (layout ${version})`);
    if (options.isReadOnly === true) return use(database);
    for (const pragma of options.pragmas) database.exec(`PRAGMA ${pragma}`);
    if (version < layoutVersion) database.exec(`${options.layout}; PRAGMA user_version = ${layoutVersion}`);
    return use(database);
  } catch (cause) {
    database?.close();
    throw new Error(`open ${file}`, { cause });
  }
}

/** True where an error, or what caused it, says that the file itself is damaged. */
export function isDamage(error: unknown): boolean {
  for (let link = error; link instanceof Error; link = link.cause) {
    if (/SQLITE_(?:CORRUPT|NOTADB)/u.test("code" in link ? String(link.code) : "")) return true;
    if (/malformed|not a database/u.test(link.message)) return true;
  }
  return false;
}

/** The bytes of a blob: `get` gives a Buffer and `all` an ArrayBuffer. */
export function bytesOf(cell: unknown): Uint8Array<ArrayBuffer> {
  if (cell instanceof ArrayBuffer) return new Uint8Array(cell);
  if (cell instanceof Uint8Array) return cell as Uint8Array<ArrayBuffer>;
  throw new Error("a blob was expected");
}

/** The first cell of a row as a number, where there is one. */
export function firstNumber(row: unknown): number | undefined {
  const cell: unknown = Array.isArray(row) ? row[0] : undefined;
  return typeof cell === "number" ? cell : undefined;
}
