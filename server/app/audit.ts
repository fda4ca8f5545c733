// What was done to the register goes on into the journal, in order; and what was refused at the door is written down, bounded.
import type { AuditActor, AuditEntry } from "../../contract/audit.ts";
import type { Person } from "../../contract/wall.ts";
import type { Audits, Deed } from "../adapters/register/audit.ts";
import type { Verdict } from "../domain/access.ts";
import type { Log } from "../log.ts";

/** What the audit stands on. */
export interface AuditOptions {
  readonly register: Audits;
  /** Writes an entry into the journal; false where the disk refuses. */
  readonly journal: (entry: AuditEntry) => Promise<boolean>;
  readonly now: () => number;
  /** Runs a look again after a disk refused. */
  readonly later: (look: () => void) => void;
  readonly log: Log;
}

/** The way from the register to the journal. */
export interface Audit {
  /** Brings what waits into the journal: after each act, at the start, and now and then for what commands have entered. */
  look(): Promise<void>;
  /** Writes down what changed nothing: at most one entry in a time for each key, which counts those that it stands for. */
  note(key: string, what: Deed & AuditActor & { readonly everyMs: number }): void;
  stop(): void;
}

/** Keys that are counted at once; the rest share one. */
const MAX_KEYS = 1000;
const REFUSED_EVERY_MS = 1000;

/** Makes the way; an entry is written a second time only where the process ends between the journal and the register. */
export function createAudit({ register, journal, now, later, log }: AuditOptions): Audit {
  const written = new Set<string>();
  const told = new Map<string, { at: number; count: number }>();
  const state = { isRunning: true, isLooking: false, isWanted: false };

  /** False where the disk refuses: the rest would come out of order. */
  const carry = async (entry: AuditEntry): Promise<boolean> => {
    if (!written.has(entry.id) && !(await journal(entry))) return false;
    written.add(entry.id);
    if (!state.isRunning) return false;
    register.noteJournalled(entry.id);
    written.delete(entry.id);
    return true;
  };

  const carryAll = async (): Promise<boolean> => {
    try {
      for (let waiting = register.waitingAudits(); waiting.length > 0; waiting = register.waitingAudits()) {
        for (const entry of waiting) if (!state.isRunning || !(await carry(entry))) return false;
      }
      return true;
    } catch (error) {
      log.warn("the register's acts wait for the journal", { reason: (error as Error).message });
      return false;
    }
  };

  const look = async (): Promise<void> => {
    state.isWanted = true;
    // One at a time: two would write the same entry twice.
    if (state.isLooking) return;
    state.isLooking = true;
    let isDone = true;
    while (state.isRunning && state.isWanted && isDone) {
      state.isWanted = false;
      isDone = await carryAll();
    }
    state.isLooking = false;
    if (!isDone && state.isRunning) later(() => void look());
  };

  return {
    look,

    note(wanted, { act, target, everyMs, ...actor }) {
      const key = told.has(wanted) || told.size < MAX_KEYS ? wanted : "the rest";
      const last = told.get(key);
      if (last !== undefined && now() - last.at < everyMs) {
        last.count += 1;
        return;
      }
      told.set(key, { at: now(), count: 0 });
      for (const [old, { at }] of told) if (now() - at > 60 * everyMs) told.delete(old);
      const after = { count: 1 + (last?.count ?? 0) };
      try {
        register.audited(actor, { act, target }, () => ({ ok: true, before: null, after, result: null }));
      } catch (error) {
        // A full disk must not turn a refusal into something else.
        log.warn("a refusal is not in the audit", { act, target, reason: (error as Error).message });
      }
      void look();
    },

    stop() {
      state.isRunning = false;
    },
  };
}

/** The rights, each refusal of which is written down: at most one a second for each person, and how many it stands for. */
export function auditedRights<A extends string, C>(
  mayDo: (person: Person | null, act: A, context: C) => Verdict,
  note: Audit["note"],
): (person: Person | null, act: A, context: C) => Verdict {
  return (person, act, context) => {
    const verdict = mayDo(person, act, context);
    if (verdict.ok || verdict.code !== "NOT_ALLOWED" || person === null) return verdict;
    const { name, role } = person;
    note(`refused ${name}`, { act: "act.refused", target: act, by: { name, role }, everyMs: REFUSED_EVERY_MS });
    return verdict;
  };
}
