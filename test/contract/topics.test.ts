// The topic grammar: what is real, what is a trial, and what a filter covers.
import { describe, expect, it } from "vitest";
import {
  covers,
  parseTopic,
  parseTrialTopic,
  topicOf,
  trialCommandTopicOf,
  trialTopicOf,
} from "../../contract/topics.ts";

describe("a trial's topic", () => {
  it("is taken apart like a real one, and never taken for one", () => {
    const topic = trialTopicOf("pond-1", "gw-1", "command/ack");
    expect(topic).toBe("skyground-trial/v1/pond-1/gw-1/command/ack");
    expect(parseTrialTopic(topic)).toEqual({ site: "pond-1", device: "gw-1", kind: "command/ack" });
    expect(parseTopic(topic)).toBeNull();
    expect(parseTrialTopic(topicOf("pond-1", "gw-1", "telemetry"))).toBeNull();
    expect(trialCommandTopicOf("pond-1", "gw-1")).toBe("skyground-trial/v1/pond-1/gw-1/command");
  });
});

describe("a filter", () => {
  // MQTT 3.1.1 §4.7, and a narrower filter as a client may ask for.
  it.each<[string, string, boolean]>([
    ["a/b", "a/b", true],
    ["a/b", "a/c", false],
    ["a/b", "a/b/c", false],
    ["a/b/c", "a/b", false],
    ["a/+", "a/b", true],
    ["a/+", "a/b/c", false],
    ["a/+", "a/", true],
    ["a/+/c", "a/b/c", true],
    ["a/+", "a/+", true],
    ["a/+", "a/#", false],
    ["a/b", "a/+", false],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["a/#", "a/+/c", true],
    ["a/#", "a/#", true],
    ["a/#", "b", false],
    ["#", "a/b", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["a/b", "#", false],
  ])("%s over %s: %s", (filter, asked, isCovered) => {
    expect(covers(filter, asked)).toBe(isCovered);
  });
});
