// From alarms to incidents: what opens one, what joins, who receives it, and what brings it back (semantics §7, §9).
import { describe, expect, it } from "vitest";
import type { CommandAct, Requests } from "../../../contract/command.ts";
import { incidentAfter, type IncidentView } from "../../../contract/incident.ts";
import { recordedOf } from "../../../contract/journal.ts";
import type { Tier } from "../../../contract/plant.ts";
import type { Reply } from "../../../contract/wall.ts";
import { changeOf, hour, ladder, limit, minute, planOf, point, routing, rule } from "../../support/plant.ts";
import { at, createRoom, officer, reading, telemetry, type Room } from "../../support/room.ts";

const day = 86_400;
const steady = { silentAfterMs: 1000 * day * 1000 };
const limits = { blue: limit(60), yellow: limit(70), orange: limit(80), red: limit(90) };
const codes = ["p", "q", "r"];
const plan = planOf(
  [
    ...codes.map((code) => point(code, { ...steady, rules: [rule("high", limits)] })),
    point("p", { ...steady, site: "s2", rules: [rule("high", limits)] }),
  ],
  {
    routing: {
      ...routing,
      reAlarmUnacknowledgedMs: {},
      reAlarmAcknowledgedMs: { yellow: 8 * hour },
      incident: { yellow: { verified: { tier: "enterprise", withinMs: 2 * hour } } },
    },
  },
);

function idOf(code: string, site = "s1"): string {
  return `${site}/${code}~limit~high`;
}

function incidents(room: Room): readonly IncidentView[] {
  return room.monitor().standing().incidents;
}

function only(room: Room): IncidentView {
  expect(incidents(room)).toHaveLength(1);
  return incidents(room)[0] as IncidentView;
}

/** What has happened to all of them, in order. */
function told(room: Room): readonly string[] {
  return room.changes.flatMap((change) =>
    change.type === "incident" ? [[change.entry.kind, change.entry.alarm?.split("~")[0] ?? ""].join(" ").trim()] : [],
  );
}

type StepAct = "verify" | "dispose" | "report" | "review" | "archive";

function act<A extends CommandAct>(
  room: Room,
  seconds: number,
  name: A,
  rest: Omit<Requests[A], "commandId" | "incident" | "revision"> & {
    readonly incident?: string;
    readonly revision?: number;
  },
  tier: Tier = "county",
): Reply {
  const incident = incidents(room).find(({ id }) => id === rest.incident) ?? incidents(room).at(-1);
  const seen = { incident: incident?.id ?? "nothing#1", revision: incident?.revision ?? 1 };
  const request = ["note", "assign", "attach", "cardStep"].includes(name) ? { incident: seen.incident } : seen;
  return room.act(seconds, name, { ...request, ...rest } as unknown as Omit<Requests[A], "commandId">, {
    person: officer(tier, "supervisor"),
  });
}

/** Leads the newest incident on, one act after the other, in the same second. */
function lead(
  room: Room,
  seconds: number,
  acts: readonly StepAct[],
  verdict: "trueAlarm" | "falseAlarm" = "trueAlarm",
): Reply {
  const rest = { verify: { verdict, note: "n" }, dispose: { note: "n" }, report: { to: "county", note: "n" } };
  let reply: Reply = { ok: true, seq: 0 };
  for (const name of acts) {
    const said = name === "review" ? { cause: "c", note: "n" } : name === "archive" ? { note: "n" } : rest[name];
    reply = act(room, seconds, name, said as never);
  }
  return reply;
}

const hash = "b".repeat(64);
const file = { hash, name: "gauge.jpg", mediaType: "image/jpeg", bytes: 10 };

/** An incident of `p` at yellow, which has returned, put away at that second. */
function archivedAt(seconds: number, value = 75): Room {
  const room = createRoom(plan);
  room.value(0, "p", value);
  room.value(1, "p", 10);
  for (const tier of ["enterprise", "county"] as const) room.acknowledge(2, tier, idOf("p"));
  lead(room, seconds, ["verify"], "falseAlarm");
  act(room, seconds, "attach", file);
  expect(lead(room, seconds, ["review", "archive"])).toMatchObject({ ok: true });
  expect(only(room).step).toBe("archived");
  return room;
}

describe("an alarm", () => {
  it("opens an incident at yellow, not at blue, which is counted from the moment it rose", () => {
    const room = createRoom(plan);
    room.value(0, "p", 65);
    expect(incidents(room)).toEqual([]);
    room.value(1000, "p", 75);
    const opening = room.changes.findLast(({ type }) => type === "incident");
    expect(only(room)).toMatchObject({
      id: `s1#${opening?.seq}`,
      site: "s1",
      revision: 1,
      firstAt: at(1000),
      firstOut: idOf("p"),
      openedAt: at(1000),
      step: null,
      peakLevel: "yellow",
      alarms: [{ alarm: idOf("p"), occurrence: 1 }],
      missing: ["steps"],
    });
    expect(only(room).clocks.map(({ step, tier, dueAt }) => [step, tier, dueAt])).toEqual([
      ["received", "enterprise", at(1000) + 15 * minute],
      ["received", "county", at(1000) + 15 * minute],
      ["verified", "enterprise", at(1000) + 2 * hour],
    ]);
  });

  it("joins what its site has had within ten minutes, blue as well, and another site's has its own", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.value(590, "q", 65);
    room.value(1180, "r", 75);
    room.value(1180, "p", 75, { site: "s2" });
    expect(told(room)).toEqual(["opened s1/p", "joined s1/q", "joined s1/r", "opened s2/p"]);
    const [first, second] = incidents(room);
    expect(first?.alarms.map(({ alarm }) => alarm)).toEqual(codes.map((code) => idOf(code)));
    expect(second).toMatchObject({ site: "s2", firstOut: idOf("p", "s2") });
  });

  it("opens another once ten minutes have passed, and blue joins none then", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.value(601, "q", 65);
    room.value(602, "r", 75);
    expect(told(room)).toEqual(["opened s1/p", "opened s1/r"]);
    // It is yellow now: what is within ten minutes of it is the second.
    room.value(603, "q", 75);
    expect(incidents(room)[1]?.alarms.map(({ alarm }) => alarm)).toEqual([idOf("r"), idOf("q")]);
  });

  it("raises its incident by its rise, and by nothing that the incident knew", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.value(1, "p", 95);
    room.value(2, "q", 85);
    room.value(3, "q", 95);
    room.value(4, "q", 75);
    expect(told(room)).toEqual(["opened s1/p", "raised s1/p", "joined s1/q"]);
    expect(only(room)).toMatchObject({ peakLevel: "red", revision: 1 });
    expect(
      only(room)
        .clocks.filter(({ step }) => step === "received")
        .map(({ tier }) => tier),
    ).toEqual(["enterprise", "county", "township", "city"]);
  });

  it("comes again into its own incident while that is open, however much later", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.value(1, "p", 10);
    for (const tier of ["enterprise", "county"] as const) room.acknowledge(2, tier, idOf("p"));
    room.value(3 * day, "p", 75);
    expect(told(room)).toEqual(["opened s1/p", "received s1/p", "received s1/p", "joined s1/p"]);
    expect(only(room).alarms.map(({ occurrence }) => occurrence)).toEqual([1, 2]);
  });

  it("under a mark opens none and joins none; when the mark ends it does", () => {
    const room = createRoom(plan);
    const mark = { alarm: idOf("p"), occurrence: 0, reason: "r", forMs: hour, upTo: "yellow" as const };
    room.act(0, "shelve", mark, { approver: officer("city", "supervisor") });
    room.value(1, "p", 75);
    expect(incidents(room)).toEqual([]);
    room.pass(3601);
    expect(told(room)).toEqual(["opened s1/p"]);
  });

  it("makes one of its site's data apart from its process, and one of the city where there is no site", () => {
    const room = createRoom(
      planOf([point("p", { silence: { yellow: 30_000 }, rules: [rule("high", limits)] })], { routing: plan.routing }),
    );
    room.value(0, "p", 75);
    room.pass(60);
    room.neighbour(61, "broker", "down");
    expect(incidents(room).map(({ site, isData = false, firstOut }) => [site, isData, firstOut])).toEqual([
      ["s1", false, idOf("p")],
      ["s1", true, "s1/p~silence"],
      [null, true, "broker~down"],
    ]);
    expect(incidents(room)[2]?.id).toMatch(/^city#\d+$/u);
    expect(incidents(room)[2]?.clocks.map(({ tier }) => tier)).toContain("city");
  });

  it("that lifts an item joins with its members once each, and one answer receives for all of them", () => {
    const item = codes.concat("u").map((code) => point(code, { ...steady, rules: [rule("high", limits)] }));
    const room = createRoom(planOf(item, { itemRollup: ladder("none"), routing: plan.routing }));
    for (const code of codes) room.value(0, code, 75);
    expect(told(room)).toEqual(["opened s1/p", "joined s1/q", "joined s1/r", "joined s1/i1"]);
    expect(only(room).peakLevel).toBe("orange");
    room.acknowledge(1, "county", "s1/i1~ladder");
    expect(told(room).slice(4)).toEqual(["received s1/i1"]);
  });
});

describe("what was found late", () => {
  const late = (room: Room, seconds: number, value: number, measured: number, code = "p"): void => {
    room.say(seconds, telemetry([reading(code, value, at(measured)), reading(code, 10, at(measured + 1))]));
  };

  it("opens an incident at orange, first at its own time, and none at yellow", () => {
    const room = createRoom(plan);
    late(room, 5000, 75, 10, "q");
    expect(incidents(room)).toEqual([]);
    late(room, 5000, 85, 10);
    expect(only(room)).toMatchObject({ firstAt: at(10), openedAt: at(5000), peakLevel: "orange" });
  });

  it("at yellow joins what was open then, and is first of it where it was earlier", () => {
    const room = createRoom(plan);
    room.value(4000, "p", 75);
    late(room, 5000, 75, 3900, "q");
    expect(only(room)).toMatchObject({ firstAt: at(3900), firstOut: idOf("q") });
    expect(told(room)).toEqual(["opened s1/p", "joined s1/q"]);
  });

  it("long ago does not end the incident of now: what comes next joins that", () => {
    const room = createRoom(plan);
    room.value(4000, "p", 75);
    late(room, 4001, 85, 10, "q");
    room.value(4002, "r", 75);
    expect(told(room)).toEqual(["opened s1/p", "opened s1/q", "joined s1/r"]);
  });

  it("at yellow and still on once its point has caught up opens one then", () => {
    const room = createRoom(plan);
    room.value(5000, "p", 75, { measured: 10 });
    expect(incidents(room)).toEqual([]);
    room.value(5010, "p", 75);
    expect(told(room)).toEqual(["opened s1/p"]);
  });
});

describe("an amendment", () => {
  const step = { violatedSince: null, returnedSince: null, ruleVersion: 1, value: 85, setpoint: 80, deadband: 0 };
  const why = { code: "limitViolated", values: {} } as const;
  const base = { ...step, alarm: idOf("p"), quality: "good", why } as const;
  const amend = (room: Room, seconds: number, amends: number | null): void => {
    const steps = [
      { ...base, at: at(10), fromLevel: null, level: "orange", amends },
      { ...base, at: at(20), fromLevel: "orange", level: null, amends },
    ] as const;
    const input = { point: "s1/p", from: at(0), until: at(30), samples: 4, readTo: 1, isSettled: true, steps };
    room.say(seconds, { kind: "amendment", ...input });
  };

  it("that finds what nobody was told of at orange opens an incident", () => {
    const room = createRoom(plan);
    room.value(900, "p", 10);
    amend(room, 1000, null);
    expect(told(room)).toEqual(["opened s1/p"]);
    expect(only(room)).toMatchObject({ firstAt: at(10), openedAt: at(1000) });
  });

  it("that only gives a step another time tells an incident nothing", () => {
    const room = createRoom(plan);
    room.value(900, "p", 75);
    amend(room, 1000, 1);
    expect(told(room)).toEqual(["opened s1/p"]);
  });
});

describe("an answer to an alarm", () => {
  it("receives its incident for that tier, with the words that were said", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.acknowledge(60, "county", idOf("p"), { note: "on my way" });
    expect(only(room)).toMatchObject({ step: "received", revision: 2 });
    expect(only(room).entries.at(-1)).toMatchObject({
      kind: "received",
      actor: { kind: "person", id: "officer-county", tier: "county" },
      text: "on my way",
      alarm: idOf("p"),
    });
    expect(room.acknowledge(61, "enterprise", idOf("p"))).toEqual({ ok: true, seq: room.state().seq });
  });

  it("is also the mark of who knows of it: nobody could answer under it", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    const mark = { alarm: idOf("p"), occurrence: 1, reason: "valve work", forMs: hour };
    expect(room.act(1, "shelve", mark, { person: officer("county") })).toMatchObject({ ok: true });
    expect(only(room)).toMatchObject({ step: "received", entries: [{}, { kind: "received", text: "valve work" }] });
    expect(lead(room, 2, ["verify"])).toMatchObject({ ok: true });
  });

  it("to an alarm without an incident, or to what was put away, receives nothing", () => {
    const blue = createRoom(plan);
    blue.value(0, "p", 65);
    blue.acknowledge(1, "enterprise", idOf("p"));
    expect(incidents(blue)).toEqual([]);
    const room = archivedAt(3);
    // The alarm is asked about again, and its incident is gone when it is answered.
    room.value(10, "p", 75);
    expect(only(room).step).toBeNull();
    lead(room, 11, ["verify"]);
    expect(only(room).step).toBeNull();
  });

  it("long after the incident left the state receives nothing any more", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.acknowledge(1, "county", idOf("p"));
    lead(room, 2, ["verify", "review"], "falseAlarm");
    lead(room, 2, ["archive"]);
    room.pass(2 + day);
    expect(room.acknowledge(2 + day, "enterprise", idOf("p"))).toMatchObject({ ok: true });
    expect(told(room)).toEqual(["opened s1/p", "received s1/p", "verified", "reviewed", "archived"]);
  });
});

describe("an act on an incident", () => {
  it("is carried out once for each command, and refused with the incident as it is where that has moved on", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.acknowledge(1, "county", idOf("p"));
    const { id, revision } = only(room);
    const request = { incident: id, revision, verdict: "trueAlarm", note: "seen" } as const;
    const by = { person: officer("county"), commandId: "the-same-id" };
    const first = room.act(2, "verify", request, by);
    expect(first).toEqual({ ok: true, seq: room.state().seq });
    expect(room.act(3, "verify", request, by)).toEqual(first);
    const second = room.act(4, "verify", { ...request, verdict: "falseAlarm" }, { person: officer("city") });
    expect(second).toEqual({ ok: false, code: "INCIDENT_CHANGED", incident: only(room) });
    expect(only(room).verdict).toBe("trueAlarm");
    room.restart();
    expect(room.act(5, "verify", request, by)).toEqual(first);
  });

  it("is told by its entry alone in the journal; what was done before is no change", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    act(room, 1, "assign", { owner: "Wang" });
    const change = room.changes.at(-1);
    expect(change).toMatchObject({
      type: "incident",
      entry: { kind: "assigned", detail: "Wang" },
      incident: { owner: "Wang" },
    });
    if (change?.type === "incident") {
      const { type, seq, id, entry } = change;
      expect(recordedOf(change)).toEqual({ type, seq, id, entry });
    }
    const { seq } = room.state();
    expect(act(room, 2, "assign", { owner: "Wang" })).toEqual({ ok: true, seq });
    expect(room.state().seq).toBe(seq);
  });

  it("is told with what came to its lists, from which a wall makes the same view", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.value(1, "q", 75);
    const picture = { hash: "a".repeat(64), name: "dam.png", mediaType: "image/png", bytes: 9 };
    act(room, 2, "attach", picture);
    act(room, 3, "cardStep", { card: "gas", step: 3 });
    for (let second = 4; second < 220; second += 1) act(room, second, "note", { text: `${second}` });
    let view: IncidentView | undefined;
    for (const change of room.changes) if (change.type === "incident") view = incidentAfter(view, change);
    expect(view).toEqual(only(room));
    expect(view).toMatchObject({ alarms: [{}, {}], attachments: [picture], cardSteps: ["gas 3"], olderEntries: 20 });
  });

  it("two hundred alarms of one site within seconds take less than 400 kB of a wall's line", () => {
    const many = Array.from({ length: 200 }, (_, place) => `gas-detector-${place}`);
    const room = createRoom(planOf(many.map((code) => point(code, { ...steady, rules: [rule("high", limits)] }))));
    for (const [place, code] of many.entries()) room.value(place / 20, code, 75);
    const changes = room.changes.filter(({ type }) => type === "incident");
    expect(changes).toHaveLength(200);
    expect(only(room).alarms).toHaveLength(200);
    expect(JSON.stringify(changes).length).toBeLessThan(400_000);
  });

  it("on what there is not, or is no more, is answered alike", () => {
    const room = createRoom(plan);
    expect(act(room, 0, "note", { text: "hello" })).toEqual({ ok: false, code: "INCIDENT_NOT_FOUND" });
    const archived = archivedAt(3);
    const { id } = only(archived);
    expect(act(archived, 4, "note", { text: "hello" })).toMatchObject({ code: "INCIDENT_STEP_NOT_DUE" });
    archived.tick(3 + day);
    expect(incidents(archived)).toEqual([]);
    expect(archived.act(3 + day, "note", { incident: id, text: "hello" })).toEqual({
      ok: false,
      code: "INCIDENT_NOT_FOUND",
    });
  });

  it("puts nothing away while an alarm of it is on at orange, latched or not, and never touches the alarm", () => {
    const latching = planOf([point("p", { ...steady, rules: [rule("high", { orange: limit(80) }, { latch: true })] })]);
    const room = createRoom(latching);
    room.value(0, "p", 85);
    for (const tier of ["enterprise", "county", "city"] as const) room.acknowledge(1, tier, idOf("p"));
    lead(room, 2, ["verify", "dispose", "report", "review"]);
    act(room, 2, "attach", file);
    expect(only(room).missing).toEqual([]);
    expect(lead(room, 3, ["archive"])).toMatchObject({
      code: "INCIDENT_NOT_ARCHIVABLE",
      incident: { step: "reviewed" },
    });
    room.value(4, "p", 10);
    expect(lead(room, 5, ["archive"])).toMatchObject({ code: "INCIDENT_NOT_ARCHIVABLE" });
    room.reset(6, idOf("p"));
    const before = room.alarm(idOf("p"));
    expect(lead(room, 7, ["archive"])).toMatchObject({ ok: true });
    expect(room.alarm(idOf("p"))).toEqual(before);
  });

  it("asks only of its own alarms whether they are on", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95, { site: "s2" });
    room.value(1, "p", 75);
    room.acknowledge(2, "county", idOf("p"));
    expect(lead(room, 3, ["verify", "dispose", "report", "review", "archive"])).toMatchObject({ ok: true });
    expect(incidents(room).map(({ site, step }) => [site, step])).toEqual([
      ["s2", null],
      ["s1", "archived"],
    ]);
  });

  it("puts away what is still yellow, and its alarm asks again without it", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.acknowledge(1, "county", idOf("p"));
    room.acknowledge(1, "enterprise", idOf("p"));
    lead(room, 2, ["verify", "dispose", "report", "review", "archive"]);
    room.pass(9 * 3600);
    expect(room.transitions(idOf("p")).at(-1)?.why.code).toBe("reAlarmAcknowledged");
    expect(only(room).step).toBe("archived");
  });
});

describe("an incident that was put away", () => {
  it("is reopened by a new occurrence of its alarm within 24 h", () => {
    const room = archivedAt(3);
    const { id, revision } = only(room);
    room.value(2 + day, "p", 75);
    expect(only(room)).toMatchObject({ id, step: null, revision: revision + 1, reopened: 1, verdict: null });
    expect(room.acknowledge(3 + day, "county", idOf("p"))).toMatchObject({ ok: true });
    expect(only(room).step).toBe("received");
  });

  it("after 24 h leaves the state, and a new occurrence opens another", () => {
    const room = archivedAt(3);
    const { id } = only(room);
    room.value(3 + day, "p", 75);
    expect(only(room).id).not.toBe(id);
    expect(room.state().incidents.has(id)).toBe(false);
  });

  it("is reopened by another alarm of its site within ten minutes of its last, and by none at blue", () => {
    const room = archivedAt(3);
    room.value(100, "q", 65);
    expect(only(room).step).toBe("archived");
    room.value(599, "r", 75);
    expect(only(room)).toMatchObject({ reopened: 1 });
    const other = archivedAt(3);
    other.value(700, "q", 75);
    expect(incidents(other).map(({ step }) => step)).toEqual(["archived", null]);
    // The newest one of the site is joined now, also where an older one is open again.
    other.value(701, "r", 75);
    expect(told(other).slice(-2)).toEqual(["opened s1/q", "joined s1/r"]);
  });

  it("is reopened by a rise of what was still on, and once it is gone that opens another", () => {
    const stillOn = (): Room => {
      const room = createRoom(plan);
      room.value(0, "p", 75);
      for (const tier of ["enterprise", "county"] as const) room.acknowledge(1, tier, idOf("p"));
      lead(room, 2, ["verify", "dispose", "report", "review", "archive"]);
      return room;
    };
    const room = stillOn();
    room.value(100, "p", 85);
    expect(only(room)).toMatchObject({ step: null, reopened: 1, peakLevel: "orange", missing: ["steps", "evidence"] });
    const later = stillOn();
    later.value(2 + day, "p", 85);
    expect(told(later).at(-1)).toBe("opened s1/p");
    const fallen = stillOn();
    fallen.value(3, "p", 65);
    fallen.value(4, "p", 75);
    expect(only(fallen).reopened).toBe(1);
  });

  it("is not reopened by what is blue, nor opens that another once it is gone", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.acknowledge(1, "county", idOf("p"));
    lead(room, 2, ["verify", "dispose", "report", "review", "archive"]);
    room.value(3, "p", 10);
    room.value(4, "p", 65);
    expect(only(room).step).toBe("archived");
    room.value(5, "p", 10);
    room.value(6 + day, "p", 65);
    expect(room.alarm(idOf("p"))?.occurrence).toBe(1);
    expect(incidents(room)).toEqual([]);
  });
});

describe("incidents without end", () => {
  it("are counted where no more are taken, and the next step of the alarm tries again", () => {
    const room = createRoom(plan);
    const { incidents: all } = room.state();
    room.value(0, "p", 75);
    const first = [...all.values()][0];
    for (let nth = 0; nth < 4999; nth += 1) if (first !== undefined) all.set(`x#${nth}`, { ...first, id: `x#${nth}` });
    room.value(1, "p", 75, { site: "s2" });
    expect(room.faults()).toMatchObject({ INCIDENTS_FULL: 1 });
    expect(room.alarm(idOf("p", "s2"))?.state).toBe("unacknowledged");
    all.delete("x#1");
    room.acknowledge(2, "county", idOf("p", "s2"));
    expect(told(room).slice(-2)).toEqual(["opened s2/p", "received s2/p"]);
  });
});

describe("a plan older than incidents", () => {
  it("gives them no times but those of the answers", () => {
    const { incident: _, ...older } = plan.routing;
    const room = createRoom({ ...plan, routing: older });
    room.value(0, "p", 75);
    expect(only(room).clocks.map(({ step }) => step)).toEqual(["received", "received"]);
    room.acknowledge(1, "county", idOf("p"));
    expect(lead(room, 2, ["verify"])).toMatchObject({ ok: true });
    expect(only(room).clocks.at(-1)).toMatchObject({ step: "verified", dueAt: null, by: "officer-county" });
  });
});

describe("what a new version of a rule would do", () => {
  it("is said without touching an incident", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    const before = structuredClone(incidents(room));
    const said = room.monitor().announce(changeOf(2, at(1), { orange: limit(70) }), at(1));
    expect(said?.steps).toEqual([{ alarm: idOf("p"), from: "yellow", to: "orange" }]);
    expect(incidents(room)).toEqual(before);
  });
});
