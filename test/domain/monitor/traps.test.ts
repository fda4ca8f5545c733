// How other systems lost alarms: each trap once, named by what this monitor does instead.
import { describe, expect, it } from "vitest";
import { hour, limit, minute, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom } from "../../support/room.ts";

const rungs = { blue: limit(50), yellow: limit(70), orange: limit(80), red: limit(90) };
const id = "s1/p~limit~high";
const plan = planOf([point("p", { rules: [rule("high", rungs)] })]);
const patient = planOf([point("p", { rules: [rule("high", rungs)], silentAfterMs: 100 * hour })]);

describe("the monitor", () => {
  it("judges every sample, so that a spike between two ticks is an alarm", () => {
    const room = createRoom(plan);
    room.tick(1);
    room.value(1.2, "p", 95);
    room.value(1.3, "p", 10);
    room.tick(2);
    expect(room.alarm(id)).toMatchObject({
      state: "returnedUnacknowledged",
      peakLevel: "red",
      peakValue: 95,
      peakAt: at(1.2),
    });
  });

  it("keeps the sensor's time and the server's time side by side", () => {
    const room = createRoom(plan);
    room.value(10, "p", 95, { measured: 7 });
    expect(room.transitions(id)[0]).toMatchObject({ at: at(7), recordedAt: at(10) });
    expect(room.monitor().standing().values).toEqual([[0, 95, 0, at(7), at(10)]]);
  });

  it("takes a missing value for nothing, never for normal", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    room.value(1, "p", null);
    room.pass(200);
    expect(room.alarm(id)).toMatchObject({ state: "unacknowledged", level: "red" });
    expect(room.site().status).toBe("red");
  });

  it("raises nothing by a timer over a gap for a point that should have spoken: it says that it is silent", () => {
    const room = createRoom(
      planOf([point("p", { rules: [rule("high", { blue: limit(50, { onDelayMs: minute }) })] })]),
    );
    room.value(0, "p", 60);
    room.pass(hour / 1000);
    expect(room.transitions(id)).toEqual([]);
    expect(room.alarm("s1/p~silence")?.level).toBe("yellow");
  });

  it("has no way to clear an alarm whose condition stays: a reset is refused while it is abnormal", () => {
    const room = createRoom(planOf([point("p", { rules: [rule("high", rungs, { latch: true })] })]));
    room.value(0, "p", 55);
    room.acknowledge(1, "enterprise", id);
    expect(room.reset(2, id)).toMatchObject({ ok: false, code: "ALARM_NOT_RESETTABLE" });
    room.value(3, "p", 55);
    expect(room.alarm(id)?.state).toBe("acknowledged");
  });

  it("keeps the time of the next re-alarm in its memory, not in a timer of the process", () => {
    const room = createRoom(patient);
    room.value(0, "p", 95);
    room.restart();
    expect(room.monitor().nextDue(at(9999))).toBe(at(300));
    room.pass(300);
    expect(room.alarm(id)?.revision).toBe(2);
  });

  it("has one alarm for four ranges, which changes its level", () => {
    const room = createRoom(plan);
    for (const [s, value] of [
      [0, 55],
      [1, 75],
      [2, 85],
      [3, 95],
      [4, 75],
    ] as const)
      room.value(s, "p", value);
    expect(room.monitor().standing().alarms).toHaveLength(1);
    expect(room.transitions(id).map(({ level, revision }) => [level, revision])).toEqual([
      ["blue", 1],
      ["yellow", 2],
      ["orange", 3],
      ["red", 4],
      ["yellow", 4],
    ]);
  });

  it("neither wipes an answer nor sounds again when an alarm falls", () => {
    const room = createRoom(patient);
    room.value(0, "p", 85);
    for (const tier of ["enterprise", "county", "city"] as const) room.acknowledge(1, tier, id);
    room.value(2, "p", 75);
    room.value(3, "p", 55);
    room.value(4, "p", 10);
    expect(
      room
        .transitions(id)
        .slice(-3)
        .map(({ revision, to }) => [revision, to]),
    ).toEqual([
      [1, "acknowledged"],
      [1, "acknowledged"],
      [1, "normal"],
    ]);
    expect(room.alarm(id)?.tiers.map(({ acknowledgedBy }) => acknowledgedBy)).toEqual([
      "officer-enterprise",
      "officer-county",
      "officer-city",
    ]);
  });

  it("does not let the answer to a silence hide the real alarm behind it", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    room.pass(31);
    room.acknowledge(32, "enterprise", "s1/p~silence");
    room.value(33, "p", 95);
    expect(room.alarm(id)?.tiers.every(({ owedLevel }) => owedLevel === "red")).toBe(true);
  });

  it("names alarms by point, rule and direction: a new name orphans nothing", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    room.plan(
      1,
      planOf([point("p", { rules: [rule("high", rungs)], name: { zh: "改名", en: "renamed" }, kind: "other" })]),
    );
    room.value(2, "p", 10);
    expect(room.transitions().map(({ alarm, occurrence }) => [alarm, occurrence])).toEqual([
      [id, 1],
      [id, 1],
    ]);
  });

  it("waits for nothing at red where its limit says so", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    expect(room.alarm(id)?.tiers.map(({ owedSince }) => owedSince)).toEqual(Array(4).fill(at(0)));
  });

  it("lets the race of a late deadline with the return be decided by the samples' times", () => {
    const valve = planOf([
      point("p", {
        report: "onChange",
        silentAfterMs: hour,
        rules: [rule("high", { red: limit(90, { onDelayMs: 10 * second }) })],
      }),
    ]);
    const room = createRoom(valve);
    room.value(0, "p", 95);
    room.value(9.9, "p", 10);
    room.tick(60);
    expect(room.transitions(id)).toEqual([]);
    const other = createRoom(valve);
    other.value(0, "p", 95);
    other.value(10, "p", 10);
    expect(other.transitions(id).map((one) => [one.at, one.to])).toEqual([
      [at(10), "unacknowledged"],
      [at(10), "returnedUnacknowledged"],
    ]);
  });

  it("counts what it could not judge, with an example", () => {
    const room = createRoom(plan);
    room.value(0, "nobody", 95);
    expect(room.monitor().faults()).toEqual([
      { code: "SAMPLE_UNKNOWN_POINT", count: 1, lastAt: at(0), example: "s1/d1: nobody" },
    ]);
  });

  it("finds a point that stopped within a millisecond of its time, also one that was never heard, without its return", () => {
    const room = createRoom(planOf([point("p"), point("q")]));
    room.value(0, "p", 1);
    expect(room.monitor().nextDue(at(9999))).toBe(at(30) + 1);
    room.pass(30.001);
    expect(room.monitor().nextDue(at(9999))).toBe(at(600) + 1);
  });
});
