// Everything about people, put together: their rights, their logins, their desk, and the record of it all.
import type { SeatedWall } from "../../contract/seat.ts";
import type { Person } from "../../contract/wall.ts";
import type { Caller, PeopleDesk } from "../adapters/http/people.ts";
import type { Register } from "../adapters/register.ts";
import type { Deed } from "../adapters/register/audit.ts";
import { mayDo } from "../domain/access.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import { type Approver, createPasswordDesk } from "./approvals.ts";
import { auditedRights, createAudit } from "./audit.ts";
import { createLogins } from "./logins.ts";
import { actorOf, createPeopleDesk } from "./people.ts";
import { createSoundTests, type SoundTests } from "./sound-tests.ts";

/** What it stands on. */
export interface AccountsOptions {
  readonly register: Register;
  readonly loop: Pick<Loop, "audit">;
  readonly approver: Approver;
  /** Somebody's account, session or wall has changed: whoever sits before a screen is looked at again. */
  readonly changed: () => void;
  readonly isDemo: boolean;
  readonly log: Log;
}

/** People, as the house needs them. */
export interface Accounts {
  readonly logins: ReturnType<typeof createLogins>;
  readonly desk: PeopleDesk;
  /** The rights; each refusal is in the record. */
  readonly mayDo: typeof mayDo;
  /** The first of these credentials that stands for somebody. */
  readonly callerOf: (credentials: readonly string[]) => Person | null;
  /** The wall that these credentials show, also where a person has logged in over it. */
  readonly wallOf: (credentials: readonly string[]) => SeatedWall | null;
  /** Writes down an act that leaves the register as it is; throws where it cannot. */
  readonly record: (caller: Caller, deed: Deed, after: unknown) => void;
  readonly soundTests: SoundTests;
  readonly stop: () => void;
}

/** How often the register is looked through for what commands of another process have entered. */
const lookEveryMs = 5000;
const retryMs = 1000;

/** Puts it together, and brings into the journal what the register still holds for it. */
export function keepAccounts({ register, loop, approver, changed, isDemo, log }: AccountsOptions): Accounts {
  const audit = createAudit({
    register,
    journal: loop.audit,
    now: Date.now,
    later: (look) => setTimeout(look, retryMs),
    log,
  });
  const told: typeof audit = {
    ...audit,
    look: () => {
      changed();
      return audit.look();
    },
  };
  const rights = auditedRights(mayDo, audit.note);
  const logins = createLogins(register, told);
  const ownPassword = createPasswordDesk(register.checkPassword, Date.now);
  const looking = setInterval(() => void audit.look(), lookEveryMs);
  void audit.look();

  const record: Accounts["record"] = (caller, deed, after) => {
    register.audited(actorOf(caller, {}), deed, () => ({ ok: true, before: null, after, result: null }));
    void audit.look();
  };

  return {
    logins,
    desk: createPeopleDesk({ register, audit: told, approver, ownPassword, mayDo: rights, isDemo }),
    mayDo: rights,
    callerOf(credentials) {
      for (const credential of credentials) {
        const who = logins.person(credential);
        if (who !== null) return who;
      }
      return null;
    },
    wallOf(credentials) {
      for (const credential of credentials) {
        const wall = register.wallOf(credential);
        if (wall.ok) return { id: wall.id, name: wall.person.name, seat: wall.seat };
      }
      return null;
    },
    record,
    soundTests: createSoundTests({ register, record, now: Date.now }),
    stop() {
      clearInterval(looking);
      audit.stop();
    },
  };
}
