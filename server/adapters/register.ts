// The register: who may log in, who is logged in, and which devices may speak; one SQLite file, no secret in it in the clear.
import { type Audits, createAudits } from "./register/audit.ts";
import { openRegister } from "./register/database.ts";
import { createDevices, type Devices } from "./register/devices.ts";
import type { RegisterOptions } from "./register/entries.ts";
import { createPeople, type People } from "./register/people.ts";
import { createSessions, type Sessions } from "./register/sessions.ts";
import { createTrials, type Trials } from "./register/trials.ts";

/** People, their sessions, devices, and every act on them. */
export interface Register extends People, Sessions, Devices, Audits, Trials {
  /** Another text whenever this process or another one has written to the file. */
  version(): string;
  close(): void;
}

/** Opens the register, making it where there is none. */
export function createRegister(options: RegisterOptions): Register {
  const db = openRegister(options.file);
  // SQLite counts the writes of others in the one and ours in the other.
  const others = db.prepare("PRAGMA data_version");
  const own = db.prepare("SELECT total_changes() AS n");
  return {
    ...createPeople(db, options),
    ...createSessions(db, options),
    ...createDevices(db, options),
    ...createAudits(db, options),
    ...createTrials(db, options),
    version() {
      const { data_version: theirs } = others.get() as { readonly data_version: number };
      const { n: ours } = own.get() as { readonly n: number };
      return `${theirs} ${ours}`;
    },
    close() {
      db.close();
    },
  };
}
