// The sites of the register: whose they are and where they lie; what is measured there says the plan of record.
import { Compile } from "typebox/compile";
import { type RegisteredSite, registeredSiteSchema, type SiteEntry } from "../../../contract/register.ts";
import type { RegisterDatabase, Row } from "./database.ts";
import type { NotRegistered, Registered, RegisterOptions } from "./entries.ts";
import { createMarking } from "./retirement.ts";

/** The sites' part of the register. */
export interface Sites {
  addSite(entry: SiteEntry): Registered<RegisteredSite> | NotRegistered;
  editSite(entry: SiteEntry): Registered<RegisteredSite> | NotRegistered;
  /** No device of a retired site is let in; all that it has said stays. */
  retireSite(id: string): Registered<RegisteredSite> | NotRegistered;
  restoreSite(id: string): Registered<RegisteredSite> | NotRegistered;
  findSite(id: string): RegisteredSite | null;
  listRegisteredSites(): RegisteredSite[];
}

const schema = Compile(registeredSiteSchema);

function toSite(row: Row): RegisteredSite {
  return {
    ...(JSON.parse(row["entry"] as string) as SiteEntry),
    createdAt: row["createdAt"] as number,
    retiredAt: row["retiredAt"] as number | null,
  };
}

/** The sites of an open register. */
export function createSites(db: RegisterDatabase, { now }: RegisterOptions): Sites {
  const find = db.prepare("SELECT * FROM sites WHERE id = ?");
  const all = db.prepare("SELECT * FROM sites ORDER BY id");
  const insert = db.prepare("INSERT INTO sites VALUES (?, ?, ?, ?, NULL)");
  const change = db.prepare("UPDATE sites SET enterprise = ?, entry = ? WHERE id = ?");
  const enterprise = db.prepare("SELECT retiredAt FROM enterprises WHERE id = ?");

  const known = (id: string): RegisteredSite | null => {
    const row = find.get(id) as Row | undefined;
    return row === undefined ? null : toSite(row);
  };
  /** Why an entry cannot stand, or null. */
  const faultOf = (entry: SiteEntry): NotRegistered | null => {
    if (!schema.Check(entry)) return { ok: false, fault: "entryInvalid" };
    const owner = enterprise.get(entry.enterprise) as Row | undefined;
    if (owner === undefined) return { ok: false, fault: "enterpriseUnknown" };
    return owner["retiredAt"] === null ? null : { ok: false, fault: "retired" };
  };
  const marked = createMarking(db, "sites", known);

  return {
    addSite(entry) {
      const fault = faultOf(entry);
      if (fault !== null) return fault;
      if (known(entry.id) !== null) return { ok: false, fault: "nameTaken" };
      const createdAt = now();
      insert.run(entry.id, entry.enterprise, JSON.stringify(entry), createdAt);
      return { ok: true, before: null, after: { ...entry, createdAt, retiredAt: null } };
    },
    editSite(entry) {
      const fault = faultOf(entry);
      if (fault !== null) return fault;
      const before = known(entry.id);
      if (before === null) return { ok: false, fault: "nameUnknown" };
      change.run(entry.enterprise, JSON.stringify(entry), entry.id);
      return { ok: true, before, after: { ...before, ...entry } };
    },
    retireSite: (id) => marked(id, now()),
    restoreSite: (id) => marked(id, null),
    findSite: known,
    listRegisteredSites: () => (all.all() as Row[]).map(toSite),
  };
}
