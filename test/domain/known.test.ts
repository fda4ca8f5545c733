// Verified events beside the alarm of a rule: which are known to it, which it catches, and what is listed as missed.
import { describe, expect, it } from "vitest";
import type { IncidentEntry, IncidentView } from "../../contract/incident.ts";
import { createRaises, knownEvents, type KnownScope, type Raise } from "../../server/domain/known.ts";
import { incidentView, openIncident } from "../../server/domain/incident.ts";

const minute = 60_000;
const alarm = "s/lt~limit~high";
const scope: KnownScope = { alarm, members: [], from: 0, to: 1000 * minute };
const duties = { received: [], steps: {} };

function incident(minutes: number, rest: Partial<IncidentView> & { readonly first?: string } = {}): IncidentView {
  const { first = alarm, ...others } = rest;
  const at = minutes * minute;
  const news = { alarm: first, occurrence: 1, level: "yellow", at, now: at } as const;
  const of = { id: `s#${minutes}`, site: "s", isData: false } as const;
  return { ...incidentView(openIncident(of, news, duties)), verdict: "trueAlarm", ...others };
}

function raised(...spans: readonly (readonly [from: number, to: number])[]): readonly Raise[] {
  return spans.map(([from, to]) => ({ from: from * minute, to: to * minute }));
}

function held(incidents: readonly IncidentView[], candidate: readonly Raise[], rest: Partial<KnownScope> = {}) {
  return knownEvents(incidents, { ...scope, ...rest }, { active: raised([100, 110]), candidate });
}

describe("raises", () => {
  it("are gathered of the one alarm, from no level to some and back; a change of level begins none", () => {
    const raises = createRaises(alarm);
    const step = (at: number, level: "blue" | "red" | null, of = alarm): void => raises.count({ alarm: of, at, level });
    step(1, null);
    step(2, "blue");
    step(3, "red");
    step(4, "red", "s/lt~rate~high");
    step(5, null);
    step(6, "blue");
    expect(raises.list()).toEqual([
      { from: 2, to: 5 },
      { from: 6, to: Infinity },
    ]);
    step(7, null);
    expect(raises.list()).toEqual([
      { from: 2, to: 5 },
      { from: 6, to: 7 },
    ]);
  });
});

describe("known events", () => {
  it("are caught where a raise overlaps them, ten minutes before and after at the most", () => {
    const caught = (from: number, to: number): number => held([incident(100)], raised([from, to])).candidate.caught;
    expect([caught(80, 89), caught(80, 90), caught(110, 120), caught(111, 120), caught(0, 500)]).toEqual([
      0, 1, 1, 0, 1,
    ]);
  });

  it("last until the newest alarm that opened, joined, raised or reopened them, whatever people wrote later", () => {
    const entry = (kind: IncidentEntry["kind"], minutes: number): IncidentEntry => {
      const actor = { kind: "rule", id: "incident", tier: null } as const;
      return { at: minutes * minute, kind, actor, text: null, detail: null, alarm: null };
    };
    const long = incident(100, { entries: [entry("opened", 100), entry("joined", 130), entry("noted", 400)] });
    expect(held([long], raised([139, 140])).candidate.caught).toBe(1);
    expect(held([long], raised([141, 150])).candidate.caught).toBe(0);
  });

  it("last from what was found late to its finding, also where their oldest entries are gone", () => {
    const late = incident(100, { entries: [], openedAt: 160 * minute });
    expect(held([late], raised([165, 166])).candidate.caught).toBe(1);
    const early = incident(100, { entries: [], openedAt: 50 * minute });
    expect(held([early], raised([55, 56])).candidate.caught).toBe(0);
  });

  it("count true ones and false ones apart, and those that nobody has verified", () => {
    const all = [
      incident(100),
      incident(200),
      incident(300, { verdict: "falseAlarm" }),
      incident(105, { verdict: "falseAlarm" }),
      incident(400, { verdict: null }),
    ];
    expect(held(all, raised([200, 201], [300, 301]))).toMatchObject({
      withinMs: 10 * minute,
      known: 2,
      knownFalse: 2,
      unverified: 1,
      active: { caught: 1, caughtFalse: 1 },
      candidate: { caught: 1, caughtFalse: 1 },
    });
  });

  it("list what the candidate misses, the newest first, and whether the version in force gives an alarm of it", () => {
    const { missed } = held([incident(100), incident(200), incident(300, { verdict: "falseAlarm" })], []);
    const one = { site: "s", firstOut: alarm, peakLevel: "yellow" };
    expect(missed).toEqual([
      { ...one, incident: "s#200", at: 200 * minute, byActive: false },
      { ...one, incident: "s#100", at: 100 * minute, byActive: true },
    ]);
    const many = Array.from({ length: 60 }, (_, nth) => incident(nth));
    expect(held(many, []).missed).toHaveLength(50);
    expect(held(many, [])).toMatchObject({ known: 60, candidate: { caught: 0 } });
  });

  it("are those that began within the time", () => {
    const began = (minutes: number): number => held([incident(minutes)], [], { from: 5 * minute }).known;
    expect([began(4), began(5), began(999), began(1000)]).toEqual([0, 1, 1, 0]);
  });

  it("name the rule's own alarm, or another of the same point in the same direction", () => {
    const isKnown = (first: string, rest: Partial<KnownScope> = {}): boolean =>
      held([incident(100, { first })], [], rest).known === 1;
    expect(isKnown("s/lt~rate~high")).toBe(true);
    expect(isKnown("s/lt~limit~low")).toBe(false);
    expect(isKnown("s/pt~limit~high")).toBe(false);
    expect(isKnown("s/lt~state", { alarm: "s/lt~deviation" })).toBe(true);
    expect(isKnown("s/pt~limit~high", { alarm: "s~vote", members: ["s/pt"] })).toBe(true);
    expect(isKnown("s/qt~limit~high", { alarm: "s~vote", members: ["s/pt"] })).toBe(false);
  });

  it("of data and devices are none, but to a rule that is about data itself", () => {
    const of = { alarm: "s/lt~state" };
    expect(held([incident(100, { first: "s/lt~silence", isData: true })], [], of).known).toBe(0);
    expect(held([incident(100, { first: "s/lt~state", isData: true })], [], of).known).toBe(1);
  });
});
