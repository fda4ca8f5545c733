// The load of a seat: what is counted, since when, and what is left out because it says nothing of the plant.
import { describe, expect, it } from "vitest";
import type { AlarmView, WhyCode } from "../../contract/alarm.ts";
import { heard, intervalMs, joined, noLoad, shiftMs, upToDate, viewOf, type Load } from "../../dashboard/src/load.ts";
import { alarmOf, answered, owes } from "./support.ts";

const minute = 60_000;
const step = (at: number, code: WhyCode = "limitViolated") => ({ recordedAt: at, why: { code, values: {} } });
const tell = (load: Load, alarm: AlarmView, told: ReturnType<typeof step>, before?: AlarmView): Load =>
  heard(load, before, { transition: told, alarm });

describe("the load", () => {
  it("counts what newly asks this tier, or asks at a higher level", () => {
    const blue = alarmOf("a/P1", "blue");
    let load = tell(noLoad(0), blue, step(minute));
    const red = alarmOf("a/P1", "red");
    load = tell(load, red, step(2 * minute), blue);
    expect(viewOf(load, 3 * minute)).toMatchObject({ last10Min: 2, repeating: [{ alarm: blue.id, count: 2 }] });
    expect(viewOf(tell(load, blue, step(3 * minute), red), 3 * minute).last10Min).toBe(2);
  });

  it("counts no answer, no other tier's alarm, and nothing that asks again by time or by the shift", () => {
    const done = alarmOf("a/P1", "red", { tiers: [answered("city")] });
    const red = alarmOf("a/P1", "red");
    let load = tell(noLoad(0), done, step(1), red);
    load = tell(load, alarmOf("a/P2", "red", { tiers: [owes("county", "red")] }), step(1));
    for (const code of ["reAlarmUnacknowledged", "reAlarmAcknowledged", "handover"] as const)
      load = tell(load, red, step(1, code), done);
    expect(load.heard).toEqual([]);
  });

  it("holds ten minutes for its rate and a shift for what repeats, and says since when it counts", () => {
    const red = alarmOf("a/P1", "red");
    const load = tell(tell(noLoad(0), red, step(0)), red, step(minute));
    expect(viewOf(load, 5 * minute)).toMatchObject({ last10Min: 2, since: 0, isShort: true });
    expect(viewOf(load, intervalMs + minute)).toMatchObject({ last10Min: 0, isShort: false });
    expect(viewOf(load, intervalMs + minute).repeating).toHaveLength(1);
    expect(viewOf(load, shiftMs + 2 * minute)).toMatchObject({ repeating: [], since: 2 * minute });
  });

  it("names the five that repeat most", () => {
    let load = noLoad(0);
    for (const [nth, count] of [2, 7, 3, 4, 5, 6, 1].entries())
      for (let time = 0; time < count; time += 1) load = tell(load, alarmOf(`a/${nth}`, "red"), step(nth + time));
    expect(viewOf(load, minute).repeating.map(({ count }) => count)).toEqual([7, 6, 5, 4, 3]);
  });

  it("begins anew with a snapshot that it has missed something before, with what came within the ten minutes", () => {
    const now = 60 * minute;
    const alarms = [
      alarmOf("a/P1", "red", { openedAt: now - minute }),
      alarmOf("a/P2", "red", { openedAt: now - intervalMs }),
      alarmOf("a/P3", "red", { openedAt: now - minute, tiers: [answered("city")] }),
    ];
    const load = joined(noLoad(0), { seq: 5, at: now, alarms }, "city");
    expect(load).toMatchObject({ since: now, seq: 5, heard: [{ alarm: "a/P1~high", at: now - minute }] });
  });

  it("goes on over a snapshot that nothing was missed before, unless the seat is another tier's", () => {
    const before = upToDate(tell(noLoad(0), alarmOf("a/P1", "red"), step(minute)), 9);
    const snapshot = { seq: 9, at: 2 * minute, alarms: [] };
    expect(joined(before, snapshot, "city")).toBe(before);
    expect(joined(before, snapshot, "county").heard).toEqual([]);
    expect(joined(before, { ...snapshot, seq: 10 }, "city").heard).toEqual([]);
    expect(upToDate(before, 3)).toBe(before);
  });
});
