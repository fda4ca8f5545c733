// The alarm console as data: its filter in the URL, what chips count, what goes together, the course, and what is barred.
import { describe, expect, it } from "vitest";
import type { AlarmView } from "../../contract/alarm.ts";
import type { IncidentView } from "../../contract/incident.ts";
import { evidenceOption } from "../../dashboard/src/charts/evidence-option.ts";
import { createPlanIndex, limitsOf } from "../../dashboard/src/plan-index.ts";
import { batchOf } from "../../dashboard/src/screens/alarms/batch.ts";
import { filterOf, isOpenFilter, queryOf, sift } from "../../dashboard/src/screens/alarms/filter.ts";
import {
  besideBar,
  byAlarm,
  incidentBar,
  incidentForms,
  isActive,
  lastStep,
  nextClock,
} from "../../dashboard/src/screens/alarms/incident.ts";
import * as own from "../../dashboard/src/screens/alarms/incident.ts";
import { lineOf } from "../../dashboard/src/screens/alarms/timeline.ts";
import { noFilter, type Filter } from "../../dashboard/src/screens/order.ts";
import { alarmOf, answered, incidentOf, limitOf, owes, planOf, pointOf, ruleOf, versionOf } from "./support.ts";

const person = { name: "lin", role: "supervisor", tier: "city" } as const;
const seat = { person, tier: "city", isLinked: true } as const;

describe("the filter", () => {
  it("is in the URL, there and back, and what the URL does not know is left out", () => {
    const filter: Filter = {
      levels: new Set(["red", "blue"]),
      sector: "chem",
      county: "1",
      standing: "returned",
      isMine: true,
      withData: false,
      search: "罐 区",
    };
    const query = Object.fromEntries(Object.entries(queryOf(filter)).filter(([, value]) => value !== null));
    expect(filterOf(query as Record<string, string>)).toEqual(filter);
    expect(isOpenFilter(filterOf({ level: "pink", state: "gone", alarm: "x" }))).toBe(true);
    expect(isOpenFilter(filter)).toBe(false);
  });

  it("counts at each chip what it would show, the other questions being as they are", () => {
    const alarms = [
      alarmOf("a/1", "red"),
      alarmOf("a/2", "blue"),
      alarmOf("b/1", "blue", { isData: true }),
      alarmOf("b/2", "blue", { tiers: [answered("city")] }),
    ];
    const factsOf = ({ site }: AlarmView) => ({ sector: site, county: site, isMine: site === "b", text: "" });
    const filter: Filter = { ...noFilter, levels: new Set(["red"]), withData: false };
    const { passing, counts } = sift(alarms, "city", { filter, factsOf });
    expect(passing.map(({ source }) => source.id)).toEqual(["a/1"]);
    expect(counts.levels).toEqual({ red: 1, orange: 0, yellow: 0, blue: 2 });
    expect([...counts.sectors]).toEqual([["a", 1]]);
    expect(counts.standings).toMatchObject({ owed: 1, answered: 0 });
    expect([counts.mine, counts.data]).toEqual([0, 0]);
    expect(sift(alarms, "city", { filter: noFilter, factsOf }).counts).toMatchObject({ mine: 2, data: 1 });
  });
});

describe("an event acknowledged at once", () => {
  const of = (id: string, level: "red" | "blue" | "orange", part: Partial<AlarmView> = {}) =>
    alarmOf(id, level, { group: "a#1", ...part });
  const ids = (alarms: readonly AlarmView[]) => alarms.map(({ source }) => source.id);

  it("is one group alone, and leaves out every red, also one that has fallen since", () => {
    const chosen = of("a/1", "blue");
    const alarms = [
      chosen,
      of("a/2", "orange"),
      of("a/3", "red"),
      of("a/4", "blue", { tiers: [owes("city", "red")] }),
      of("a/5", "blue", { tiers: [answered("city")] }),
      of("b/1", "blue", { group: "b#1" }),
    ];
    const { together, reds } = batchOf(alarms, chosen, "city");
    expect([ids(together), ids(reds)]).toEqual([
      ["a/1", "a/2"],
      ["a/3", "a/4"],
    ]);
  });

  it("is the alarm alone where it belongs to no event", () => {
    const [one, other] = [of("a/1", "blue", { group: null }), of("a/2", "blue", { group: null })];
    expect(ids(batchOf([one, other], one, "city").together)).toEqual(["a/1"]);
  });
});

describe("an incident", () => {
  const alarm = alarmOf("a/P1", "red");
  const incident = incidentOf(alarm);
  const barsOf = (part: Partial<IncidentView>, isAlarmActive = false) =>
    incidentForms.map((act) =>
      incidentBar({ ...incident, ...part }, act, { seat, isAlarmActive })
        ?.split(".")
        .at(-1),
    );

  it("belongs to the occurrence, of several to the newest", () => {
    const [old, young] = [incident, incidentOf(alarm, { id: "a#2", openedAt: 5000 })];
    const found = byAlarm([young, old]);
    expect(own.incidentOf(found, alarm)?.id).toBe("a#2");
    expect(own.incidentOf(found, { ...alarm, occurrence: 2 })).toBeNull();
  });

  it("offers its steps in their order, each once, and says of the others why not", () => {
    expect(barsOf({})).toEqual(["order", "order", "order", "order", "steps", undefined]);
    expect(barsOf({ step: "received" })).toEqual([undefined, "order", "order", "order", "steps", undefined]);
    expect(barsOf({ step: "disposing" })).toEqual(["done", "done", undefined, "order", "steps", undefined]);
    expect(barsOf({ step: "verified", verdict: "falseAlarm", missing: [] })).toEqual([
      "done",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(barsOf({ step: "reviewed", missing: ["evidence"] })[4]).toBe("evidence");
    expect(barsOf({ step: "reviewed", missing: [] }, true)[4]).toBe("active");
    expect(barsOf({ step: "archived", missing: [] })).toEqual(Array.from({ length: 6 }, () => "archived"));
  });

  it("leaves to the enterprise what is its own, and reviewing and archiving to a supervisor", () => {
    const barOf = (role: "viewer" | "dutyOfficer" | "enterprise", act: (typeof incidentForms)[number]) =>
      incidentBar({ ...incident, step: "received" }, act, {
        seat: { ...seat, person: { ...person, role } },
        isAlarmActive: false,
      });
    expect(barOf("enterprise", "verify")).toBeNull();
    expect(barOf("enterprise", "assign")).toBe("incident.bar.right");
    expect(barOf("dutyOfficer", "archive")).toBe("incident.bar.supervisor");
    expect(barOf("viewer", "verify")).toBe("act.viewer");
    expect(incidentBar(null, "verify", { seat, isAlarmActive: false })).toBe("incident.bar.none");
    expect(besideBar(incident, seat)).toBeNull();
    expect(besideBar(null, seat)).toBe("incident.bar.none");
    expect(besideBar({ ...incident, step: "archived" }, seat)).toBe("incident.bar.archived");
    expect(besideBar(incident, { ...seat, isLinked: false })).toBe("act.linkDown");
  });

  it("is active while an alarm of it is on at orange or red", () => {
    const open = (level: AlarmView["level"]) => new Map([[alarm.id, { ...alarm, level }]]);
    expect([open("red"), open("orange"), open("yellow"), open(null)].map((each) => isActive(incident, each))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("names the clock that runs out next, and who took the last step", () => {
    const clock = { tier: "county" as const, since: 0, doneAt: null, by: null };
    const clocks = [
      { ...clock, step: "received" as const, dueAt: 1 },
      { ...clock, step: "reported" as const, dueAt: 9 },
      { ...clock, step: "disposing" as const, dueAt: 5 },
      { ...clock, step: "archived" as const, dueAt: null },
      { ...clock, step: "verified" as const, dueAt: 2, doneAt: 2 },
    ];
    expect(nextClock({ ...incident, clocks })?.step).toBe("disposing");
    expect(nextClock(incident)).toBeNull();
    const actor = { kind: "person", id: "wen", tier: "county" } as const;
    const entry = { at: 1, actor, text: null, detail: null, alarm: null };
    const entries = [
      { ...entry, kind: "verified" as const },
      { ...entry, kind: "noted" as const },
    ];
    expect(lastStep({ ...incident, entries })?.kind).toBe("verified");
  });
});

describe("the course of an alarm", () => {
  const now = 100_000;
  const short = (steps: ReturnType<typeof lineOf>) =>
    steps.map(({ step, tier, state }) => `${step}${tier ? ` ${tier}` : ""}: ${state}`);

  it("goes from found to archived, tier by tier, and says what is overdue, still on, or not yet its turn", () => {
    const alarm = alarmOf("a/P1", "red", {
      tiers: [owes("city", "red", 1000, 500_000), owes("county", "red", 1000, 5000), answered("enterprise")],
    });
    expect(short(lineOf({ alarm, incident: null, pushedAt: null, now }))).toEqual([
      "found: done",
      "pushed: lost",
      "answer enterprise: done",
      "answer county: overdue",
      "answer city: open",
      "verified: none",
      "disposing: none",
      "reported: none",
      "returned: still",
      "reviewed: none",
      "archived: none",
    ]);
  });

  it("takes who, when, until when and the words from the incident", () => {
    const alarm = alarmOf("a/P1", "red", { level: null, returnedAt: 9000 });
    const actor = { kind: "person", id: "wen", tier: "county" } as const;
    const incident = incidentOf(alarm, {
      step: "disposing",
      clocks: [
        { step: "verified", tier: "county", since: 0, dueAt: 9, doneAt: 7, by: "wen" },
        { step: "reported", tier: "county", since: 0, dueAt: now - 1, doneAt: null, by: null },
      ],
      entries: [
        { at: 7, kind: "verified", actor, text: "seen", detail: "trueAlarm", alarm: null },
        { at: 8, kind: "disposing", actor, text: "closed", detail: null, alarm: null },
      ],
    });
    const line = lineOf({ alarm, incident, pushedAt: 1500, now });
    const stepOf = (name: string) => line.find(({ step }) => step === name);
    expect(stepOf("pushed")).toMatchObject({ state: "done", at: 1500 });
    expect(stepOf("verified")).toMatchObject({ state: "done", at: 7, who: "wen", detail: "trueAlarm", note: "seen" });
    expect(stepOf("disposing")).toMatchObject({ state: "done", at: 8, who: "wen", tier: "county", note: "closed" });
    expect(stepOf("reported")).toMatchObject({ state: "overdue", dueAt: now - 1 });
    expect(stepOf("returned")).toMatchObject({ state: "done", at: 9000 });
  });
});

describe("the evidence", () => {
  it("draws the limits of the version that raised the alarm, not those of now", () => {
    const versions = [
      versionOf({ levels: { red: [limitOf(40)], blue: [limitOf(10)] } }),
      versionOf({ version: 2, validFrom: 1, levels: { red: [limitOf(70)] } }),
    ];
    const index = createPlanIndex(planOf([pointOf("a/P1", { rules: [ruleOf({ versions })] })]));
    expect(limitsOf(index, alarmOf("a/P1", "red")).map(({ level, setpoint }) => [level, setpoint])).toEqual([
      ["red", 40],
      ["blue", 10],
    ]);
    expect(limitsOf(index, alarmOf("a/P1", "red", { ruleVersion: 3 }))).toEqual([]);
    expect(limitsOf(index, alarmOf("a/P1", "red", { direction: "none" }))).toEqual([]);
  });

  it("stands still: an upright line at the first alarm, and nothing drawn beyond what is known", () => {
    const option = evidenceOption(
      {
        buckets: [{ at: 0, min: 1, max: 1, last: 1 }],
        bucketMs: 10,
        newest: null,
        limits: [],
        from: 0,
        to: 1000,
        gapMs: 100,
        isStale: true,
        size: [600, 120],
        isGrey: false,
        range: [0, 10],
        splitMs: 100,
        zoneMs: 0,
        formatTime: String,
        formatValue: String,
      },
      500,
    );
    const series = option["series"] as { id: string; markLine?: { data: unknown } }[];
    expect(option["animation"]).toBe(false);
    expect(series.map(({ id }) => id)).toEqual(["line", "dots", "first"]);
    expect(series.at(-1)?.markLine?.data).toEqual([{ xAxis: 500 }]);
  });
});
