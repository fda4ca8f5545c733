// The canary judged like any other alarm, and apart from all others: each broken part of the judge leaves its step out.
import { describe, expect, it } from "vitest";
import type { Input } from "../../../contract/input.ts";
import { canaryAlarm } from "../../../contract/receipt.ts";
import { canaryCode, canaryDevice, canarySite } from "../../../contract/topics.ts";
import { createMonitor } from "../../../server/monitor.ts";
import { createCanaryWay } from "../../../server/monitor/canary.ts";
import type { carryOut } from "../../../server/monitor/commands.ts";
import { judgeMessage } from "../../../server/monitor/judge.ts";
import { compilePlant } from "../../../server/monitor/plant.ts";
import type { Outcome } from "../../../server/monitor/turn.ts";
import { planOf, point } from "../../support/plant.ts";
import { at, createRoom, reading, telemetry, type Said } from "../../support/room.ts";

/** The canary that is sent at a second, with these values; they come a millisecond apart, the last at the second itself. */
const canaryOf = (seconds: number, values = [0, 1, 0]): Said =>
  telemetry(
    values.map((value, nth) => reading(canaryCode, value, at(seconds) - values.length + 1 + nth)),
    { site: canarySite, device: canaryDevice },
  );
const paintedOf = (seconds: number, alarm: string = canaryAlarm, wall = "hall"): Said => ({
  kind: "receipt",
  wall,
  painted: [{ alarm, occurrence: at(seconds), revision: 1, paintedAt: at(seconds) }],
});
const numbered = (number: number, seconds: number, said: Said): Input => ({ ...said, number, at: at(seconds) });

describe("the canary", () => {
  it("trips, and is acknowledged by the wall that names it, once", () => {
    const way = createCanaryWay();
    const hear = (seconds: number, said: Said) => way.hear(numbered(1, seconds, said));
    expect(hear(0, paintedOf(0))).toBeNull();
    expect(hear(1, canaryOf(1))).toBe("tripped");
    expect(hear(1, paintedOf(1, "s1/p~limit~high"))).toBeNull();
    expect(hear(1, paintedOf(0))).toBeNull();
    expect(hear(2, paintedOf(1))).toBe("acknowledged");
    expect(hear(2, paintedOf(1, canaryAlarm, "room"))).toBeNull();
    expect(hear(180, canaryOf(180))).toBe("tripped");
    expect(hear(180, telemetry([reading("p", 1, at(180))]))).toBeNull();
    expect(hear(180, { kind: "tick" })).toBeNull();
  });

  it("trips however long it was on its way, and whatever the server's clock has done meanwhile", () => {
    for (const late of [0, 14, 3600]) expect(createCanaryWay().hear(numbered(1, late, canaryOf(0)))).toBe("tripped");
  });

  it("has not tripped where it would have been on at rest, never came on, or never returned", () => {
    for (const values of [[0], [1], [0, 0, 0], [0, 1], [0, 1, 1], [1, 1, 0, 1], [0, 1, 0, 1, 0]]) {
      const way = createCanaryWay();
      expect(way.hear(numbered(1, 1, canaryOf(1, values)))).toBeNull();
      expect(way.hear(numbered(2, 2, paintedOf(1)))).toBeNull();
    }
  });

  it("has not tripped by a judge that finds nothing, hears nothing, or knows no rule", () => {
    const noRules: typeof judgeMessage = (turn, input) => {
      const { plan } = turn.plant;
      const plant = compilePlant({ ...plan, points: plan.points.map((one) => ({ ...one, rules: [] })) });
      return judgeMessage({ ...turn, plant }, input);
    };
    const nobodyAsked: typeof judgeMessage = (turn, input) => {
      const flags = judgeMessage(turn, input);
      for (const change of turn.changes.splice(0)) if (change.type !== "alarm") turn.changes.push(change);
      return flags;
    };
    for (const broken of [noRules, nobodyAsked, () => []]) {
      expect(createCanaryWay(broken).hear(numbered(1, 1, canaryOf(1)))).toBeNull();
    }
  });

  it("is not acknowledged by a machine that takes no answer", () => {
    const refuses: typeof carryOut = () => ({ reply: { ok: false, code: "ALARM_CHANGED" }, flags: [] });
    const way = createCanaryWay(judgeMessage, refuses);
    expect(way.hear(numbered(1, 1, canaryOf(1)))).toBe("tripped");
    expect(way.hear(numbered(2, 2, paintedOf(1)))).toBeNull();
  });

  it("tells the monitor's outcome of its steps, and nothing else: no change, fault, flag, sample, deadline or memory of it", () => {
    const room = createRoom(planOf([point("p")]));
    room.value(0, "p", 1);
    const monitor = room.monitor();
    const before = structuredClone(room.state());
    const standing = structuredClone(monitor.standing());
    const due = monitor.nextDue(at(3600));
    const say = (seconds: number, said: Said): Outcome =>
      monitor.apply(numbered(monitor.state().number + 1, seconds, said));
    const nothing = { changes: [], flags: [], reply: null, touchedPoints: [] };
    const unstored = [0, 1, 2].map((nth) => [nth, 0, 0, 0, 0]);
    expect(say(1, canaryOf(1))).toEqual({ ...nothing, flags: unstored, canary: "tripped" });
    expect(say(2, paintedOf(1))).toEqual({ ...nothing, canary: "acknowledged" });
    expect(say(3, paintedOf(1))).toEqual(nothing);
    expect(room.state()).toEqual({ ...before, number: before.number + 3, now: at(3) });
    expect(monitor.standing()).toEqual({ ...standing, at: at(3) });
    expect(monitor.nextDue(at(3600))).toBe(due);
    expect(room.faults()).toEqual({});
  });

  it("is lost with its flight where the process starts anew, and the next one trips", () => {
    const room = createRoom(planOf([point("p")]));
    room.say(1, canaryOf(1));
    room.restart();
    const monitor = room.monitor();
    expect(monitor.apply(numbered(monitor.state().number + 1, 2, paintedOf(1))).canary).toBeUndefined();
    expect(monitor.apply(numbered(monitor.state().number + 1, 3, canaryOf(3))).canary).toBe("tripped");
  });

  it("is the same by the short way and the long", () => {
    for (const isShortWayOpen of [true, false]) {
      const monitor = createMonitor(undefined, { isShortWayOpen });
      expect(monitor.apply(numbered(1, 1, canaryOf(1))).canary).toBe("tripped");
    }
  });
});
