// The second person at a screen: known by his password, which is checked as slowly after failures as at the login.
import { createThrottle } from "../adapters/http/throttle.ts";
import type { Approval } from "../../contract/command.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Person } from "../../contract/wall.ts";

/** Finds out who approves; a wrong name or password is told like one at the login. */
export function createApprovals(
  checkPassword: (name: string, password: string) => Promise<Person | null>,
  now: () => number,
): (approval: Approval) => Promise<Person | FaultCode> {
  const throttle = createThrottle({ now });
  return async ({ name, password }) => {
    if (throttle.attempt(name) > 0) return "TOO_MANY_ATTEMPTS";
    const person = await checkPassword(name, password);
    if (person === null) return "LOGIN_FAILED";
    throttle.succeeded(name);
    return person;
  };
}
