// The register: who may log in, who is logged in, and which devices may speak; one SQLite file, no secret in it in the clear.
import { type Audits, createAudits } from "./register/audit.ts";
import { openRegister } from "./register/database.ts";
import { createDevices, type Devices } from "./register/devices.ts";
import type { RegisterOptions } from "./register/entries.ts";
import { createPeople, type People } from "./register/people.ts";
import { createSessions, type Sessions } from "./register/sessions.ts";
import { createWalls, type Walls } from "./register/walls.ts";

/** People, their sessions, walls, devices, and every act on them. */
export interface Register extends People, Sessions, Walls, Devices, Audits {
  close(): void;
}

/** Opens the register, making it where there is none. */
export function createRegister(options: RegisterOptions): Register {
  const db = openRegister(options.file);
  return {
    ...createPeople(db, options),
    ...createSessions(db, options),
    ...createWalls(db, options),
    ...createDevices(db, options),
    ...createAudits(db, options),
    close() {
      db.close();
    },
  };
}
