// When what was touched is repainted: once a frame, and values at most twice a second.
import { triggerRef, type ShallowRef } from "vue";

// wall.md §10: values at most twice a second, whatever the wire's rate is.
const valueEveryMs = 500;

/** Repaints what is touched. */
export interface Painter {
  readonly touch: (ref: ShallowRef<unknown>) => void;
  readonly touchValues: () => void;
  readonly stop: () => void;
}

/** Repaints what was touched, once a frame; values at most twice a second. */
export function createPainter(
  valueTick: ShallowRef<number>,
  now: () => number,
  beforeRepaint: (run: () => void) => void,
): Painter {
  const touched = new Set<ShallowRef<unknown>>();
  let isAsked = false;
  let isValueTouched = false;
  let nextValueAt = 0;
  let later: ReturnType<typeof setTimeout> | undefined;

  function paint(): void {
    isAsked = false;
    for (const ref of touched) triggerRef(ref);
    touched.clear();
    if (!isValueTouched) return;
    const wait = nextValueAt - now();
    if (wait > 0 && wait <= valueEveryMs) {
      later ??= setTimeout(() => {
        later = undefined;
        ask();
      }, wait);
      return;
    }
    isValueTouched = false;
    nextValueAt = now() + valueEveryMs;
    valueTick.value += 1;
  }
  function ask(): void {
    if (isAsked) return;
    isAsked = true;
    beforeRepaint(paint);
  }
  return {
    touch(ref: ShallowRef<unknown>) {
      touched.add(ref);
      ask();
    },
    touchValues() {
      isValueTouched = true;
      ask();
    },
    stop: () => clearTimeout(later),
  };
}
