// What the monitor hears of a recorded input: messages decoded, everything else as it is (semantics §1).
import { describe, expect, it } from "vitest";
import type { RecordedInput } from "../../../contract/input.ts";
import type { Telemetry } from "../../../contract/sample.ts";
import { heard } from "../../../server/monitor.ts";

const message: RecordedInput = { kind: "message", number: 7, at: 5, topic: "t", payload: new Uint8Array() };
const telemetry: Telemetry = { kind: "telemetry", site: "s1", device: "d1", sequence: null, readings: [], refused: [] };

describe("what is heard of a recorded input", () => {
  it("is telemetry or a link where it was a message, under the same number and time", () => {
    expect(heard(message, { ok: true, message: telemetry })).toEqual({
      kind: "telemetry",
      number: 7,
      at: 5,
      message: telemetry,
    });
    expect(
      heard(message, { ok: true, message: { kind: "state", site: "s1", device: "d1", online: false } }),
    ).toMatchObject({
      kind: "link",
      number: 7,
      at: 5,
      site: "s1",
      device: "d1",
      online: false,
    });
  });

  it("is the input itself where it was none", () => {
    const tick: RecordedInput = { kind: "tick", number: 7, at: 5 };
    expect(heard(tick, null)).toBe(tick);
  });

  it("is never nothing: a message that was written down and cannot be decoded is a bug", () => {
    expect(() => heard(message, null)).toThrow("message 7 was written down but cannot be decoded");
    expect(() => heard(message, { ok: false, code: "TOPIC_UNKNOWN", example: "" })).toThrow("cannot be decoded");
  });
});
