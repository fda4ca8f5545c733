// The read tokens of the register: for one point, one site or a feed, each with its end; only a hash of it is kept.
import { createHash } from "node:crypto";
import type { Embed } from "../../../contract/embed.ts";
import type { Scope } from "../../../contract/scope.ts";
import type { RegisterDatabase, Row } from "./database.ts";
import type { RegisterOptions } from "./entries.ts";

/** The tokens' part of the register. */
export interface Embeds {
  /** The token is told this once; null where there are too many already. */
  addEmbed(
    embed: Omit<Embed, "id" | "createdAt" | "revokedAt">,
  ): { readonly token: string; readonly embed: Embed } | null;
  listEmbeds(): readonly Embed[];
  findEmbed(id: string): Embed | null;
  /** For good. */
  revokeEmbed(id: string): boolean;
  /** The token that stands for something now; null for one that is unknown, over or revoked. */
  embedOf(token: string): Embed | null;
}

/** Tokens that are kept, those that are over among them; more is a leak, and no need. */
const mostEmbeds = 1000;

/** The tokens of an open register. */
export function createEmbeds(db: RegisterDatabase, { now, random }: RegisterOptions): Embeds {
  const insert = db.prepare("INSERT INTO embeds (id, hash, entry, createdAt, expiresAt) VALUES (?, ?, ?, ?, ?)");
  const all = db.prepare("SELECT * FROM embeds ORDER BY createdAt DESC, rowid DESC");
  const one = db.prepare("SELECT * FROM embeds WHERE id = ?");
  const byHash = db.prepare("SELECT * FROM embeds WHERE hash = ? AND revokedAt IS NULL AND expiresAt > ?");
  const count = db.prepare("SELECT count(*) AS n FROM embeds");
  const revoke = db.prepare("UPDATE embeds SET revokedAt = ? WHERE id = ? AND revokedAt IS NULL");
  const found = (row: Row | undefined): Embed | null => (row === undefined ? null : toEmbed(row));

  return {
    addEmbed(entry) {
      if ((count.get() as { readonly n: number }).n >= mostEmbeds) return null;
      const id = Buffer.from(random(9)).toString("base64url");
      const token = Buffer.from(random(24)).toString("base64url");
      const embed: Embed = { ...entry, id, createdAt: now(), revokedAt: null };
      insert.run(id, sha256(token), JSON.stringify(entry), embed.createdAt, embed.expiresAt);
      return { token, embed };
    },
    listEmbeds: () => (all.all() as Row[]).map(toEmbed),
    findEmbed: (id) => found(one.get(id) as Row | undefined),
    revokeEmbed: (id) => revoke.run(now(), id).changes === 1,
    embedOf: (token) => found(byHash.get(sha256(token), now()) as Row | undefined),
  };
}

function toEmbed(row: Row): Embed {
  const entry = JSON.parse(row["entry"] as string) as Omit<Embed, "id" | "createdAt" | "revokedAt"> & {
    readonly scope?: Scope;
  };
  return {
    ...entry,
    id: row["id"] as string,
    createdAt: row["createdAt"] as number,
    revokedAt: row["revokedAt"] as number | null,
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
