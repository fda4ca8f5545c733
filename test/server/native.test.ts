// The native dialect: what it makes of every payload, also of the hostile ones.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faults } from "../../contract/faults.ts";
import type { DecodeResult, Telemetry } from "../../contract/sample.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";

const telemetryTopic = "skyground/v1/plant-a/gateway-1/telemetry";
const stateTopic = "skyground/v1/plant-a/gateway-1/state";
const at = 1_790_000_000_000;

function decode(payload: string | Uint8Array, topic = telemetryTopic): DecodeResult {
  return decodeNative(topic, typeof payload === "string" ? new TextEncoder().encode(payload) : payload);
}

function telemetry(payload: unknown): Telemetry {
  const result = decode(typeof payload === "string" ? payload : JSON.stringify(payload));
  if (!result.ok || result.message.kind !== "telemetry") throw new Error(`not telemetry: ${JSON.stringify(result)}`);
  return result.message;
}

function codesOf(message: Telemetry): string[] {
  return message.refused.map((refusal) => refusal.code);
}

describe("a telemetry message", () => {
  it("becomes readings, by the example of the documentation", () => {
    const payload = `{"ts":${at},"seq":42,"values":{"LT-101":82.4,"GD-201":{"v":31.5,"u":"%LEL","q":"suspect"},"XV-101":true}}`;
    expect(telemetry(payload)).toEqual({
      kind: "telemetry",
      site: "plant-a",
      device: "gateway-1",
      sequence: { first: 42, last: 42 },
      readings: [
        { code: "LT-101", sourceAt: at, value: 82.4, quality: "good", unit: null },
        { code: "GD-201", sourceAt: at, value: 31.5, quality: "suspect", unit: "%LEL" },
        { code: "XV-101", sourceAt: at, value: 1, quality: "good", unit: null },
      ],
      refused: [],
    });
  });

  it("takes false as 0, null as missing or, where it is flagged bad, as a fault, minus zero as zero, and unknown keys as nothing", () => {
    const message = telemetry(
      '{"values":{"A":false,"B":null,"C":{"v":null,"q":"bad"},"D":-0,"E":{"v":true,"new":1}},"fw":"2.1"}',
    );
    expect(message.readings.map((reading) => [reading.code, reading.value, reading.quality])).toEqual([
      ["A", 0, "good"],
      ["B", null, "missing"],
      ["C", null, "bad"],
      ["D", 0, "good"],
      ["E", 1, "good"],
    ]);
    expect(Object.is(message.readings[3]?.value, 0)).toBe(true);
    expect(message.readings.every((reading) => reading.sourceAt === null)).toBe(true);
    expect(message.sequence).toBeNull();
    expect(message.refused).toEqual([]);
  });

  it("says of a value that it is of the past where the message does, and refuses one without a time", () => {
    const message = telemetry(
      `[{"ts":${at},"values":{"A":{"v":1,"h":true},"B":{"v":2,"h":false},"C":{"v":3,"h":null},"D":{"v":4,"h":1},"E":{"v":"x","h":true}}},
        {"values":{"A":{"v":5,"h":true},"B":{"v":6,"h":true,"ts":${at + 1}},"C":{"v":null,"h":true,"ts":12}}}]`,
    );
    expect(message.readings).toEqual([
      { code: "A", sourceAt: at, value: 1, quality: "good", unit: null, isHistorical: true },
      { code: "B", sourceAt: at, value: 2, quality: "good", unit: null },
      { code: "C", sourceAt: at, value: 3, quality: "good", unit: null },
      { code: "B", sourceAt: at + 1, value: 6, quality: "good", unit: null, isHistorical: true },
    ]);
    expect(message.refused).toEqual([
      { code: "SAMPLE_WRONG_TYPE", example: 'D: {"h": 1}' },
      { code: "SAMPLE_WRONG_TYPE", example: 'E: "x"' },
      { code: "SAMPLE_BAD_TIME", example: 'A: {"h": true} without a time' },
      { code: "SAMPLE_TOO_OLD", example: 'C: {"ts": 12}' },
    ]);
  });

  it("keeps the order of an array and the first and last of its numbers", () => {
    const message = telemetry([
      { ts: at + 2, seq: 8, values: { A: 1 } },
      { ts: at, seq: 9, values: { A: 2 } },
      { ts: at + 1, values: { A: 3 } },
      { ts: at + 3, seq: 10, values: { A: 4 } },
    ]);
    expect(message.readings.map((reading) => [reading.sourceAt, reading.value])).toEqual([
      [at + 2, 1],
      [at, 2],
      [at + 1, 3],
      [at + 3, 4],
    ]);
    expect(message.sequence).toEqual({ first: 8, last: 10 });
  });

  it("keeps the good objects of an array beside the others", () => {
    const message = telemetry([1, { values: { A: 1 } }, null, { values: [2] }, {}, [], "x"]);
    expect(message.readings.map((reading) => reading.code)).toEqual(["A"]);
    expect(message.refused.map((refusal) => refusal.example)).toEqual([
      "[0]: 1",
      "[2]: null",
      "[3]: {…}",
      "[4]: {…}",
      "[5]: […]",
      '[6]: "x"',
    ]);
    expect(new Set(codesOf(message))).toEqual(new Set(["MESSAGE_BAD_SHAPE"]));
  });

  it("takes a byte order mark and text beyond ASCII", () => {
    const message = telemetry('\ufeff{"values":{"TT-1":{"v":21.5,"u":"°C"},"PI-1":{"v":3,"u":"千帕"}}}');
    expect(message.readings.map((reading) => reading.unit)).toEqual(["°C", "千帕"]);
  });

  it("keeps 10,000 objects and refuses 10,001", () => {
    expect(telemetry(Array.from({ length: 10_000 }, () => ({ values: { A: 1 } }))).readings).toHaveLength(10_000);
    expect(decode(JSON.stringify(Array.from({ length: 10_001 }, () => ({ values: { A: 1 } }))))).toEqual({
      ok: false,
      code: "MESSAGE_TOO_LARGE",
      example: "10001 objects",
    });
  });

  it("keeps 256 KiB and refuses one byte more", () => {
    const body = '{"values":{"A":1}}';
    expect(decode(body.padEnd(256 * 1024)).ok).toBe(true);
    expect(decode(body.padEnd(256 * 1024 + 1))).toEqual({
      ok: false,
      code: "MESSAGE_TOO_LARGE",
      example: "262145 bytes",
    });
  });
});

describe("a wrong value", () => {
  it.each([
    ['"82.4"', "SAMPLE_WRONG_TYPE", 'A: "82.4"'],
    ["[1]", "SAMPLE_WRONG_TYPE", "A: […]"],
    ["{}", "SAMPLE_WRONG_TYPE", "A: undefined"],
    ['{"v":{"v":1}}', "SAMPLE_WRONG_TYPE", "A: {…}"],
    ['{"v":"7"}', "SAMPLE_WRONG_TYPE", 'A: "7"'],
    ['{"v":1,"q":"excellent"}', "SAMPLE_WRONG_TYPE", 'A: {"q": "excellent"}'],
    ['{"v":1,"q":192}', "SAMPLE_WRONG_TYPE", 'A: {"q": 192}'],
    ['{"v":1,"q":"missing"}', "SAMPLE_WRONG_TYPE", 'A: {"q": "missing"}'],
    ['{"v":1,"u":7}', "UNIT_MISMATCH", 'A: {"u": 7}'],
    [`{"v":1,"u":"${"m".repeat(33)}"}`, "UNIT_MISMATCH", `A: {"u": "${"m".repeat(33)}"}`],
    ["1e999", "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ["-1e999", "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ["NaN", "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ["nan", "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ["-nan", "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ["Infinity", "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ["-Infinity", "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ['{"v":NaN}', "SAMPLE_NOT_FINITE", "A: NaN or Infinity"],
    ['{"v":1,"ts":"2026-01-01"}', "SAMPLE_BAD_TIME", 'A: {"ts": "2026-01-01"}'],
    ['{"v":1,"ts":NaN}', "SAMPLE_BAD_TIME", 'A: {"ts": Infinity}'],
    ['{"v":1,"ts":1e300}', "SAMPLE_BAD_TIME", 'A: {"ts": 1e+300}'],
    ['{"v":1,"ts":1790000000}', "SAMPLE_TOO_OLD", 'A: {"ts": 1790000000}'],
    ['{"v":1,"ts":-5}', "SAMPLE_TOO_OLD", 'A: {"ts": -5}'],
  ])("%s is refused as %s and its neighbours are kept", (sent, code, example) => {
    const message = telemetry(`{"ts":${at},"values":{"A0":1.5,"A":${sent},"Z":2.5}}`);
    expect(message.refused).toEqual([{ code, example }]);
    // Not a number is refused as a value and read as a bad one: the sensor has said that it has failed.
    const failed = code === "SAMPLE_NOT_FINITE" ? [["A", null, "bad"]] : [];
    expect(message.readings.map((reading) => [reading.code, reading.value, reading.quality])).toEqual([
      ["A0", 1.5, "good"],
      ...failed,
      ["Z", 2.5, "good"],
    ]);
  });

  it("has its name refused where it could be taken for a part of the language", () => {
    const names = ["__proto__", "constructor", "hasOwnProperty", "", " A", "A/B", "Ä", "A".repeat(65), "A\\u0000"];
    const message = telemetry(`{"values":{${names.map((name) => `"${name}":1`).join(",")},"toString":{"v":1},"A":1}}`);
    expect(message.refused).toHaveLength(names.length + 1);
    expect(new Set(codesOf(message))).toEqual(new Set(["SAMPLE_BAD_NAME"]));
    expect(message.readings).toEqual([{ code: "A", sourceAt: null, value: 1, quality: "good", unit: null }]);
    expect(({} as Record<string, unknown>)["v"]).toBeUndefined();
  });

  it("does not inherit a value from a key called __proto__", () => {
    const message = telemetry('{"values":{"A":{"__proto__":{"v":1}},"B":{"v":2,"__proto__":null}}}');
    expect(codesOf(message)).toEqual(["SAMPLE_WRONG_TYPE"]);
    expect(message.readings.map((reading) => reading.value)).toEqual([2]);
    expect(decode('{"__proto__":{"values":{"A":1}}}')).toMatchObject({
      ok: false,
      code: "MESSAGE_BAD_SHAPE",
    });
  });

  it("leaves words inside of strings as they are", () => {
    const message = telemetry('{"note":"NaN \\" Infinity \\\\","values":{"A":{"v":1,"u":"NaN"},"B":NaN}}');
    expect(message.readings).toEqual([
      { code: "A", sourceAt: null, value: 1, quality: "good", unit: "NaN" },
      { code: "B", sourceAt: null, value: null, quality: "bad", unit: null },
    ]);
    expect(codesOf(message)).toEqual(["SAMPLE_NOT_FINITE"]);
  });

  it("is shown in at most 120 characters, without half of a pair", () => {
    const message = telemetry({
      values: {
        ["🙂".repeat(200)]: 1,
        B: "🙂".repeat(200),
        ["C".repeat(64)]: { v: "x".repeat(300) },
      },
    });
    expect(message.refused).toHaveLength(3);
    for (const { example } of message.refused) {
      expect(example.length).toBeLessThanOrEqual(120);
      expect(Buffer.from(example).toString()).toBe(example);
    }
  });
});

describe("a time", () => {
  it("that is wrong costs the values of its object that have none of their own", () => {
    const message = telemetry([
      { ts: "yesterday", values: { A: 1, B: { v: 2, ts: at } } },
      { ts: at, values: { A: 3 } },
    ]);
    expect(message.readings.map((reading) => [reading.code, reading.sourceAt])).toEqual([
      ["B", at],
      ["A", at],
    ]);
    expect(codesOf(message)).toEqual(["SAMPLE_BAD_TIME"]);
  });

  it("may have a fraction, may be null, and begins with the year 2000", () => {
    const edge = Date.UTC(2000, 0, 1);
    const message = telemetry({
      values: {
        A: { v: 1, ts: at + 0.75 },
        B: { v: 1, ts: null },
        C: { v: 1, ts: edge },
        D: { v: 1, ts: edge - 1 },
      },
    });
    expect(message.readings.map((reading) => reading.sourceAt)).toEqual([at, null, edge]);
    expect(codesOf(message)).toEqual(["SAMPLE_TOO_OLD"]);
  });
});

describe("a sequence number", () => {
  it.each([-1, 1.5, 2 ** 32, "7", true, [], {}])("%j is set aside and counted while the values are kept", (seq) => {
    const message = telemetry({ seq, values: { A: 1 } });
    expect(message.sequence).toBeNull();
    expect(message.readings).toHaveLength(1);
    expect(codesOf(message)).toEqual(["MESSAGE_BAD_SHAPE"]);
  });

  it("may be 0 and 4,294,967,295", () => {
    expect(telemetry({ seq: 0, values: {} }).sequence).toEqual({ first: 0, last: 0 });
    expect(telemetry({ seq: 2 ** 32 - 1, values: {} }).sequence?.last).toBe(4_294_967_295);
  });
});

describe("a whole message", () => {
  it.each([
    ["", "MESSAGE_BAD_SHAPE"],
    ["{", "MESSAGE_BAD_JSON"],
    ['{"values":{"A":1}', "MESSAGE_BAD_JSON"],
    ['{"values":{"A":NaN}', "MESSAGE_BAD_JSON"],
    ["{'values':{}}", "MESSAGE_BAD_JSON"],
    ["\u0000", "MESSAGE_BAD_JSON"],
    ["null", "MESSAGE_BAD_SHAPE"],
    ["NaN", "MESSAGE_BAD_SHAPE"],
    ["42", "MESSAGE_BAD_SHAPE"],
    ['"x"', "MESSAGE_BAD_SHAPE"],
    ["{}", "MESSAGE_BAD_SHAPE"],
    ['{"values":[1]}', "MESSAGE_BAD_SHAPE"],
    ['{"values":null}', "MESSAGE_BAD_SHAPE"],
  ])("%j is refused as %s", (payload, code) => {
    expect(decode(payload)).toMatchObject({ ok: false, code });
  });

  it.each([[[0xff, 0xfe, 0x41, 0x00]], [[0xc0, 0xaf]], [[0x22, 0xed, 0xa0, 0x80, 0x22]], [[0x7b, 0xe2, 0x82]]])(
    "of the bytes %j is refused as not UTF-8",
    (bytes) => {
      expect(decode(Uint8Array.from(bytes))).toMatchObject({ ok: false, code: "MESSAGE_NOT_UTF8" });
    },
  );

  it.each([
    "skyground/v1/plant-a/gateway-1/event",
    "skyground/v1/plant-a/gateway-1/sky",
    "skyground/v1/plant-a/gateway-1/command",
    "skyground/v1/plant-a/gateway-1",
    "skyground/v2/plant-a/gateway-1/telemetry",
    "/skyground/v1/plant-a/gateway-1/telemetry",
    "skyground/v1/Plant/gateway-1/telemetry",
    "skyground-drill/v1/plant-a/gateway-1/telemetry",
    "",
  ])("under the topic %j is refused as unknown", (topic) => {
    expect(decode('{"values":{"A":1}}', topic)).toEqual({
      ok: false,
      code: "TOPIC_UNKNOWN",
      example: topic,
    });
  });

  it("nested 100,000 deep neither overflows the stack nor is believed", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(decode(deep)).toMatchObject({ ok: true, message: { readings: [] } });
    expect(codesOf(telemetry(`{"values":{"A":${deep}}}`))).toEqual(["SAMPLE_WRONG_TYPE"]);
  });

  it("made to be slow to repair is answered in linear time", () => {
    for (const unit of ['"\\', '\\"', "N", "NaN", "Infinity", '"', "-"]) {
      const startedAt = performance.now();
      decode(unit.repeat(Math.floor((256 * 1024) / unit.length)));
      // A quadratic scan of 256 KiB takes tens of seconds; a linear one a few milliseconds.
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });
});

describe("an acknowledgement of an order", () => {
  const ackTopic = "skyground/v1/plant-a/gateway-1/command/ack";

  it("names the order by its number", () => {
    expect(decode('{"id":3,"ok":true}', ackTopic)).toEqual({
      ok: true,
      message: { kind: "ack", site: "plant-a", device: "gateway-1", order: 3 },
    });
  });

  it.each(["{}", "3", '{"id":"3"}', '{"id":1.5}'])("is refused where it is %s", (payload) => {
    expect(decode(payload, ackTopic)).toMatchObject({ ok: false, code: "MESSAGE_BAD_SHAPE" });
  });
});

describe("a state message", () => {
  it("says whether the device is there", () => {
    expect(decode('{"online":true,"fw":"1"}', stateTopic)).toEqual({
      ok: true,
      message: { kind: "state", site: "plant-a", device: "gateway-1", online: true },
    });
    expect(decode('{"online":false}', stateTopic)).toMatchObject({
      ok: true,
      message: { online: false },
    });
  });

  it.each(['{"online":1}', '{"online":"true"}', "{}", "[]", "true", "null"])("of the form %s is refused", (payload) => {
    expect(decode(payload, stateTopic)).toMatchObject({
      ok: false,
      code: "MESSAGE_BAD_SHAPE",
      example: payload,
    });
  });

  it("without a payload (a retained one being cleared) is refused", () => {
    expect(decode("", stateTopic)).toEqual({ ok: false, code: "MESSAGE_BAD_SHAPE", example: "" });
  });
});

describe("the decoder", () => {
  function isSound(result: DecodeResult): void {
    const refusals = result.ok ? (result.message.kind === "telemetry" ? result.message.refused : []) : [result];
    for (const { code, example } of refusals) {
      expect(Object.hasOwn(faults, code)).toBe(true);
      expect(example.length).toBeLessThanOrEqual(120);
    }
    if (!result.ok || result.message.kind !== "telemetry") return;
    for (const { value, sourceAt } of result.message.readings) {
      expect(value === null || Number.isFinite(value)).toBe(true);
      expect(sourceAt === null || Number.isSafeInteger(sourceAt)).toBe(true);
    }
  }

  it("never throws, whatever the bytes and whatever the topic", () => {
    const topics = fc.oneof(fc.constantFrom(telemetryTopic, stateTopic), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(topics, fc.uint8Array({ maxLength: 200 }), (topic, bytes) => isSound(decode(bytes, topic))),
      { numRuns: 2_000 },
    );
  });

  it("never throws, whatever the JSON", () => {
    const keys = fc.constantFrom("ts", "seq", "values", "v", "q", "u", "online", "A", "__proto__", "constructor");
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.jsonValue(),
        fc.array(tie("node"), { maxLength: 4 }),
        fc.dictionary(keys, tie("node"), { maxKeys: 5 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.constantFrom(telemetryTopic, stateTopic), tree, (topic, value) =>
        isSound(decode(JSON.stringify(value) ?? "", topic)),
      ),
      { numRuns: 2_000 },
    );
  });

  it("accounts for every value of a well-formed object: read or refused, none lost, none made up", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }).map(String),
      fc.constantFrom("NaN", "-Infinity", "true", "null", '"7"', "[]", '{"v":3}', '{"v":NaN}', '{"q":"good"}'),
    );
    const values = fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,9}$/), value, {
      maxKeys: 20,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(values, (sent) => {
        const text = Object.entries(sent).map(([code, word]) => `"${code}":${word}`);
        const message = telemetry(`{"values":{${text.join(",")}}}`);
        // What is not a number is both: refused as a value, and read as the failure of its sensor.
        const failed = codesOf(message).filter((code) => code === "SAMPLE_NOT_FINITE").length;
        expect(message.readings.filter(({ quality }) => quality === "bad")).toHaveLength(failed);
        expect(message.readings.length + message.refused.length).toBe(text.length + failed);
      }),
    );
  });
});
