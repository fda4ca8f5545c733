// Orders to devices: sent once for each order and whenever a device is waited for again, with everything that it must do.
import { describe, expect, it } from "vitest";
import type { Plan } from "../../contract/plant.ts";
import type { SamplingStatus } from "../../contract/sampling.ts";
import type { ChangeItem, SiteStatus } from "../../contract/wall.ts";
import { createOrders, orderOf } from "../../server/app/orders.ts";
import { planOf, point } from "../support/plant.ts";

const cadence = { silentAfterMs: 30_000, silence: {} };
const points = [
  point("a", { sampling: { alert: { everyMs: 5000, ...cadence }, storm: { everyMs: 1000, ...cadence } } }),
  point("b"),
  point("c", { report: "onChange" }),
  point("d", { device: "s1/d2" }),
];
const storm: SamplingStatus = { profile: "storm", since: 1, order: 1, waiting: ["s1/d1", "s1/d2"] };

function siteOf(sampling?: SamplingStatus): SiteStatus {
  return { id: "s1", ...(sampling === undefined ? {} : { sampling }) } as SiteStatus;
}
const siteChange = (sampling?: SamplingStatus): ChangeItem => ({ type: "site", seq: 1, site: siteOf(sampling) });
const device = (id: string, state: "online" | "offline"): ChangeItem => ({
  type: "device",
  seq: 1,
  device: { id, state, since: 1 },
});

function room(first: Plan = planOf(points)) {
  const sent: [topic: string, payload: unknown][] = [];
  const sites: SiteStatus[] = [];
  let plan = first;
  const orders = createOrders({
    plan: () => plan,
    sites: () => sites,
    send: (topic, payload) =>
      void sent.push([topic.replace("skyground/v1/", ""), payload === "" ? null : JSON.parse(payload)]),
  });
  const replan = (next: Plan): void => {
    plan = next;
    orders.replanned();
  };
  return { sent, sites, orders, replan, topics: () => sent.splice(0).map(([topic]) => topic) };
}

describe("an order", () => {
  it("says how often each point shall speak; what has no cadence does as usual, what reports by exception is not in it", () => {
    expect(orderOf(points, storm)).toEqual({
      v: 1,
      id: 1,
      samplingProfile: "storm",
      everyMs: { a: 1000, b: 10_000, d: 10_000 },
    });
    expect(orderOf(points, { ...storm, profile: "alert" }).everyMs["a"]).toBe(5000);
    expect(orderOf(points, { ...storm, profile: "normal" }).everyMs["a"]).toBe(10_000);
  });

  it("goes to each device of the site once, with its own points", () => {
    const { sent, orders, topics } = room();
    orders.changed([siteChange(), siteChange(storm)]);
    expect(sent[1]).toEqual(["s1/d2/command", { v: 1, id: 1, samplingProfile: "storm", everyMs: { d: 10_000 } }]);
    expect(topics()).toEqual(["s1/d1/command", "s1/d2/command"]);
    orders.changed([siteChange({ ...storm, waiting: ["s1/d2"] })]);
    expect(topics()).toEqual([]);
    orders.changed([siteChange({ ...storm, order: 2, profile: "normal" })]);
    expect(topics()).toEqual(["s1/d1/command", "s1/d2/command"]);
  });

  it("goes again to who is waited for again, and to who comes back without having answered", () => {
    const { orders, topics } = room();
    orders.changed([siteChange(storm), siteChange({ ...storm, waiting: ["s1/d2"] })]);
    topics();
    orders.changed([device("s1/d1", "online"), device("s1/d2", "offline")]);
    expect(topics()).toEqual([]);
    orders.changed([device("s1/d2", "online"), siteChange(storm)]);
    expect(topics()).toEqual(["s1/d2/command", "s1/d1/command"]);
  });

  it("is repeated to all devices of the sites that have one once the broker is there", () => {
    const { sites, orders, topics } = room();
    sites.push(siteOf());
    orders.repeat();
    expect(topics()).toEqual([]);
    sites.splice(0, 1, siteOf({ ...storm, waiting: [] }));
    orders.repeat();
    expect(topics()).toEqual(["s1/d1/command", "s1/d2/command"]);
  });

  it("goes again to whose cadence a new plan has changed, and to nobody else", () => {
    const { sent, sites, orders, replan, topics } = room();
    sites.push(siteOf(storm));
    orders.changed([siteChange(storm)]);
    topics();
    const quicker = point("a", { sampling: { storm: { everyMs: 500, ...cadence } } });
    replan(planOf([quicker, ...points.slice(1)]));
    expect(sent).toEqual([
      ["s1/d1/command", { v: 1, id: 1, samplingProfile: "storm", everyMs: { a: 500, b: 10_000 } }],
    ]);
    topics();
    const same = planOf([quicker, ...points.slice(1)]);
    replan(same);
    expect(topics()).toEqual([]);
    replan({ ...same, points: [...same.points] });
    expect(topics()).toEqual([]);
  });

  it("is taken back from a device that leaves the plan, also where the broker was away, until it is there again", () => {
    const { sent, sites, orders, replan, topics } = room();
    sites.push(siteOf(storm));
    orders.changed([siteChange(storm)]);
    topics();
    replan(planOf(points.slice(0, 3)));
    expect(sent.splice(0)).toEqual([["s1/d2/command", null]]);
    orders.repeat();
    expect(sent.splice(0)).toMatchObject([
      ["s1/d2/command", null],
      ["s1/d1/command", { id: 1 }],
    ]);
    replan(planOf(points));
    expect(sent.splice(0)).toMatchObject([["s1/d2/command", { id: 1 }]]);
    orders.repeat();
    expect(topics()).toEqual(["s1/d1/command", "s1/d2/command"]);
  });

  it("looks through the points once, however many devices it goes to", () => {
    let looks = 0;
    const many = Array.from({ length: 400 }, (_, nth) => point(`p${nth}`, { device: `s1/d${nth}` }));
    const plan = planOf(many);
    const watched = new Proxy(plan, {
      get: (of, key) => {
        if (key === "points") looks += 1;
        return Reflect.get(of, key) as unknown;
      },
    });
    const { orders, topics } = room(watched);
    orders.changed([siteChange({ ...storm, waiting: plan.devices.map(({ id }) => id) })]);
    expect(topics()).toHaveLength(400);
    expect(looks).toBe(1);
  });
});
