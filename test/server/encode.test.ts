// Native objects as native messages: nothing lost, nothing inherited, nothing larger than the format allows.
import { describe, expect, it } from "vitest";
import { encodeNative } from "../../server/adapters/dialects/encode.ts";
import { judged } from "../support/dialects.ts";

const read = (values: Record<string, unknown>) => judged({ ok: true, objects: [{ values }] });
const textsOf = (payloads: readonly Uint8Array[]): string[] =>
  payloads.map((payload) => Buffer.from(payload).toString());

describe("an encoded message", () => {
  it("is written down also where it says nothing", () => {
    expect(textsOf(encodeNative([]))).toEqual(['[{"values":{}}]']);
  });

  it("keeps time, number, order and what could not be read", () => {
    const objects = [
      { ts: 5, seq: 7, values: { a: 1, b: { v: true, q: "bad", u: "m", x: 1 } } },
      { values: { c: null } },
    ];
    expect(textsOf(encodeNative(objects, ["a line"]))).toEqual([
      '[{"ts":5,"seq":7,"values":{"a":1,"b":{"v":true,"u":"m","q":"bad"}}},{"values":{"c":null}},"a line"]',
    ]);
  });

  it("has numbers that are none refused one by one and stored as bad", () => {
    const { readings, refused } = read({ a: Number.NaN, b: Number.POSITIVE_INFINITY, c: 1 });
    expect(readings.map(({ quality }) => quality)).toEqual(["bad", "bad", "good"]);
    expect(refused.map(({ code }) => code)).toEqual(["SAMPLE_NOT_FINITE", "SAMPLE_NOT_FINITE"]);
    expect(judged({ ok: true, objects: [{ ts: Number.NaN, values: { a: 1 } }] }).refused).toMatchObject([
      { code: "SAMPLE_BAD_TIME" },
    ]);
  });

  it("walks into nothing deep, and cuts what is too long to be right", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const { readings, refused } = read({ a: deep, b: { v: deep }, ["c".repeat(9999)]: 1, d: "x".repeat(9999), e: 1 });
    expect(readings.map(({ code }) => code)).toEqual(["e"]);
    expect(refused).toHaveLength(4);
  });

  it("becomes several where it is too large, and a number is told once", () => {
    const values = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`point-${n}`, n]));
    const payloads = encodeNative([
      { ts: 5, seq: 1, values },
      ...Array.from({ length: 20_000 }, () => ({ values: { a: 1 } })),
    ]);
    expect(payloads.every(({ length }) => length <= 256 * 1024)).toBe(true);
    const objects = payloads.flatMap(
      (payload) => JSON.parse(Buffer.from(payload).toString()) as { seq?: number; values: object }[],
    );
    expect(objects.flatMap((one) => Object.keys(one.values))).toHaveLength(50_000);
    expect(objects.filter(({ seq }) => seq !== undefined)).toHaveLength(1);
  });
});
