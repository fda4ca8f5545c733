// Has something that was due by a time of day not come: the day's signature, the shift's round (semantics §4).
import type { JointKind, MissingEventCondition } from "../../../contract/condition.ts";
import { undefinedBecause } from "../../../contract/member.ts";

const dayMs = 86_400_000;

/** What is remembered: when it last came, event time; null before the first. What came stays come when its point is lost. */
export type MissingEventState = number | null;

/** Midnight before an instant, by the site's clock: a fixed shift from UTC, so every day has 24 hours. */
function dayOf({ zoneMs }: MissingEventCondition, at: number): number {
  return Math.floor((at + zoneMs) / dayMs) * dayMs - zoneMs;
}

/** The kind `missingEvent`. Whatever is neither bad nor missing has come; whether its value may be believed is not asked. */
export const missingEvent: JointKind<MissingEventCondition, MissingEventState> = {
  initial: () => null,
  members: ({ point }) => [point],
  sources: () => [],
  step(condition, state, around) {
    const member = around.member(condition.point);
    const cameAt = member.value === null ? state : Math.max(member.sourceAt, state ?? -Infinity);
    if (member.isOutOfService) return { state: cameAt, quantity: undefinedBecause("outOfService") };
    const today = dayOf(condition, around.at);
    const dueAt = today + condition.dueMs;
    const isMissing = around.at >= dueAt && (cameAt === null || cameAt < today);
    const values = { dueAt, ...(cameAt === null ? {} : { cameAt }) };
    return {
      state: cameAt,
      quantity: { value: isMissing ? 1 : 0, quality: "good", mayReturn: true, note: null, values },
    };
  },
  dueAt(condition, state, at) {
    const today = dayOf(condition, at);
    if (state !== null && state >= today) return today + dayMs + condition.dueMs;
    return at < today + condition.dueMs ? today + condition.dueMs : today + dayMs;
  },
};
