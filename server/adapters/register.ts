// The register: who may log in, who is logged in, and which devices may speak; one SQLite file, no secret in it in the clear.
import { type Audits, createAudits } from "./register/audit.ts";
import { atomically, openRegister } from "./register/database.ts";
import { createCredentials, type Credentials } from "./register/credentials.ts";
import { createDrafts, type Drafts } from "./register/drafts.ts";
import { createDevices, type Devices } from "./register/devices.ts";
import { createEmbeds, type Embeds } from "./register/embeds.ts";
import { createEnterprises, type Enterprises } from "./register/enterprises.ts";
import type { RegisterOptions } from "./register/entries.ts";
import { createPeople, type People } from "./register/people.ts";
import { createSessions, type Sessions } from "./register/sessions.ts";
import { createSites, type Sites } from "./register/sites.ts";
import { createTrials, type Trials } from "./register/trials.ts";
import { createWalls, type Walls } from "./register/walls.ts";

/** People, their sessions, walls, enterprises, sites, devices with their credentials and trials, drafts of rules, and every act on them. */
export interface Register
  extends People, Sessions, Walls, Enterprises, Sites, Devices, Credentials, Trials, Drafts, Audits, Embeds {
  /** Does several things as one: all of them, or none where it throws. */
  atomically<T>(work: () => T): T;
  /** Another text whenever this process or another one has written to the file. */
  version(): string;
  /** Another number once another process has written into the file. */
  foreignChanges(): number;
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
    ...createEnterprises(db, options),
    ...createSites(db, options),
    ...createWalls(db, options),
    ...createDevices(db, options),
    ...createCredentials(db, options),
    ...createAudits(db, options),
    ...createTrials(db, options),
    ...createDrafts(db),
    ...createEmbeds(db, options),
    atomically: (work) => atomically(db, work),
    foreignChanges: () => (others.get() as { readonly data_version: number }).data_version,
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
