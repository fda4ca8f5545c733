// Every right of every role, as a table, so that a hole shows.
import { describe, expect, it } from "vitest";
import { tiers } from "../../contract/plant.ts";
import { type Role, roles } from "../../contract/wall.ts";
import { type Act, acts, mayDo, type Verdict } from "../../server/domain/access.ts";

const yes: Verdict = { ok: true };
const notAllowed: Verdict = { ok: false, code: "NOT_ALLOWED" };
const notLoggedIn: Verdict = { ok: false, code: "NOT_LOGGED_IN" };

const table: Readonly<Record<Role, Readonly<Record<Act, Verdict>>>> = {
  viewer: { view: yes, acknowledge: notAllowed, reset: notAllowed, administer: notAllowed },
  dutyOfficer: { view: yes, acknowledge: yes, reset: yes, administer: notAllowed },
  administrator: { view: yes, acknowledge: yes, reset: yes, administer: yes },
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
