// What members are worth: violation, doubt, and which two belong together.
import { describe, expect, it } from "vitest";
import { apartBecause, isDoubtful, trustIn, violates, worstOf } from "../../contract/member.ts";
import { qualities } from "../../contract/sample.ts";
import { badSince, from10, member, silentSince } from "../support/around.ts";

describe("a member", () => {
  it("violates inclusive, in whole steps of its own, in both directions", () => {
    const low = { direction: "low", setpoint: 10 } as const;
    const at = [9.9, 10, 10.1].map((value) => member(value, 0));
    expect(at.map((one) => violates(one, from10))).toEqual([false, true, true]);
    expect(at.map((one) => violates(one, low))).toEqual([true, true, false]);
    expect(violates(member(3.6, 0, { step: 1e-6 }), { direction: "low", setpoint: 1.2 * 3 })).toBe(true);
    // The limit is rounded like the value: 3.54 is 3.5 in steps of 0.1.
    expect(violates(member(3.5, 0), { direction: "high", setpoint: 3.54 })).toBe(true);
  });

  it("over range violates its own direction whatever the number, and never the other", () => {
    const over = member(0, 0, { quality: "saturated", saturated: "high" });
    expect(violates(over, from10)).toBe(true);
    expect(violates(over, { direction: "low", setpoint: 10 })).toBe(false);
  });

  it("says nothing while it is lost or out of service", () => {
    const out = member(99, 0, { isOutOfService: true });
    expect([silentSince(5), badSince(5), out].map((one) => violates(one, from10))).toEqual([null, null, null]);
  });

  it("is doubtful where it is suspect, over range or lagging", () => {
    expect(qualities.filter((quality) => isDoubtful(member(1, 0, { quality })))).toEqual(["suspect", "saturated"]);
    expect(isDoubtful(member(1, 0, { isLagging: true }))).toBe(true);
  });
});

describe("several members", () => {
  it("are as good as the worst of them", () => {
    expect(worstOf([])).toBe("good");
    expect(worstOf(["good", "unknown"])).toBe("good");
    expect(worstOf(["good", "suspect"])).toBe("suspect");
    expect(worstOf(["saturated", "suspect"])).toBe("saturated");
    const good = member(1, 0);
    expect(trustIn([good, good])).toEqual({ quality: "good", mayReturn: true });
    expect(trustIn([good, member(1, 0, { isLagging: true })])).toEqual({ quality: "good", mayReturn: false });
    expect(trustIn([good, member(1, 0, { quality: "suspect" })])).toEqual({ quality: "suspect", mayReturn: false });
  });

  it("belong together while both are believable and measured within the skew, inclusive", () => {
    const one = member(1, 1000);
    expect(apartBecause(one, member(1, 3000), 2000)).toBeNull();
    expect(apartBecause(member(1, 3000), one, 2000)).toBeNull();
    expect(apartBecause(one, member(1, 3001), 2000)).toBe("skew");
    for (const lost of [silentSince(5), badSince(1000)]) {
      expect([apartBecause(one, lost, 2000), apartBecause(lost, one, 2000)]).toEqual(["lost", "lost"]);
    }
    const out = member(1, 1000, { isOutOfService: true });
    expect([apartBecause(one, out, 0), apartBecause(out, one, 0)]).toEqual(["outOfService", "outOfService"]);
  });
});
