// Whose business something is: what lies in a scope, what is of no site, and what is of a site that is in no plan any more.
import { describe, expect, it } from "vitest";
import type { Person } from "../../contract/wall.ts";
import { createOwners } from "../../server/app/owners.ts";
import { emptyState } from "../../server/monitor/state.ts";
import { planOf, point } from "../support/plant.ts";

const plan = planOf([point("a"), point("b", { site: "s2", id: "s2/b", device: "s2/d1" })]);
const owners = createOwners({ state: () => ({ ...emptyState(), plan }) });
const officer: Person = { name: "duty", role: "dutyOfficer", tier: "city" };
const partly: Person = { ...officer, scope: { sites: ["s2"] } };

describe("what was recorded", () => {
  it("is seen by whoever has the whole city, also of no site and of one that is gone", () => {
    expect(owners.sitesOf(officer)).toBeNull();
    expect([null, "s1", "gone"].map((site) => owners.maySeeOf(officer, site))).toEqual([true, true, true]);
  });

  it("is seen by whoever has a part of it of his own sites alone", () => {
    expect(owners.sitesOf(partly)).toEqual(["s2"]);
    expect([null, "s1", "s2", "gone"].map((site) => owners.maySeeOf(partly, site))).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });
});
