// Every right of every role, as a table, so that a hole shows.
import { describe, expect, it } from "vitest";
import { tiers } from "../../contract/plant.ts";
import type { Scope, ScopedSite } from "../../contract/scope.ts";
import { type Person, type Role, roles } from "../../contract/wall.ts";
import { type Act, acts, mayDo, type Verdict } from "../../server/domain/access.ts";

const yes: Verdict = { ok: true };
const notAllowed: Verdict = { ok: false, code: "NOT_ALLOWED" };
const notLoggedIn: Verdict = { ok: false, code: "NOT_LOGGED_IN" };

/** What everybody on duty may do: all that an alarm asks of a person. */
const onDuty = {
  view: yes,
  approve: yes,
  acknowledge: yes,
  reset: yes,
  shelve: yes,
  unshelve: yes,
  suppress: notAllowed,
  unsuppress: notAllowed,
  outOfService: yes,
  returnToService: yes,
  silence: yes,
  returnByHand: yes,
  reading: yes,
  handover: yes,
  verify: yes,
  dispose: yes,
  report: yes,
  review: notAllowed,
  archive: notAllowed,
  assign: yes,
  note: yes,
  attach: yes,
  cardStep: yes,
  administer: notAllowed,
  changeRule: notAllowed,
  onboard: notAllowed,
  exportEvidence: yes,
  readAudit: notAllowed,
} as const;
const nothing = Object.fromEntries(acts.map((act) => [act, notAllowed])) as Record<Act, Verdict>;

const table: Readonly<Record<Role, Readonly<Record<Act, Verdict>>>> = {
  viewer: { ...nothing, view: yes },
  dutyOfficer: onDuty,
  supervisor: { ...onDuty, suppress: yes, unsuppress: yes, review: yes, archive: yes, changeRule: yes, readAudit: yes },
  administrator: {
    ...onDuty,
    suppress: yes,
    unsuppress: yes,
    review: yes,
    archive: yes,
    administer: yes,
    changeRule: yes,
    onboard: yes,
    readAudit: yes,
  },
  enterprise: {
    ...nothing,
    view: yes,
    acknowledge: yes,
    silence: yes,
    reading: yes,
    handover: yes,
    verify: yes,
    dispose: yes,
    report: yes,
    note: yes,
    attach: yes,
    cardStep: yes,
    onboard: yes,
  },
};

const within: ScopedSite = {
  id: "hc-01",
  county: "haifeng",
  town: { zh: "公平镇", en: "Gongping" },
  sector: "hazchem",
};
const outside: ScopedSite = { id: "tp-09", county: "lufeng", town: { zh: "大安镇", en: "Da'an" }, sector: "tailings" };
/** What an act is about, as it is asked: nothing yet, a site, or the city. */
const abouts = { none: {}, within: { site: within }, outside: { site: outside }, city: { site: null } } as const;
const partial: readonly Scope[] = [
  { counties: ["haifeng"] },
  { towns: ["公平镇"] },
  { sectors: ["hazchem"] },
  { sites: ["hc-01", "hc-02"] },
  { counties: ["haifeng"], sectors: ["hazchem"], sites: ["hc-01"] },
];
const ofTheCity: readonly Act[] = ["administer", "readAudit"];

/** In which tiers a role is entered, and with which scopes. */
function peopleOf(role: Role, scopes: readonly (Scope | undefined)[]): readonly Person[] {
  const entered = role === "enterprise" ? scopes.filter((scope) => scope?.sites !== undefined) : scopes;
  return (role === "enterprise" ? (["enterprise"] as const) : tiers).flatMap((tier) =>
    entered.map((scope) => ({ name: "someone", role, tier, ...(scope === undefined ? {} : { scope }) })),
  );
}

describe("access", () => {
  for (const role of roles.filter((one) => one !== "enterprise")) {
    for (const act of acts) {
      it(`${table[role][act].ok ? "lets" : "does not let"} a ${role} of the city ${act}, about anything, in any tier`, () => {
        for (const person of peopleOf(role, [undefined, {}])) {
          for (const about of Object.values(abouts)) {
            for (const isDemo of [true, false])
              expect(mayDo(person, act, { isDemo, ...about })).toEqual(table[role][act]);
          }
        }
      });
    }
  }

  for (const role of roles) {
    for (const act of acts) {
      for (const [name, about] of Object.entries(abouts)) {
        const isTheirs = !ofTheCity.includes(act) && (name === "none" || name === "within");
        const expected = isTheirs ? table[role][act] : notAllowed;
        it(`${expected.ok ? "lets" : "does not let"} a ${role} of a part ${act}, about: ${name}`, () => {
          const people = peopleOf(role, partial);
          expect(people.length).toBeGreaterThan(0);
          for (const person of people) {
            for (const isDemo of [true, false]) expect(mayDo(person, act, { isDemo, ...about })).toEqual(expected);
          }
        });
      }
    }
  }

  it("lets an enterprise's person do nothing at all in another tier, or without sites of his own", () => {
    const sites = { sites: ["hc-01"] };
    const wrong: readonly Person[] = [
      { name: "x", role: "enterprise", tier: "enterprise" },
      { name: "x", role: "enterprise", tier: "enterprise", scope: { counties: ["haifeng"] } },
      { name: "x", role: "enterprise", tier: "city", scope: sites },
    ];
    for (const person of wrong) {
      for (const act of acts) expect(mayDo(person, act, { isDemo: true })).toEqual(notAllowed);
    }
    expect(
      mayDo({ name: "x", role: "enterprise", tier: "enterprise", scope: sites }, "view", { isDemo: false }),
    ).toEqual(yes);
  });

  it("lets nobody do anything without logging in, but look at a demo", () => {
    for (const act of acts) expect(mayDo(null, act, { isDemo: false })).toEqual(notLoggedIn);
    expect(mayDo(null, "view", { isDemo: true })).toEqual(yes);
    for (const act of acts.filter((one) => one !== "view")) {
      expect(mayDo(null, act, { isDemo: true })).toEqual(notLoggedIn);
    }
  });
});
