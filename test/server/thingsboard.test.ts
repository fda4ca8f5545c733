// ThingsBoard's devices and gateways: every documented form of telemetry, attributes, and who is behind the gateway.
import { describe, expect, it } from "vitest";
import { deviceOf, dialectOf, judged, readingsOf, short, translate } from "../support/dialects.ts";

const thingsboard = dialectOf("thingsboard");
const own = "v1/devices/me/telemetry";
const gateway = "v1/gateway/telemetry";

describe("ThingsBoard", () => {
  it("reads the samples of its documentation", () => {
    expect(readingsOf("thingsboard").slice(0, 4)).toEqual([
      // Spaces are no part of a point code: such names are refused until the register has them.
      [],
      ["key1=1.5 @1451649600512", "key2=2 @1451649600512"],
      ["key1=1", "key2=1"],
      ["attribute1=42", "attribute2=1"],
    ]);
  });

  it("reads several devices behind one gateway by the names of the register", () => {
    const names = { "Device A/temperature": "TT-101", "Device B/temperature": "TT-102" };
    const body = {
      "Device A": [
        { ts: 1483228800000, values: { temperature: 42 } },
        { ts: 1483228801000, values: { temperature: "43" } },
      ],
      "Device B": [{ values: { temperature: 44 } }],
      DeviceC: [{ temperature: 45 }],
    };
    expect(short(translate(thingsboard, deviceOf({}, names), gateway, body))).toEqual([
      "TT-101=42 @1483228800000",
      "TT-101=43 @1483228801000",
      "TT-102=44",
      "DeviceC.temperature=45",
    ]);
  });

  it("refuses a broken entry and keeps its neighbours", () => {
    const body = { A: [{ x: 1 }, 7], B: "nothing", C: [{ ts: "soon", values: { x: 3 } }], D: [{ x: 4, y: "open" }] };
    const { readings, refused } = judged(translate(thingsboard, deviceOf(), gateway, body));
    expect(readings.map(({ code }) => code)).toEqual(["A.x", "D.x"]);
    expect(refused.map(({ code }) => code).toSorted()).toEqual([
      "MESSAGE_BAD_SHAPE",
      "MESSAGE_BAD_SHAPE",
      "SAMPLE_BAD_TIME",
      "SAMPLE_WRONG_TYPE",
    ]);
  });

  it("takes attributes as values of now: numbers and booleans, or none where the device's options say so", () => {
    const body = { firmware: "1.2.3", level: "7", open: true, ts: 5, values: { x: 1 } };
    const read = (options: Record<string, string>) =>
      short(translate(thingsboard, deviceOf(options), "v1/devices/me/attributes", body));
    expect(read({})).toEqual(["level=7", "open=1", "ts=5"]);
    expect(read({ attributes: "ignored" })).toEqual([]);
    expect(short(translate(thingsboard, deviceOf(), "v1/gateway/attributes", { A: { level: 1 } }))).toEqual([
      "A.level=1",
    ]);
  });

  it("tells that a device behind the gateway came or went where the register has a point for it", () => {
    const device = deviceOf({}, { "Device A/connected": "A.link" });
    expect(short(translate(thingsboard, device, "v1/gateway/connect", { device: "Device A" }))).toEqual(["A.link=1"]);
    expect(short(translate(thingsboard, device, "v1/gateway/disconnect", { device: "Device A" }))).toEqual([
      "A.link=0",
    ]);
    expect(translate(thingsboard, device, "v1/gateway/connect", { device: "Device B" })).toEqual({
      ok: true,
      objects: [],
    });
    expect(translate(thingsboard, device, "v1/gateway/connect", {})).toMatchObject({ code: "MESSAGE_BAD_SHAPE" });
  });

  it("hears what it does not read, and refuses what is not its own", () => {
    const rpc = translate(thingsboard, deviceOf(), "v1/devices/me/rpc/response/1", "anything");
    expect(rpc).toEqual({ ok: true, objects: [] });
    expect(translate(thingsboard, deviceOf(), "v2/t", "{}")).toMatchObject({ code: "TOPIC_UNKNOWN" });
    expect(translate(thingsboard, deviceOf(), own, "{")).toMatchObject({ code: "MESSAGE_BAD_JSON" });
    expect(translate(thingsboard, deviceOf(), own, "7")).toMatchObject({ code: "MESSAGE_BAD_SHAPE" });
    expect(translate(thingsboard, deviceOf(), own, Uint8Array.of(0xff))).toMatchObject({ code: "MESSAGE_NOT_UTF8" });
  });

  it("knows its options", () => {
    expect(thingsboard.check({})).toEqual([]);
    expect(thingsboard.check({ attributes: "never", token: "x" })).toHaveLength(2);
  });
});
