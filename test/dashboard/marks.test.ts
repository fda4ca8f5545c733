// Marks on the alarm screen: what may be pressed, what is sent, and how a mark is told.
import { describe, expect, it } from "vitest";
import { isOpen } from "../../dashboard/src/duty.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { endersOf, markBar, needsApproval, returnBar, type Seat } from "../../dashboard/src/screens/alarms/acts.ts";
import { rollupWhy } from "../../dashboard/src/screens/site/section-items.ts";
import { stateText, whyText } from "../../dashboard/src/screens/tell.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { alarmOf, markOf, owes, planOf, pointOf } from "./support.ts";

const lin = { name: "lin", role: "dutyOfficer", tier: "city" } as const;
const seat: Seat = { person: lin, tier: "city", isLinked: true };
const words = createWords("zh");
const telling = { words, index: createPlanIndex(planOf()) };

describe("a mark on the screen", () => {
  it("is offered below red, not for what is latched, owed at red or about to run over, and only to who may", () => {
    const point = pointOf("a/P1");
    const filling = pointOf("a/P1", { rules: point.rules.map((rule) => ({ ...rule, mayMark: false })) });
    expect(markBar(alarmOf("a/P1", "orange", { direction: "high" }), point, seat)).toBeNull();
    expect(markBar(alarmOf("a/P1", "red"), point, seat)).toBe("act.noMark");
    expect(markBar(alarmOf("a/P1", "blue", { tiers: [owes("city", "red")] }), point, seat)).toBe("act.noMark");
    expect(markBar(alarmOf("a/P1", "blue", { latchedLevel: "blue" }), point, seat)).toBe("act.noMark");
    expect(markBar(alarmOf("a/P1", "blue", { direction: "high" }), filling, seat)).toBe("act.noMark");
    expect(markBar(alarmOf("a/P1", "blue"), point, { ...seat, person: null })).toBe("act.needLogin");
    expect(markBar(alarmOf("a/P1", "blue"), undefined, { ...seat, isLinked: false })).toBe("act.linkDown");
  });

  it("wants a second person for orange and for out of service", () => {
    expect(needsApproval(alarmOf("a/P1", "yellow"), "shelve")).toBe(false);
    expect(needsApproval(alarmOf("a/P1", "orange"), "shelve")).toBe(true);
    expect(needsApproval(alarmOf("a/P1", "blue", { tiers: [owes("city", "orange")] }), "shelve")).toBe(true);
    expect(needsApproval(alarmOf("a/P1", "blue"), "outOfService")).toBe(true);
    expect(needsApproval(alarmOf("a/P1", "orange"), "returnByHand")).toBe(false);
  });

  it("is ended by whoever is on duty, a suppression by the administrator alone", () => {
    const alarm = alarmOf("a/P1", "blue", { marks: [markOf("shelved"), markOf("suppressed")] });
    expect(endersOf(alarm, lin)).toEqual(["unshelve"]);
    expect(endersOf(alarm, { ...lin, role: "administrator" })).toEqual(["unshelve", "unsuppress"]);
    expect(endersOf(alarm, { ...lin, role: "viewer" })).toEqual([]);
    expect(endersOf(alarm, null)).toEqual([]);
  });

  it("keeps its alarm on the screen, and says what stands there instead of who has answered", () => {
    const alarm = alarmOf("a/P1", "blue", { state: "normal", level: null, marks: [markOf("outOfService")] });
    expect(isOpen(alarm)).toBe(true);
    expect(isOpen({ ...alarm, marks: [] })).toBe(false);
    expect(stateText(words, alarm, "city")).toBe("停用");
    const ended = { code: "markEnded", values: { ended: "shelved suppressed" } } as const;
    expect(whyText(telling, { ...alarm, why: ended }, 0)).toBe("搁置、设计抑制已结束，恢复报警");
  });

  it("counts the points out of service beside a roll-up", () => {
    const view = {
      id: "a",
      level: null,
      worstIfUnknown: null,
      counts: { blue: 0, yellow: 0, orange: 0, red: 0 },
      unknown: 0,
      outOfService: 2,
      byCarry: null,
      clause: null,
      because: [],
    };
    expect(rollupWhy(words, view, 8)).toBe("停用 2/8 点");
  });

  it("leaves red to the instruments, but for a rule that has changed", () => {
    expect(returnBar(alarmOf("a/P1", "red"), seat)).toBe("act.noReturn");
    expect(returnBar(alarmOf("a/P1", "red", { isRuleChanged: true }), seat)).toBeNull();
    expect(returnBar(alarmOf("a/P1", "orange"), seat)).toBeNull();
  });
});
