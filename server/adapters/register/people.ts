// The people of the register: name, role, tier, scope, and the hash of a password.
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { isDuty } from "../../../contract/duty.ts";
import { type Tier, tiers } from "../../../contract/plant.ts";
import { type Scope, scopeSchema } from "../../../contract/scope.ts";
import { type Person, type Role, roles } from "../../../contract/wall.ts";
import type { RegisterDatabase, Row } from "./database.ts";
import type { NotRegistered, RegisterOptions } from "./entries.ts";
import { defaultPasswordCost, hashPassword, isPassword, makePassword, type PasswordHash } from "./password.ts";

const literals = <T extends string>(values: readonly T[]) => Type.Union(values.map((value) => Type.Literal(value)));
// Latin or Chinese letters and digits; what else a name could carry only makes two names look alike.
const nameSchema = Compile(Type.String({ pattern: "^[A-Za-z0-9\\u4e00-\\u9fff][A-Za-z0-9\\u4e00-\\u9fff._-]{0,63}$" }));
const dutySchema = Compile(
  Type.Object({ role: literals(roles), tier: literals(tiers), scope: Type.Optional(scopeSchema) }),
);
const passwordSchema = Compile(Type.String({ minLength: 8, maxLength: 200 }));

/** The people's part of the register. */
export interface People {
  /** Enters a person; a password that is made up here is returned this once. */
  addPerson(
    person: Person & { readonly password?: string },
  ): Promise<{ readonly ok: true; readonly password: string } | NotRegistered>;
  /** A new password; every session of the person ends. */
  setPassword(name: string, password: string): Promise<{ readonly ok: true } | NotRegistered>;
  removePerson(name: string): boolean;
  listPeople(): Person[];
  /** The person, where name and password fit; an unknown name takes as long as a wrong password. */
  checkPassword(name: string, password: string): Promise<Person | null>;
}

/** A person as a row holds one. */
export function toPerson(row: Row): Person {
  const scope = row["scope"] as string | null;
  return {
    name: row["name"] as string,
    role: row["role"] as Role,
    tier: row["tier"] as Tier,
    ...(scope === null ? {} : { scope: JSON.parse(scope) as Scope }),
  };
}

function toHash(row: Row): PasswordHash {
  const cost = { n: row["n"] as number, r: row["r"] as number, p: row["p"] as number };
  return { salt: row["salt"] as Uint8Array, hash: row["hash"] as Uint8Array, cost };
}

/** The people of an open register. */
export function createPeople(db: RegisterDatabase, options: RegisterOptions): People {
  const { now, random, passwordCost: cost = defaultPasswordCost } = options;
  const find = db.prepare("SELECT * FROM people WHERE name = ?");
  const all = db.prepare("SELECT name, role, tier, scope FROM people ORDER BY name");
  const insert = db.prepare("INSERT OR IGNORE INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const change = db.prepare("UPDATE people SET salt = ?, hash = ?, n = ?, r = ?, p = ? WHERE name = ?");
  const remove = db.prepare("DELETE FROM people WHERE name = ?");
  const endSessions = db.prepare("DELETE FROM sessions WHERE person = ?");
  /** What an unknown name is checked against, so that the clock does not tell which names exist. */
  const nobody: PasswordHash = { salt: random(16), hash: new Uint8Array(32), cost };

  return {
    async addPerson(entry: Person & { readonly password?: string }) {
      const { name, role, tier, scope, password = makePassword(random) } = entry;
      if (!nameSchema.Check(name)) return { ok: false, fault: "nameInvalid" } as const;
      const duty = { role, tier, ...(scope === undefined ? {} : { scope }) };
      if (!dutySchema.Check(duty) || !isDuty(duty)) return { ok: false, fault: "roleInvalid" } as const;
      if (!passwordSchema.Check(password)) return { ok: false, fault: "passwordInvalid" } as const;
      const { salt, hash } = await hashPassword(password, random(16), cost);
      const written = scope === undefined ? null : JSON.stringify(scope);
      const { changes } = insert.run(name, role, tier, salt, hash, cost.n, cost.r, cost.p, now(), written);
      return changes === 1 ? ({ ok: true, password } as const) : ({ ok: false, fault: "nameTaken" } as const);
    },

    async setPassword(name: string, password: string) {
      if (!passwordSchema.Check(password)) return { ok: false, fault: "passwordInvalid" } as const;
      const { salt, hash } = await hashPassword(password, random(16), cost);
      const { changes } = change.run(salt, hash, cost.n, cost.r, cost.p, name);
      if (changes === 0) return { ok: false, fault: "nameUnknown" } as const;
      endSessions.run(name);
      return { ok: true } as const;
    },

    removePerson: (name: string) => remove.run(name).changes === 1,
    listPeople: () => (all.all() as Row[]).map(toPerson),

    async checkPassword(name: string, password: string) {
      // Checked first: libsql cuts a text at a NUL, so that `name\0anything` would find `name`.
      const row = nameSchema.Check(name) ? (find.get(name) as Row | undefined) : undefined;
      const fits = await isPassword(password, row === undefined ? nobody : toHash(row));
      return fits && row !== undefined ? toPerson(row) : null;
    },
  };
}
