// Who may do what: the one place where a right is given or refused.
import type { FaultCode } from "../../contract/faults.ts";
import type { Person, Role } from "../../contract/wall.ts";

/** Everything that somebody may want to do. */
export const acts = ["view", "acknowledge", "reset", "administer"] as const;
/** One thing that somebody may want to do. */
export type Act = (typeof acts)[number];

/** What a right depends on beside the person. */
export interface AccessContext {
  /** True where the whole installation is a demonstration, which anybody may look at. */
  readonly isDemo: boolean;
}

/** May it be done; if not, why. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: FaultCode };

/**
 * An administrator acknowledges like a duty officer: in a small township it is the same person, and nobody shall stand
 * before a red alarm without the right to answer for his tier.
 */
const rights: Readonly<Record<Role, readonly Act[]>> = {
  viewer: ["view"],
  dutyOfficer: ["view", "acknowledge", "reset"],
  administrator: ["view", "acknowledge", "reset", "administer"],
};

/** Whether this person (null: nobody has logged in) may do this. */
export function mayDo(person: Person | null, act: Act, context: AccessContext): Verdict {
  if (person === null) {
    return act === "view" && context.isDemo ? { ok: true } : { ok: false, code: "NOT_LOGGED_IN" };
  }
  return rights[person.role].includes(act) ? { ok: true } : { ok: false, code: "NOT_ALLOWED" };
}
