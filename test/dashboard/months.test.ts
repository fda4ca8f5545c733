// A wall that hangs for months: when it loads itself anew, and never while somebody must be told; where its pixels stand, and when it is dimmed.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { shallowRef } from "vue";
import type { AlarmView } from "../../contract/alarm.ts";
import type { Person } from "../../contract/wall.ts";
import type { LinkView } from "../../dashboard/src/link.ts";
import {
  isNight,
  reloadReason,
  type ReloadSights,
  seatOffsetMs,
  shiftAt,
  startMonths,
} from "../../dashboard/src/months.ts";
import { alarmOf, answered } from "./support.ts";

const minute = 60_000;
/** Ten past four in Shanghai. */
const tenPastFour = Date.UTC(2026, 10, 23, 20, 10);
const sights: ReloadSights = {
  now: tenPastFour + 11 * minute,
  loadedAt: tenPastFour - 600 * minute,
  name: "wall-1",
  mustReload: false,
  isNewBuild: false,
  heavySince: null,
  isOwed: false,
  isLive: true,
  isCovered: true,
};

describe("a wall loads itself anew", () => {
  it("every day at its own minute about ten past four, once", () => {
    const due = tenPastFour + seatOffsetMs("wall-1");
    expect(reloadReason({ ...sights, now: due - 1000 })).toBeNull();
    expect(reloadReason({ ...sights, now: due + 1000 })).toBe("daily");
    expect(reloadReason({ ...sights, now: due + 300 * minute })).toBe("daily");
    expect(reloadReason({ ...sights, loadedAt: due + 1000, now: due + 1300 * minute })).toBeNull();
    expect(reloadReason({ ...sights, loadedAt: due + 1000, now: due + 1441 * minute })).toBe("daily");
  });

  it("each at another time, within ten minutes", () => {
    const offsets = ["wall-1", "wall-2", "wall-3", "城区大屏", ""].map(seatOffsetMs);
    expect(new Set(offsets).size).toBe(offsets.length);
    expect(offsets.every((offset) => Math.abs(offset) <= 10 * minute)).toBe(true);
  });

  it("not while a red or orange waits, nor without a server", () => {
    expect(reloadReason({ ...sights, isOwed: true })).toBeNull();
    expect(reloadReason({ ...sights, isLive: false })).toBeNull();
    expect(reloadReason({ ...sights, isNewBuild: true, isOwed: true })).toBeNull();
  });

  it("not while it is the only picture of its room, unless its heap would end it", () => {
    const alone = { ...sights, isCovered: false };
    expect(reloadReason(alone)).toBeNull();
    expect(reloadReason({ ...alone, isNewBuild: true })).toBeNull();
    expect(reloadReason({ ...alone, heavySince: sights.now - 5 * minute })).toBe("heap");
    expect(reloadReason({ ...alone, mustReload: true })).toBe("protocol");
  });

  it("for another build at once, for a heavy heap after five minutes, but never twice in a minute", () => {
    const fresh = { ...sights, loadedAt: sights.now - 2 * minute };
    expect(reloadReason(fresh)).toBeNull();
    expect(reloadReason({ ...fresh, isNewBuild: true })).toBe("build");
    expect(reloadReason({ ...fresh, heavySince: fresh.now - 4 * minute })).toBeNull();
    expect(reloadReason({ ...fresh, heavySince: fresh.now - 5 * minute })).toBe("heap");
    expect(reloadReason({ ...fresh, isNewBuild: true, loadedAt: fresh.now - 30_000 })).toBeNull();
  });

  it("whatever is owed where it no longer understands the server: it could not show it", () => {
    expect(reloadReason({ ...sights, mustReload: true, isOwed: true, isLive: false })).toBe("protocol");
    expect(reloadReason({ ...sights, mustReload: true, loadedAt: sights.now - 30_000 })).toBeNull();
  });
});

describe("a wall's pixels", () => {
  it("stand in each of 25 places for three minutes, one pixel further each time", () => {
    const path = Array.from({ length: 25 }, (_, nth) => shiftAt(nth * 3 * minute));
    expect(new Set(path.map(String)).size).toBe(25);
    expect(path.flat().every((px) => px >= 0 && px <= 4)).toBe(true);
    for (const [nth, [right, down]] of path.slice(1).entries()) {
      const from = path[nth] ?? [0, 0];
      expect(Math.abs(right - from[0]) + Math.abs(down - from[1])).toBe(1);
    }
    expect(shiftAt(75 * minute)).toEqual(shiftAt(0));
  });

  it("are dimmed from 23:00 to 06:00 of Shanghai", () => {
    const at = (hours: number, minutes: number): number => Date.UTC(2026, 10, 23, hours - 8, minutes);
    expect([at(22, 59), at(23, 0), at(29, 59), at(30, 0)].map(isNight)).toEqual([false, true, true, false]);
  });
});

describe("the runner", () => {
  const wall: Person = { name: "wall-1", role: "viewer", tier: "city", isWall: true };
  const live = {
    alarms: shallowRef<ReadonlyMap<string, AlarmView>>(new Map()),
    clockSpeed: shallowRef<number | null>(null),
    link: shallowRef({ state: "live" } as LinkView),
    mustReload: shallowRef(false),
    now: shallowRef(0),
    person: shallowRef<Person | null>(wall),
    version: shallowRef("1"),
  };
  let heap: number | null;
  let reloads: string[];
  let isCovered: boolean;
  let awake: number;
  const startedAt = Date.UTC(2026, 10, 23, 4);
  let root: HTMLElement;
  let runner: ReturnType<typeof startMonths>;

  function pass(ms: number): void {
    for (let left = ms; left > 0; left -= 10_000) {
      live.now.value += 10_000;
      vi.advanceTimersByTime(10_000);
    }
  }
  beforeEach(() => {
    vi.useFakeTimers();
    isCovered = true;
    [heap, reloads, awake, root] = [100, [], 0, document.createElement("div")];
    [live.alarms.value, live.person.value, live.version.value] = [new Map(), wall, "1"];
    live.now.value = startedAt;
    runner = startMonths({
      live,
      root,
      heapMb: () => heap,
      ageMs: () => live.now.value - startedAt,
      isCovered: () => isCovered,
      keepAwake: () => (awake += 1),
      reload: (reason) => void reloads.push(reason),
    });
  });
  afterEach(() => {
    runner.stop();
    vi.useRealTimers();
  });

  it("shifts and dims a wall and keeps it awake, and leaves a person's screen alone", () => {
    pass(6 * minute);
    expect(root.style.getPropertyValue("--shift")).not.toBe("0px 0px");
    expect(awake).toBeGreaterThan(0);
    expect(root.dataset["dim"]).toBe("off");
    live.now.value = Date.UTC(2026, 10, 23, 16);
    pass(10_000);
    expect(root.dataset["dim"]).toBe("on");
    live.person.value = { name: "duty", role: "dutyOfficer", tier: "city" };
    pass(10_000);
    expect([root.style.getPropertyValue("--shift"), root.dataset["dim"]]).toEqual(["0px 0px", "off"]);
  });

  it("waits with another build for the answer to an orange that this tier owes", () => {
    const orange = alarmOf("a/P1", "orange");
    live.alarms.value = new Map([["a", orange]]);
    live.version.value = "2";
    pass(20 * minute);
    expect(reloads).toEqual([]);
    live.alarms.value = new Map([["a", { ...orange, tiers: [answered("city")] }]]);
    pass(10_000);
    expect(reloads).toEqual(["build"]);
  });

  it("waits with another build until another wall of its room is up", () => {
    isCovered = false;
    live.version.value = "2";
    pass(20 * minute);
    expect(reloads).toEqual([]);
    isCovered = true;
    pass(10_000);
    expect(reloads).toEqual(["build"]);
  });

  it("counts the minutes of a heavy heap without a break, and none on a person's screen", () => {
    heap = 400;
    pass(4 * minute);
    heap = 200;
    pass(10_000);
    heap = 400;
    pass(5 * minute);
    expect(reloads).toEqual([]);
    pass(10_000);
    expect(reloads).toEqual(["heap"]);
    live.person.value = null;
    pass(20 * minute);
    expect(reloads).toEqual(["heap"]);
  });
});
