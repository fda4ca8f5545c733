// One answer that follows its question: asked anew when the question changes, again after a failure, and never shown late.
import { onBeforeUnmount, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import type { Answer } from "../api/call.ts";

/** An answer as a panel shows it. */
export interface Loaded<T> {
  /** The last one that came; it stands until the next question is answered, and no longer. */
  readonly value: Readonly<ShallowRef<T | null>>;
  /** What stands answers the question before. */
  readonly isBehind: Readonly<ShallowRef<boolean>>;
  readonly isLoading: Readonly<ShallowRef<boolean>>;
  /** Why it was refused; null where it was not. */
  readonly refused: Readonly<ShallowRef<Extract<Answer<T>, { ok: false }> | null>>;
  /** Failures in a row, and when the last one was. */
  readonly failures: Readonly<ShallowRef<number>>;
  readonly failedAt: Readonly<ShallowRef<number>>;
  readonly again: () => void;
}

const retryMs = 10_000;
/** What may be well the next time: everything else stays refused until the question is another. */
const passing: ReadonlySet<string | null> = new Set([null, "OVERLOADED"]);

/** Asks `ask` whenever `key` changes; a null key asks nothing. */
export function useLoaded<T>(
  key: Readonly<Ref<string | null>>,
  ask: () => Promise<Answer<T>>,
  now: () => number,
): Loaded<T> {
  const value = shallowRef<T | null>(null);
  const isBehind = shallowRef(false);
  const isLoading = shallowRef(false);
  const refused = shallowRef<Extract<Answer<T>, { ok: false }> | null>(null);
  const failures = shallowRef(0);
  const failedAt = shallowRef(0);
  let asked = 0;
  /** The question that `value` answers. */
  let answered: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    clearTimeout(timer);
    asked += 1;
    const mine = asked;
    const question = key.value;
    if (question === null) {
      [value.value, refused.value, failures.value] = [null, null, 0];
      [isBehind.value, isLoading.value] = [false, false];
      return;
    }
    isBehind.value = value.value !== null && answered !== question;
    isLoading.value = true;
    const answer = await ask();
    // Another question was asked meanwhile: this answer is nobody's.
    if (mine !== asked) return;
    [isBehind.value, isLoading.value] = [false, false];
    refused.value = answer.ok ? null : answer;
    const mayPass = !answer.ok && passing.has(answer.code);
    failures.value = mayPass ? failures.value + 1 : 0;
    if (answer.ok) [value.value, answered] = [answer.value, question];
    else if (!mayPass || answered !== question) value.value = null;
    if (!mayPass) return;
    failedAt.value = now();
    timer = setTimeout(() => void load(), retryMs);
  }
  watch(key, () => void load(), { immediate: true });
  onBeforeUnmount(() => {
    asked += 1;
    clearTimeout(timer);
  });
  return { value, isBehind, isLoading, refused, failures, failedAt, again: () => void load() };
}
