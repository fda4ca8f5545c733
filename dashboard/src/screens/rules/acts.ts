// What is done to the draft of the rule that is looked at; what came of it is said at that rule, and at no other.
import { shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { faults } from "../../../../contract/faults.ts";
import type { BacktestAsk, DraftState, StoredDraft } from "../../../../contract/rule-draft.ts";
import type { Answer } from "../../api/call.ts";
import type { RulesApi } from "../../api/rules.ts";
import { formatClock } from "../../text/time.ts";
import type { Words } from "../../text/words.ts";
import type { Editor } from "./editor.ts";

/** The acts, and what is said of the last one. */
export interface DraftActs {
  readonly notice: Readonly<ShallowRef<string>>;
  /** Said of a test, or of the shadow. */
  readonly trialNotice: Readonly<ShallowRef<string>>;
  readonly isSaving: Readonly<ShallowRef<boolean>>;
  /** True where it was saved, and its rule is still the one that is looked at. */
  readonly save: (state: DraftState) => Promise<boolean>;
  readonly remove: () => Promise<void>;
  readonly run: (asked: Pick<BacktestAsk, "from" | "source">) => Promise<void>;
  readonly cancel: (job: string) => Promise<void>;
  readonly shadow: (act: "start" | "stop") => Promise<void>;
}

/** What the acts are done with. */
export interface DraftActOptions {
  readonly api: RulesApi;
  /** The rule that is looked at. */
  readonly id: Readonly<Ref<string>>;
  readonly draft: Readonly<Ref<StoredDraft | null>>;
  readonly editor: Editor;
  readonly isReadOnly: () => boolean;
  /** Looks at what stands after an act. */
  readonly look: () => Promise<void>;
  readonly words: Words;
  readonly now: () => number;
}

/** Why the server has not done it. */
export function refusalOf({ code }: Extract<Answer<unknown>, { ok: false }>, { t, of }: Words): string {
  return code === null ? t("rules.unreachable") : of(faults[code]);
}

/** The acts on the draft of the rule that is looked at. */
export function useDraftActs({ api, id, draft, editor, isReadOnly, look, words, now }: DraftActOptions): DraftActs {
  const { t } = words;
  const notice = shallowRef("");
  const trialNotice = shallowRef("");
  const isSaving = shallowRef(false);
  watch(id, () => ([notice.value, trialNotice.value] = ["", ""]));

  /** The answer; null where another rule is looked at by now. */
  async function here<T>(asking: Promise<Answer<T>>): Promise<Answer<T> | null> {
    const asked = id.value;
    const answer = await asking;
    return id.value === asked ? answer : null;
  }
  async function tried(asking: Promise<Answer<unknown>>): Promise<void> {
    const answer = await here(asking);
    if (answer !== null) trialNotice.value = answer.ok ? "" : refusalOf(answer, words);
    await look();
  }

  return {
    notice,
    trialNotice,
    isSaving,
    async save(state) {
      const wanted = editor.wanted(state);
      if (wanted === null || isSaving.value || isReadOnly() || editor.illegible.value.size > 0) return false;
      isSaving.value = true;
      const answer = await here(api.save(id.value, wanted));
      isSaving.value = false;
      if (answer !== null)
        notice.value = answer.ok
          ? t("rules.saved", { time: formatClock(now()), revision: answer.value.draft.revision })
          : t("rules.notSaved", { why: refusalOf(answer, words) });
      const asked = id.value;
      await look();
      return answer?.ok === true && id.value === asked;
    },
    async remove() {
      const answer = await here(api.remove(id.value));
      if (answer !== null) notice.value = answer.ok ? t("rules.removed") : refusalOf(answer, words);
      if (answer?.ok === true) editor.revert();
      await look();
    },
    async run(asked) {
      if (draft.value === null) return;
      await tried(api.startBacktest({ draft: draft.value.id, revision: draft.value.revision, ...asked }));
    },
    cancel: (job) => tried(api.cancelBacktest(job)),
    shadow: (act) => tried(api.shadow(id.value, act)),
  };
}
