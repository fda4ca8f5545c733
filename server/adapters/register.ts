// The register: who may log in, who is logged in, and which devices may speak; one SQLite file, no secret in it in the clear.
import { type Audits, createAudits } from "./register/audit.ts";
import { atomically, openRegister } from "./register/database.ts";
import { createCredentials, type Credentials } from "./register/credentials.ts";
import { createDevices, type Devices } from "./register/devices.ts";
import { createEnterprises, type Enterprises } from "./register/enterprises.ts";
import type { RegisterOptions } from "./register/entries.ts";
import { createPeople, type People } from "./register/people.ts";
import { createSessions, type Sessions } from "./register/sessions.ts";
import { createSites, type Sites } from "./register/sites.ts";

/** People, their sessions, enterprises, sites, devices with their credentials, and every act on them. */
export interface Register extends People, Sessions, Enterprises, Sites, Devices, Credentials, Audits {
  /** Does several things as one: all of them, or none where it throws. */
  atomically<T>(work: () => T): T;
  /** Another number once another process has written into the file. */
  foreignChanges(): number;
  close(): void;
}

/** Opens the register, making it where there is none. */
export function createRegister(options: RegisterOptions): Register {
  const db = openRegister(options.file);
  const version = db.prepare("PRAGMA data_version");
  return {
    ...createPeople(db, options),
    ...createSessions(db, options),
    ...createEnterprises(db, options),
    ...createSites(db, options),
    ...createDevices(db, options),
    ...createCredentials(db, options),
    ...createAudits(db, options),
    atomically: (work) => atomically(db, work),
    foreignChanges: () => (version.get() as { data_version: number }).data_version,
    close() {
      db.close();
    },
  };
}
