// What drops down from a button: a click or the focus elsewhere closes it, and so does Escape, which goes no further.
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from "vue";

/** Whether it is open, and what Escape within its box does. */
export interface DropDown {
  readonly isOpen: ShallowRef<boolean>;
  readonly closed: (event: KeyboardEvent) => void;
}

/** Begins closed; `box` holds the button, first, and what drops down from it. */
export function useDropDown(box: Readonly<ShallowRef<HTMLElement | null>>): DropDown {
  const isOpen = shallowRef(false);
  function left(event: Event): void {
    if (!(event.target instanceof Node && box.value?.contains(event.target) === true)) isOpen.value = false;
  }
  onMounted(() => {
    document.addEventListener("pointerdown", left);
    document.addEventListener("focusin", left);
  });
  onBeforeUnmount(() => {
    document.removeEventListener("pointerdown", left);
    document.removeEventListener("focusin", left);
  });
  return {
    isOpen,
    closed(event) {
      if (!isOpen.value) return;
      event.stopPropagation();
      isOpen.value = false;
      box.value?.querySelector("button")?.focus();
    },
  };
}
