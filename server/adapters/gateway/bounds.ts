// The bounds of one wall: how fast it may ask, and that one command is carried out once.
import type { Reply } from "../../../contract/wall.ts";

/** Lets so many through at once, and so many a second after that. */
export interface Bucket {
  /** True where one more may pass. */
  take(at: number): boolean;
}

/** A bucket of `size` that fills again at `perSecond`. */
export function createBucket(size: number, perSecond: number): Bucket {
  let level = size;
  let filledAt: number | null = null;
  return {
    take(at) {
      // A clock that was set back fills nothing, rather than emptying it.
      const elapsedMs = filledAt === null ? 0 : Math.max(0, at - filledAt);
      filledAt = at;
      level = Math.min(size, level + (elapsedMs / 1000) * perSecond);
      if (level < 1) return false;
      level -= 1;
      return true;
    },
  };
}

/** The last replies by command id. */
export interface Replies {
  /**
   * The reply to a command: carried out now, or what it was answered before. Null where the same id came with another
   * content.
   */
  once(id: string, content: string, carryOut: () => Promise<Reply>): Promise<Reply> | null;
}

/** Remembers the newest `max` commands. A wall that sends again after a reconnect must not act twice. */
export function createReplies(max: number): Replies {
  const entries = new Map<string, { readonly content: string; readonly reply: Promise<Reply> }>();
  return {
    once(id, content, carryOut) {
      const known = entries.get(id);
      if (known !== undefined) return known.content === content ? known.reply : null;
      const reply = carryOut();
      entries.set(id, { content, reply });
      const [oldest] = entries.keys();
      if (entries.size > max && oldest !== undefined) entries.delete(oldest);
      return reply;
    },
  };
}
