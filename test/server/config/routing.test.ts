// The routing laid out: the default, and what a sector, a county, or a sector of a county has otherwise.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Routing } from "../../../contract/plant.ts";
import { planCheck, planOf } from "./plan-of.ts";

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skyground-routing-"));
  write("packs/mines.yaml", "sector: mines\n");
  write("packs/works.yaml", "sector: works\n");
  const site = (id: string, county: string, sector: string): string =>
    `  - { id: ${id}, county: ${county}, sector: ${sector}, points: [{ code: L, report: onChange }] }\n`;
  const sites = site("a", "n", "mines") + site("b", "n", "works") + site("c", "s", "mines") + site("d", "s", "works");
  write("plant/plant.yaml", `counties: [{ id: n }, { id: s }]\nsites:\n${sites}`);
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), content);
}

function routingOf(text: string): Routing {
  write("routing.yaml", text);
  const plan = planOf(dir);
  expect(planCheck.Errors(plan)).toEqual([]);
  return plan.routing;
}

/** Who answers to red: tier, minutes, department. */
function redOf(routing: Routing, sector: string, county: string): readonly (readonly unknown[])[] {
  const route = routing.routes?.find((one) => one.sector === sector && one.county === county) ?? routing;
  return route.process.red.map(({ tier, withinMs, department }) => [tier, withinMs / 60_000, department?.en]);
}

const departments = "departments: { enterprise: Desk, township: Town, county: County, city: City }\n";
const standard = [
  ["enterprise", 5, "Desk"],
  ["township", 5, "Town"],
  ["county", 5, "County"],
  ["city", 5, "City"],
];

describe("the routing", () => {
  it("has no routes of its own where there are no overlays", () => {
    const routing = routingOf(departments);
    expect(routing.routes).toBeUndefined();
    expect(redOf(routing, "mines", "n")).toEqual(standard);
  });

  it("gives a sector its department in every county, and leaves the others alone", () => {
    const routing = routingOf(`${departments}overlays: [{ sector: mines, departments: { city: Mines } }]`);
    expect(routing.routes?.map(({ sector, county }) => [sector, county])).toEqual([
      ["mines", "n"],
      ["mines", "s"],
    ]);
    expect(redOf(routing, "mines", "s").at(-1)).toEqual(["city", 5, "Mines"]);
    expect(redOf(routing, "works", "s")).toEqual(standard);
  });

  it("lets a county win over a sector, and the sector of a county over both", () => {
    const routing = routingOf(`${departments}overlays:
  - { sector: mines, county: s, departments: { county: Mines of the south } }
  - { county: s, departments: { county: South, city: City for the south } }
  - { sector: mines, departments: { county: Mines, city: Mines of the city } }
`);
    const pair = (sector: string, county: string): unknown => redOf(routing, sector, county).slice(2);
    expect(pair("mines", "n")).toEqual([
      ["county", 5, "Mines"],
      ["city", 5, "Mines of the city"],
    ]);
    expect(pair("works", "s")).toEqual([
      ["county", 5, "South"],
      ["city", 5, "City for the south"],
    ]);
    expect(pair("mines", "s")).toEqual([
      ["county", 5, "Mines of the south"],
      ["city", 5, "City for the south"],
    ]);
    expect(redOf(routing, "works", "n")).toEqual(standard);
  });

  it("replaces a level as a whole and no other; a duty's own department wins", () => {
    const routing = routingOf(`${departments}overlays:
  - sector: works
    process: { red: [{ tier: city, withinMs: 60000, department: { zh: 指挥中心, en: Command } }, { tier: county, withinMs: 120000 }] }
`);
    expect(redOf(routing, "works", "n")).toEqual([
      ["city", 1, "Command"],
      ["county", 2, "County"],
    ]);
    const route = routing.routes?.find(({ sector }) => sector === "works");
    expect(route?.process.orange).toEqual(routing.process.orange);
    expect(route?.data).toEqual(routing.data);
  });

  it("says what an incident owes at each level, as a whole or not at all", () => {
    const usual = routingOf(departments).incident;
    expect(usual?.red?.reported).toEqual({ tier: "enterprise", withinMs: 3_600_000 });
    expect(usual?.blue).toBeUndefined();
    const own = routingOf(`${departments}incident: { red: { verified: { tier: city, withinMs: 60000 } } }`).incident;
    expect(own).toEqual({ red: { verified: { tier: "city", withinMs: 60_000 } } });
    expect(() =>
      routingOf(`${departments}incident: { blue: { verified: { tier: city, withinMs: 60000 } } }`),
    ).toThrow();
  });

  it("takes a county by its number", () => {
    write(
      "plant/plant.yaml",
      "counties: [{ id: 7 }]\nsites: [{ id: a, sector: mines, points: [{ code: L, report: onChange }] }]\n",
    );
    expect(redOf(routingOf("overlays: [{ county: 7, departments: { city: Seven } }]"), "mines", "7").at(-1)).toEqual([
      "city",
      5,
      "Seven",
    ]);
  });
});
