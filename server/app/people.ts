// The desk of people and walls: each act in one transaction with its record, the dangerous ones by two administrators.
import type { AuditActor } from "../../contract/audit.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Account, DangerousAct, PersonAct, PersonRequests, WallRequests } from "../../contract/people.ts";
import { isWhole } from "../../contract/scope.ts";
import type { Person } from "../../contract/wall.ts";
import type { ActDone, Caller, NotDone, PeopleDesk } from "../adapters/http/people.ts";
import type { Register } from "../adapters/register.ts";
import type { RegisterFault } from "../adapters/register/entries.ts";
import type { NewPassword } from "../adapters/register/people.ts";
import type { Verdict } from "../domain/access.ts";
import type { Approver, WithApproval } from "./approvals.ts";
import { createWithApproval } from "./approvals.ts";
import type { Audit } from "./audit.ts";

/** What the desk stands on. */
export interface PeopleOptions {
  readonly register: Register;
  readonly audit: Audit;
  readonly approver: Approver;
  /** A person by his own password, also by one that he still has to change. */
  readonly ownPassword: Approver;
  readonly mayDo: (person: Person, act: "administer", context: { readonly isDemo: boolean }) => Verdict;
  readonly isDemo: boolean;
}

const codes: Readonly<Record<RegisterFault, FaultCode>> = {
  nameInvalid: "NAME_INVALID",
  nameTaken: "NAME_TAKEN",
  nameUnknown: "NOT_FOUND",
  roleInvalid: "COMMAND_INVALID",
  passwordInvalid: "PASSWORD_INVALID",
  passwordCommon: "PASSWORD_COMMON",
  // Of enterprises, sites and devices: no act here comes to them.
  entryInvalid: "ENTRY_INVALID",
  enterpriseUnknown: "ENTRY_INVALID",
  siteUnknown: "SITE_UNKNOWN",
  retired: "ENTRY_RETIRED",
  certificateTaken: "CERTIFICATE_TAKEN",
};
/** Not done. */
export const refusal = (code: FaultCode): NotDone => ({ ok: false, code });
/** There is nobody and nothing of this name. */
export const notFound = refusal("NOT_FOUND");
const faultOf = ({ fault }: { readonly fault: RegisterFault }): NotDone => refusal(codes[fault]);

/** What of a person the record keeps. */
function dutyOf(account: Person | Account | null): unknown {
  if (account === null) return null;
  const { name: _, ...duty } = account;
  return duty;
}

/** What makes an act on a person one for two: the other is, or becomes, an administrator, or may reach further than before. */
export function dangerOf(act: PersonAct, before: Account | null, wanted: Partial<Person>): DangerousAct | null {
  const wasOne = before?.role === "administrator";
  if (act === "reset") return wasOne ? "administrator.reset" : null;
  if (act === "lock" || act === "remove") return wasOne ? "administrator.unmake" : null;
  if (act === "unlock") return wasOne ? "administrator.make" : null;
  if (wanted.role !== "administrator") return wasOne ? "administrator.unmake" : null;
  const isAsBefore = wasOne && JSON.stringify(before.scope) === JSON.stringify(wanted.scope);
  return isAsBefore ? null : "administrator.make";
}

/** Makes the desk. */
export function createPeopleDesk(options: PeopleOptions): PeopleDesk {
  const { register, audit, mayDo, isDemo } = options;
  // Who answers for a part of the city enters nobody: he could enter himself for the whole.
  const isAllowed = (person: Person): boolean => mayDo(person, "administer", { isDemo }).ok && isWhole(person.scope);
  const withApproval = createWithApproval(options.approver, isAllowed);
  const told = <T>(done: T): T => {
    void audit.look();
    return done;
  };
  const bounded =
    (act: (caller: Caller) => Promise<ActDone>) =>
    async (caller: Caller): Promise<ActDone> =>
      isAllowed(caller.person) ? told(await act(caller)) : refusal("NOT_ALLOWED");

  return {
    people: register.listAccounts,
    walls: register.listWalls,
    audits: register.listAudits,
    actOnPerson: (act, request, caller) =>
      bounded((who) => actOnPerson(register, withApproval, { act, request, who }))(caller),
    actOnWall: (act, request, caller) =>
      bounded((who) => actOnWall(register, withApproval, { act, request, who } as WallWish))(caller),
    ...createOwn(options, told),
  };
}

interface PersonWish {
  readonly act: PersonAct;
  readonly request: PersonRequests[PersonAct];
  readonly who: Caller;
}

/** Who acts, as the record keeps him. */
export const actorOf = (
  { person: { name, role }, from }: Caller,
  more: Omit<AuditActor, "by" | "from">,
): AuditActor => ({
  by: { name, role },
  from,
  ...more,
});

async function actOnPerson(
  register: Register,
  withApproval: WithApproval,
  { act, request, who }: PersonWish,
): Promise<ActDone> {
  const { name, approval } = request;
  const before = register.findAccount(name);
  if (before === null && act !== "add") return notFound;
  const wanted = "role" in request ? personOf(request) : null;
  const danger = dangerOf(act, before, wanted ?? {});
  return withApproval<ActDone>({ person: who.person, danger, approval }, async (approver) => {
    // The hash takes its time before the transaction, in which nothing waits.
    const made = act === "add" || act === "reset" ? await register.newPassword(name) : null;
    if (made !== null && !made.ok) return faultOf(made);
    const reason = "reason" in request ? { reason: request.reason } : {};
    const actor = actorOf(who, { ...reason, ...(approver === undefined ? {} : { approver }) });
    const done = register.audited(actor, { act: `person.${act}`, target: name }, () => {
      const stands = register.findAccount(name);
      // While a password was being checked, somebody may have made an administrator of him.
      if (danger === null && dangerOf(act, stands, wanted ?? {}) !== null) return refusal("APPROVER_REQUIRED");
      if (isLastAdministrator(register, stands, act === "edit" ? wanted : null, act))
        return refusal("LAST_ADMINISTRATOR");
      const written = writePerson(register, act, { name, wanted, made });
      if (!written.ok) return written;
      const after = register.findAccount(name);
      return { ok: true, before: dutyOf(stands), after: dutyOf(after), result: made?.shown ?? undefined };
    });
    if (!done.ok) return done;
    return { ok: true, ...(done.result === undefined ? {} : { password: done.result }) };
  });
}

function personOf({ name, role, tier, scope }: PersonRequests["edit"]): Person {
  return { name, role, tier, ...(scope === undefined ? {} : { scope }) };
}

/** Somebody must be left who can let others in: an administrator for the whole city who is not locked. */
function isLastAdministrator(
  register: Register,
  before: Account | null,
  wanted: Person | null,
  act: PersonAct,
): boolean {
  if (before?.role !== "administrator" || before.lockedAt !== null || !isWhole(before.scope)) return false;
  const staysOne = act !== "lock" && act !== "remove" && (wanted === null || isWholeAdministrator(wanted));
  return !staysOne && register.countAdministrators(before.name) === 0;
}

const isWholeAdministrator = ({ role, scope }: Person): boolean => role === "administrator" && isWhole(scope);

interface Writing {
  readonly name: string;
  readonly wanted: Person | null;
  readonly made: NewPassword | null;
}

function writePerson(
  register: Register,
  act: PersonAct,
  { name, wanted, made }: Writing,
): { readonly ok: true } | NotDone {
  const found = (isFound: boolean): { readonly ok: true } | NotDone => (isFound ? { ok: true } : notFound);
  if (act === "lock" || act === "unlock") return found(register.lockPerson(name, act === "lock"));
  if (act === "remove") return found(register.removePerson(name));
  const written =
    made === null
      ? register.changePerson(wanted as Person)
      : wanted === null
        ? register.keepPassword(name, made.kept, true)
        : register.enterPerson(wanted, made.kept, true);
  return written.ok ? written : faultOf(written);
}

type WallWish = {
  [A in keyof WallRequests]: { readonly act: A; readonly request: WallRequests[A]; readonly who: Caller };
}[keyof WallRequests];

async function actOnWall(register: Register, withApproval: WithApproval, wish: WallWish): Promise<ActDone> {
  const { act, request, who } = wish;
  const danger = act === "unbind" ? "wall.unbind" : null;
  const approval = "approval" in request ? request.approval : undefined;
  return withApproval<ActDone>({ person: who.person, danger, approval }, (approver) => {
    const reason = "reason" in request ? { reason: request.reason } : {};
    const actor = actorOf(who, { ...reason, ...(approver === undefined ? {} : { approver }) });
    const done = register.audited(actor, { act: `wall.${act}`, target: request.id }, () => {
      const before = register.findWall(request.id);
      const written = writeWall(register, wish);
      if (!written.ok) return written;
      return { ok: true, before, after: register.findWall(request.id), result: written.token };
    });
    if (!done.ok) return done;
    return { ok: true, ...(done.result === undefined ? {} : { token: done.result }) };
  });
}

function writeWall(register: Register, wish: WallWish): { readonly ok: true; readonly token?: string } | NotDone {
  if (wish.act === "add") {
    const added = register.addWall({ ...wish.request, by: wish.who.person.name });
    return added.ok ? added : faultOf(added);
  }
  return writeStandingWall(register, wish) ? { ok: true } : notFound;
}

/** False where there is no such wall. */
function writeStandingWall(register: Register, { act, request }: Exclude<WallWish, { readonly act: "add" }>): boolean {
  const { id } = request;
  if (act === "seat") return register.setSeat(id, request.seat);
  return act === "revoke" ? register.revokeWall(id) : register.unbindWall(id);
}

type Own = Pick<PeopleDesk, "owner" | "changePassword" | "sessions" | "endSessions">;

/** What everybody may do about himself. */
function createOwn({ register, ownPassword }: PeopleOptions, told: <T>(done: T) => T): Own {
  return {
    owner: register.sessionOf,
    sessions: register.listSessions,

    async changePassword(caller, passwords) {
      const { name } = caller.person;
      const who = await ownPassword({ name, password: passwords.old });
      if (typeof who === "string") return refusal(who);
      if (passwords.new.normalize("NFKC") === passwords.old.normalize("NFKC")) return refusal("PASSWORD_COMMON");
      const made = await register.newPassword(name, passwords.new);
      if (!made.ok) return faultOf(made);
      const done = register.audited(actorOf(caller, {}), { act: "person.password", target: name }, () => {
        // While the hashes were made, an administrator may have locked or reset him: that ended this session, and stands.
        const isStanding = register.listSessions(name).some(({ id }) => id === caller.id);
        if (!isStanding) return refusal("NOT_LOGGED_IN");
        const kept = register.keepPassword(name, made.kept, false);
        const token = kept.ok ? register.openSession(name, caller.from) : null;
        return token === null ? notFound : { ok: true, before: null, after: null, result: token };
      });
      return told(done.ok ? { ok: true, token: done.result } : done);
    },

    endSessions(caller, id) {
      const { name } = caller.person;
      const done = register.audited(actorOf(caller, {}), { act: "session.end", target: name }, () => {
        const ended = register.endSessions(name, id);
        return ended === 0 ? notFound : { ok: true, before: null, after: { ended }, result: ended };
      });
      return told(done.ok ? done.result : 0);
    },
  };
}
