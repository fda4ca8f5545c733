// The enterprises of the register: entered, edited, retired and restored, never deleted.
import { Compile } from "typebox/compile";
import { type Enterprise, type EnterpriseEntry, enterpriseSchema } from "../../../contract/register.ts";
import type { RegisterDatabase, Row } from "./database.ts";
import type { NotRegistered, Registered, RegisterOptions } from "./entries.ts";
import { createMarking } from "./retirement.ts";

/** The enterprises' part of the register. */
export interface Enterprises {
  addEnterprise(entry: EnterpriseEntry): Registered<Enterprise> | NotRegistered;
  editEnterprise(entry: EnterpriseEntry): Registered<Enterprise> | NotRegistered;
  /** No device of a retired enterprise is let in; all that it has said stays. */
  retireEnterprise(id: string): Registered<Enterprise> | NotRegistered;
  restoreEnterprise(id: string): Registered<Enterprise> | NotRegistered;
  findEnterprise(id: string): Enterprise | null;
  listEnterprises(): Enterprise[];
}

const schema = Compile(enterpriseSchema);

function toEnterprise(row: Row): Enterprise {
  return {
    ...(JSON.parse(row["entry"] as string) as EnterpriseEntry),
    createdAt: row["createdAt"] as number,
    retiredAt: row["retiredAt"] as number | null,
  };
}

/** The enterprises of an open register. */
export function createEnterprises(db: RegisterDatabase, { now }: RegisterOptions): Enterprises {
  const find = db.prepare("SELECT * FROM enterprises WHERE id = ?");
  const all = db.prepare("SELECT * FROM enterprises ORDER BY id");
  const insert = db.prepare("INSERT INTO enterprises VALUES (?, ?, ?, NULL)");
  const change = db.prepare("UPDATE enterprises SET entry = ? WHERE id = ?");

  const known = (id: string): Enterprise | null => {
    const row = find.get(id) as Row | undefined;
    return row === undefined ? null : toEnterprise(row);
  };
  const marked = createMarking(db, "enterprises", known);

  return {
    addEnterprise(entry) {
      if (!schema.Check(entry)) return { ok: false, fault: "entryInvalid" };
      if (known(entry.id) !== null) return { ok: false, fault: "nameTaken" };
      const createdAt = now();
      insert.run(entry.id, JSON.stringify(entry), createdAt);
      return { ok: true, before: null, after: { ...entry, createdAt, retiredAt: null } };
    },
    editEnterprise(entry) {
      if (!schema.Check(entry)) return { ok: false, fault: "entryInvalid" };
      const before = known(entry.id);
      if (before === null) return { ok: false, fault: "nameUnknown" };
      change.run(JSON.stringify(entry), entry.id);
      return { ok: true, before, after: { ...before, ...entry } };
    },
    retireEnterprise: (id) => marked(id, now()),
    restoreEnterprise: (id) => marked(id, null),
    findEnterprise: known,
    listEnterprises: () => (all.all() as Row[]).map(toEnterprise),
  };
}
