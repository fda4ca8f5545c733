// The horn: what sounds when, and what silence does and does not do.
import { describe, expect, it } from "vitest";
import type { AlarmView } from "../../contract/alarm.ts";
import type { Tier } from "../../contract/plant.ts";
import { createHorn, type Horn, type Tone } from "../../dashboard/src/horn.ts";
import { alarmOf, answered } from "./support.ts";

const red = alarmOf("a/1", "red");
const second = 1000;

/** What a seat that sounds hears, and which tone is then due. */
function dueOf(horn: Horn, alarms: readonly AlarmView[], tier: Tier, now: number): Tone | null {
  horn.hear(alarms, tier);
  return horn.due(now)?.tone ?? null;
}

describe("the horn", () => {
  it("repeats red every 10 s and orange every 30 s until answered", () => {
    const times = (level: "red" | "orange"): readonly number[] => {
      const horn = createHorn();
      const alarm = alarmOf("a/1", level);
      return Array.from({ length: 61 }, (_, n) => n).filter((n) => dueOf(horn, [alarm], "city", n * second) !== null);
    };
    expect(times("red")).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(times("orange")).toEqual([0, 30, 60]);
  });

  it("sounds yellow and data once, blue never, and nothing that another tier owes", () => {
    const horn = createHorn();
    expect(dueOf(horn, [alarmOf("a/1", "yellow")], "city", 0)).toBe("yellow");
    expect(dueOf(horn, [alarmOf("a/1", "yellow")], "city", 600 * second)).toBeNull();
    expect(dueOf(horn, [alarmOf("a/2", "orange", { isData: true })], "city", 700 * second)).toBe("data");
    expect(dueOf(createHorn(), [alarmOf("a/1", "blue")], "city", 0)).toBeNull();
    expect(dueOf(createHorn(), [red], "county", 0)).toBeNull();
  });

  it("ends with the answer", () => {
    const horn = createHorn();
    dueOf(horn, [red], "city", 0);
    expect(dueOf(horn, [{ ...red, tiers: [answered("city")] }], "city", 20 * second)).toBeNull();
  });

  it("gives the loudest tone first, and one tone at a time", () => {
    const horn = createHorn();
    const alarms = [alarmOf("a/1", "yellow"), red, alarmOf("a/3", "orange")];
    expect(dueOf(horn, alarms, "city", 0)).toBe("red");
    expect(dueOf(horn, alarms, "city", 1 * second)).toBeNull();
  });

  it("is silent for one minute at red after S, but a new revision sounds again", () => {
    const horn = createHorn();
    dueOf(horn, [red], "city", 0);
    horn.silence(0);
    expect(horn.silencedUntil(0)).toBe(60 * second);
    expect(dueOf(horn, [red], "city", 59 * second)).toBeNull();
    expect(dueOf(horn, [red, alarmOf("b/1", "orange")], "city", 30 * second)).toBe("orange");
    expect(dueOf(horn, [{ ...red, revision: 2 }], "city", 40 * second)).toBe("red");
    expect(createHorn().silencedUntil(0)).toBeNull();
  });

  it("heeds what its tier silenced at another wall, and sounds for what has asked since", () => {
    const horn = createHorn();
    const at = 10 * second;
    horn.heed({ tier: "city", at, by: "lin" });
    expect(dueOf(horn, [red], "city", 20 * second)).toBeNull();
    expect(horn.silencedUntil(20 * second)).toBe(70 * second);
    const since = alarmOf("a/2", "orange", { openedAt: at });
    expect(dueOf(horn, [red, since], "city", 21 * second)).toBe("orange");
    expect(dueOf(horn, [red], "city", 70 * second)).toBe("red");
    horn.heed(undefined);
    expect(horn.silencedUntil(71 * second)).toBeNull();
  });

  it("sounds again when the silence ends", () => {
    const horn = createHorn();
    dueOf(horn, [red], "city", 0);
    horn.silence(0);
    expect(dueOf(horn, [red], "city", 60 * second)).toBe("red");
  });

  it("sounds for all of a level together once one of them has come later, and names them", () => {
    const horn = createHorn();
    const later = alarmOf("a/2", "red");
    dueOf(horn, [red], "city", 0);
    horn.hear([red, later, alarmOf("a/3", "orange")], "city");
    const due = horn.due(4 * second);
    expect(due?.asking.map(({ alarm }) => alarm.id)).toEqual([red.id, later.id]);
    expect(horn.due(10 * second)).toBeNull();
    expect(horn.due(14 * second)?.asking).toHaveLength(2);
  });

  it("keeps what a seat that does not sound has heard, and sounds it once it does", () => {
    const horn = createHorn();
    horn.hear([alarmOf("a/2", "yellow"), red], "city");
    horn.silence(0);
    expect(horn.silencedUntil(0)).toBe(60 * second);
    horn.hear([alarmOf("b/1", "yellow")], "city");
    expect(horn.due(90 * second)?.tone).toBe("yellow");
  });

  it("sounds on at a clock that was set back", () => {
    const horn = createHorn();
    dueOf(horn, [red], "city", 3_600_000);
    expect(dueOf(horn, [red], "city", 0)).toBe("red");
  });

  it("comes again by a person's time where the server's clock runs faster", () => {
    const horn = createHorn();
    horn.hear([red], "city");
    const times = Array.from({ length: 31 }, (_, n) => n).filter((n) => horn.due(60 * n * second, n * second) !== null);
    expect(times).toEqual([0, 10, 20, 30]);
  });

  it("knows whether any of those that it sounded for still asks", () => {
    const horn = createHorn();
    horn.hear([red], "city");
    const asking = horn.due(0)?.asking ?? [];
    expect(horn.isAsking(asking, 1 * second)).toBe(true);
    horn.silence(1 * second);
    expect(horn.isAsking(asking, 2 * second)).toBe(false);
    expect(horn.isAsking(asking, 62 * second)).toBe(true);
    horn.hear([{ ...red, tiers: [answered("city")] }], "city");
    expect(horn.isAsking(asking, 62 * second)).toBe(false);
  });

  it("has the data tone for what was over when it was found", () => {
    const late = alarmOf("a/1", "red", { level: null, state: "returnedUnacknowledged", foundLateMs: 900_000 });
    expect(dueOf(createHorn(), [late], "city", 0)).toBe("data");
  });
});
