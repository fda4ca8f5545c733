// The walls of the register: screens that hang where nobody logs in, each known by a token and the one browser that it is bound to.
import { createHash, timingSafeEqual } from "node:crypto";
import type { WallEntry, WallView } from "../../../contract/people.ts";
import { defaultSeat, type Seat } from "../../../contract/seat.ts";
import type { Tier } from "../../../contract/plant.ts";
import type { Person } from "../../../contract/wall.ts";
import { atomically, type RegisterDatabase, type Row } from "./database.ts";
import type { NotRegistered, RegisterOptions } from "./entries.ts";
import { toScope } from "./people.ts";

/** When it was last seen is written at most once in this time. */
const SEEN_EVERY_MS = 600_000;

/** A wall that may look; or one whose token is right in a browser that it is not bound to; or none. */
export type WallSeen =
  | { readonly ok: true; readonly id: string; readonly person: Person; readonly seat: Seat }
  | { readonly ok: false; readonly id: string | null };

/** The walls' part of the register. */
export interface Walls {
  /** A wall and its token, which is told this once. */
  addWall(wall: WallEntry & { readonly by: string }): { readonly ok: true; readonly token: string } | NotRegistered;
  findWall(id: string): WallView | null;
  listWalls(): WallView[];
  /** For good: its token opens nothing any more. */
  revokeWall(id: string): boolean;
  /** False where there is no such wall, or none any more. */
  setSeat(id: string, seat: Seat): boolean;
  /** The next browser that brings the token is the one that it is bound to. */
  unbindWall(id: string): boolean;
  /**
   * The first browser that brings a token is bound to it, and gets what its cookie keeps from now on; the same browser may
   * bring it again, with that cookie.
   */
  bindWall(
    token: string,
    cookie: string | null,
  ):
    | (WallSeen & { readonly ok: false })
    | { readonly ok: true; readonly id: string; readonly person: Person; readonly cookie: string };
  /** The wall that a cookie stands for. It never ends by time: nobody is there at night to log it in. */
  wallOf(cookie: string): WallSeen;
}

/** The walls of an open register. */
export function createWalls(db: RegisterDatabase, options: RegisterOptions): Walls {
  const { now, random } = options;
  const byToken = db.prepare("SELECT * FROM walls WHERE hash = ? AND revokedAt IS NULL");
  const bind = db.prepare("UPDATE walls SET boundTo = ?, seenAt = ? WHERE id = ? AND boundTo IS NULL");
  const seen = db.prepare("UPDATE walls SET seenAt = ? WHERE id = ?");
  const find = (token: string): Row | undefined => byToken.get([sha256(token)]) as Row | undefined;

  const isBoundTo = (row: Row, binding: string): boolean => {
    const kept = row["boundTo"] as Uint8Array | null;
    return kept !== null && timingSafeEqual(kept, sha256(binding));
  };

  const noteSeen = (row: Row): void => {
    if (now() - ((row["seenAt"] as number | null) ?? 0) <= SEEN_EVERY_MS) return;
    try {
      seen.run(now(), row["id"]);
    } catch {
      // A full disk must not close the walls.
    }
  };

  return {
    ...createRows(db, options),

    bindWall(token, cookie) {
      const row = find(token);
      if (row === undefined) return { ok: false, id: null };
      const found = { id: row["id"] as string, person: toWall(row) };
      const [known, binding = ""] = (cookie ?? "").split(".");
      if (known === token && isBoundTo(row, binding)) return { ok: true, ...found, cookie: `${token}.${binding}` };
      const made = Buffer.from(random(32)).toString("base64url");
      const isBound = bind.run(sha256(made), now(), found.id).changes === 1;
      return isBound ? { ok: true, ...found, cookie: `${token}.${made}` } : { ok: false, id: found.id };
    },

    wallOf(cookie) {
      const [token = "", binding = ""] = cookie.split(".");
      const row = find(token);
      if (row === undefined) return { ok: false, id: null };
      const id = row["id"] as string;
      if (!isBoundTo(row, binding)) return { ok: false, id };
      noteSeen(row);
      return { ok: true, id, person: toWall(row), seat: toSeat(row) };
    },
  };
}

type Rows = Pick<Walls, "addWall" | "findWall" | "listWalls" | "setSeat" | "revokeWall" | "unbindWall">;

/** What an administrator does to walls. */
function createRows(db: RegisterDatabase, { now, random }: RegisterOptions): Rows {
  const insert = db.prepare(
    "INSERT OR IGNORE INTO walls (id, name, tier, hash, scope, createdAt, createdBy) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const one = db.prepare("SELECT * FROM walls WHERE id = ?");
  const all = db.prepare("SELECT * FROM walls ORDER BY id");
  const revoke = db.prepare("UPDATE walls SET revokedAt = ?, boundTo = NULL WHERE id = ? AND revokedAt IS NULL");
  const setSeat = db.prepare("UPDATE walls SET seat = ? WHERE id = ? AND revokedAt IS NULL");
  const unbind = db.prepare("UPDATE walls SET boundTo = NULL WHERE id = ? AND revokedAt IS NULL");

  return {
    addWall: ({ id, name, tier, scope, by }) =>
      atomically(db, () => {
        const token = Buffer.from(random(24)).toString("base64url");
        const kept = scope === undefined ? null : JSON.stringify(scope);
        const { changes } = insert.run(id, name, tier, sha256(token), kept, now(), by);
        return changes === 1 ? ({ ok: true, token } as const) : ({ ok: false, fault: "nameTaken" } as const);
      }),
    findWall(id) {
      const row = one.get(id) as Row | undefined;
      return row === undefined ? null : toView(row);
    },
    listWalls: () => (all.all() as Row[]).map(toView),
    setSeat: (id, seat) => setSeat.run(JSON.stringify(seat), id).changes === 1,
    revokeWall: (id) => revoke.run(now(), id).changes === 1,
    unbindWall: (id) => unbind.run(id).changes === 1,
  };
}

/** A wall as one who looks: it may view, in its scope, with the ears of its tier. */
function toWall(row: Row): Person {
  return { name: row["name"] as string, role: "viewer", tier: row["tier"] as Tier, ...toScope(row), isWall: true };
}

function toView(row: Row): WallView {
  return {
    id: row["id"] as string,
    name: row["name"] as string,
    tier: row["tier"] as Tier,
    ...toScope(row),
    createdAt: row["createdAt"] as number,
    createdBy: row["createdBy"] as string,
    revokedAt: row["revokedAt"] as number | null,
    seenAt: row["seenAt"] as number | null,
    isBound: row["boundTo"] !== null,
    seat: toSeat(row),
  };
}

function toSeat(row: Row): Seat {
  const kept = row["seat"] as string | null;
  return kept === null ? defaultSeat : (JSON.parse(kept) as Seat);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
