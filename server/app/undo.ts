// What a start has laid down to be undone: taken from the top when the house stops, or cannot be built to its end.
import * as timers from "node:timers/promises";
import type { Log } from "../log.ts";

/** Things to undo. */
export interface Undo {
  readonly add: (name: string, undo: () => void | Promise<void>) => void;
  readonly run: () => Promise<void>;
}

/** One step of a stop may take so long; the journal and the lock must still be let go of. */
const stopStepMs = 10_000;

/** Things to undo, last first; each is named, and one that fails does not keep the others. */
export function createUndo(log: Log): Undo {
  const steps: { readonly name: string; readonly undo: () => void | Promise<void> }[] = [];
  return {
    add: (name: string, undo: () => void | Promise<void>): void => void steps.push({ name, undo }),
    run: async (): Promise<void> => {
      for (const { name, undo } of steps.splice(0).toReversed()) {
        try {
          await Promise.race([undo(), timers.setTimeout(stopStepMs, undefined, { ref: false })]);
        } catch (error) {
          log.error(`could not stop: ${name}`, { error });
        }
      }
    },
  };
}
