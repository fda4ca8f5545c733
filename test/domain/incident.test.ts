// The machine of an incident: every step x every act, its clocks, what reopens it, and the bounds of its book (semantics §9).
import { describe, expect, it } from "vitest";
import type { IncidentStep } from "../../contract/incident.ts";
import { incidentActs, type IncidentAct } from "../../contract/incident-acts.ts";
import type { Level } from "../../contract/level.ts";
import {
  actOn,
  hearNews,
  incidentView,
  openIncident,
  receive,
  type Deed,
  type Incident,
  type IncidentDeed,
  type IncidentDuties,
  type IncidentResult,
  type News,
} from "../../server/domain/incident.ts";

const minute = 60_000;
const yellow: IncidentDuties = {
  received: [
    { tier: "enterprise", withinMs: 15 * minute },
    { tier: "county", withinMs: 15 * minute },
  ],
  steps: {
    verified: { tier: "enterprise", withinMs: 120 * minute },
    disposing: { tier: "enterprise", withinMs: 240 * minute },
    reported: { tier: "enterprise", withinMs: 480 * minute },
  },
};
const red: IncidentDuties = {
  received: [
    { tier: "enterprise", withinMs: 5 * minute },
    { tier: "city", withinMs: 5 * minute },
  ],
  steps: {
    verified: { tier: "enterprise", withinMs: 30 * minute },
    disposing: { tier: "county", withinMs: 45 * minute },
    archived: { tier: "city", withinMs: 1000 * minute },
  },
};

function news(level: Level, minutes: number, rest: Partial<News> = {}): News {
  return { alarm: "a", occurrence: 1, level, at: minutes * minute, now: minutes * minute, ...rest };
}

function opened(level: Level = "yellow"): Incident {
  return openIncident({ id: "s#1", site: "s", isData: false }, news(level, 0), level === "red" ? red : yellow);
}

function deedAt(minutes: number, rest: Partial<Deed> = {}): Deed {
  return { by: "Li", tier: "enterprise", now: minutes * minute, isActive: false, steps: yellow.steps, ...rest };
}

const hash = "a".repeat(64);
const requests: { readonly [A in IncidentAct]: (revision: number) => unknown } = {
  verify: (revision) => ({ revision, verdict: "trueAlarm", note: "seen" }),
  dispose: (revision) => ({ revision, note: "pumps run" }),
  report: (revision) => ({ revision, to: "county", note: "by telephone" }),
  review: (revision) => ({ revision, cause: "blocked inlet", note: "trash rack" }),
  archive: (revision) => ({ revision, note: "done" }),
  assign: () => ({ owner: "Wang" }),
  note: () => ({ text: "on my way" }),
  attach: () => ({ hash, name: "dam.jpg", mediaType: "image/jpeg", bytes: 3 }),
  cardStep: () => ({ card: "pond", step: 2 }),
};

function ask(incident: Incident, act: IncidentAct, changed: object = {}): IncidentDeed {
  const request = { commandId: "command-1", incident: incident.id, ...(requests[act](incident.revision) as object) };
  return { act, request: { ...request, ...changed } } as IncidentDeed;
}

function does(incident: Incident, name: IncidentAct, changed: object = {}, deed: Deed = deedAt(1)): IncidentResult {
  return actOn(incident, ask(incident, name, changed), deed);
}

function done(incident: Incident, name: IncidentAct, changed: object = {}, deed: Deed = deedAt(1)): Incident {
  const result = does(incident, name, changed, deed);
  if (!result.ok) throw new Error(result.code);
  return result.incident;
}

function received(incident: Incident, tier: "enterprise" | "county" = "enterprise", minutes = 1): Incident {
  return receive(incident, { tier, by: `${tier}-officer`, note: null, alarm: "a", now: minutes * minute });
}

/** An incident brought as far as that step, of a true or a false alarm. */
function at(
  step: IncidentStep | null,
  verdict: "trueAlarm" | "falseAlarm" = "trueAlarm",
  level: Level = "yellow",
): Incident {
  const acts: readonly IncidentAct[] = ["verify", "dispose", "report", "review", "archive"];
  const steps: readonly IncidentStep[] = ["verified", "disposing", "reported", "reviewed", "archived"];
  if (step === null) return opened(level);
  const first = received(opened(level));
  return acts.slice(0, steps.indexOf(step) + 1).reduce((incident, name) => {
    return done(incident, name, name === "verify" ? { verdict } : {});
  }, first);
}

/** What becomes of it: the step after, or the end of the code of the refusal. */
function outcome(result: IncidentResult): string {
  if (!result.ok) return result.code.replace("INCIDENT_", "");
  return result.incident.step ?? "none";
}

const no = "STEP_NOT_DUE";
const never = "NOT_ARCHIVABLE";
/** The answers to verify, dispose, report, review and archive, and the step with everything written beside. */
const table: readonly (readonly [IncidentStep | null, "trueAlarm" | "falseAlarm", readonly string[]])[] = [
  [null, "trueAlarm", [no, no, no, no, never]],
  ["received", "trueAlarm", ["verified", no, no, no, never]],
  ["verified", "trueAlarm", [no, "disposing", no, no, never]],
  ["disposing", "trueAlarm", [no, no, "reported", no, never]],
  ["reported", "trueAlarm", [no, no, no, "reviewed", never]],
  ["reviewed", "trueAlarm", [no, no, no, no, "archived"]],
  ["archived", "trueAlarm", [no, no, no, no, no]],
  ["verified", "falseAlarm", ["verified", "disposing", "reported", "reviewed", never]],
  ["disposing", "falseAlarm", [no, no, "reported", "reviewed", never]],
  ["reported", "falseAlarm", [no, no, no, "reviewed", never]],
  ["reviewed", "falseAlarm", [no, no, no, no, "archived"]],
  ["archived", "falseAlarm", [no, no, no, no, no]],
];

describe("an incident", () => {
  it.each(table)("at %s of a %s answers every act", (step, verdict, expected) => {
    const incident = at(step, verdict);
    const answers = incidentActs.map((name) => outcome(does(incident, name)));
    const beside = step === "archived" ? no : (step ?? "none");
    expect(answers).toEqual([...expected, beside, beside, beside, beside]);
  });

  it.each(["verify", "dispose", "report", "review", "archive"] as const)(
    "refuses to %s what has changed since the person looked, also where the step would be due",
    (name) => {
      for (const [step, verdict] of table) {
        const incident = at(step, verdict);
        const older = does(incident, name, { revision: incident.revision - 1 });
        expect(older).toEqual({ ok: false, code: "INCIDENT_CHANGED" });
      }
    },
  );

  it("lets the second of two officers who act at once do nothing", () => {
    const incident = at("received");
    const first = done(incident, "verify", { verdict: "falseAlarm" });
    expect(actOn(first, ask(incident, "verify"), deedAt(2))).toEqual({ ok: false, code: "INCIDENT_CHANGED" });
  });

  it("counts a revision for each step, verdict and reopening, and for nothing that is only written beside", () => {
    let incident = opened();
    const revisions = [incident.revision];
    const note = (next: Incident): void => {
      incident = next;
      revisions.push(incident.revision);
    };
    note(received(incident));
    note(received(incident, "county"));
    note(done(incident, "note"));
    note(done(incident, "assign"));
    note(done(incident, "attach"));
    note(done(incident, "cardStep"));
    note(done(incident, "verify", { verdict: "falseAlarm" }));
    note(done(incident, "verify"));
    note(hearNews(incident, news("yellow", 3, { alarm: "b" }), yellow));
    note(hearNews(incident, news("red", 4), red));
    expect(revisions).toEqual([1, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4]);
  });

  it("is received once by each tier, the first of which takes the step; who owed nothing is noted as well", () => {
    const first = received(opened(), "county", 3);
    expect(first.step).toBe("received");
    expect(received(first, "county", 4)).toBe(first);
    const both = received(first, "enterprise", 5);
    const city = receive(both, { tier: "city", by: "Chen", note: "seen", alarm: "a", now: 6 * minute });
    const clocks = city.clocks.filter(({ step }) => step === "received");
    expect(clocks.map(({ tier, dueAt, doneAt, by }) => [tier, dueAt, doneAt, by])).toEqual([
      ["enterprise", 15 * minute, 5 * minute, "enterprise-officer"],
      ["county", 15 * minute, 3 * minute, "county-officer"],
      ["city", null, 6 * minute, "Chen"],
    ]);
    expect(city.entries.at(-1)).toEqual({
      at: 6 * minute,
      kind: "received",
      actor: { kind: "person", id: "Chen", tier: "city" },
      text: "seen",
      detail: null,
      alarm: "a",
    });
    const archived = at("archived");
    expect(received(archived, "county")).toBe(archived);
  });

  it("counts every clock from its opening, and notes a step that nobody owed as it was done", () => {
    const incident = done(at("reported"), "review", {}, deedAt(50, { by: "Zhao", tier: "county" }));
    const clocks = incident.clocks.map(({ step, tier, since, dueAt, doneAt }) => [step, tier, since, dueAt, doneAt]);
    expect(clocks).toEqual([
      ["received", "enterprise", 0, 15 * minute, minute],
      ["received", "county", 0, 15 * minute, null],
      ["verified", "enterprise", 0, 120 * minute, minute],
      ["disposing", "enterprise", 0, 240 * minute, minute],
      ["reported", "enterprise", 0, 480 * minute, minute],
      ["reviewed", "county", 50 * minute, null, 50 * minute],
    ]);
  });

  it("has what is not done yet tightened by a higher level, never put off, and what is done left alone", () => {
    const raised = hearNews(at("received"), news("red", 10), red);
    const clocks = raised.clocks.map(({ step, tier, dueAt, doneAt }) => [step, tier, dueAt, doneAt]);
    expect(clocks).toEqual([
      ["received", "enterprise", 15 * minute, minute],
      ["received", "county", 15 * minute, null],
      ["verified", "enterprise", 40 * minute, null],
      ["disposing", "county", 55 * minute, null],
      ["reported", "enterprise", 480 * minute, null],
      ["received", "city", 15 * minute, null],
      ["archived", "city", 1010 * minute, null],
    ]);
    expect(raised).toMatchObject({ peakLevel: "red", step: "received", revision: 2 });
    expect(raised.entries.at(-1)).toMatchObject({ kind: "raised", detail: "red", alarm: "a" });
    const late = hearNews(opened(), news("red", 119), red);
    expect(late.clocks.find(({ step }) => step === "verified")?.dueAt).toBe(120 * minute);
    const early = hearNews(at("received"), news("red", 2), red);
    expect(early.clocks.slice(0, 2).map(({ dueAt }) => dueAt)).toEqual([15 * minute, 15 * minute]);
  });

  it("gives what was owed without a time the time of a higher level", () => {
    const wrong = done(at("received"), "verify", { verdict: "falseAlarm" });
    const untimed = done(wrong, "verify", {}, deedAt(30, { steps: {} }));
    const raised = hearNews(untimed, news("red", 40), red);
    const { tier, dueAt } = raised.clocks.find(({ step }) => step === "disposing") ?? {};
    expect([tier, dueAt]).toEqual(["county", 85 * minute]);
  });

  it("has a step done for the tier that owes it, whoever took it, and is received by a tier that has only done other things", () => {
    const incident = done(received(opened("red")), "verify", {}, deedAt(2, { tier: "city", by: "Chen" }));
    const verified = incident.clocks.filter(({ step }) => step === "verified");
    expect(verified.map(({ tier, doneAt, by }) => [tier, doneAt, by])).toEqual([["enterprise", 2 * minute, "Chen"]]);
    const disposing = done(incident, "dispose");
    const heard = received(disposing, "county", 9);
    expect(heard).toMatchObject({ step: "disposing", revision: disposing.revision });
    expect(heard.entries.at(-1)).toMatchObject({ kind: "received", actor: { id: "county-officer" } });
  });

  it("owes nothing more to a false alarm, and all of it again once that is found to be a true one", () => {
    const owed = (incident: Incident): unknown =>
      incident.clocks.slice(2).map(({ step, dueAt, doneAt }) => [step, dueAt, doneAt]);
    const wrong = done(at("received"), "verify", { verdict: "falseAlarm" }, deedAt(5));
    expect(owed(wrong)).toEqual([
      ["verified", 120 * minute, 5 * minute],
      ["disposing", null, null],
      ["reported", null, null],
    ]);
    const corrected = done(wrong, "verify", {}, deedAt(30));
    expect(corrected).toMatchObject({ step: "verified", verdict: "trueAlarm" });
    expect(corrected.clocks.slice(2).map(({ since }) => since)).toEqual([0, 30 * minute, 30 * minute]);
    expect(owed(corrected)).toEqual([
      ["verified", 120 * minute, 5 * minute],
      ["disposing", 270 * minute, null],
      ["reported", 510 * minute, null],
    ]);
    const untimed = done(wrong, "verify", {}, deedAt(30, { steps: {} }));
    expect(owed(untimed)).toEqual(owed(wrong));
  });

  it.each(["orange", "red"] as const)(
    "of %s wants a file before it is put away, also where it was a false alarm",
    (level) => {
      for (const verdict of ["trueAlarm", "falseAlarm"] as const) {
        const incident = at("reviewed", verdict, level);
        expect(incidentView(incident).missing).toEqual(["evidence"]);
        expect(does(incident, "archive")).toEqual({ ok: false, code: "INCIDENT_NOT_ARCHIVABLE" });
        const proven = done(incident, "attach");
        expect(incidentView(proven).missing).toEqual([]);
        const archived = done(proven, "archive", {}, deedAt(9));
        expect(archived).toMatchObject({ step: "archived", archivedAt: 9 * minute });
        expect(incidentView(archived).missing).toEqual([]);
      }
    },
  );

  it("is not put away while an alarm of it is active at orange or red, nor before its steps are taken", () => {
    expect(does(at("reviewed"), "archive", {}, deedAt(1, { isActive: true }))).toMatchObject({ ok: false });
    expect(incidentView(at("disposing", "trueAlarm", "red")).missing).toEqual(["steps", "evidence"]);
  });

  it("does what was done before no second time: two officers may write the same at once", () => {
    for (const name of ["assign", "attach", "cardStep"] as const) {
      const once = done(opened(), name);
      expect(done(once, name)).toBe(once);
    }
    expect(done(opened(), "note").entries.at(-1)).toMatchObject({ kind: "noted", text: "on my way" });
    expect(done(opened(), "attach").attachments).toEqual([
      { hash, name: "dam.jpg", mediaType: "image/jpeg", bytes: 3, at: minute, by: "Li" },
    ]);
    expect(done(opened(), "cardStep").cardSteps).toEqual(["pond 2"]);
    expect(done(opened(), "assign").owner).toBe("Wang");
  });

  it("keeps its newest 200 entries and first 200 alarms, and counts the others; files and steps end at 200", () => {
    let incident = opened();
    for (let nth = 0; nth < 205; nth += 1) {
      incident = hearNews(incident, news("yellow", nth, { alarm: `other-${nth}` }), yellow);
    }
    expect([incident.alarms.length, incident.moreAlarms]).toEqual([200, 6]);
    expect([incident.entries.length, incident.olderEntries]).toEqual([200, 6]);
    expect(incident.entries.at(-1)?.alarm).toBe("other-204");
    let full = opened();
    for (let nth = 0; nth < 200; nth += 1) {
      full = done(full, "attach", { hash: nth.toString(16).padStart(64, "0") });
      full = done(full, "cardStep", { card: `card ${nth}` });
    }
    expect(does(full, "attach")).toEqual({ ok: false, code: "COMMAND_INVALID" });
    expect(does(full, "cardStep")).toEqual({ ok: false, code: "COMMAND_INVALID" });
  });

  it("calls the earliest event time its first, whenever it was found", () => {
    const joined = hearNews(opened(), news("yellow", 3, { alarm: "b", at: -2 * minute }), yellow);
    expect(joined).toMatchObject({ firstAt: -2 * minute, firstOut: "b", lastAt: 0 });
    const later = hearNews(joined, news("yellow", 4, { alarm: "c" }), yellow);
    expect(later).toMatchObject({ firstAt: -2 * minute, firstOut: "b", lastAt: 4 * minute });
    const tied = hearNews(joined, news("yellow", 5, { alarm: "c", at: -2 * minute }), yellow);
    expect(tied).toMatchObject({ firstAt: -2 * minute, firstOut: "b" });
  });

  it("lists an alarm once for each occurrence, also among others", () => {
    const two = hearNews(opened(), news("yellow", 1, { alarm: "b" }), yellow);
    const again = hearNews(two, news("yellow", 2, { alarm: "b" }), yellow);
    expect(again.alarms).toEqual(two.alarms);
    expect(again.entries.at(-1)).toMatchObject({ kind: "raised", alarm: "b" });
  });

  it("that is new has no verdict, no owner and no end", () => {
    expect(opened()).toMatchObject({ step: null, verdict: null, owner: null, archivedAt: null });
  });

  it("says of what it is: data have incidents of their own", () => {
    const data = openIncident({ id: "s#1", site: "s", isData: true }, news("yellow", 0), yellow);
    expect(incidentView(data)).toMatchObject({ isData: true });
    expect("isData" in incidentView(opened())).toBe(false);
  });
});

describe("what was concluded", () => {
  const other = news("yellow", 20, { alarm: "b" });
  const again = news("yellow", 20, { occurrence: 2 });
  const higher = news("red", 20);

  it.each([
    ["archived", "trueAlarm", again, true],
    ["archived", "trueAlarm", other, true],
    ["reviewed", "trueAlarm", other, true],
    ["reviewed", "trueAlarm", higher, true],
    ["reviewed", "trueAlarm", again, false],
    ["verified", "falseAlarm", other, true],
    ["verified", "falseAlarm", higher, true],
    ["verified", "falseAlarm", again, false],
    ["disposing", "trueAlarm", other, false],
    ["disposing", "trueAlarm", higher, false],
  ] as const)("at %s of a %s, then %o: is it reopened? %s", (step, verdict, said, isReopened) => {
    const before = at(step, verdict);
    const after = hearNews(before, said, said === higher ? red : yellow);
    expect(after.entries.at(-1)?.kind === "reopened").toBe(isReopened);
    expect(after.reopened).toBe(Number(isReopened));
    if (isReopened) {
      expect(after).toMatchObject({ step: null, verdict: null, archivedAt: null, revision: before.revision + 1 });
      expect(after.clocks.every(({ since, doneAt }) => since === 20 * minute && doneAt === null)).toBe(true);
    } else expect(after).toMatchObject({ step, verdict, revision: before.revision });
  });

  it("stands where an alarm that was seen then comes again, and owes no more than before", () => {
    const two = hearNews(at("received"), other, yellow);
    const wrong = done(two, "verify", { verdict: "falseAlarm" });
    const still = hearNews(wrong, { ...other, occurrence: 2 }, yellow);
    expect(still).toMatchObject({ verdict: "falseAlarm", reopened: 0, clocks: wrong.clocks });
  });

  it("is left as it was by what asks nobody", () => {
    const quiet = hearNews(at("verified", "falseAlarm"), news("blue", 20, { alarm: "b" }), yellow, true);
    expect(quiet).toMatchObject({ step: "verified", verdict: "falseAlarm", reopened: 0, peakLevel: "yellow" });
    expect(quiet.entries.at(-1)).toMatchObject({ kind: "joined", detail: "blue", alarm: "b" });
  });

  it("is owed anew at the level that reopened it, and still wants what the highest one did", () => {
    const before = done(done(at("reviewed", "trueAlarm", "red"), "attach"), "archive");
    const after = hearNews(before, again, yellow);
    expect(after).toMatchObject({ roundLevel: "yellow", peakLevel: "red" });
    expect(after.clocks.filter(({ step }) => step === "received").map(({ tier }) => tier)).toEqual([
      "enterprise",
      "county",
    ]);
    expect(incidentView(after).missing).toEqual(["steps"]);
    const raised = hearNews(after, news("orange", 25), red);
    expect(raised).toMatchObject({ roundLevel: "orange", peakLevel: "red" });
  });
});
