// One answer of the server that is read again and again while a screen shows it; what was read last stays where a reading fails.
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from "vue";
import type { FaultCode } from "../../../contract/faults.ts";
import type { Answer, Failed } from "./call.ts";

/** How a reading stands. `absent`: the server has no such thing; `refused`: it is not for this person. */
export type ReadingState = "loading" | "read" | "absent" | "refused" | "failed";

/** What was read, and how the reading of it stands. */
export interface Reading<T> {
  readonly value: Readonly<ShallowRef<T | null>>;
  readonly state: Readonly<ShallowRef<ReadingState>>;
  /** Null while it does not fail. */
  readonly failed: Readonly<ShallowRef<Failed | null>>;
  /** Reads at once. */
  readonly read: () => Promise<void>;
}

const retryMs = 5000;
const states: Readonly<Partial<Record<FaultCode, ReadingState>>> = {
  NOT_FOUND: "absent",
  NOT_ALLOWED: "refused",
  NOT_LOGGED_IN: "refused",
};

/** Reads when the screen is opened, then every so many ms; 0: once, and again only after a failure. */
export function useReading<T>(ask: () => Promise<Answer<T>>, everyMs: number, now: () => number): Reading<T> {
  const value = shallowRef<T | null>(null);
  const state = shallowRef<ReadingState>("loading");
  const failed: Reading<T>["failed"] & { value: unknown } = shallowRef(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOpen = false;
  let turn = 0;

  function later(ms: number): void {
    clearTimeout(timer);
    if (isOpen && ms > 0) timer = setTimeout(() => void read(), ms);
  }
  async function read(): Promise<void> {
    clearTimeout(timer);
    turn += 1;
    const mine = turn;
    const answer = await ask();
    // A later question has overtaken this one.
    if (mine !== turn) return;
    if (answer.ok) {
      value.value = answer.value;
      failed.value = null;
      state.value = "read";
      return later(everyMs);
    }
    state.value = (answer.code !== null && states[answer.code]) || "failed";
    if (state.value !== "failed") {
      // What one may not see any more is not shown any more.
      [value.value, failed.value] = [null, null];
      return later(everyMs);
    }
    failed.value = { at: failed.value?.at ?? now(), tries: (failed.value?.tries ?? 0) + 1 };
    later(retryMs);
  }
  onMounted(() => {
    isOpen = true;
    void read();
  });
  onBeforeUnmount(() => {
    isOpen = false;
    turn += 1;
    clearTimeout(timer);
  });
  return { value, state, failed, read };
}
