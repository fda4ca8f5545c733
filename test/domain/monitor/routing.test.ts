// Who owes an answer: the route of the alarm's site where it has one, the default where not.
import { describe, expect, it } from "vitest";
import { compileRouting, dutiesFor } from "../../../server/monitor/routing.ts";
import { limit, minute, planOf, point, routing, rule } from "../../support/plant.ts";
import { createRoom } from "../../support/room.ts";

const points = ["s1", "s2"].map((site) =>
  point("a", { site, id: `${site}/a`, rules: [rule("high", { red: limit(90) })] }),
);
const city = { tier: "city" as const, withinMs: minute };
const routed = {
  ...routing,
  routes: [
    {
      sector: "test",
      county: "county-s2",
      process: { ...routing.process, red: [city] },
      data: { ...routing.data, orange: [city] },
    },
  ],
};
const plan = planOf(points, { routing: routed });
const point2 = { kind: "point", id: "s2/a" } as const;

describe("the duties", () => {
  const compiled = compileRouting(plan);
  const owed = (of: Parameters<typeof dutiesFor>[1]): unknown => dutiesFor(compiled, of).owed;

  it("are those of the site's sector and county, process and data apart", () => {
    expect(owed({ source: point2, site: "s2", isData: false })).toEqual(routed.routes[0]?.process);
    expect(owed({ source: point2, site: "s2", isData: true })).toEqual(routed.routes[0]?.data);
  });

  it("are the default's where nobody says otherwise, and for alarms without a site", () => {
    expect(owed({ source: { kind: "point", id: "s1/a" }, site: "s1", isData: false })).toEqual(routing.process);
    expect(owed({ source: { kind: "device", id: "x/d" }, site: null, isData: true })).toEqual(routing.data);
    expect(owed({ source: point2, site: "gone", isData: true })).toEqual(routing.data);
  });

  it("are the city's for the server's neighbours, whatever the routes say", () => {
    const { orange } = dutiesFor(compiled, {
      source: { kind: "neighbour", id: "broker" },
      site: null,
      isData: true,
    }).owed;
    expect(orange).toEqual([{ tier: "city", withinMs: 10 * minute }]);
  });

  it("are looked up anew for every alarm: two sites, two answers", () => {
    const room = createRoom(plan);
    for (const site of ["s1", "s2"]) room.value(0, "a", 95, { site, device: "d1" });
    const asked = (site: string): unknown => room.alarm(`${site}/a~limit~high`)?.tiers.map(({ tier }) => tier);
    expect(asked("s1")).toEqual(["enterprise", "township", "county", "city"]);
    expect(asked("s2")).toEqual(["city"]);
  });
});
