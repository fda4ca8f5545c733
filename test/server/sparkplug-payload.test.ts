// The bytes of Sparkplug payloads: what is written is read, what is none is refused, and nothing that is sent does harm.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datatypes, readPayload, type WireMetric } from "../../server/adapters/dialects/sparkplug-payload.ts";
import { sparkplug } from "../../server/adapters/dialects/sparkplug.ts";
import { payloadOf, sparkplugVectors, tahuVectors } from "../support/dialect-vectors-sparkplug.ts";

const at = 1_790_000_000_000;
const device = { site: "pond-a", device: "gw01", options: { group: "TSF_Group", edge: "gw01" }, names: {} };

describe("bytes that are no payload", () => {
  it.each<[string, readonly number[]]>([
    ["a number that does not end", [0x08, 0x80]],
    ["a number of more than 64 bits", [0x08, ...Array.from({ length: 9 }, () => 0xff), 0x02]],
    ["a number of more than ten bytes", [0x08, ...Array.from({ length: 11 }, () => 0x80)]],
    ["a field of number 0", [0x00, 0x00]],
    ["a group", [0x0b, 0x0c]],
    ["a wire type that there is not", [0x0f]],
    ["a field that is longer than what is there", [0x12, 0x05, 0x00]],
    ["a double that is cut short", [0x12, 0x03, 0x69, 0x00, 0x00]],
    ["a name that is no text", [0x12, 0x03, 0x0a, 0x01, 0xff]],
    ["a number of a field that is too large", [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00]],
  ])("%s", (_, bytes) => {
    expect(readPayload(Uint8Array.from(bytes))).toBeNull();
  });

  it("are as many metrics as nobody has; fields that nobody knows are skipped", () => {
    expect(readPayload(new Uint8Array(2 * 20_001).map((_, nth) => (nth % 2 === 0 ? 0x12 : 0)))).toBeNull();
    expect(
      readPayload(
        Uint8Array.from([0xa2, 0x06, 1, 7, 0xa5, 6, 0, 0, 0, 0, 0xa1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x2a, 0, 0x18, 5]),
      ),
    ).toEqual({
      timestamp: null,
      metrics: [],
      seq: 5,
      uuid: null,
    });
    // Known fields of another wire type are unknown ones.
    expect(
      readPayload(
        Uint8Array.from([
          0x0a, 0, 0x10, 1, 0x1a, 0, 0x20, 1, 0x12, 15, 8, 1, 0x12, 0, 0x48, 1, 0x62, 0, 0x6d, 0, 0, 0, 0, 0x72, 0,
        ]),
      ),
    ).toMatchObject({ timestamp: null, seq: null, metrics: [{ name: null, alias: null, quality: null, value: null }] });
  });
});

describe("whatever is sent", () => {
  const runs = { numRuns: Number(process.env["FUZZ_RUNS"] ?? 20_000), endOnFailure: true };
  const bits = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
  const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const time = fc.nat(2 ** 31).map((nth) => nth * 1000);
  const value: fc.Arbitrary<WireMetric["value"]> = fc.oneof(
    fc.constant(null),
    fc.constant({ as: "other" } as const),
    fc.record({ as: fc.constant("integer" as const), bits }),
    fc.record({ as: fc.constant("real" as const), value: fc.double() }),
    fc.record({ as: fc.constant("boolean" as const), value: fc.boolean() }),
    fc.record({ as: fc.constant("string" as const), value: text }),
  );
  const metric = fc.record({
    name: orNull(text),
    alias: orNull(bits.map(String)),
    timestamp: orNull(time),
    // Not single precision: that is rounded on its way.
    datatype: fc.nat(20).filter((datatype) => datatype !== datatypes.float),
    isHistorical: fc.boolean(),
    isNull: fc.boolean(),
    quality: orNull(fc.nat(600)),
    value,
  });

  it("a payload that is written is read as what it was", () => {
    fc.assert(
      fc.property(fc.array(metric, { maxLength: 4 }), orNull(time), orNull(fc.nat(255)), (metrics, timestamp, seq) => {
        expect(readPayload(payloadOf(metrics, { timestamp, seq }))).toEqual({ timestamp, seq, metrics, uuid: null });
      }),
      runs,
    );
  }, 180_000);

  it("nothing is thrown, and what is read has codes, times and numbers only", () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.constantFrom(...sparkplugVectors), fc.nat(100), fc.nat(255))
        .map(([{ payload: of }, place, byte]) =>
          Uint8Array.from(of, (own, nth) => (nth === place % of.length ? byte : own)),
        ),
      fc.array(metric, { maxLength: 3 }).map((metrics) => payloadOf(metrics, { seq: metrics.length })),
    );
    const kind = fc.constantFrom(
      "NBIRTH/gw01",
      "NDATA/gw01",
      "NDEATH/gw01",
      "DBIRTH/gw01/piezo01",
      "DDATA/gw01/piezo01",
      "DDEATH/gw01/piezo01",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, payload), { maxLength: 4 }), (messages) => {
        const reader = sparkplug.open(device, null);
        for (const message of tahuVectors.slice(0, 2)) reader.translate({ ...message, at });
        for (const [where, bytes] of messages) {
          const translation = reader.translate({ topic: `spBv1.0/TSF_Group/${where}`, payload: bytes, at });
          if (!translation.ok) continue;
          for (const { ts = 0, values } of translation.objects) {
            expect(typeof ts).toBe("number");
            for (const one of Object.values(values))
              expect(["number", "boolean", "string", "object"]).toContain(typeof one);
          }
        }
        expect(() => sparkplug.open(device, JSON.parse(JSON.stringify(reader.memory?.())))).not.toThrow();
        reader.due?.(at + 5000);
      }),
      runs,
    );
  }, 180_000);
});
