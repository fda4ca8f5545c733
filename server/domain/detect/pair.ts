// How far two points lie apart: the difference or the ratio of what was measured at nearly one time (semantics §4).
import type { JointKind, PairCondition } from "../../../contract/condition.ts";
import { apartBecause, trustIn, undefinedBecause } from "../../../contract/member.ts";

/** The kind `pair`; it remembers nothing. Derived values are compared in steps of 1e-6 (semantics §1, Numbers). */
export const pair: JointKind<PairCondition, null> = {
  initial: () => null,
  members: ({ of, to }) => [of, to],
  sources: () => [],
  step({ method, of, to, skewMs, isAbsolute }, state, around) {
    const one = around.member(of);
    const other = around.member(to);
    const apartMs = Math.abs(one.sourceAt - other.sourceAt);
    const apart = apartBecause(one, other, skewMs);
    if (apart !== null) return { state, quantity: undefinedBecause(apart, apart === "skew" ? { apartMs } : {}) };
    const [a, b] = [one.value as number, other.value as number];
    const values = { of: a, to: b, apartMs };
    if (method === "ratio" && b === 0) return { state, quantity: undefinedBecause("zeroDenominator", values) };
    const signed = method === "ratio" ? a / b : a - b;
    const value = isAbsolute ? Math.abs(signed) : signed;
    // Two numbers at the far ends of what a number can hold have no difference that it can.
    if (!Number.isFinite(value)) return { state, quantity: undefinedBecause("notFinite", values) };
    return { state, quantity: { value, ...trustIn([one, other]), note: null, values } };
  },
  dueAt: () => null,
};
