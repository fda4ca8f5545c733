// The horn: what sounds when, and what silence does and does not do.
import { describe, expect, it } from "vitest";
import { createHorn } from "../../dashboard/src/horn.ts";
import { createSound, tones } from "../../dashboard/src/sound.ts";
import { alarmOf, answered } from "./support.ts";

const red = alarmOf("a/1", "red");
const second = 1000;

describe("the horn", () => {
  it("repeats red every 10 s and orange every 30 s until answered", () => {
    const times = (level: "red" | "orange"): readonly number[] => {
      const horn = createHorn();
      const alarm = alarmOf("a/1", level);
      return Array.from({ length: 61 }, (_, n) => n).filter((n) => horn.due([alarm], "city", n * second) !== null);
    };
    expect(times("red")).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(times("orange")).toEqual([0, 30, 60]);
  });

  it("sounds yellow and data once, blue never, and nothing that another tier owes", () => {
    const horn = createHorn();
    expect(horn.due([alarmOf("a/1", "yellow")], "city", 0)).toBe("yellow");
    expect(horn.due([alarmOf("a/1", "yellow")], "city", 600 * second)).toBeNull();
    expect(horn.due([alarmOf("a/2", "orange", { isData: true })], "city", 700 * second)).toBe("data");
    expect(createHorn().due([alarmOf("a/1", "blue")], "city", 0)).toBeNull();
    expect(createHorn().due([red], "county", 0)).toBeNull();
  });

  it("ends with the answer", () => {
    const horn = createHorn();
    horn.due([red], "city", 0);
    expect(horn.due([{ ...red, tiers: [answered("city")] }], "city", 20 * second)).toBeNull();
  });

  it("gives the loudest tone first, and one tone at a time", () => {
    const horn = createHorn();
    const alarms = [alarmOf("a/1", "yellow"), red, alarmOf("a/3", "orange")];
    expect(horn.due(alarms, "city", 0)).toBe("red");
    expect(horn.due(alarms, "city", 1 * second)).toBeNull();
  });

  it("is silent for one minute at red after S, but a new revision sounds again", () => {
    const horn = createHorn();
    horn.due([red], "city", 0);
    horn.silence(0);
    expect(horn.silencedUntil(0)).toBe(60 * second);
    expect(horn.due([red], "city", 59 * second)).toBeNull();
    expect(horn.due([red, alarmOf("b/1", "orange")], "city", 30 * second)).toBe("orange");
    expect(horn.due([{ ...red, revision: 2 }], "city", 40 * second)).toBe("red");
    expect(createHorn().silencedUntil(0)).toBeNull();
  });

  it("heeds what its tier silenced at another wall, and sounds for what has asked since", () => {
    const horn = createHorn();
    const at = 10 * second;
    horn.heed({ tier: "city", at, by: "lin" });
    expect(horn.due([red], "city", 20 * second)).toBeNull();
    expect(horn.silencedUntil(20 * second)).toBe(70 * second);
    const since = alarmOf("a/2", "orange", { openedAt: at });
    expect(horn.due([red, since], "city", 21 * second)).toBe("orange");
    expect(horn.due([red], "city", 70 * second)).toBe("red");
    horn.heed(undefined);
    expect(horn.silencedUntil(71 * second)).toBeNull();
  });

  it("sounds again when the silence ends", () => {
    const horn = createHorn();
    horn.due([red], "city", 0);
    horn.silence(0);
    expect(horn.due([red], "city", 60 * second)).toBe("red");
  });

  it("has the data tone for what was over when it was found", () => {
    const late = alarmOf("a/1", "red", { level: null, state: "returnedUnacknowledged", foundLateMs: 900_000 });
    expect(createHorn().due([late], "city", 0)).toBe("data");
  });
});

describe("the tones", () => {
  it("differ from their neighbours by at least a fifth", () => {
    const pitches = [tones.data[0], tones.yellow[0], tones.orange[0], tones.red[0]].map((beep) => beep?.hertz ?? 0);
    pitches.slice(1).forEach((pitch, place) => expect(pitch / (pitches[place] ?? 1)).toBeGreaterThanOrEqual(1.2));
  });

  it("say that they could not be heard where the browser holds sound back", () => {
    const sound = createSound(() => ({ state: "suspended" }) as AudioContext);
    expect(sound.isRunning()).toBe(false);
    expect(sound.play("red")).toBe(false);
    expect(createSound(() => null).play("red")).toBe(false);
  });
});
