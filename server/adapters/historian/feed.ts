// Carries rows from the journal into the historian, in order, again and again until they are there.
import type { Historian } from "./historian.ts";
import type { Rows } from "./rows.ts";

/** What the feed found after a cursor; good until the next is read, which may use its columns again. */
export interface Batch {
  readonly rows: Rows;
  /** The journal position after these rows. */
  readonly cursor: number;
  /** True when the journal had nothing more. */
  readonly isEnd: boolean;
  /** Bytes of the journal behind these rows, where known. */
  readonly waitingBytes?: number;
}

/** How the historian fares, for the wall and for health. */
export interface FeedStatus {
  readonly state: "up" | "down";
  /** When this state began, epoch ms. */
  readonly since: number;
  /** Why it is down; empty when up. */
  readonly reason: string;
  readonly behind: {
    /** The journal position up to which everything is stored; null until the store has told it once. */
    readonly cursor: number | null;
    /** When the server got the oldest row that waits, epoch ms; null when none is known to wait. */
    readonly oldestReceivedAt: number | null;
    /** Attempts that have failed in a row. */
    readonly failures: number;
  };
}

/** What the feed works with; time and waiting are handed in. */
export interface FeedOptions {
  readonly historian: Pick<Historian, "cursor" | "write">;
  /** Rows after a cursor, at most so many. */
  readonly read: (cursor: number, maxRows: number) => Promise<Batch>;
  /** Told of every change of state, every failed attempt, and of having caught up. */
  readonly onStatus: (status: FeedStatus) => void;
  readonly now: () => number;
  /** Waits, or ends early when the signal is aborted (resolving or rejecting, either will do). */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Spreads the retries of several servers; 0 ≤ x < 1. @default Math.random */
  readonly random?: () => number;
  /** Rows of one write. @default 20000 */
  readonly maxRows?: number;
  /** While it is behind, it carries so many rows a second and no more, lest what is live suffer. @default no bound */
  readonly catchUpRows?: number;
}

/** A running feed. */
export interface Feed {
  /** Says that the journal has grown. */
  wake(): void;
  /** When the server got the oldest row that waits, epoch ms; null when none is known to wait. */
  behindSince(): number | null;
  /** Ends after the write under way, if there is one; the rows stay in the journal. */
  stop(): Promise<void>;
}

/** Some 10 ms of work: a question of history waits no longer than for one batch. */
const maxBatchRows = 20_000;
const firstWaitMs = 1000;
const longestWaitMs = 30_000;
/** A store may ask for a longer rest than ours (429, `Retry-After`), up to this. */
const longestAskedMs = 300_000;
/** So long it may fall further behind before the bound of its catching up is doubled. */
const widenAfterMs = 10_000;

/** The wait before the next attempt: 0.5 to 1 s after the first failure, doubling up to 15 to 30 s. */
export function retryWaitMs(failures: number, random: number): number {
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 16));
  return ceiling / 2 + (ceiling / 2) * random;
}

/** Starts to carry rows, beginning where the store's own cursor says; it never throws. */
export function createFeed(options: FeedOptions): Feed {
  const { historian, read, now } = options;
  const maxRows = Math.min(options.maxRows ?? maxBatchRows, maxBatchRows);
  const stopping = new AbortController();
  const bell = createBell();
  const report = createReport(options.onStatus, now);
  const pace = createPace(options.catchUpRows ?? Infinity, now);

  /** A delay that rejects was ended by stop(), which the loop sees by itself. */
  const rest = (ms: number): Promise<void> => options.delay(ms, stopping.signal).catch(() => undefined);

  /** Tries until it works; undefined when the feed was stopped meanwhile. */
  const insist = async <T>(step: string, work: () => Promise<T>): Promise<T | undefined> => {
    for (let failures = 1; !stopping.signal.aborted; failures += 1) {
      let askedMs = 0;
      try {
        return await work();
      } catch (error) {
        askedMs = askedWaitMs(error);
        report.failed(`${step}: ${reasonOf(error)}`, failures);
      }
      await rest(Math.max(askedMs, retryWaitMs(failures, (options.random ?? Math.random)())));
    }
    return undefined;
  };

  const readAfter = async (cursor: number): Promise<Batch> => {
    const batch = await read(cursor, maxRows);
    const isStuck = batch.cursor < cursor || (batch.cursor === cursor && (batch.rows.count > 0 || !batch.isEnd));
    if (isStuck) throw new Error(`the cursor does not move on from ${cursor}`);
    return batch;
  };

  const carry = async (): Promise<void> => {
    let cursor = await insist("read the cursor", () => historian.cursor());
    while (cursor !== undefined && !stopping.signal.aborted) {
      const after: number = cursor;
      report.standsAt(after);
      bell.mute();
      pace.begin();
      const batch = await insist("read the journal", () => readAfter(after));
      if (batch === undefined) return;
      if (batch.cursor > after) {
        report.holds(batch.rows.count > 0 ? (batch.rows.receivedAt[0] ?? null) : null);
        cursor = await insist("write", () => historian.write(batch.rows, batch.cursor).then(() => batch.cursor));
        if (cursor === undefined) return;
      }
      report.succeeded(cursor, batch.isEnd && !bell.hasRung(), batch.isEnd ? null : lastOf(batch.rows));
      const waitMs = pace.after(batch);
      if (waitMs > 0) await rest(waitMs);
      if (batch.isEnd) await bell.rung();
    }
  };

  const done = carry();
  return {
    wake: () => bell.ring(),
    behindSince: report.behindSince,
    async stop() {
      stopping.abort();
      bell.ring();
      await done;
    },
  };
}

/** Spaces what is carried while behind. The bound must never be what keeps it behind: where that grows, it is doubled. */
function createPace(rowsPerSecond: number, now: () => number) {
  let factor = 1;
  let dueAt = -Infinity;
  let looked: { readonly at: number; readonly waiting: number } | null = null;
  const widen = (waiting: number): void => {
    if (looked !== null && now() - looked.at < widenAfterMs) return;
    if (looked !== null && waiting >= looked.waiting) factor *= 2;
    looked = { at: now(), waiting };
  };
  return {
    begin() {
      dueAt = Math.max(dueAt, now());
    },
    /** How long to rest before the next batch, ms. */
    after({ rows, isEnd, waitingBytes }: Batch): number {
      if (isEnd) {
        factor = 1;
        looked = null;
        return 0;
      }
      if (waitingBytes !== undefined) widen(waitingBytes);
      dueAt += (rows.count * 1000) / (rowsPerSecond * factor);
      return Math.ceil(Math.max(0, dueAt - now()));
    },
  };
}

function lastOf({ count, receivedAt }: Rows): number | null {
  return count === 0 ? null : (receivedAt[count - 1] ?? null);
}

/** A bell that is not missed when it rings before anyone listens. */
function createBell() {
  let isRung = false;
  let answer: (() => void) | null = null;
  return {
    mute() {
      isRung = false;
    },
    hasRung: () => isRung,
    ring() {
      isRung = true;
      answer?.();
      answer = null;
    },
    rung: () => (isRung ? Promise.resolve() : new Promise<void>((resolve) => (answer = resolve))),
  };
}

function createReport(onStatus: (status: FeedStatus) => void, now: () => number) {
  let state: FeedStatus["state"] | null = null;
  let since = 0;
  let cursor: number | null = null;
  let oldestReceivedAt: number | null = null;
  let isBehind = true;
  const tell = (next: FeedStatus["state"], reason: string, failures: number): void => {
    if (state !== next) since = now();
    state = next;
    onStatus({ state, since, reason, behind: { cursor, oldestReceivedAt, failures } });
  };
  return {
    standsAt(position: number) {
      cursor = position;
    },
    behindSince: () => oldestReceivedAt,
    holds(receivedAt: number | null) {
      oldestReceivedAt = receivedAt ?? oldestReceivedAt;
    },
    failed(reason: string, failures: number) {
      isBehind = true;
      tell("down", reason, failures);
    },
    /** What still waits came no earlier than the last row that was carried. */
    succeeded(position: number, isEnd: boolean, carriedUpTo: number | null) {
      cursor = position;
      oldestReceivedAt = carriedUpTo ?? (isEnd ? null : oldestReceivedAt);
      const hasCaughtUp = isEnd && isBehind;
      if (isEnd) isBehind = false;
      if (state !== "up" || hasCaughtUp) tell("up", "", 0);
    },
  };
}

/** How long the store asks to be left alone; 0 where it does not. */
function askedWaitMs(error: unknown): number {
  for (let link = error; link instanceof Error; link = link.cause) {
    if ("retryAfterMs" in link && typeof link.retryAfterMs === "number")
      return Math.min(link.retryAfterMs, longestAskedMs);
  }
  return 0;
}

/** The whole chain of causes in one line, for a person to read. */
function reasonOf(error: unknown): string {
  const parts: string[] = [];
  for (let link = error; link instanceof Error && parts.length < 5; link = link.cause) parts.push(textOf(link));
  return parts.length > 0 ? parts.join(": ") : String(error);
}

/** Node's error for a host with several addresses has a code and no message. */
function textOf(error: Error): string {
  if (error.message !== "") return error.message;
  return "code" in error ? String(error.code) : error.name;
}
