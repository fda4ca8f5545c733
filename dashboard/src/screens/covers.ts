// What lies over the page: the help, the way to a site, the login; one of them makes the page behind out of reach.
import { computed, nextTick, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";

/** What is opened over the page. */
export interface Covers {
  readonly isHelpOpen: ShallowRef<boolean>;
  readonly isGoToOpen: ShallowRef<boolean>;
  readonly isLoginOpen: ShallowRef<boolean>;
  /** Nobody gets past it. */
  readonly isLoginRequired: Readonly<Ref<boolean>>;
  readonly isCovered: ComputedRef<boolean>;
  /** Closes what can be closed. */
  readonly close: () => void;
}

/** Nothing lies over the page but a login that is required. What is closed gives the focus back to where it was. */
export function createCovers(isLoginRequired: Readonly<Ref<boolean>>): Covers {
  const isHelpOpen = shallowRef(false);
  const isGoToOpen = shallowRef(false);
  const isLoginOpen = shallowRef(false);
  const isCovered = computed(() => isHelpOpen.value || isGoToOpen.value || isLoginOpen.value || isLoginRequired.value);
  let cameFrom: Element | null = null;
  // Before the page is out of reach, which takes the focus away; and once it can be reached again.
  watch(isCovered, (isNow) => isNow && (cameFrom = document.activeElement), { flush: "sync" });
  watch(isCovered, (isNow) => {
    if (!isNow) void nextTick(() => cameFrom instanceof HTMLElement && cameFrom.focus());
  });
  return {
    isHelpOpen,
    isGoToOpen,
    isLoginOpen,
    isLoginRequired,
    isCovered,
    close() {
      for (const one of [isHelpOpen, isGoToOpen, isLoginOpen]) one.value = false;
    },
  };
}
