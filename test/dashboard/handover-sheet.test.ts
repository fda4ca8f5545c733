// The sheet of the shift as data: what stands on it, in which order, and what taking over will do.
import { describe, expect, it } from "vitest";
import type { IncidentView } from "../../contract/incident.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import {
  askedAgain,
  isEmpty,
  needsNote,
  sheetOf,
  type SheetInput,
} from "../../dashboard/src/screens/handover/sheet.ts";
import { alarmOf, answered, incidentOf, markOf, owes, planOf, pointOf, ruleOf, versionOf } from "./support.ts";

const hour = 3_600_000;
const now = 48 * hour;
const base: SheetInput = {
  index: createPlanIndex(planOf()),
  tier: "city",
  now,
  alarms: [],
  incidents: [],
  devices: [],
  neighbours: [],
};
const answeredBlue = (nth: number) => alarmOf(`b/${nth}`, "blue", { tiers: [answered("city")] });

describe("the sheet", () => {
  it("is empty where nothing stands", () => {
    expect(isEmpty(sheetOf(base))).toBe(true);
    expect(isEmpty(sheetOf({ ...base, alarms: [alarmOf("a/P1", "blue")] }))).toBe(false);
  });

  it("cuts only what is answered and below orange", () => {
    const alarms = [
      ...Array.from({ length: 300 }, (_, nth) => answeredBlue(nth)),
      ...Array.from({ length: 250 }, (_, nth) => alarmOf(`a/${nth}`, "orange", { tiers: [answered("city")] })),
    ];
    const sheet = sheetOf({ ...base, alarms });
    expect(sheet.alarms).toHaveLength(250);
    expect(sheet.more).toBe(300);
    expect(sheetOf({ ...base, alarms: alarms.slice(0, 210) })).toMatchObject({ more: 10 });
  });

  it("names every time that has passed, the oldest first, and receiving only as the alarm's answer", () => {
    const late = alarmOf("a/P1", "red", { tiers: [owes("county", "red", now - 2 * hour, hour)] });
    const clock = { tier: "county" as const, since: 0, doneAt: null, by: null };
    const incident: IncidentView = incidentOf(late, {
      clocks: [
        { ...clock, step: "received", dueAt: 1 },
        { ...clock, step: "verified", dueAt: now - 3 * hour },
        { ...clock, step: "disposing", dueAt: now + hour },
        { ...clock, step: "reported", dueAt: 2, doneAt: 1 },
      ],
    });
    const { overdue } = sheetOf({ ...base, alarms: [late], incidents: [incident] });
    expect(overdue.map(({ step, dueAt }) => [step, now - dueAt])).toEqual([
      ["verified", 3 * hour],
      ["received", hour],
    ]);
  });

  it("lists marks by their end, incidents by level, lost devices by age, and parts that are down", () => {
    const marked = (until: number | null) =>
      alarmOf(`a/${until}`, "blue", { state: "normal", level: null, marks: [markOf("shelved", { until })] });
    const sheet = sheetOf({
      ...base,
      alarms: [marked(null), marked(9), marked(4)],
      incidents: [
        incidentOf(alarmOf("a/P1", "yellow")),
        incidentOf(alarmOf("a/P2", "red")),
        incidentOf(alarmOf("a/P3", "red"), { step: "archived" }),
      ],
      devices: [
        { id: "a/box", state: "offline", since: 5 },
        { id: "b/box", state: "unheard", since: 3 },
        { id: "c/box", state: "online", since: 1 },
      ],
      neighbours: [
        { name: "broker", state: "up", since: 1, reason: "" },
        { name: "disk", state: "down", since: 1, reason: "full" },
      ],
    });
    expect(sheet.alarms).toEqual([]);
    expect(sheet.marks.map(({ mark }) => mark.until)).toEqual([4, 9, null]);
    expect(sheet.incidents.map(({ peakLevel }) => peakLevel)).toEqual(["red", "yellow"]);
    expect(sheet.devices.map(({ id }) => id)).toEqual(["b/box", "a/box"]);
    expect(sheet.neighbours.map(({ name }) => name)).toEqual(["disk"]);
  });

  it("tells the versions that came into force within a day, and none that is still to come", () => {
    const versions = [0, now - 25 * hour, now - 2 * hour, now + hour].map((validFrom, nth) =>
      versionOf({ version: nth + 1, validFrom }),
    );
    const index = createPlanIndex(planOf([pointOf("a/P1", { rules: [ruleOf({ versions })] })]));
    expect(sheetOf({ ...base, index }).rules.map(({ version }) => version.version)).toEqual([3]);
  });
});

describe("taking over", () => {
  it("asks again for what this tier owes or has answered while it stands, not for what is marked or over", () => {
    const alarms = [
      alarmOf("a/owed", "blue"),
      alarmOf("a/answered", "blue", { state: "acknowledged", tiers: [answered("city")] }),
      alarmOf("a/latched", "blue", { level: null, latchedLevel: "blue", tiers: [answered("city")] }),
      alarmOf("a/over", "blue", { level: null, tiers: [answered("city"), owes("county", "blue")] }),
      alarmOf("a/marked", "blue", { marks: [markOf("shelved")] }),
      alarmOf("a/others", "blue", { tiers: [owes("county", "blue")] }),
    ];
    expect(askedAgain(alarms, "city").map(({ source }) => source.id)).toEqual(["a/owed", "a/answered", "a/latched"]);
  });

  it("wants a word where a red is unacknowledged", () => {
    expect(needsNote([alarmOf("a/P1", "red")], "city")).toBe(true);
    expect(needsNote([alarmOf("a/P1", "red", { tiers: [answered("city")] }), alarmOf("a/P2", "orange")], "city")).toBe(
      false,
    );
  });
});
