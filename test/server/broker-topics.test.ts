// Which topics a connection has at the embedded broker: exact ones, and the wide filters of a dialect.
import { describe, expect, it } from "vitest";
import type { Traffic } from "../../server/adapters/broker/accounts.ts";
import { createPass } from "../../server/adapters/broker/pass.ts";

const own = "skyground/v1/plant-a/gw-1";
const pass = createPass(
  {
    site: "plant-a",
    device: "gw-1",
    stage: "open",
    publish: ["up/+/data", "exact"],
    subscribe: ["down/#", "rpc/+"],
    maxPerSecond: 1,
  },
  {} as Traffic,
);

describe("a connection", () => {
  it("publishes within its filters and nowhere else", () => {
    const topics = ["up/1/data", "exact", "up/1/2/data", "up/\u0000/data", "exact/x", `${own}/telemetry`];
    expect(topics.map((topic) => pass.mayPublish(topic))).toEqual([true, true, false, false, false, false]);
  });

  it("hears a filter of its own, whatever lies within one, and no other", () => {
    const asked = ["down/#", "rpc/+", "down/1/2", "down/+", "#", "rpc/#", `${own}/command`];
    expect(asked.map((filter) => pass.maySubscribe(filter))).toEqual([true, true, true, true, false, false, false]);
  });
});
