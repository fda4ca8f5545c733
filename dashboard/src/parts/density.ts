// How large a screen draws its type: a wall that is read from afar has fewer rows of larger type (wall.md §1.2).
import { computed, inject, shallowRef, type InjectionKey, type Ref } from "vue";
import { farFactor } from "../../../contract/reading-distance.ts";

/** Where the app says whether the screen is read from afar. */
export const farKey: InjectionKey<Readonly<Ref<boolean>>> = Symbol("far");

/** Whether the screen is read from afar, and how much larger its type is. */
export function useDensity(): { readonly isFar: Readonly<Ref<boolean>>; readonly type: Readonly<Ref<number>> } {
  const isFar = inject(farKey, shallowRef(false));
  return { isFar, type: computed(() => (isFar.value ? farFactor : 1)) };
}
