// What the console of the rules knows from the server: all drafts, the one that is looked at, and why a look failed.
import { onBeforeUnmount, onMounted, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import type { FaultCode } from "../../../../contract/faults.ts";
import type { DraftList, DraftView } from "../../../../contract/rule-draft.ts";
import type { Person } from "../../../../contract/wall.ts";
import type { RulesApi } from "../../api/rules.ts";

/** A look that failed: since when, and how often in a row. */
export interface LookFailure {
  readonly since: number;
  readonly tries: number;
}

/** What is known. */
export interface Workbench {
  /** Null before the first answer, and where this person may not change rules. */
  readonly list: Readonly<ShallowRef<DraftList | null>>;
  /** Null where the rule has no draft, or none was heard of yet. */
  readonly view: Readonly<ShallowRef<DraftView | null>>;
  /** Why drafts are not this person's; null where they are. */
  readonly refusal: Readonly<ShallowRef<FaultCode | null>>;
  readonly failure: Readonly<ShallowRef<LookFailure | null>>;
  /** True once the first answer has come, whatever it says. */
  readonly isKnown: Readonly<ShallowRef<boolean>>;
  readonly look: () => Promise<void>;
}

/** So often while a job or a shadow runs, and otherwise, ms. */
const [busyMs, calmMs] = [1000, 5000];

/** What the looks go by. */
export interface WorkbenchOptions {
  readonly api: RulesApi;
  /** The rule that is looked at; empty for none. */
  readonly id: Readonly<Ref<string>>;
  readonly person: Readonly<Ref<Person | null>>;
  readonly now: () => number;
}

/** Looks at once, and again and again while the console is shown. */
export function useWorkbench({ api, id, person, now }: WorkbenchOptions): Workbench {
  const list = shallowRef<DraftList | null>(null);
  const view = shallowRef<DraftView | null>(null);
  const refusal = shallowRef<FaultCode | null>(null);
  const failure = shallowRef<LookFailure | null>(null);
  const isKnown = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  /** Another number with each look: what an older one finds has been overtaken. */
  let looks = 0;

  const failed = (): void => {
    failure.value = { since: failure.value?.since ?? now(), tries: (failure.value?.tries ?? 0) + 1 };
  };
  const forget = (code: FaultCode): void => {
    refusal.value = code;
    [list.value, view.value, failure.value, isKnown.value] = [null, null, null, true];
  };

  /** False where the server could not be reached. */
  async function lookAtDraft(): Promise<boolean> {
    const [asked, mine] = [id.value, looks];
    if (list.value?.drafts.some((draft) => draft.id === asked) !== true) {
      view.value = null;
      return true;
    }
    const answer = await api.draft(asked);
    if (id.value !== asked || mine !== looks) return true;
    if (answer.ok) view.value = answer.value;
    else if (answer.code === null) return false;
    else view.value = null;
    return true;
  }

  async function look(): Promise<void> {
    looks += 1;
    const mine = looks;
    if (person.value === null) return forget("NOT_LOGGED_IN");
    const answer = await api.drafts();
    if (mine !== looks) return;
    if (!answer.ok && answer.code !== null && answer.code !== "OVERLOADED") return forget(answer.code);
    isKnown.value = true;
    if (!answer.ok) return failed();
    [list.value, refusal.value] = [answer.value, null];
    const isReached = await lookAtDraft();
    if (mine !== looks) return;
    if (isReached) failure.value = null;
    else failed();
  }

  async function lookOn(): Promise<void> {
    clearTimeout(timer);
    if (!document.hidden && (refusal.value === null || !isKnown.value)) await look();
    const isBusy = view.value?.job?.state === "running" || view.value?.shadow != null || list.value?.running != null;
    // Two looks at once (somebody has logged in meanwhile) go on as one.
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(() => void lookOn(), isBusy ? busyMs : calmMs);
  }

  watch(id, () => {
    view.value = null;
    void lookAtDraft();
  });
  watch(person, () => {
    isKnown.value = false;
    void lookOn();
  });
  onMounted(() => void lookOn());
  onBeforeUnmount(() => {
    isOver = true;
    clearTimeout(timer);
  });
  return { list, view, refusal, failure, isKnown, look };
}
