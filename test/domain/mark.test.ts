// Marks by themselves: what takes one, up to which level it holds, who must approve it, and when it ends.
import { describe, expect, it } from "vitest";
import type { Mark } from "../../contract/alarm.ts";
import type { Level } from "../../contract/level.ts";
import type { Person } from "../../contract/wall.ts";
import {
  approvalOf,
  coverageOf,
  endOf,
  heldLevel,
  refusalOf,
  standAfter,
  standAt,
  type Bearer,
  type Wanted,
} from "../../server/domain/mark.ts";
import { hour } from "../support/plant.ts";

const atRest: Bearer = { isOpen: false, level: null, latchedLevel: null, owedLevel: null, mayMark: true, marks: [] };
const on = (level: Level, rest: Partial<Bearer> = {}): Bearer => ({ ...atRest, isOpen: true, level, ...rest });
const wanted = (kind: Wanted["kind"], rest: Partial<Wanted> = {}): Wanted => ({
  kind,
  forMs: hour,
  upTo: null,
  ...rest,
});
const mark = (kind: Mark["kind"], upTo: Level | null, rest: Partial<Mark> = {}): Mark => ({
  kind,
  setAt: 0,
  until: null,
  level: upTo,
  upTo,
  by: { kind: "person", id: "lin", tier: "county" },
  reason: "tried",
  approver: null,
  rule: null,
  order: null,
  measure: null,
  ...rest,
});
const person = (name: string, tier: Person["tier"]): Person => ({ name, role: "dutyOfficer", tier });

describe("a mark", () => {
  it("stands beside what is on below red, or beside nothing", () => {
    for (const level of ["blue", "yellow", "orange"] as const)
      expect(refusalOf(on(level), wanted("shelved"))).toBeNull();
    expect(refusalOf(atRest, wanted("outOfService"))).toBeNull();
  });

  it("is not set on what is red, owed at red, latched, or about to run over", () => {
    const refused = [
      on("red"),
      on("yellow", { owedLevel: "red" }),
      on("yellow", { latchedLevel: "yellow" }),
      on("blue", { mayMark: false }),
      { ...atRest, isOpen: true, owedLevel: "yellow" as const, mayMark: false },
    ];
    for (const bearer of refused) expect(refusalOf(bearer, wanted("suppressed"))).toBe("SHELVE_NOT_ALLOWED");
    expect(refusalOf({ ...atRest, mayMark: false }, wanted("suppressed"))).toBeNull();
  });

  it("is set once a kind, for 8 h at most where shelved and 7 d where out of service", () => {
    expect(refusalOf(on("blue", { marks: [mark("shelved", "blue")] }), wanted("shelved"))).toBe("MARK_STANDS");
    expect(refusalOf(on("blue", { marks: [mark("shelved", "blue")] }), wanted("suppressed"))).toBeNull();
    expect(refusalOf(on("blue"), wanted("shelved", { forMs: 8 * hour }))).toBeNull();
    expect(refusalOf(on("blue"), wanted("shelved", { forMs: 8 * hour + 1 }))).toBe("MARK_TOO_LONG");
    expect(refusalOf(on("blue"), wanted("outOfService", { forMs: 168 * hour }))).toBeNull();
    expect(refusalOf(on("blue"), wanted("outOfService", { forMs: 168 * hour + 1 }))).toBe("MARK_TOO_LONG");
    expect(refusalOf(on("blue"), wanted("suppressed", { forMs: null }))).toBeNull();
  });

  it("holds up to the level that is on, and at rest up to the one that was asked for", () => {
    expect(coverageOf(on("blue"), "orange")).toBe("blue");
    expect(coverageOf(atRest, "orange")).toBe("orange");
    expect(coverageOf(atRest, null)).toBeNull();
    expect(coverageOf({ ...atRest, mayMark: false }, "orange")).toBeNull();
  });

  it("wants another person to shelve orange, also where orange is only owed or asked for", () => {
    const lin = person("lin", "county");
    const wu = person("wu", "enterprise");
    const shelve = wanted("shelved");
    expect(approvalOf(on("yellow"), shelve, lin, undefined)).toBeNull();
    for (const bearer of [on("orange"), on("blue", { owedLevel: "orange" })]) {
      expect(approvalOf(bearer, shelve, lin, undefined)).toBe("APPROVER_REQUIRED");
      expect(approvalOf(bearer, shelve, lin, lin)).toBe("APPROVER_NOT_ALLOWED");
      expect(approvalOf(bearer, shelve, lin, wu)).toBeNull();
    }
    expect(approvalOf(atRest, wanted("shelved", { upTo: "orange" }), lin, undefined)).toBe("APPROVER_REQUIRED");
    expect(approvalOf(on("orange"), wanted("suppressed"), lin, undefined)).toBeNull();
  });

  it("wants the tier above for out of service, and at the top another person of it", () => {
    const out = wanted("outOfService");
    const wu = person("wu", "enterprise");
    expect(approvalOf(atRest, out, wu, undefined)).toBe("APPROVER_REQUIRED");
    expect(approvalOf(atRest, out, wu, person("he", "enterprise"))).toBe("APPROVER_NOT_ALLOWED");
    expect(approvalOf(atRest, out, wu, person("he", "township"))).toBeNull();
    expect(approvalOf(atRest, out, wu, person("he", "city"))).toBeNull();
    // The next tier is enough, whichever it is, and one's own is not.
    expect(approvalOf(atRest, out, person("li", "township"), person("he", "county"))).toBeNull();
    expect(approvalOf(atRest, out, person("li", "county"), person("he", "county"))).toBe("APPROVER_NOT_ALLOWED");
    expect(approvalOf(atRest, out, person("su", "city"), person("su", "city"))).toBe("APPROVER_NOT_ALLOWED");
    expect(approvalOf(atRest, out, person("su", "city"), person("he", "city"))).toBeNull();
  });

  it("ends with a rise above its level, and with red whatever it covers", () => {
    const both = [mark("shelved", "blue"), mark("suppressed", "orange")];
    expect(standAt(both, null)).toBe(both);
    expect(standAt(both, "blue")).toBe(both);
    expect(standAt(both, "yellow")).toEqual([both[1]]);
    expect(standAt(both, "red")).toEqual([]);
    expect(standAt([mark("shelved", "red")], "red")).toEqual([]);
    expect(standAt([mark("outOfService", null)], "blue")).toEqual([]);
  });

  it("ends at its time; the earliest is the next", () => {
    const marks = [
      mark("shelved", "blue", { until: 5 }),
      mark("suppressed", "blue"),
      mark("outOfService", "blue", { until: 9 }),
    ];
    expect(endOf(marks)).toBe(5);
    expect(endOf(marks.slice(1, 2))).toBeNull();
    expect(endOf([])).toBeNull();
    expect(standAfter(marks, 5).map(({ kind }) => kind)).toEqual(["suppressed", "outOfService"]);
  });

  it("keeps a point that is out of service at the level that it had", () => {
    expect(heldLevel([mark("shelved", "orange"), mark("outOfService", "yellow")])).toBe("yellow");
    expect(heldLevel([mark("shelved", "orange")])).toBeNull();
  });
});
