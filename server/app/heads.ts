// When the chain's head is signed: once a minute, behind every turn with a step of an alarm, and at the stop.
import { type SignedHead } from "../../contract/evidence.ts";
import type { ChangeItem } from "../../contract/wall.ts";
import { openHeads, signHead } from "../adapters/journal/heads.ts";
import type { Journal } from "../adapters/journal/journal.ts";
import { openRecordKey } from "../adapters/journal/record-key.ts";
import type { Log } from "../log.ts";

/** The heads of a running server. */
export interface HeadKeeper {
  /** What `/health` shows: SHA-256 of the public key. */
  readonly fingerprint: string;
  /** The newest signed head; null before the first. */
  readonly latest: () => SignedHead | null;
  /** To be told of every turn's changes, once they are on the disk. */
  readonly changed: (items: readonly ChangeItem[]) => void;
  /** Signs the last head, of everything that was judged. */
  readonly stop: () => void;
}

/** How the keeper is made. */
export interface HeadsOptions {
  readonly dataDir: string;
  readonly journal: Pick<Journal, "dir" | "mark" | "sync" | "whenSynced">;
  /** The computer's own clock, epoch ms: what is signed is never in the time of an exercise. */
  readonly now: () => number;
  readonly log: Log;
}

const everyMs = 60_000;

/** Begins to sign. */
export function keepHeads({ dataDir, journal, now, log }: HeadsOptions): HeadKeeper {
  const key = openRecordKey(dataDir);
  const file = openHeads(journal.dir);
  let latest: SignedHead | null = null;
  let isOpen = true;

  /** Only what is on the disk is signed: a power cut must not make a liar of the server. */
  const sign = (mark: ReturnType<Journal["mark"]>): void => {
    if (!isOpen || mark.position === 0 || (latest !== null && mark.position <= latest.position)) return;
    try {
      const head = signHead(key, mark, now());
      file.append(head);
      latest = head;
    } catch (error) {
      // A full disk: the record itself says so to everybody, and the next head covers this one.
      log.warn("a head could not be signed", { reason: (error as Error).message });
    }
  };
  const signSoon = (): void => {
    const mark = journal.mark();
    void journal.whenSynced(mark.position).then(() => sign(mark));
  };
  signSoon();
  const timer = setInterval(signSoon, everyMs);
  return {
    fingerprint: key.fingerprint,
    latest: () => latest,
    changed: (items) => {
      // The loop has synced such a turn before anybody hears of it.
      if (items.some(({ type }) => type === "alarm")) sign(journal.mark());
    },
    stop: () => {
      clearInterval(timer);
      journal.sync();
      sign(journal.mark());
      isOpen = false;
      file.sync();
      file.close();
    },
  };
}
