// Which topics are an account's own at the embedded broker, where it speaks a dialect of its own and where it does not.
import { describe, expect, it } from "vitest";
import { type Account, isForAccount, isOwnTopic, maySubscribe } from "../../server/adapters/broker/rules.ts";

const native: Account = { site: "plant-a", device: "gw-1" };
const foreign: Account = { ...native, topics: { publish: ["up/+/data"], subscribe: ["down/#", "rpc/+"] } };
const own = "skyground/v1/plant-a/gw-1";

describe("an account", () => {
  it("that speaks native has its telemetry, its state, its acknowledgements and its command", () => {
    const topics = ["telemetry", "state", "command/ack", "command", "event"].map((kind) => `${own}/${kind}`);
    expect(topics.map((topic) => isOwnTopic(native, topic))).toEqual([true, true, true, false, false]);
    expect(topics.filter((topic) => isForAccount(native, topic))).toEqual([`${own}/command`]);
    expect(topics.filter((topic) => maySubscribe(native, topic))).toEqual([`${own}/command`]);
    expect(maySubscribe(native, "#")).toBe(false);
  });

  it("that speaks a dialect has its dialect's topics and no others", () => {
    expect(["up/1/data", "up/1/2/data", `${own}/telemetry`].map((topic) => isOwnTopic(foreign, topic))).toEqual([
      true,
      false,
      false,
    ]);
    expect(["down/1", "rpc/1", `${own}/command`].map((topic) => isForAccount(foreign, topic))).toEqual([
      true,
      true,
      false,
    ]);
    // A filter of its own as it stands, a topic within one, and no other filter.
    const asked = ["down/#", "rpc/+", "down/1/2", "down/+", "#", `${own}/command`];
    expect(asked.map((filter) => maySubscribe(foreign, filter))).toEqual([true, true, true, false, false, false]);
  });
});
