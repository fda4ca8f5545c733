// For which tier this seat answers: the person's own; whoever has not logged in looks with the eyes of the city.
import { computed, type ComputedRef } from "vue";
import type { Tier } from "../../../contract/plant.ts";
import { useLive } from "../live.ts";

/** The tier of this seat. */
export function useTier(): ComputedRef<Tier> {
  const { person } = useLive();
  return computed(() => person.value?.tier ?? "city");
}
