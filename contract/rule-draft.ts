// A drafted version of a rule as it is kept for others to see, and a back-test of it as a job of the server.
import { Type, type Static } from "typebox";
import type { BacktestReport, ShadowStatus } from "./backtest.ts";
import { ruleDraftSchema, type RuleDraft } from "./rule-change.ts";

const strict = { additionalProperties: false } as const;

/** A draft as a person saves it: its reason may still be missing. */
export const draftSaveSchema = Type.Object(
  {
    /** The revision that the person has before him; 0 for a draft that is new. */
    revision: Type.Integer({ minimum: 0 }),
    /** It is still being written, or its author asks a second person to look at it. */
    state: Type.Union([Type.Literal("draft"), Type.Literal("review")]),
    /** True: in force as soon as it is enabled, whatever its valid-from says. */
    isAtOnce: Type.Boolean(),
    change: Type.Object({ ...ruleDraftSchema.properties, reason: Type.String({ maxLength: 500 }) }, strict),
  },
  strict,
);

/** A back-test as a person asks for it; a period without an end reaches as far as the record does. */
export const backtestAskSchema = Type.Object(
  {
    draft: Type.String({ minLength: 1, maxLength: 600 }),
    /** Which revision of the draft is meant. */
    revision: Type.Integer({ minimum: 1 }),
    from: Type.Optional(Type.Number()),
    to: Type.Optional(Type.Number()),
    source: Type.Union([Type.Literal("journal"), Type.Literal("historian")]),
  },
  strict,
);

/** A draft, as saved. */
export type DraftSave = Static<typeof draftSaveSchema>;
/** Where a draft is on its way. */
export type DraftState = DraftSave["state"];
/** A back-test, as asked for. */
export type BacktestAsk = Static<typeof backtestAskSchema>;

/** A draft as it is kept: one for each rule, so that two desks never write two versions of the same number. */
export interface StoredDraft {
  /** `source~rule~direction`, as the alarm of the rule is called. */
  readonly id: string;
  readonly revision: number;
  readonly state: DraftState;
  readonly isAtOnce: boolean;
  readonly change: RuleDraft;
  /** Who began it, and who saved it last. */
  readonly author: string;
  readonly changedBy: string;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** Why a back-test came to no report. */
export type BacktestFailure =
  /** The rule is gone, or has a version of this number. */
  | "unfit"
  /** There is nothing recorded in the period, or nothing of it is left. */
  | "empty"
  /** There is no such record: no journal, or no embedded historian. */
  | "noRecord"
  /** The record cannot be read to its end. */
  | "damaged"
  /** It took longer, or more memory, than it may. */
  | "tooLong"
  | "tooLarge"
  /** Its thread ended without an answer. */
  | "crashed";

/** A back-test as a job of the server: it goes on whoever looks, and is forgotten by a restart; its report is not. */
export interface BacktestJob {
  readonly id: string;
  readonly draft: string;
  readonly revision: number;
  readonly by: string;
  readonly state: "running" | "done" | "failed" | "cancelled";
  /** The share that is judged, 0 to 1. */
  readonly progress: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly failure: BacktestFailure | null;
  /** What it says of that, for whoever runs the server. */
  readonly detail: string | null;
}

/** Whether a back-test is enough to enable the version by, and if not, why. */
export type Tested = "yes" | "none" | "old" | "short" | "otherVersion";

/** Everything about one draft that its screen shows. */
export interface DraftView {
  readonly draft: StoredDraft;
  /** The newest report of exactly these levels, whoever ran it; null where there is none. */
  readonly report: BacktestReport | null;
  readonly tested: Tested;
  /** The back-test of this draft that runs, or was the last to run. */
  readonly job: BacktestJob | null;
  /** The shadow of these levels; null where none runs. `status` null: asked for, and not taken up. */
  readonly shadow: { readonly status: ShadowStatus | null } | null;
}

/** The drafts that a person may see. */
export interface DraftList {
  readonly drafts: readonly StoredDraft[];
  /** What the journal still has of messages, epoch ms; null where it has nothing. */
  readonly journalFrom: number | null;
  /** The back-test that runs now; null where none does. */
  readonly running: Pick<BacktestJob, "id" | "draft" | "by" | "progress"> | null;
  /** Over how long a time a version must have been tested, and how old its test may be, ms. */
  readonly leastTestedMs: number;
  readonly testedWithinMs: number;
}
