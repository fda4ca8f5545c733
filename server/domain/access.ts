// Who may do what: the one place where a right is given or refused.
import { commandActs } from "../../contract/command.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Person, Role } from "../../contract/wall.ts";

/** Everything that somebody may want to do; `approve` is the second person's part in another's act. */
export const acts = [
  ...commandActs,
  "view",
  "approve",
  "administer",
  "changeRule",
  "onboard",
  "exportEvidence",
  "readAudit",
] as const;
/** One thing that somebody may want to do. */
export type Act = (typeof acts)[number];

/** What a right depends on beside the person. */
export interface AccessContext {
  /** True where the whole installation is a demonstration, which anybody may look at. */
  readonly isDemo: boolean;
}

/** May it be done; if not, why. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: FaultCode };

const onDuty = [
  "view",
  "approve",
  "acknowledge",
  "reset",
  "shelve",
  "unshelve",
  "outOfService",
  "returnToService",
  "silence",
  "returnByHand",
  "reading",
  "handover",
  "exportEvidence",
] as const satisfies readonly Act[];

/**
 * An administrator acknowledges like a duty officer: in a small township it is the same person, and nobody shall stand
 * before a red alarm without the right to answer for his tier. What the design suppresses is not for the shift to say.
 */
const rights: Readonly<Record<Role, readonly Act[]>> = {
  viewer: ["view"],
  dutyOfficer: onDuty,
  supervisor: [...onDuty, "suppress", "unsuppress", "changeRule", "readAudit"],
  administrator: [...onDuty, "suppress", "unsuppress", "administer", "changeRule", "onboard", "readAudit"],
  enterprise: ["view", "acknowledge", "silence", "reading", "handover", "onboard"],
};

/** Whether this person (null: nobody has logged in) may do this. */
export function mayDo(person: Person | null, act: Act, context: AccessContext): Verdict {
  if (person === null) {
    return act === "view" && context.isDemo ? { ok: true } : { ok: false, code: "NOT_LOGGED_IN" };
  }
  return rights[person.role].includes(act) ? { ok: true } : { ok: false, code: "NOT_ALLOWED" };
}
