// The register from outside: a copy beside a running server, made by SQLite in one transaction, and the version of its schema.
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import Database from "libsql";

/** Copies the register whole; false where there is none. */
export function copyRegister(from: string, to: string): boolean {
  if (!existsSync(from)) return false;
  const aside = `${to}.tmp`;
  rmSync(aside, { force: true });
  // Made here first, because SQLite would make it readable to everybody; it takes an empty file for none.
  closeSync(openSync(aside, "w", 0o600));
  const db = new Database(from, { timeout: 10_000 });
  try {
    db.prepare("VACUUM INTO ?").run(aside);
  } finally {
    db.close();
  }
  chmodSync(aside, 0o600);
  const fd = openSync(aside, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(aside, to);
  return true;
}

/** The schema of a register as it lies there: nothing is brought up to date. Throws where it is no register, or damaged. */
export function readRegisterVersion(file: string): number {
  // Not read-only: that would leave -wal and -shm behind, and they might belong to somebody else than the server.
  const db = new Database(file, { timeout: 5000 });
  try {
    const { quick_check: said } = db.prepare("PRAGMA quick_check").get() as { quick_check: string };
    if (said !== "ok") throw new Error(`${file} is damaged: ${said}`);
    const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    return version;
  } finally {
    db.close();
  }
}
