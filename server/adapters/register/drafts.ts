// The drafts of rules: one for each rule, as it was saved last, until it is enabled or thrown away.
import type { StoredDraft } from "../../../contract/rule-draft.ts";
import type { RegisterDatabase, Row } from "./database.ts";

/** The drafts' part of the register. */
export interface Drafts {
  listDrafts(): StoredDraft[];
  findDraft(id: string): StoredDraft | null;
  /** Keeps a draft in the place of what was kept of the same rule before. */
  keepDraft(draft: StoredDraft): void;
  /** False where there is none. */
  removeDraft(id: string): boolean;
}

/** The drafts of an open register. */
export function createDrafts(db: RegisterDatabase): Drafts {
  const all = db.prepare("SELECT entry FROM drafts ORDER BY id");
  const find = db.prepare("SELECT entry FROM drafts WHERE id = ?");
  const keep = db.prepare("INSERT INTO drafts VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry");
  const remove = db.prepare("DELETE FROM drafts WHERE id = ?");
  const toDraft = (row: Row): StoredDraft => JSON.parse(row["entry"] as string) as StoredDraft;
  return {
    listDrafts: () => (all.all() as Row[]).map(toDraft),
    findDraft(id) {
      const row = find.get(id) as Row | undefined;
      return row === undefined ? null : toDraft(row);
    },
    keepDraft: (draft) => void keep.run(draft.id, JSON.stringify(draft)),
    removeDraft: (id) => remove.run(id).changes > 0,
  };
}
