// A new version of one rule while everything runs: no alarm ends by it, and every one that it raises says so (semantics §3).
import { describe, expect, it } from "vitest";
import type { Rule } from "../../../contract/plant.ts";
import { compilePlant } from "../../../server/monitor/plant.ts";
import { recompilePlant } from "../../../server/monitor/recompile.ts";
import { changedPlan, ruleOf } from "../../../server/monitor/rule-change.ts";
import { changeOf, condition, hour, limit, planOf, point, rule, second, version } from "../../support/plant.ts";
import { at, createRoom } from "../../support/room.ts";

const id = "s1/p~limit~high";
const slow = { silentAfterMs: hour } as const;
const rungs = { blue: limit(50), red: limit(90) };
const vote = (need: number, rest = {}): ReturnType<typeof condition> =>
  condition("vote", {
    members: ["s1/p", "s1/q"],
    violated: { direction: "high", setpoint: 60 },
    need,
    windowMs: 60 * second,
    ...rest,
  });
const ofSite: Rule = rule("none", { orange: vote(1, { onDelayMs: 100 * second }) }, { id: "both" });
const plan = planOf(
  [
    point("p", { ...slow, rules: [rule("low", { red: limit(1) }), rule("high", rungs)] }),
    point("q", { ...slow, rules: [rule("high", rungs)] }),
    point("v", { ...slow, report: "onChange", rules: [rule("high", { red: limit(90, { offDelayMs: 10 * second }) })] }),
    point("far", { ...slow, site: "s2", item: "s2/i1", device: "s2/d1", rules: [rule("high", rungs)] }),
  ],
  { siteRules: { s1: [ofSite] } },
);

describe("a plan with one more version", () => {
  it("keeps the old one, and says of the new one who wrote, approved and why", () => {
    const changed = changedPlan(plan, changeOf(2, at(5), { red: limit(80) }));
    expect(changed?.points[0]?.rules[1]?.versions).toMatchObject([
      { version: 1, approver: null, levels: { blue: [{ setpoint: 50 }] } },
      { version: 2, validFrom: at(5), approver: "approver-1", author: "author-1", reason: "new design" },
    ]);
    expect(plan.points[0]?.rules[1]?.versions).toHaveLength(1);
  });

  it("is another plan only where the change is: everything else is the very same, and not compiled anew", () => {
    const before = compilePlant(plan);
    const changed = changedPlan(plan, changeOf(2, 0, {}));
    if (changed === null) throw new Error("no plan");
    const after = recompilePlant(changed, before);
    expect(after.points.map((one, nth) => one === before.points[nth])).toEqual([false, true, true, true]);
    expect(JSON.stringify(after.points)).toBe(JSON.stringify(compilePlant(changed).points));
  });

  it("is compiled to the same as one that is compiled from the beginning, whatever rule has changed", () => {
    const tied = planOf([...plan.points, point("two", { rules: [rule("none", { red: vote(2) }, { id: "two" })] })], {
      siteRules: { s1: [ofSite] },
    });
    const before = compilePlant(tied);
    const untouched = JSON.stringify(before.points);
    for (const rest of [
      {},
      { source: "s1/v" },
      { source: "s1/two", rule: "two", direction: "none" },
      { source: "s1", rule: "both", direction: "none" },
    ] as const) {
      const levels = "rule" in rest ? { red: vote(1) } : { red: limit(70) };
      const changed = changedPlan(tied, changeOf(2, 0, levels, rest));
      if (changed === null) throw new Error("no plan");
      const { routing: duties, ...after } = recompilePlant(changed, before);
      const { routing: itsDuties, ...whole } = compilePlant(changed);
      expect(after).toEqual(whole);
      expect(duties).toEqual(itsDuties);
    }
    expect(JSON.stringify(before.points)).toBe(untouched);
  });

  it("is compiled from the beginning where more than rules are other ones", () => {
    const before = compilePlant(plan);
    const [first, ...others] = plan.points;
    if (first === undefined) throw new Error("no point");
    const { range, ...bare } = first;
    for (const other of [
      { ...plan, lateAfterMs: 1 },
      { ...plan, points: others },
      { ...plan, points: [{ ...bare, range: { ...range } }, ...others] },
      { ...plan, points: [{ ...first, storm: "more" }, ...others] },
      { ...plan, sites: plan.sites.map((site) => ({ ...site, town: { zh: "", en: "" } })) },
      { ...plan, sites: plan.sites.slice(1) },
    ]) {
      const after = recompilePlant(other, before);
      expect(after).toEqual(compilePlant(other));
      expect(after.points.some((one, nth) => one === before.points[nth])).toBe(false);
    }
  });

  it("takes a rule of a site as well", () => {
    const change = changeOf(2, 5, {}, { source: "s1", rule: "both", direction: "none" });
    expect(ruleOf(plan, change)).toBe(ofSite);
    const sites = changedPlan(plan, change)?.sites;
    expect(sites?.[0]?.rules?.[0]?.versions.map((one) => one.version)).toEqual([1, 2]);
    expect(sites?.[1]).toBe(plan.sites[1]);
  });

  it("is none where there is no such rule, or it has that version or a higher one", () => {
    for (const [number, rest] of [
      [2, { source: "s1/none" }],
      [2, { source: "s2", rule: "both", direction: "none" as const }],
      [2, { rule: "rate" }],
      [2, { direction: "none" as const }],
      [1, {}],
    ] as const) {
      expect(changedPlan(plan, changeOf(number, 0, {}, rest))).toBeNull();
    }
  });
});

describe("a new version of a rule", () => {
  it("marks its open alarm and leaves it on until a good sample under it; no other alarm is touched", () => {
    const room = createRoom(plan);
    room.value(0, "p", 92);
    room.value(0.5, "q", 92);
    expect(room.change(1, changeOf(2, at(1), { blue: limit(50), red: limit(95) }))).toMatchObject({ ok: true });
    expect(room.alarm(id)).toMatchObject({ level: "red", isRuleChanged: true, ruleVersion: 1 });
    expect(room.alarm("s1/q~limit~high")).toMatchObject({ level: "red", isRuleChanged: false });
    room.value(2, "p", 92, { quality: "suspect" });
    expect(room.alarm(id)?.level).toBe("red");
    room.value(3, "p", 92);
    expect(room.alarm(id)).toMatchObject({ level: "blue", ruleVersion: 2, isRuleChanged: true });
  });

  it("is the version that the alarms name which it raises", () => {
    const room = createRoom(plan);
    room.value(0, "p", 70);
    room.change(1, changeOf(2, at(1), { red: limit(60) }));
    room.value(2, "p", 70);
    expect(room.transitions(id).at(-1)).toMatchObject({ level: "red", ruleVersion: 2, setpoint: 60 });
  });

  it("waits for its valid-from: what is measured before is judged by the old one", () => {
    const room = createRoom(plan);
    room.change(1, changeOf(2, at(10), { red: limit(20) }));
    room.value(9, "p", 30);
    expect(room.alarm(id)).toBeUndefined();
    room.value(10, "p", 30);
    expect(room.alarm(id)).toMatchObject({ level: "red", ruleVersion: 2 });
  });

  it("without levels disables the rule: its alarm stays until a named person returns it, and it raises nothing more", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    room.change(1, changeOf(2, at(1), {}));
    room.value(2, "p", 10);
    expect(room.alarm(id)).toMatchObject({ level: "red", isRuleChanged: true });
    expect(room.act(3, "returnByHand", { alarm: id, occurrence: 1, reason: "rule is gone" })).toMatchObject({
      ok: true,
    });
    expect(room.alarm(id)?.level).toBeNull();
    room.value(4, "p", 95);
    expect(room.alarm(id)?.level).toBeNull();
  });

  it("is refused where the rule has got that version meanwhile, or is gone, and changes nothing", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    const before = room.state().plan;
    expect(room.change(1, changeOf(1, at(1), {}))).toEqual({ ok: false, code: "RULE_CHANGED" });
    expect(room.change(1, changeOf(2, at(1), {}, { source: "nowhere" }))).toEqual({ ok: false, code: "RULE_CHANGED" });
    expect(room.state().plan).toBe(before);
    expect(room.alarm(id)).toMatchObject({ level: "red", isRuleChanged: false });
  });

  it("is refused where one that is valid from later came between: a gap must not open behind it", () => {
    const room = createRoom(plan);
    expect(room.change(1, changeOf(2, at(60), { red: limit(60) }))).toMatchObject({ ok: true });
    expect(room.change(1, changeOf(3, at(30), { red: limit(30) }))).toEqual({ ok: false, code: "RULE_CHANGED" });
    expect(room.state().plan.points[0]?.rules[1]?.versions.map((one) => one.version)).toEqual([1, 2]);
    expect(room.change(1, changeOf(3, at(60), { red: limit(30) }))).toMatchObject({ ok: true });
  });

  it("is judged after what fell due before it", () => {
    const room = createRoom(planOf([point("p", { rules: [rule("high", rungs)] })]));
    room.value(0, "p", 1);
    room.change(60, changeOf(2, at(60), {}));
    expect(room.transitions("s1/p~silence")).toMatchObject([{ at: at(30.001), level: "blue" }]);
  });

  it("is there after a restart as it was before", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    room.change(1, changeOf(2, at(1), { blue: limit(20), red: limit(99) }));
    room.restart();
    room.value(2, "p", 95);
    expect(room.alarm(id)).toMatchObject({ level: "blue", ruleVersion: 2, isRuleChanged: true });
  });

  it("has an alarm prove its return from the beginning: what began under the old version counts for nothing", () => {
    const calm = { red: limit(90, { offDelayMs: 10 * second }) };
    const room = createRoom(planOf([point("p", { ...slow, rules: [rule("high", calm)] })]));
    room.value(0, "p", 95);
    room.value(1, "p", 85);
    room.change(2, changeOf(2, at(2), { red: limit(99, { offDelayMs: 10 * second }) }));
    room.value(12, "p", 85);
    expect(room.alarm(id)?.level).toBe("red");
    room.value(22, "p", 85);
    expect(room.alarm(id)?.level).toBeNull();
  });

  it("lets no time return what began to return under the old one", () => {
    const room = createRoom(plan);
    const valve = { source: "s1/v" };
    room.link(0, true);
    room.value(0, "v", 95);
    room.value(1, "v", 85);
    room.change(2, changeOf(2, at(2), { red: limit(80, { offDelayMs: 10 * second }) }, valve));
    room.pass(60);
    expect(room.alarm("s1/v~limit~high")?.level).toBe("red");
    room.value(61, "v", 10);
    room.pass(80);
    expect(room.alarm("s1/v~limit~high")?.level).toBeNull();
  });
});

describe("a new version for a point that reports by exception", () => {
  const valve = { source: "s1/v" };
  const tighter = changeOf(2, at(2), { red: limit(40, { onDelayMs: 5 * second }) }, valve);

  it("is held against what the point stands at: it sends nothing while nothing changes", () => {
    const room = createRoom(plan);
    room.value(0, "v", 50);
    room.link(0, true);
    room.change(2, tighter);
    expect(room.alarm("s1/v~limit~high")).toBeUndefined();
    room.pass(8);
    expect(room.alarm("s1/v~limit~high")).toMatchObject({ level: "red", ruleVersion: 2, violatedSince: at(2) });
  });

  it("breaks a run that it has no limit for any more, and returns nothing", () => {
    const room = createRoom(
      planOf([
        point("v", { ...slow, report: "onChange", rules: [rule("high", { red: limit(40, { onDelayMs: 60_000 }) })] }),
      ]),
    );
    room.value(0, "v", 50);
    room.change(2, changeOf(2, at(2), { red: limit(80, { onDelayMs: 60_000 }) }, valve));
    room.pass(100);
    expect(room.alarm("s1/v~limit~high")).toBeUndefined();
    const on = createRoom(plan);
    on.value(0, "v", 95);
    on.change(2, changeOf(2, at(2), { red: limit(99) }, valve));
    on.pass(100);
    expect(on.alarm("s1/v~limit~high")?.level).toBe("red");
  });

  it("counts nothing twice: what looks back waits for its next sample, and so does what is not in force yet", () => {
    const sum = (setpoint: number) => condition("sum", { windowMs: hour, setpoint });
    const room = createRoom(
      planOf([point("v", { ...slow, report: "onChange", rules: [rule("high", { red: sum(100) }, { id: "rain" })] })]),
    );
    room.value(0, "v", 30);
    room.change(1, changeOf(2, at(1), { red: sum(60) }, { ...valve, rule: "rain" }));
    room.pass(60);
    expect(room.alarm("s1/v~rain~high")).toBeUndefined();
    const later = createRoom(
      planOf([
        point("v", {
          ...slow,
          report: "onChange",
          rules: [rule("high", {}, { versions: [version(1, at(500), { red: limit(90) })] })],
        }),
      ]),
    );
    later.value(0, "v", 30);
    later.change(1, changeOf(2, at(600), { red: limit(10) }, valve));
    expect(later.alarm("s1/v~limit~high")).toBeUndefined();
  });

  it("holds a switch against its set as well", () => {
    const isOpen = (values: number[]) => condition("state", { values });
    const room = createRoom(
      planOf([
        point("v", { ...slow, report: "onChange", rules: [rule("none", { red: isOpen([2]) }, { id: "open" })] }),
      ]),
    );
    room.value(0, "v", 1);
    room.change(1, changeOf(2, at(1), { red: isOpen([1, 2]) }, { ...valve, rule: "open", direction: "none" }));
    expect(room.alarm("s1/v~open")).toMatchObject({ level: "red", ruleVersion: 2 });
  });

  it("is held against it when it comes into force, also after a restart, and each of several in its turn", () => {
    const steps = (isRestarted: boolean): unknown => {
      const room = createRoom(plan);
      room.value(0, "v", 50);
      room.link(0, true);
      room.change(2, changeOf(2, at(90), { orange: limit(50) }, valve));
      room.change(3, changeOf(3, at(200), { red: limit(50, { onDelayMs: 5 * second }) }, valve));
      if (isRestarted) room.restart();
      room.pass(89);
      expect(room.alarm("s1/v~limit~high")).toBeUndefined();
      // The tick comes late, as after a pause: what happened is told at its own time all the same.
      room.tick(95);
      if (isRestarted) room.restart();
      expect(room.alarm("s1/v~limit~high")).toMatchObject({ level: "orange", ruleVersion: 2, violatedSince: at(90) });
      room.pass(400);
      return room.transitions("s1/v~limit~high").map(({ at: when, level, ruleVersion }) => [when, level, ruleVersion]);
    };
    const expected = [
      [at(90), "orange", 2],
      [at(205), "red", 3],
    ];
    expect(steps(false)).toEqual(expected);
    expect(steps(true)).toEqual(expected);
  });

  it("returns nothing when it comes into force, and is not taken back by a change of another rule of the point", () => {
    const both = planOf([
      point("v", {
        ...slow,
        report: "onChange",
        rules: [rule("high", { red: limit(90) }), rule("low", { red: limit(1) })],
      }),
    ]);
    const room = createRoom(both);
    room.value(0, "v", 95);
    room.change(2, changeOf(2, at(90), { red: limit(99) }, valve));
    room.pass(100);
    room.change(101, changeOf(2, at(101), { red: limit(2) }, { ...valve, direction: "low" }));
    room.pass(3600);
    expect(room.alarm("s1/v~limit~high")).toMatchObject({ level: "red", isRuleChanged: true });
    expect(
      room
        .state()
        .points.get("s1/v")
        ?.rules.map((one) => one.version),
    ).toEqual([2, 2]);
    room.value(3700, "v", 98);
    expect(room.alarm("s1/v~limit~high")?.level).toBeNull();
  });

  it("waits while its device is away, and is held against the value when that is back, whenever it was valid from", () => {
    for (const validFrom of [at(2), at(0), at(20)]) {
      const room = createRoom(plan);
      room.value(1, "v", 50);
      room.link(1, false);
      room.change(2, changeOf(2, validFrom, { red: limit(40) }, valve));
      room.pass(25);
      expect(room.alarm("s1/v~limit~high")).toBeUndefined();
      room.link(60, true);
      room.pass(100);
      expect(room.alarm("s1/v~limit~high")).toMatchObject({ level: "red", ruleVersion: 2, violatedSince: at(60) });
    }
  });

  it("is held against it as well where an imported plan brings it, or a rule that is new", () => {
    const room = createRoom(plan);
    room.value(0, "v", 50);
    const versions = [version(1, 0, { red: limit(90) }), version(2, 0, { orange: limit(40) })];
    const rules = [rule("high", {}, { versions }), rule("high", { yellow: limit(30) }, { id: "more" })];
    room.plan(2, planOf([point("v", { ...slow, report: "onChange", rules })]));
    room.pass(3);
    expect(room.alarm("s1/v~limit~high")).toMatchObject({ level: "orange", ruleVersion: 2 });
    expect(room.alarm("s1/v~more~high")).toMatchObject({ level: "yellow" });
  });

  it("has several points speak where it looks at them, from the instant on at which it is in force", () => {
    const vote2 = (setpoint: number) =>
      condition("vote", {
        members: ["s1/v", "s1/w"],
        violated: { direction: "high", setpoint },
        need: 2,
        windowMs: hour,
      });
    const byException = { ...slow, report: "onChange" } as const;
    const room = createRoom(
      planOf([
        point("v", { ...byException, rules: [rule("none", { red: vote2(90) }, { id: "two" })] }),
        point("w", byException),
      ]),
    );
    room.value(0, "v", 50);
    room.value(0, "w", 50);
    room.change(2, changeOf(2, at(90), { red: vote2(40) }, { ...valve, rule: "two", direction: "none" }));
    room.pass(80);
    expect(room.alarm("s1/v~two")).toBeUndefined();
    room.pass(3600);
    expect(room.alarm("s1/v~two")).toMatchObject({ level: "red", ruleVersion: 2 });
    const rests = createRoom(
      planOf([
        point("v", { ...byException, rules: [rule("none", { red: vote2(90) }, { id: "two" })] }),
        point("w", byException),
      ]),
    );
    const versionNow = () => rests.state().points.get("s1/v")?.rules[0]?.version;
    const two = { ...valve, rule: "two", direction: "none" } as const;
    rests.value(0, "v", 50);
    rests.value(0, "w", 50);
    rests.change(2, changeOf(2, at(90), { red: vote2(80) }, two));
    rests.change(3, changeOf(3, at(500), { red: vote2(70) }, two));
    rests.pass(100);
    expect(versionNow()).toBe(2);
    // A member that lags is judged by the version of its day; the one in force, and the one to come, follow all the same.
    rests.value(110, "w", 51, { measured: 50 });
    expect(versionNow()).toBe(1);
    rests.pass(120);
    expect(versionNow()).toBe(2);
    rests.pass(600);
    expect(versionNow()).toBe(3);
  });

  it("waits for a sample where its device is not there, or nothing was ever heard of it", () => {
    const gone = createRoom(plan);
    gone.value(0, "v", 50);
    gone.link(1, false);
    gone.change(2, tighter);
    gone.pass(20);
    expect(gone.alarm("s1/v~limit~high")).toBeUndefined();
    const unheard = createRoom(plan);
    unheard.link(0, true);
    unheard.change(2, tighter);
    unheard.pass(20);
    expect(unheard.alarm("s1/v~limit~high")).toBeUndefined();
  });
});

describe("a new version of a rule of a site", () => {
  const both = { source: "s1", rule: "both", direction: "none" } as const;

  it("is judged at once with what its points have last said, and raises under its own number", () => {
    const room = createRoom(plan);
    room.value(0, "p", 70);
    room.value(1, "q", 10);
    expect(room.alarm("s1~both")).toBeUndefined();
    room.change(2, changeOf(2, at(2), { orange: vote(1) }, both));
    expect(room.alarm("s1~both")).toMatchObject({ level: "orange", ruleVersion: 2 });
    room.change(3, changeOf(3, at(3), {}, both));
    room.value(4, "p", 10);
    expect(room.alarm("s1~both")).toMatchObject({ level: "orange", isRuleChanged: true });
  });

  it("also looks again at the alarms that it is about", () => {
    const source = { level: { source: "s1/p", rule: null, atLeast: "blue" as const } };
    const looking = rule(
      "none",
      { red: condition("combine", { expression: source, onDelayMs: hour }) },
      { id: "both" },
    );
    const room = createRoom(planOf(plan.points, { siteRules: { s1: [looking] } }));
    room.value(0, "p", 70);
    room.change(2, changeOf(2, at(2), { red: condition("combine", { expression: source }) }, both));
    expect(room.alarm("s1~both")).toMatchObject({ level: "red", ruleVersion: 2 });
  });

  it("goes with a plan that has it no longer, where it never was on", () => {
    const room = createRoom(plan);
    room.change(2, changeOf(2, at(2), {}, both));
    room.plan(3, planOf(plan.points));
    expect(room.state().siteRules.size).toBe(0);
  });
});
