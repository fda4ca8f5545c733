// The effective record: what happened, once amendments are taken into account; nothing of the record itself is changed.
import type { Transition } from "../../contract/alarm.ts";

/** The step of an alarm's level, or what else its record says: true where its highest level on changed. */
export function isLevelStep({ fromLevel, level }: Transition): boolean {
  return fromLevel !== level;
}

/**
 * The steps of level that hold, in the order of their event times (semantics §7): every one of the record, live or amended, but
 * for those that a later one amends, and those that only say that another was not confirmed.
 */
export function effectiveRecord(record: Iterable<Transition>): readonly Transition[] {
  const steps = [...record];
  const amended = new Set(steps.map(({ amends }) => amends ?? null));
  return steps
    .filter((step) => isLevelStep(step) && !amended.has(step.seq) && step.why.code !== "notConfirmed")
    .toSorted((a, b) => a.at - b.at || a.seq - b.seq);
}
