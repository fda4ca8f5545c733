// Who may do what: the one place where a right is given or refused.
import { commandActs } from "../../contract/command.ts";
import { isDuty } from "../../contract/duty.ts";
import type { FaultCode } from "../../contract/faults.ts";
import { isWhole, isWithin, type ScopedSite } from "../../contract/scope.ts";
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
  /**
   * The site that the act is about; null: the city as a whole, its link or its neighbours. Absent: the right by itself, where
   * it is not known yet of what; the act must be asked about once more with its site before anything is shown or done.
   */
  readonly site?: ScopedSite | null;
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
  "verify",
  "dispose",
  "report",
  "assign",
  "note",
  "attach",
  "cardStep",
  "exportEvidence",
] as const satisfies readonly Act[];

/**
 * An administrator acknowledges like a duty officer: in a small township it is the same person, and nobody shall stand
 * before a red alarm without the right to answer for his tier. What the design suppresses is not for the shift to say, nor
 * that an incident is over: whoever worked on it does not put it away.
 */
const rights: Readonly<Record<Role, readonly Act[]>> = {
  viewer: ["view"],
  dutyOfficer: onDuty,
  supervisor: [...onDuty, "suppress", "unsuppress", "review", "archive", "changeRule", "readAudit"],
  administrator: [
    ...onDuty,
    "suppress",
    "unsuppress",
    "review",
    "archive",
    "administer",
    "changeRule",
    "onboard",
    "readAudit",
  ],
  enterprise: [
    "view",
    "acknowledge",
    "silence",
    "reading",
    "handover",
    "verify",
    "dispose",
    "report",
    "note",
    "attach",
    "cardStep",
    "onboard",
  ],
};

/** People, and the record of what they did, are the city's: whoever has a part of it would see and change the other parts. */
const ofTheCity: readonly Act[] = ["administer", "readAudit"];

/** Nothing is said of a site: it is every right's; of the city: only theirs who have all of it. */
function isTheirs({ scope }: Person, act: Act, site: ScopedSite | null | undefined): boolean {
  if (site === null || ofTheCity.includes(act)) return isWhole(scope);
  return site === undefined || isWithin(scope, site);
}

/** Whether this person (null: nobody has logged in) may do this. */
export function mayDo(person: Person | null, act: Act, context: AccessContext): Verdict {
  if (person === null) {
    return act === "view" && context.isDemo ? { ok: true } : { ok: false, code: "NOT_LOGGED_IN" };
  }
  // A person whose role, tier and scope do not fit was entered by nobody we know: no right at all rather than too many.
  const isGiven = isDuty(person) && rights[person.role].includes(act) && isTheirs(person, act, context.site);
  return isGiven ? { ok: true } : { ok: false, code: "NOT_ALLOWED" };
}
