// A value that is one of a set, or is not.
import { describe, expect, it } from "vitest";
import type { StateCondition } from "../../../contract/condition.ts";
import { state } from "../../../server/domain/detect/state.ts";
import { heard, listen, timing } from "../../support/own-kind.ts";

const condition: StateCondition = { kind: "state", values: [2, 0.3], ...timing };

describe("a state", () => {
  it("is 1 while the value is one of the set, else 0", () => {
    const point = listen(state, condition);
    expect([0, 1, 2, 3, 2].map((value, at) => point.hear(heard(at, value)).value)).toEqual([0, 0, 1, 0, 1]);
  });

  it("takes 0.1 + 0.2 for 0.3, and compares no finer than the point's step", () => {
    expect(listen(state, condition).hear(heard(0, 0.1 + 0.2)).value).toBe(1);
    expect(listen(state, condition, { step: 0.5 }).hear(heard(0, 2.2)).value).toBe(1);
    expect(listen(state, condition, { step: 0.1 }).hear(heard(0, 2.2)).value).toBe(0);
  });

  it("is never true of an empty set", () => {
    expect(listen(state, { ...condition, values: [] }).hear(heard(0, 0)).value).toBe(0);
  });

  it("keeps the sample's quality, wants no window and has no memory", () => {
    expect(listen(state, condition).hear(heard(0, 2, "suspect"))).toEqual({
      value: 1,
      quality: "suspect",
      mayReturn: true,
      note: null,
      values: { is: 2 },
    });
    expect(state.windowMs(condition)).toBe(0);
    expect(state.initial(condition)).toBeNull();
  });
});
