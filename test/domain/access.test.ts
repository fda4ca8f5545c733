// Every right of every role, as a table, so that a hole shows.
import { describe, expect, it } from "vitest";
import { tiers } from "../../contract/plant.ts";
import { type Role, roles } from "../../contract/wall.ts";
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
  supervisor: { ...onDuty, suppress: yes, unsuppress: yes, changeRule: yes, readAudit: yes },
  administrator: {
    ...onDuty,
    suppress: yes,
    unsuppress: yes,
    administer: yes,
    changeRule: yes,
    onboard: yes,
    readAudit: yes,
  },
  enterprise: { ...nothing, view: yes, acknowledge: yes, silence: yes, reading: yes, handover: yes, onboard: yes },
};

describe("access", () => {
  for (const role of roles) {
    for (const act of acts) {
      it(`${table[role][act].ok ? "lets" : "does not let"} a ${role} ${act}, in any tier, demo or not`, () => {
        for (const tier of tiers) {
          for (const isDemo of [true, false]) {
            expect(mayDo({ name: "someone", role, tier }, act, { isDemo })).toEqual(table[role][act]);
          }
        }
      });
    }
  }

  it("lets nobody do anything without logging in, but look at a demo", () => {
    for (const act of acts) expect(mayDo(null, act, { isDemo: false })).toEqual(notLoggedIn);
    expect(mayDo(null, "view", { isDemo: true })).toEqual(yes);
    for (const act of acts.filter((one) => one !== "view")) {
      expect(mayDo(null, act, { isDemo: true })).toEqual(notLoggedIn);
    }
  });
});
