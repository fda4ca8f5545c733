// The plain reader takes a message exactly as the native dialect does, or leaves it alone.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeNative } from "../../../server/adapters/dialects/native.ts";
import { createKnownCodes, createPlainReader } from "../../../server/adapters/dialects/plain.ts";

const at = 1_790_000_000_000;
const known = ["A", "LT-101", "GD-201.a", "7", "PH_2"];
const codes = createKnownCodes();
for (const [place, code] of known.entries()) codes.learn(code, place);
const reader = createPlainReader();

/** What the plain reader makes of a text; null where it leaves it to the dialect. */
function plainly(text: string): Map<string, number> | null {
  const count = reader.read(Buffer.from(text), codes);
  if (count < 0) return null;
  return new Map(
    Array.from({ length: count }, (_, place) => [
      known[reader.places[place] ?? -1] ?? "",
      reader.values[place] ?? Number.NaN,
    ]),
  );
}

function natively(text: string) {
  const decoded = decodeNative("skyground/v1/hc-01/gw-1/telemetry", Buffer.from(text));
  return decoded.ok && decoded.message.kind === "telemetry" ? decoded.message : null;
}

describe("the plain reader", () => {
  it.each([
    [`{"ts":${at},"values":{"A":1}}`, { A: 1 }],
    [`{"ts": ${at}, "seq": 17, "values": {"A": -0.25, "LT-101": 0}}`, { A: -0.25, "LT-101": 0 }],
    [
      ` { "values":{"GD-201.a":123456789.123456,"7":10.0} , "ts":${at} } `,
      { "GD-201.a": 123_456_789.123_456, "7": 10 },
    ],
  ])("takes %s", (text, values) => {
    expect(plainly(text)).toEqual(new Map(Object.entries(values)));
    expect(reader.sourceAt()).toBe(at);
  });

  it.each([
    ["a code that it has not met", `{"ts":${at},"values":{"B":1}}`],
    ["an escaped code", `{"ts":${at},"values":{"\\u0041":1}}`],
    ["the long form", `{"ts":${at},"values":{"A":{"v":1}}}`],
    ["a value of the past", `{"ts":${at},"values":{"A":{"v":1,"h":true}}}`],
    ["no value", `{"ts":${at},"values":{"A":null}}`],
    ["no values", `{"ts":${at},"values":{}}`],
    ["a truth", `{"ts":${at},"values":{"A":true}}`],
    ["an exponent", `{"ts":${at},"values":{"A":1e3}}`],
    ["more digits than are exact", `{"ts":${at},"values":{"A":0.1234567890123456}}`],
    ["no time", `{"values":{"A":1}}`],
    ["a time before 2000", `{"ts":946684799999,"values":{"A":1}}`],
    ["a fraction of a time", `{"ts":${at}.5,"values":{"A":1}}`],
    ["another key", `{"ts":${at},"v":1,"values":{"A":1}}`],
    ["a key twice", `{"ts":${at},"ts":${at},"values":{"A":1}}`],
    ["several objects", `[{"ts":${at},"values":{"A":1}}]`],
    ["a zero before a number", `{"ts":${at},"values":{"A":01}}`],
    ["a point without digits", `{"ts":${at},"values":{"A":1.}}`],
    ["something behind its end", `{"ts":${at},"values":{"A":1}}x`],
    ["a comma too many", `{"ts":${at},"values":{"A":1,}}`],
    ["a cut message", `{"ts":${at},"values":{"A":1`],
  ])("leaves %s to the dialect", (_, text) => {
    expect(plainly(text)).toBeNull();
  });

  it("says what the dialect says, whatever is sent", () => {
    const number = fc.oneof(
      fc.integer().map(String),
      fc.double({ noNaN: true }).map(String),
      fc
        .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: 0, max: 999_999 }))
        .map(([a, b]) => `${a}.${b}`),
      fc.integer({ min: -999, max: 999 }).map((whole) => String(whole / 10)),
      fc.constantFrom("-0", "0", "007", "1.", ".5", "-", "1e5", "true", "null", "NaN", '"1"', '{"v":1}'),
    );
    const gap = fc.constantFrom("", "", "", "", "", "", " ", "\n");
    const pair = fc
      .tuple(fc.constantFrom(...known, ...known, "B", "__proto__"), gap, number, gap)
      .map(([code, before, value, behind]) => `"${code}"${before}:${behind}${value}`);
    const values = fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => `"values":{${pairs.join(",")}}`);
    const time = fc.constantFrom(
      `"ts":${at}`,
      `"ts":${at}`,
      `"ts" : ${at}`,
      `"ts":5`,
      `"ts":-1`,
      `"ts":null`,
      `"ts":"${at}"`,
    );
    const seq = fc.constantFrom(`"seq":1`, `"seq": 22`, `"seq":4294967296`, `"seq":-1`, `"x":1`);
    const message = fc
      .tuple(fc.shuffledSubarray([0, 1, 2], { minLength: 2 }), time, seq, values, gap)
      .map(
        ([order, ...[one, two, three, end]]) => `{${order.map((place) => [one, two, three][place]).join(",")}}${end}`,
      );
    let taken = 0;
    fc.assert(
      fc.property(message, (text) => {
        const plain = plainly(text);
        if (plain === null) return;
        taken += 1;
        const native = natively(text);
        expect(native?.readings.every(({ quality, sourceAt }) => quality === "good" && sourceAt === at)).toBe(true);
        expect(reader.sourceAt()).toBe(at);
        expect(plain).toEqual(new Map(native?.readings.map(({ code, value }) => [code, value])));
      }),
      { numRuns: 20_000, seed: 20_260_922 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});
