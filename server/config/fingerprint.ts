// Has the configuration changed since it was last read: a start need not work it out again to find that out.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Changes when the same files would give another plan. */
const builder = "skyground-plan-1";
const remembered = "config-of-record";

/** SHA-256 over the names and bytes of everything that a plan is made of; empty where something cannot be read. */
export function fingerprintOf(configDir: string): string {
  const hash = createHash("sha256").update(builder);
  try {
    for (const folder of ["plant", "packs"].map((name) => join(configDir, name)).filter((dir) => existsSync(dir))) {
      for (const name of readdirSync(folder).toSorted())
        hash.update(`\n${name}\n`).update(readFileSync(join(folder, name)));
    }
    const routing = join(configDir, "routing.yaml");
    if (existsSync(routing)) hash.update("\nrouting\n").update(readFileSync(routing));
    return hash.digest("hex");
  } catch {
    return "";
  }
}

/** True where these very files were found to be the plan of record of that data. */
export function isConfigOfRecord(fingerprint: string, dataDir: string): boolean {
  const file = join(dataDir, remembered);
  return fingerprint !== "" && existsSync(file) && readFileSync(file, "utf8") === fingerprint;
}

/** Remembers that these files are the plan of record. */
export function rememberConfig(fingerprint: string, dataDir: string): void {
  writeFileSync(join(dataDir, remembered), fingerprint);
}
