// The desk of the drafts: one for each rule, kept with who wrote it, tested by jobs, run as shadows, gone once it is enabled.
import { join } from "node:path";
import type { Plan, Point, Site } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import type { BacktestJob, DraftSave, StoredDraft, Tested } from "../../contract/rule-draft.ts";
import type { Person } from "../../contract/wall.ts";
import type { Caller } from "../adapters/http/people.ts";
import type { DraftDesk, DraftDone, Saved } from "../adapters/http/rule-drafts.ts";
import { listSegments, readRecords } from "../adapters/journal/read.ts";
import type { Register } from "../adapters/register.ts";
import { findBacktest, hashOfChange, listShadows, mostShadows, startShadow, stopShadow } from "../adapters/trials.ts";
import type { Log } from "../log.ts";
import type { Accounts } from "./accounts.ts";
import type { Backtests } from "./backtests.ts";
import { actorOf } from "./people.ts";
import { testedWithinMs, testOf } from "./rules.ts";
import type { Shadows } from "./shadows.ts";

/** What the desk stands on. */
export interface DraftsOptions {
  readonly dataDir: string;
  readonly leastTestedMs: number;
  readonly plan: () => Plan;
  readonly register: Pick<Register, "listDrafts" | "findDraft" | "keepDraft" | "removeDraft" | "audited">;
  readonly record: Accounts["record"];
  /** The point or site whose rules this person may change; null: as if there were none. */
  readonly ownerOf: (source: string, person: Person) => Point | Site | null;
  /** Whether a draft of this source may be listed: asked of many, and no refusal. */
  readonly maySee: (source: string, person: Person) => boolean;
  readonly backtests: Backtests;
  readonly shadows: Pick<Shadows, "look" | "statusOf">;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

/** The desk, and what it must hear of. */
export interface Drafts {
  readonly desk: DraftDesk;
  /** A version is in force now: its draft and its shadow have done their part. */
  readonly enabled: (change: RuleChange) => void;
}

/** The name of a rule's draft. */
export function draftIdOf({ source, rule, direction }: Pick<RuleChange, "source" | "rule" | "direction">): string {
  return `${source}~${rule}~${direction}`;
}

/** The change that a draft would be, were it enabled now. */
function changeOf({ change, isAtOnce, author }: StoredDraft, now: number): RuleChange {
  const { source, rule, direction, reason } = change;
  const validFrom = isAtOnce ? now : change.version.validFrom;
  return { source, rule, direction, version: { ...change.version, validFrom, approver: null }, author, reason };
}

/** Since when the journal has messages; its first segment is read once. */
function createReach(dataDir: string): () => number | null {
  const dir = join(dataDir, "journal");
  let known: { readonly start: number; readonly from: number | null } | null = null;
  return () => {
    const start = listSegments(dir)[0]?.start;
    if (start === undefined) return null;
    if (known?.start === start && known.from !== null) return known.from;
    let from: number | null = null;
    for (const { record } of readRecords(dir, start)) {
      if (record.type !== "input") continue;
      from = record.input.at;
      break;
    }
    known = { start, from };
    return from;
  };
}

/** Makes the desk. */
export function createDrafts(options: DraftsOptions): Drafts {
  const { dataDir, leastTestedMs, plan, register, record, ownerOf, maySee, backtests, shadows, log, now } = options;
  const reach = createReach(dataDir);

  const theirs = (id: string, person: Person): StoredDraft | null => {
    const draft = register.findDraft(id);
    return draft !== null && ownerOf(draft.change.source, person) !== null ? draft : null;
  };
  const notFound = { ok: false, code: "NOT_FOUND" } as const;
  const hashOf = (draft: StoredDraft): string => hashOfChange(changeOf(draft, 0));

  const save = (caller: Caller, id: string, { revision, ...wanted }: DraftSave): Saved => {
    const { change } = wanted;
    const { person } = caller;
    if (draftIdOf(change) !== id) return { ok: false, code: "COMMAND_INVALID" };
    const isRule = ownerOf(change.source, person)?.rules?.some(
      (rule) => rule.id === change.rule && rule.direction === change.direction,
    );
    if (isRule !== true) return notFound;
    const before = register.findDraft(id);
    if ((before?.revision ?? 0) !== revision) return { ok: false, code: "DRAFT_CHANGED" };
    const at = now();
    const draft: StoredDraft = {
      ...wanted,
      id,
      revision: revision + 1,
      author: before?.author ?? person.name,
      changedBy: person.name,
      createdAt: before?.createdAt ?? at,
      changedAt: at,
    };
    register.audited(actorOf(caller, {}), { act: "ruleDraft.save", target: id }, () => {
      register.keepDraft(draft);
      return { ok: true, before, after: draft, result: null };
    });
    // What runs silently must be what is drafted.
    if (before !== null && hashOf(before) !== hashOf(draft)) endShadow(before);
    return { ok: true, draft };
  };

  const view: DraftDesk["view"] = (person, id) => {
    const draft = theirs(id, person);
    if (draft === null) return null;
    const change = changeOf(draft, now());
    const hash = hashOfChange(change);
    const report = findBacktest(dataDir, hash);
    const tested: Tested = testOf(report, { plan: plan(), leastTestedMs, now: now() }, change);
    const isShadowed = listShadows(dataDir).some((one) => one.hash === hash);
    const job = backtests.lastOf(id);
    return { draft, report, tested, job, shadow: isShadowed ? { status: shadows.statusOf(hash) } : null };
  };

  const endShadow = (draft: StoredDraft): void => {
    stopShadow(dataDir, hashOf(draft));
    shadows.look();
  };

  const remove = (caller: Caller, id: string): DraftDone => {
    const draft = theirs(id, caller.person);
    if (draft === null) return notFound;
    register.audited(actorOf(caller, {}), { act: "ruleDraft.remove", target: id }, () => {
      register.removeDraft(id);
      return { ok: true, before: draft, after: null, result: null };
    });
    endShadow(draft);
    return { ok: true };
  };

  const jobOf = (person: Person, id: string): BacktestJob | null => {
    const job = backtests.find(id);
    return job !== null && theirs(job.draft, person) !== null ? job : null;
  };

  const startBacktest: DraftDesk["startBacktest"] = (caller, { draft: id, revision, from, to, source }) => {
    const draft = theirs(id, caller.person);
    if (draft === null) return notFound;
    if (draft.revision !== revision) return { ok: false, code: "DRAFT_CHANGED" };
    if (from !== undefined && to !== undefined && from >= to) return { ok: false, code: "QUERY_INVALID" };
    if (backtests.running() !== null) return { ok: false, code: "BACKTEST_RUNS" };
    // First: what cannot be written down is not begun.
    record(caller, { act: "backtest.start", target: id }, { revision, from, to, source });
    const work = { dataDir, change: changeOf(draft, now()), from: from ?? null, to: to ?? null, source };
    const job = backtests.start(draft, caller.person.name, work);
    return job === null ? { ok: false, code: "BACKTEST_RUNS" } : { ok: true, job };
  };

  return {
    desk: {
      list: (person) => {
        const running = backtests.running();
        return {
          drafts: register.listDrafts().filter(({ change }) => maySee(change.source, person)),
          journalFrom: reach(),
          // That one runs is everybody's business who waits for it; of what, only theirs who may see it.
          running:
            running === null
              ? null
              : maySee(running.draft.split("~")[0] as string, person)
                ? running
                : { ...running, draft: "", by: "" },
          leastTestedMs,
          testedWithinMs,
        };
      },
      view,
      save,
      remove,
      startBacktest,
      findBacktest: jobOf,
      cancelBacktest: (caller, id) => {
        if (jobOf(caller.person, id) === null) return notFound;
        backtests.cancel(id);
        return { ok: true };
      },
      startShadow: (caller, id) => {
        const draft = theirs(id, caller.person);
        if (draft === null) return notFound;
        const others = listShadows(dataDir).filter(({ hash }) => hash !== hashOf(draft));
        if (others.length >= mostShadows) return { ok: false, code: "SHADOWS_FULL" };
        record(caller, { act: "shadow.start", target: id }, { revision: draft.revision });
        startShadow(dataDir, changeOf(draft, now()));
        shadows.look();
        return { ok: true };
      },
      stopShadow: (caller, id) => {
        const draft = theirs(id, caller.person);
        if (draft === null || !stopShadow(dataDir, hashOf(draft))) return notFound;
        record(caller, { act: "shadow.stop", target: id }, { revision: draft.revision });
        shadows.look();
        return { ok: true };
      },
    },
    enabled: (change) => {
      const id = draftIdOf(change);
      const draft = register.findDraft(id);
      if (draft === null || hashOf(draft) !== hashOfChange(change)) return;
      try {
        register.removeDraft(id);
        endShadow(draft);
      } catch (error) {
        // The rule is in force, whatever becomes of its draft: whoever enabled it must not be told otherwise.
        log.error("the draft of an enabled rule stays", { draft: id, error });
      }
    },
  };
}
