// Orders to devices: sent once for each order and whenever a device is waited for again, with everything that it must do.
import { describe, expect, it } from "vitest";
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

function room() {
  const sent: [topic: string, payload: unknown][] = [];
  const sites: SiteStatus[] = [];
  const orders = createOrders({
    plan: () => planOf(points),
    sites: () => sites,
    send: (topic, payload) => void sent.push([topic.replace("skyground/v1/", ""), JSON.parse(payload)]),
  });
  return { sent, sites, orders, topics: () => sent.splice(0).map(([topic]) => topic) };
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
});
