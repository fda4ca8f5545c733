// The people of the register: name, role, tier, scope, whether they are locked, and the hash of a password.
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { isDuty as isFitting } from "../../../contract/duty.ts";
import type { Account } from "../../../contract/people.ts";
import { type Tier, tiers } from "../../../contract/plant.ts";
import { type Scope, scopeSchema } from "../../../contract/scope.ts";
import { type Person, type Role, roles } from "../../../contract/wall.ts";
import type { RegisterDatabase, Row } from "./database.ts";
import type { NotRegistered, RegisterOptions } from "./entries.ts";
import { faultOfPassword } from "./password-rules.ts";
import { defaultPasswordCost, hashPassword, isPassword, makePassword, type PasswordHash } from "./password.ts";

const literals = <T extends string>(values: readonly T[]) => Type.Union(values.map((value) => Type.Literal(value)));
// Latin or Chinese letters and digits; what else a name could carry only makes two names look alike.
const nameSchema = Compile(Type.String({ pattern: "^[A-Za-z0-9\\u4e00-\\u9fff][A-Za-z0-9\\u4e00-\\u9fff._-]{0,63}$" }));
const dutySchema = Compile(
  Type.Object({ role: literals(roles), tier: literals(tiers), scope: Type.Optional(scopeSchema) }),
);

/** A password that may be kept: its hash takes its time outside, so that what is written is written at once. */
export interface NewPassword {
  /** Made up here and shown once, or null where the person chose it. */
  readonly shown: string | null;
  readonly kept: PasswordHash;
}

/** The people's part of the register. */
export interface People {
  /** A password that is made up here where none is given; a given one must pass the rules. */
  newPassword(name: string, chosen?: string): Promise<({ readonly ok: true } & NewPassword) | NotRegistered>;
  /** Writes a person down; `mustChange`: the password serves for one login, at which another is chosen. */
  enterPerson(person: Person, kept: PasswordHash, mustChange: boolean): { readonly ok: true } | NotRegistered;
  /** Enters a person with a password that is made up, and returned this once, or given. */
  addPerson(
    person: Person & { readonly password?: string },
  ): Promise<{ readonly ok: true; readonly password: string } | NotRegistered>;
  /** A new password; every session of the person ends. */
  keepPassword(name: string, kept: PasswordHash, mustChange: boolean): { readonly ok: true } | NotRegistered;
  setPassword(name: string, password: string): Promise<{ readonly ok: true } | NotRegistered>;
  /** Role, tier and scope; every session of the person ends, since it was opened with other rights. */
  changePerson(person: Person): { readonly ok: true } | NotRegistered;
  /** Who is locked cannot log in, and every session ends. */
  lockPerson(name: string, isLocked: boolean): boolean;
  removePerson(name: string): boolean;
  findAccount(name: string): Account | null;
  listPeople(): Person[];
  listAccounts(): Account[];
  /** Administrators of the whole city who could log in, but for this one. */
  countAdministrators(except: string): number;
  /** The person, where name and password fit and nobody locked him; an unknown name takes as long as a wrong password. */
  checkPassword(name: string, password: string): Promise<Person | null>;
}

/** A person as a row holds one. */
export function toPerson(row: Row): Person {
  return {
    name: row["name"] as string,
    role: row["role"] as Role,
    tier: row["tier"] as Tier,
    ...toScope(row),
  };
}

/** The scope as a row holds one. */
export function toScope(row: Row): { readonly scope?: Scope } {
  const scope = row["scope"] as string | null;
  return scope === null ? {} : { scope: JSON.parse(scope) as Scope };
}

function toAccount(row: Row): Account {
  return {
    ...toPerson(row),
    createdAt: row["createdAt"] as number,
    seenAt: row["seenAt"] as number | null,
    lockedAt: row["lockedAt"] as number | null,
    mustChange: row["mustChange"] === 1,
  };
}

function toHash(row: Row): PasswordHash {
  const cost = { n: row["n"] as number, r: row["r"] as number, p: row["p"] as number };
  return { salt: row["salt"] as Uint8Array, hash: row["hash"] as Uint8Array, cost };
}

const written = (scope: Scope | undefined): string | null => (scope === undefined ? null : JSON.stringify(scope));
const isDuty = ({ role, tier, scope }: Person): boolean =>
  dutySchema.Check({ role, tier, ...(scope === undefined ? {} : { scope }) }) &&
  isFitting({ role, tier, ...(scope === undefined ? {} : { scope }) });
const columns = "name, role, tier, scope, createdAt, seenAt, lockedAt, mustChange";

/** The people of an open register. */
export function createPeople(db: RegisterDatabase, options: RegisterOptions): People {
  const { random, passwordCost: cost = defaultPasswordCost } = options;
  const find = db.prepare("SELECT * FROM people WHERE name = ? AND lockedAt IS NULL");
  /** What an unknown name is checked against, so that the clock does not tell which names exist. */
  const nobody: PasswordHash = { salt: random(16), hash: new Uint8Array(32), cost };
  const rows = createRows(db, options);

  const newPassword: People["newPassword"] = async (name, chosen) => {
    const fault = chosen === undefined ? null : faultOfPassword(chosen, name);
    if (fault !== null) return { ok: false, fault };
    const password = chosen ?? makePassword(random);
    return {
      ok: true,
      shown: chosen === undefined ? password : null,
      kept: await hashPassword(password, random(16), cost),
    };
  };

  return {
    ...rows,
    newPassword,

    async addPerson(entry) {
      if (!nameSchema.Check(entry.name)) return { ok: false, fault: "nameInvalid" };
      if (!isDuty(entry)) return { ok: false, fault: "roleInvalid" };
      const made = await newPassword(entry.name, entry.password);
      if (!made.ok) return made;
      const entered = rows.enterPerson(entry, made.kept, false);
      return entered.ok ? { ok: true, password: made.shown ?? entry.password ?? "" } : entered;
    },

    async setPassword(name, password) {
      const made = await newPassword(name, password);
      return made.ok ? rows.keepPassword(name, made.kept, false) : made;
    },

    async checkPassword(name, password) {
      // Checked first: libsql cuts a text at a NUL, so that `name\0anything` would find `name`.
      const row = nameSchema.Check(name) ? (find.get(name) as Row | undefined) : undefined;
      const fits = await isPassword(password, row === undefined ? nobody : toHash(row));
      if (!fits || row === undefined) return null;
      // That took its time: who was locked or removed meanwhile, or has another password now, is not let in by the old one.
      const stands = find.get(name) as Row | undefined;
      const isSame = stands !== undefined && Buffer.from(toHash(stands).hash).equals(toHash(row).hash);
      return isSame ? toPerson(stands) : null;
    },
  };
}

type Rows = Omit<People, "newPassword" | "addPerson" | "setPassword" | "checkPassword">;

/** What is read and written at once, without a password in it. */
function createRows(db: RegisterDatabase, { now }: RegisterOptions): Rows {
  const one = db.prepare(`SELECT ${columns} FROM people WHERE name = ?`);
  const all = db.prepare(`SELECT ${columns} FROM people ORDER BY name`);
  const insert = db.prepare(
    `INSERT OR IGNORE INTO people (name, role, tier, salt, hash, n, r, p, createdAt, scope, mustChange)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const keep = db.prepare("UPDATE people SET salt = ?, hash = ?, n = ?, r = ?, p = ?, mustChange = ? WHERE name = ?");
  const change = db.prepare("UPDATE people SET role = ?, tier = ?, scope = ? WHERE name = ?");
  const lock = db.prepare("UPDATE people SET lockedAt = ? WHERE name = ?");
  const remove = db.prepare("DELETE FROM people WHERE name = ?");
  const endSessions = db.prepare("DELETE FROM sessions WHERE person = ?");
  const others = db.prepare(
    "SELECT COUNT(*) AS count FROM people WHERE role = 'administrator' AND lockedAt IS NULL AND scope IS NULL AND name <> ?",
  );
  const unknown = { ok: false, fault: "nameUnknown" } as const;

  return {
    enterPerson(person, { salt, hash, cost: { n, r, p } }, mustChange) {
      const { name, role, tier, scope } = person;
      if (!nameSchema.Check(name)) return { ok: false, fault: "nameInvalid" };
      if (!isDuty(person)) return { ok: false, fault: "roleInvalid" };
      const { changes } = insert.run(name, role, tier, salt, hash, n, r, p, now(), written(scope), mustChange ? 1 : 0);
      return changes === 1 ? { ok: true } : { ok: false, fault: "nameTaken" };
    },

    keepPassword(name, { salt, hash, cost: { n, r, p } }, mustChange) {
      if (keep.run(salt, hash, n, r, p, mustChange ? 1 : 0, name).changes === 0) return unknown;
      endSessions.run(name);
      return { ok: true };
    },

    changePerson(person) {
      const { name, role, tier, scope } = person;
      if (!isDuty(person)) return { ok: false, fault: "roleInvalid" };
      if (change.run(role, tier, written(scope), name).changes === 0) return unknown;
      endSessions.run(name);
      return { ok: true };
    },

    lockPerson(name, isLocked) {
      endSessions.run(name);
      return lock.run(isLocked ? now() : null, name).changes === 1;
    },

    removePerson: (name) => remove.run(name).changes === 1,
    findAccount(name) {
      const row = nameSchema.Check(name) ? (one.get(name) as Row | undefined) : undefined;
      return row === undefined ? null : toAccount(row);
    },
    listPeople: () => (all.all() as Row[]).map(toPerson),
    listAccounts: () => (all.all() as Row[]).map(toAccount),
    countAdministrators: (except) => (others.get(except) as { readonly count: number }).count,
  };
}
