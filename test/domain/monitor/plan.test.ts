// A new plan of record: what stays keeps its state, and no alarm ends by it (semantics §3).
import { describe, expect, it } from "vitest";
import type { Plan } from "../../../contract/plant.ts";
import { hour, ladder, limit, planOf, point, rule, second, version } from "../../support/plant.ts";
import { at, createRoom, reading } from "../../support/room.ts";

const id = "s1/p~limit~high";
const rungs = { blue: limit(50), red: limit(90) };
const slow = { silentAfterMs: hour } as const;
const plan = planOf([
  point("p", { ...slow, rules: [rule("high", rungs)] }),
  point("q", { ...slow, rules: [rule("high", rungs)] }),
]);

function withRules(rules: Plan["points"][number]["rules"]): Plan {
  return planOf([point("p", { ...slow, rules }), point("q", { ...slow, rules: [rule("high", rungs)] })]);
}

describe("a new plan", () => {
  it("that changes a rule marks its open alarm and leaves it on until a good sample under it", () => {
    const room = createRoom(plan);
    room.value(0, "p", 92);
    room.value(0.5, "q", 92);
    room.plan(1, withRules([rule("high", { blue: limit(50), red: limit(95) })]));
    expect(room.alarm(id)).toMatchObject({ level: "red", isRuleChanged: true });
    expect(room.alarm("s1/q~limit~high")).toMatchObject({ level: "red", isRuleChanged: false });
    room.value(2, "p", 92, { quality: "suspect" });
    expect(room.alarm(id)?.level).toBe("red");
    room.value(3, "p", 92);
    expect(room.alarm(id)?.level).toBe("blue");
  });

  it("that takes a rule away ends nothing: the alarm stays, is marked, and still counts for its site", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    room.value(0, "q", 10);
    room.plan(1, withRules([]));
    room.value(2, "p", 10);
    expect(room.alarm(id)).toMatchObject({ level: "red", state: "unacknowledged", isRuleChanged: true });
    expect(room.site().status).toBe("red");
    room.plan(3, plan);
    expect(room.alarm(id)?.level).toBe("red");
    room.value(4, "p", 10, { quality: "suspect" });
    expect(room.alarm(id)?.level).toBe("red");
    room.value(5, "p", 10);
    expect(room.alarm(id)).toMatchObject({ level: null, state: "returnedUnacknowledged" });
    expect(room.site().status).toBe("normal");
  });

  it("never lowers what two changes one after the other have taken away", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    room.plan(1, withRules([rule("high", { blue: limit(50) })]));
    room.plan(2, withRules([rule("high", { yellow: limit(97) })]));
    room.value(3, "p", 95, { quality: "suspect" });
    expect(room.alarm(id)?.level).toBe("red");
    room.value(4, "p", 95);
    expect(room.alarm(id)?.level).toBeNull();
  });

  it("without any version in force for what was judged keeps its level until a good sample is beyond the next one's deadbands", () => {
    const room = createRoom(
      withRules([rule("high", { blue: limit(50), yellow: limit(60), orange: limit(70), red: limit(90) })]),
    );
    room.value(0, "p", 95);
    room.plan(1, withRules([rule("high", {}, { versions: [version(1, at(100), { blue: limit(50) })] })]));
    room.value(2, "p", 10);
    expect(room.alarm(id)?.level).toBe("red");
    room.value(100, "p", 55);
    expect(room.alarm(id)?.level).toBe("red");
    room.value(101, "p", 49);
    expect(room.alarm(id)?.level).toBeNull();
  });

  it("keeps what is pending, and pairs several conditions of one level by their order", () => {
    const two = rule("high", { red: [limit(90, { onDelayMs: 10 * second }), limit(80, { onDelayMs: 60 * second })] });
    const room = createRoom(withRules([two]));
    room.value(0, "p", 95);
    room.plan(1, withRules([rule("high", { blue: limit(10), red: [limit(90, { onDelayMs: 20 * second })] })]));
    room.value(19, "p", 95);
    expect(room.alarm(id)?.level).toBe("blue");
    room.value(20, "p", 95);
    expect(room.alarm(id)?.level).toBe("red");
  });

  it("starts the silence of a point with the point's entry, and forgets sites that are gone", () => {
    const room = createRoom(plan);
    const wider = planOf([...plan.points, point("n", { site: "s2", item: "s2/i1", device: "s2/d1" })]);
    room.plan(5000, wider);
    room.pass(5600);
    expect(room.alarm("s2/n~silence")).toBeUndefined();
    room.pass(5600.001);
    expect(room.alarm("s2/n~silence")?.level).toBe("blue");
    room.plan(6000, plan);
    expect(
      room
        .monitor()
        .standing()
        .sites.map((site) => site.id),
    ).toEqual(["s1"]);
    expect(
      room
        .monitor()
        .standing()
        .devices.map((device) => device.id),
    ).toEqual(["s1/d1"]);
    room.pass(20_000);
    room.link(20_000, true, "s2/d1");
    expect(room.faults()).toEqual({ DEVICE_UNKNOWN: 1 });
  });

  it("is judged after what fell due before it", () => {
    const room = createRoom(planOf([point("p", { rules: [] }), point("q")]));
    room.value(0, "p", 1);
    room.plan(60, planOf([point("q")]));
    expect(room.transitions("s1/p~silence")).toMatchObject([{ at: at(30.001), level: "blue" }]);
  });

  it("leaves a device that is gone alone, also where its points were moved to another", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    const moved = planOf([
      point("p", { ...slow, device: "s1/d2", rules: [rule("high", rungs)] }),
      point("v", {
        report: "onChange",
        device: "s1/d2",
        rules: [rule("high", { red: limit(90, { onDelayMs: second }) })],
      }),
    ]);
    room.plan(1, moved);
    room.pass(3700);
    expect(room.alarm("s1/p~silence")?.level).toBe("blue");
    room.value(3701, "p", 95, { device: "d2" });
    expect(room.alarm("s1/p~silence")?.level).toBeNull();
    room.value(3702, "v", 95, { device: "d2" });
    room.pass(3703);
    expect(room.alarm("s1/v~limit~high")?.level).toBe("red");
  });

  it("may hold a rule that is not in force yet beside one that is, and two versions of one day: the higher number counts", () => {
    const later = rule("low", {}, { versions: [version(1, at(9999), { red: limit(1) })] });
    const same = rule(
      "high",
      {},
      { versions: [version(1, 0, { red: limit(10) }), version(2, 0, { red: limit(90, { onDelayMs: second }) })] },
    );
    const room = createRoom(planOf([point("p", { ...slow, report: "onChange", rules: [later, same] })]));
    room.value(0, "p", 95);
    room.link(0.5, true);
    room.pass(5);
    expect(room.transitions(id)).toMatchObject([{ at: at(1), ruleVersion: 2 }]);
    room.value(6, "p", 10);
    room.value(7, "p", 95);
    room.link(7.5, false);
    expect(room.transitions(id).at(-1)).toMatchObject({ level: "red", why: { code: "lostWhileViolating" } });
  });

  it("may hold sites, items and devices with nothing in them yet", () => {
    const [site, item] = [plan.sites[0] as Plan["sites"][number], plan.items[0] as Plan["items"][number]];
    const room = createRoom({
      ...plan,
      sites: [...plan.sites, { ...site, id: "s9", items: [], devices: [] }],
      items: [...plan.items, { ...item, id: "s1/i9", points: [] }],
    });
    expect(room.site("s9")).toMatchObject({ status: "offline", points: 0, items: [] });
    expect(room.site().items[1]).toMatchObject({ id: "s1/i9", level: null, unknown: 0 });
  });

  it("brings its routing and its ladders into force at once", () => {
    const room = createRoom(
      planOf(["a", "b"].map((code) => point(code, { ...slow, rules: [rule("high", { orange: limit(50) })] }))),
    );
    room.message(0, [reading("a", 60, at(0)), reading("b", 60, at(0))]);
    expect(room.alarm("s1/i1~ladder")).toBeUndefined();
    room.plan(
      1,
      planOf(
        ["a", "b"].map((code) => point(code, { ...slow, rules: [rule("high", { orange: limit(50) })] })),
        { itemRollup: ladder("none") },
      ),
    );
    expect(room.alarm("s1/i1~ladder")).toMatchObject({ level: "red", openedAt: at(1) });
  });
});
