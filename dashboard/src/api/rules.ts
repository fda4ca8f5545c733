// What the console of the rules asks: drafts, their back-tests and shadows, and what enabling one would do.
import type { Approval } from "../../../contract/command.ts";
import type { Announcement, RuleDraft } from "../../../contract/rule-change.ts";
import type {
  BacktestAsk,
  BacktestJob,
  DraftList,
  DraftSave,
  DraftView,
  StoredDraft,
} from "../../../contract/rule-draft.ts";
import type { History } from "../../../contract/wall.ts";
import type { Answer, Call } from "./call.ts";

/** The calls of the console. */
export interface RulesApi {
  readonly drafts: () => Promise<Answer<DraftList>>;
  readonly draft: (id: string) => Promise<Answer<DraftView>>;
  readonly save: (id: string, wanted: DraftSave) => Promise<Answer<{ readonly draft: StoredDraft }>>;
  readonly remove: (id: string) => Promise<Answer<unknown>>;
  readonly startBacktest: (asked: BacktestAsk) => Promise<Answer<{ readonly job: BacktestJob }>>;
  readonly cancelBacktest: (id: string) => Promise<Answer<unknown>>;
  readonly shadow: (id: string, act: "start" | "stop") => Promise<Answer<unknown>>;
  readonly preview: (
    change: RuleDraft,
  ) => Promise<Answer<{ readonly announcement: Announcement; readonly seen: string }>>;
  readonly enable: (wanted: {
    readonly change: RuleDraft;
    readonly approval: Approval;
    readonly seen: string;
  }) => Promise<Answer<{ readonly version: number }>>;
  readonly history: (point: string, from: number, to: number, buckets: number) => Promise<Answer<History>>;
}

/** A preview judges the site anew, and enabling waits for the disk and for a password that is slow to check. */
const slowMs = 20_000;

/** The calls over HTTP. */
export function createRulesApi({ get, post, ask }: Call): RulesApi {
  const pathOf = (id: string): string => `/api/rules/drafts/${encodeURIComponent(id)}`;
  const json = (method: string, body: unknown): RequestInit => ({
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return {
    drafts: () => get("/api/rules/drafts"),
    draft: (id) => get(pathOf(id)),
    save: (id, wanted) => ask(pathOf(id), json("PUT", wanted)),
    remove: (id) => ask(pathOf(id), { method: "DELETE" }),
    startBacktest: (asked) => post("/api/rules/backtests", asked),
    cancelBacktest: (id) => ask(`/api/rules/backtests/${encodeURIComponent(id)}`, { method: "DELETE" }),
    shadow: (id, act) => ask(`${pathOf(id)}/shadow`, { method: act === "start" ? "POST" : "DELETE" }),
    preview: (change) => ask("/api/rules/preview", json("POST", change), slowMs),
    enable: (wanted) => ask("/api/rules/enable", json("POST", wanted), slowMs),
    history: (point, from, to, buckets) => {
      const query = new URLSearchParams({ point, from: String(from), to: String(to), buckets: String(buckets) });
      return get(`/api/history?${query.toString()}`);
    },
  };
}
