// The second person at a screen: known by his password, which is checked as slowly after failures as at the login.
import { createThrottle } from "../adapters/http/throttle.ts";
import type { Approval } from "../../contract/command.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { DangerousAct } from "../../contract/people.ts";
import type { Person } from "../../contract/wall.ts";
import type { Register } from "../adapters/register.ts";

/** Who approves, by his password; or why he is not taken. */
export type Approver = (approval: Approval) => Promise<Person | FaultCode>;

/** Each check of a password takes 32 MiB and a thread: whoever is in already must not take them from the journal. */
const mostChecks = 4;

/** A person by his password; a wrong name or password is told like one at the login. */
export function createPasswordDesk(checkPassword: Register["checkPassword"], now: () => number): Approver {
  const throttle = createThrottle({ now });
  let checking = 0;
  return async ({ name, password }) => {
    if (checking >= mostChecks) return "OVERLOADED";
    if (throttle.attempt(name) > 0) return "TOO_MANY_ATTEMPTS";
    checking += 1;
    const person = await checkPassword(name, password).finally(() => {
      checking -= 1;
    });
    if (person === null) return "LOGIN_FAILED";
    throttle.succeeded(name);
    return person;
  };
}

/** Finds out who approves: nobody by a password that he was handed, since whoever handed it out knows it too. */
export function createApprovals(
  { checkPassword, findAccount }: Pick<Register, "checkPassword" | "findAccount">,
  now: () => number,
): Approver {
  const personOf = createPasswordDesk(checkPassword, now);
  return async (approval) => {
    const person = await personOf(approval);
    if (typeof person === "string") return person;
    return findAccount(person.name)?.mustChange === false ? person : "APPROVER_NOT_ALLOWED";
  };
}

/** An act that may be dangerous: who wants it, and who approves. */
export interface Wanted {
  readonly person: Person;
  /** Null: it is done by one person alone. */
  readonly danger: DangerousAct | null;
  readonly approval: Approval | undefined;
}

/**
 * Does an act, a dangerous one only where a second person who may do it too stands by. The work gets the name of the second
 * person for the record, or nothing.
 */
export type WithApproval = <T>(
  wanted: Wanted,
  work: (approver: string | undefined) => T | Promise<T>,
) => Promise<T | { readonly ok: false; readonly code: FaultCode }>;

/** Makes the one way to a dangerous act. */
export function createWithApproval(approver: Approver, isAllowed: (person: Person) => boolean): WithApproval {
  return async ({ person, danger, approval }, work) => {
    if (danger === null) return work(undefined);
    if (approval === undefined) return { ok: false, code: "APPROVER_REQUIRED" };
    if (approval.name === person.name) return { ok: false, code: "APPROVER_NOT_ALLOWED" };
    const second = await approver(approval);
    if (typeof second === "string") return { ok: false, code: second };
    // Two names may be of one person in another spelling: what counts is who he is.
    const isAnother = second.name !== person.name && isAllowed(second);
    return isAnother ? work(second.name) : { ok: false, code: "APPROVER_NOT_ALLOWED" };
  };
}
