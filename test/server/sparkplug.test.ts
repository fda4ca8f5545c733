// Sparkplug B 3.0, rule by rule: what a host makes of births, data and deaths, and when it asks for a rebirth.
import { describe, expect, it } from "vitest";
import type { DialectDevice, Translation, Translator } from "../../server/adapters/dialects/dialect.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { datatypes, readPayload, type WireMetric } from "../../server/adapters/dialects/sparkplug-payload.ts";
import { sparkplug } from "../../server/adapters/dialects/sparkplug.ts";
import { payloadOf, tahuVectors } from "../support/dialect-vectors-sparkplug.ts";

const at = 1_790_000_000_000;
const bornAt = 1_690_000_000_000;

function device(options: Record<string, unknown> = {}, names: Record<string, string> = {}): DialectDevice {
  return { site: "pond-a", device: "gw01", options: { group: "G", edge: "E", ...options }, names };
}

function open(memory?: unknown, options?: Record<string, unknown>, names?: Record<string, string>): Translator {
  return sparkplug.open(device(options, names), memory);
}

type Metrics = readonly Partial<WireMetric>[];
/** A message by its kind and, of a device, its name. */
function say(
  reader: Translator,
  kind: string,
  metrics: Metrics,
  rest: { seq?: number; now?: number } = {},
): Translation {
  const [word, owner] = kind.split(" ");
  const topic = `spBv1.0/G/${word ?? ""}/E${owner === undefined ? "" : `/${owner}`}`;
  const { seq = null, now = at } = rest;
  return reader.translate({ topic, payload: payloadOf(metrics, { seq, timestamp: bornAt }), at: now });
}

const integer = (bits: number | bigint): WireMetric["value"] => ({ as: "integer", bits: BigInt(bits) });
const real = (value: number): WireMetric["value"] => ({ as: "real", value });
const bdSeq = (number: number): Partial<WireMetric> => ({
  name: "bdSeq",
  datatype: datatypes.uint64,
  value: integer(number),
});
const level = { name: "level", alias: "1001", datatype: datatypes.double };

/** An edge node that is born, with one device `piezo` that measures `level`; the next number is 2. */
function born(memory?: unknown, options?: Record<string, unknown>): Translator {
  const reader = open(memory, options);
  say(reader, "NBIRTH", [bdSeq(3), { name: "cpu", alias: "1", datatype: datatypes.float, value: real(12.5) }], {
    seq: 0,
  });
  say(reader, "DBIRTH piezo", [{ ...level, value: real(12) }], { seq: 1 });
  return reader;
}

function valuesOf(translation: Translation): unknown {
  if (!translation.ok) throw new Error(`${translation.code}: ${translation.example}`);
  return translation.objects.map(({ values }) => values);
}

/** Whether a rebirth is asked for at an instant. */
function isAsked(reader: Translator, now: number): boolean {
  return (reader.due?.(now) ?? []).length > 0;
}

const refusal = { ok: false, code: "BIRTH_MISSING" };

describe("what Tahu's client sent", () => {
  it("is read: births with values, data with name and alias, a null as bad, and both deaths", () => {
    const reader = sparkplug.open(
      device({ group: "TSF_Group", edge: "gw01" }, { "piezo01/phreatic_level_m": "PL-1" }),
      null,
    );
    const read = tahuVectors.map(({ topic, payload }) => reader.translate({ topic, payload, at }));
    const ts = 1_698_765_432_000;
    expect(read.map((one) => one.ok)).toEqual([true, true, true, true, true, true]);
    const times = read.flatMap((one) => (one.ok ? one.objects.map((object) => object.ts ?? 0) : []));
    expect(times.every((time) => time > ts - 1e12 && time < at)).toBe(true);
    expect(read.map(valuesOf)).toEqual([
      [{ cpu: 12.5 }],
      [{ "PL-1": 12.345, "piezo01.battery_v": 3.6 }],
      [{ "PL-1": 12.41 }],
      [{ "PL-1": { v: null, q: "bad" } }],
      [{ "PL-1": { v: null, q: "bad" }, "piezo01.battery_v": { v: null, q: "bad" } }],
      [],
    ]);
    expect(read.map((one) => (one.ok ? one.online : null))).toEqual([
      true,
      undefined,
      undefined,
      undefined,
      undefined,
      false,
    ]);
    expect(isAsked(reader, at + 60_000)).toBe(false);
  });
});

describe("a device's options", () => {
  it("name group and edge node, and perhaps host and patience, and nothing else", () => {
    expect(sparkplug.check({ group: "G", edge: "E 1" })).toEqual([]);
    expect(sparkplug.check({ group: "G", edge: "E", host: "H", reorderMs: 5000 })).toEqual([]);
    expect(sparkplug.check({})).toHaveLength(2);
    for (const wrong of ["", "a/b", "a+", "#", "a\u0000", 7]) {
      expect(sparkplug.check({ group: wrong, edge: "E" })).toHaveLength(1);
      expect(sparkplug.check({ group: "G", edge: wrong })).toHaveLength(1);
      expect(sparkplug.check({ group: "G", edge: "E", host: wrong })).toHaveLength(1);
    }
    for (const reorderMs of [0, 99, 60_001, 1000.5, "3000"])
      expect(sparkplug.check({ group: "G", edge: "E", reorderMs })).toHaveLength(1);
    expect(sparkplug.check({ group: "G", edge: "E", node: "E" })).toEqual([
      "node: not one of group, edge, host, reorderMs",
    ]);
  });

  it("decide where it may speak and hear, for itself alone", () => {
    expect(sparkplug.topics(device())).toEqual({
      publish: [
        "spBv1.0/G/NBIRTH/E",
        "spBv1.0/G/NDATA/E",
        "spBv1.0/G/NDEATH/E",
        "spBv1.0/G/DBIRTH/E/+",
        "spBv1.0/G/DDATA/E/+",
        "spBv1.0/G/DDEATH/E/+",
      ],
      subscribe: ["spBv1.0/G/NCMD/E", "spBv1.0/G/DCMD/E/+", "spBv1.0/STATE/+"],
    });
    expect(sparkplug.topics(device({ host: "H" })).subscribe.at(-1)).toBe("spBv1.0/STATE/H");
    const payload = payloadOf([]);
    for (const topic of [
      "spBv1.0/G/NDATA/F",
      "spBv1.0/H/NDATA/E",
      "spAv1.0/G/NDATA/E",
      "spBv1.0/G/NDATA/E/piezo",
      "spBv1.0/G/DDATA/E",
      "spBv1.0/G/DDATA/E/piezo/more",
      "spBv1.0/G/NCMD/E",
      "spBv1.0/STATE/H",
      "",
    ])
      expect(born().translate({ topic, payload, at })).toMatchObject({ ok: false, code: "TOPIC_UNKNOWN" });
  });
});

describe("a session", () => {
  it("begins with the birth of the edge node, which tells its values (tck-id-payloads-nbirth-seq, -bdseq)", () => {
    const reader = open();
    const birth = say(
      reader,
      "NBIRTH",
      [
        bdSeq(0),
        { name: "Node Control/Rebirth", datatype: datatypes.boolean, value: { as: "boolean", value: false } },
        { name: "cpu", datatype: datatypes.float, value: real(82.4) },
      ],
      { seq: 0 },
    );
    expect(birth).toEqual({ ok: true, online: true, objects: [{ ts: bornAt, values: { cpu: 82.4 } }] });
    expect(valuesOf(say(reader, "NDATA", [{ name: "cpu", value: real(2) }], { seq: 1 }))).toEqual([{ cpu: 2 }]);
  });

  it("refuses data before it, and asks for the births", () => {
    for (const kind of ["NDATA", "DDATA piezo", "DBIRTH piezo"]) {
      const reader = open();
      expect(say(reader, kind, [{ name: "level", value: real(1) }])).toMatchObject(refusal);
      expect(isAsked(reader, at)).toBe(true);
    }
  });

  it("leaves every device stale until its own birth comes", () => {
    const reader = born();
    say(reader, "NBIRTH", [bdSeq(4)], { seq: 0 });
    expect(say(reader, "DDATA piezo", [{ alias: "1001", value: real(1) }], { seq: 1 })).toEqual({
      ...refusal,
      example: "DDATA piezo",
    });
    say(reader, "DBIRTH piezo", [{ ...level, alias: "7" }], { seq: 2 });
    expect(valuesOf(say(reader, "DDATA piezo", [{ alias: "7", value: real(1) }], { seq: 3 }))).toEqual([
      { "piezo.level": 1 },
    ]);
  });

  it("ends with its own death, by bdSeq, and with no other (tck-id-payloads-ndeath-bdseq)", () => {
    const reader = born();
    expect(say(reader, "NDEATH", [bdSeq(2)])).toEqual({ ok: true, objects: [] });
    expect(say(reader, "NDEATH", [])).toEqual({ ok: true, objects: [] });
    expect(valuesOf(say(reader, "DDATA piezo", [{ alias: "1001", value: real(1) }], { seq: 2 }))).toHaveLength(1);
    expect(say(reader, "NDEATH", [bdSeq(3)])).toEqual({ ok: true, objects: [], online: false });
    expect(isAsked(reader, at + 60_000)).toBe(false);
    expect(say(reader, "DDATA piezo", [{ alias: "1001", value: real(1) }], { seq: 3 })).toMatchObject(refusal);
    // Nobody is there to contradict it.
    expect(say(reader, "NDEATH", [bdSeq(9)])).toMatchObject({ online: false });
  });

  it("makes a device's values bad with its death (tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale)", () => {
    const reader = born();
    say(
      reader,
      "DBIRTH other",
      [
        { name: "a", datatype: datatypes.int32 },
        { name: "serial", datatype: datatypes.string },
      ],
      { seq: 2 },
    );
    expect(say(reader, "DDEATH other", [], { seq: 3 })).toEqual({
      ok: true,
      objects: [{ ts: bornAt, values: { "other.a": { v: null, q: "bad" } } }],
    });
    expect(valuesOf(say(reader, "DDEATH other", [], { seq: 4 }))).toEqual([]);
    expect(isAsked(reader, at + 10_000)).toBe(false);
    expect(say(reader, "DDATA other", [{ name: "a", value: integer(1) }], { seq: 5 })).toMatchObject(refusal);
    expect(valuesOf(say(reader, "DDATA piezo", [{ alias: "1001", value: real(1) }], { seq: 6 }))).toHaveLength(1);
    expect(say(open(), "DDEATH other", [])).toEqual({ ok: true, objects: [] });
  });
});

describe("the numbers of an edge node", () => {
  const data = (reader: Translator, seq: number, now: number): Translation =>
    say(reader, "DDATA piezo", [{ alias: "1001", value: real(seq) }], { seq, now });

  it("go on over all its messages and turn over at 256 (tck-id-payloads-sequence-num-incrementing)", () => {
    const reader = born();
    for (let nth = 2; nth < 600; nth += 1)
      say(reader, nth % 2 === 0 ? "NDATA" : "DDATA piezo", [], { seq: nth % 256, now: at + nth });
    expect(isAsked(reader, at + 60_000)).toBe(false);
  });

  it("that are jumped over are waited for, while no value is, and then a rebirth is asked for (tck-id-operational-behavior-host-reordering-rebirth)", () => {
    const reader = born();
    expect(valuesOf(data(reader, 4, at))).toEqual([{ "piezo.level": 4 }]);
    expect(isAsked(reader, at + 2999)).toBe(false);
    const [order] = reader.due?.(at + 3000) ?? [];
    expect(order?.topic).toBe("spBv1.0/G/NCMD/E");
    expect(order?.isRetained).toBeUndefined();
    expect(readPayload(order?.payload ?? new Uint8Array())).toMatchObject({
      timestamp: at + 3000,
      seq: null,
      metrics: [
        {
          name: "Node Control/Rebirth",
          alias: null,
          timestamp: at + 3000,
          datatype: datatypes.boolean,
          value: { as: "boolean", value: true },
        },
      ],
    });
  });

  it("that come in another order than they were sent are none that are missing", () => {
    const reader = born();
    for (const [nth, seq] of [4, 2, 3, 6, 5, 5, 7].entries()) expect(data(reader, seq, at + nth).ok).toBe(true);
    expect(isAsked(reader, at + 60_000)).toBe(false);
    const far = born();
    for (let nth = 129; nth >= 2; nth -= 1) data(far, nth, at);
    expect(isAsked(far, at + 60_000)).toBe(false);
    const late = born();
    data(late, 3, at);
    data(late, 5, at + 2000);
    data(late, 2, at + 2900);
    // What was jumped over later is waited for from then on.
    expect(isAsked(late, at + 4999)).toBe(false);
    expect(isAsked(late, at + 5000)).toBe(true);
  });

  it("are as patient as the device's options say, and of no use where there are none", () => {
    const reader = born(null, { reorderMs: 500 });
    data(reader, 3, at);
    expect(isAsked(reader, at + 499)).toBe(false);
    expect(isAsked(reader, at + 500)).toBe(true);
    const unnumbered = born();
    say(unnumbered, "NDATA", []);
    data(unnumbered, 300, at);
    data(unnumbered, 2, at);
    expect(isAsked(unnumbered, at + 60_000)).toBe(false);
  });

  it("let a rebirth be asked for again, ever more seldom, until it comes", () => {
    const reader = born();
    data(reader, 4, at);
    const asked: number[] = [];
    for (let s = 1; s <= 400; s += 1) if (isAsked(reader, at + s * 1000)) asked.push(s);
    expect(asked).toEqual([3, 6, 12, 24, 48, 96, 156, 216, 276, 336, 396]);
    say(reader, "NBIRTH", [bdSeq(3)], { seq: 0, now: at + 400_000 });
    expect(isAsked(reader, at + 460_000)).toBe(false);
    // Long after, it is asked as soon as at first.
    data(reader, 1, at + 600_000);
    for (let s = 600; s < 620; s += 1) if (isAsked(reader, at + s * 1000)) asked.push(s);
    expect(asked.slice(-3)).toEqual([600, 603, 609]);
  });
});

describe("a metric", () => {
  /** What a metric of the device is read as. */
  function read(metric: Partial<WireMetric>): unknown {
    const [values] = valuesOf(say(born(), "DDATA piezo", [{ name: "level", ...metric }], { seq: 2 })) as unknown[];
    return (values as Record<string, unknown> | undefined)?.["piezo.level"];
  }

  it.each<[type: keyof typeof datatypes, bits: number | bigint, value: number]>([
    ["int8", 0xff, -1],
    ["int8", 0xffff_ff80, -128],
    ["int8", 127, 127],
    ["int16", 0xffff_8000, -32_768],
    ["int32", 0xffff_fffe, -2],
    ["int32", 0xffff_ffff_ffff_fffen, -2],
    ["int64", 0xffff_ffff_ffff_fffdn, -3],
    ["int64", 0x001f_ffff_ffff_ffffn, Number.MAX_SAFE_INTEGER],
    ["uint8", 200, 200],
    ["uint16", 65_535, 65_535],
    ["uint32", 0xffff_ffff, 4_294_967_295],
    ["uint64", 0xffff_ffff_ffff_ffffn, 2 ** 64],
  ])("of type %s with the bits %s is %d (two's complement)", (type, bits, value) => {
    expect(read({ datatype: datatypes[type], value: integer(bits) })).toBe(value);
  });

  it("of single precision is the decimal that was measured, and of any number it is that number", () => {
    for (const value of [82.4, 3.6, 0.1, 16_777_217, 1e-20])
      expect(Math.fround(read({ datatype: datatypes.float, value: real(value) }) as number)).toBe(Math.fround(value));
    expect(read({ datatype: datatypes.float, value: real(82.4) })).toBe(82.4);
    expect(read({ datatype: datatypes.float, value: real(1 / 3) })).toBeCloseTo(1 / 3, 7);
    expect(read({ datatype: datatypes.double, value: real(1 / 3) })).toBe(1 / 3);
    expect(read({ datatype: datatypes.boolean, value: { as: "boolean", value: true } })).toBe(true);
    expect(read({ datatype: datatypes.double, value: real(Number.NaN) })).toBeNaN();
  });

  it("that is a text is a value only where it is a number; instants, bytes and structures are none", () => {
    expect(read({ datatype: datatypes.string, value: { as: "string", value: "12.5" } })).toBe(12.5);
    for (const metric of [
      { datatype: datatypes.string, value: { as: "string", value: "v2.1" } },
      { datatype: datatypes.dateTime, value: integer(at) },
      { datatype: 17, value: { as: "other" } },
      { datatype: 16, isNull: true },
      { datatype: datatypes.string, isNull: true },
      { name: "Device Control/Reboot", datatype: datatypes.boolean, value: { as: "boolean", value: false } },
    ] as const)
      expect(read(metric)).toBeUndefined();
  });

  it("of another type than its value is left to be refused; an integer takes the type of its birth", () => {
    expect(read({ value: integer(5) })).toBe("integer of datatype 10");
    expect(read({ datatype: datatypes.int32, value: real(5) })).toBe("real of datatype 3");
    const reader = born();
    say(
      reader,
      "DBIRTH x",
      [
        { name: "n", alias: "5", datatype: datatypes.int16 },
        { name: "untyped", alias: "6" },
      ],
      { seq: 2 },
    );
    expect(
      valuesOf(
        say(
          reader,
          "DDATA x",
          [
            { alias: "5", value: integer(0xffff) },
            { alias: "6", value: real(1.5) },
          ],
          { seq: 3 },
        ),
      ),
    ).toEqual([{ "x.n": -1, "x.untyped": 1.5 }]);
    expect(valuesOf(say(reader, "DDATA x", [{ alias: "6", value: integer(1) }], { seq: 4 }))).toEqual([
      { "x.untyped": "integer of datatype 0" },
    ]);
  });

  it("that is null is bad, and so is one without a value", () => {
    expect(read({ isNull: true })).toEqual({ v: null, q: "bad" });
    expect(read({ isNull: true, value: real(1) })).toEqual({ v: null, q: "bad" });
    expect(read({})).toEqual({ v: null, q: "bad" });
  });

  it("of the past says so", () => {
    expect(read({ isHistorical: true, value: real(1) })).toEqual({ v: 1, h: true });
    expect(read({ isHistorical: true, isNull: true })).toEqual({ v: null, h: true, q: "bad" });
    expect(read({ isHistorical: true, value: real(1), quality: 0 })).toEqual({ v: 1, q: "bad", h: true });
  });

  it("reaches the monitor as what it is: a value, one of the past, a failed sensor", () => {
    const sent = [
      { value: real(1) },
      { value: real(2), isHistorical: true, timestamp: bornAt - 1 },
      { isNull: true, timestamp: bornAt + 1 },
    ];
    const translation = say(
      born(),
      "DDATA piezo",
      sent.map((one) => ({ alias: "1001", ...one })),
      { seq: 2 },
    );
    const payload = Buffer.from(JSON.stringify(translation.ok ? translation.objects : []));
    const decoded = decodeNative("skyground/v1/pond-a/gw01/telemetry", payload);
    const common = { code: "piezo.level", quality: "good", unit: null };
    expect(decoded.ok && decoded.message.kind === "telemetry" ? decoded.message.readings : decoded).toEqual([
      { ...common, sourceAt: bornAt, value: 1 },
      { ...common, sourceAt: bornAt - 1, value: 2, isHistorical: true },
      { ...common, sourceAt: bornAt + 1, value: null, quality: "bad" },
    ]);
  });

  it.each<[number, unknown]>([
    [192, 1],
    [216, 1],
    [0, { v: 1, q: "bad" }],
    [500, { v: 1, q: "bad" }],
    [64, { v: 1, q: "suspect" }],
    [63, { v: 1, q: "bad" }],
  ])("with the property Quality %i (tck-id-payloads-propertyset-quality-value-value)", (quality, value) => {
    expect(read({ value: real(1), quality })).toEqual(value);
  });

  it("is found by its alias alone, by its name alone, or by both, and then by its name", () => {
    const reader = born();
    say(
      reader,
      "DBIRTH two",
      [
        { ...level, alias: "18446744073709551615" },
        { ...level, name: "flow", alias: "2" },
      ],
      { seq: 2 },
    );
    const value = real(1);
    const metrics = [
      { alias: "18446744073709551615", value },
      { name: "flow", value },
      { name: "level", alias: "2", value: real(2), timestamp: bornAt + 1 },
    ];
    expect(say(reader, "DDATA two", metrics, { seq: 3 })).toEqual({
      ok: true,
      objects: [
        { ts: bornAt, values: { "two.level": 1, "two.flow": 1 } },
        { ts: bornAt + 1, values: { "two.level": 2 } },
      ],
    });
    expect(isAsked(reader, at + 60_000)).toBe(false);
  });

  it("by an alias that no birth told is counted beside its neighbours, and a rebirth is asked for at once", () => {
    const reader = born();
    expect(
      say(reader, "DDATA piezo", [{ alias: "9", value: real(1) }, { alias: "1001", value: real(2) }, {}], { seq: 2 }),
    ).toEqual({
      ok: true,
      objects: [{ ts: bornAt, values: { "piezo.level": 2 } }],
      unread: ["BIRTH_MISSING: alias 9", "BIRTH_MISSING: alias none"],
    });
    expect(isAsked(reader, at)).toBe(true);
    const named = born();
    expect(valuesOf(say(named, "DDATA piezo", [{ name: "new/one", value: real(3) }], { seq: 2 }))).toEqual([
      { "piezo.new.one": 3 },
    ]);
    expect(isAsked(named, at)).toBe(true);
  });

  it("may come several times in a message, each with its own time, and has the server's where there is none", () => {
    const reader = born();
    const metrics = [1, 2].map((nth) => ({ alias: "1001", value: real(nth), timestamp: bornAt + nth }));
    const same = { alias: "1001", value: real(3), timestamp: bornAt + 2 };
    expect(say(reader, "DDATA piezo", [...metrics, same], { seq: 2 })).toMatchObject({
      objects: [1, 2, 3].map((nth) => ({ ts: bornAt + Math.min(nth, 2), values: { "piezo.level": nth } })),
    });
    const payload = payloadOf([{ alias: "1001", value: real(1) }], { seq: 3 });
    expect(reader.translate({ topic: "spBv1.0/G/DDATA/E/piezo", payload, at })).toEqual({
      ok: true,
      objects: [{ values: { "piezo.level": 1 } }],
    });
  });
});

describe("a reader's memory", () => {
  it("lets data be read after a restart, the first number being right, and a death be known", () => {
    const memory: unknown = structuredClone(born().memory?.());
    const reader = open(memory);
    expect(valuesOf(say(reader, "DDATA piezo", [{ alias: "1001", value: real(5) }], { seq: 77 }))).toEqual([
      { "piezo.level": 5 },
    ]);
    expect(isAsked(reader, at + 60_000)).toBe(false);
    say(reader, "NDATA", [], { seq: 79 });
    expect(isAsked(reader, at + 60_000)).toBe(true);
    expect(say(open(memory), "NDEATH", [bdSeq(2)])).toEqual({ ok: true, objects: [] });
    expect(say(open(memory), "NDEATH", [bdSeq(3)])).toMatchObject({ online: false });
  });

  it("is the same object until a birth or a death, and is trusted only where it is whole", () => {
    const reader = born();
    const before = reader.memory?.();
    say(reader, "DDATA piezo", [{ alias: "1001", value: real(5) }], { seq: 2 });
    expect(reader.memory?.()).toBe(before);
    say(reader, "DDEATH piezo", [], { seq: 3 });
    expect(reader.memory?.()).not.toBe(before);
    const whole = structuredClone(before) as Record<string, unknown>;
    for (const memory of [
      undefined,
      null,
      7,
      [],
      { ...whole, bdSeq: 3 },
      { ...whole, isAlive: 1 },
      { ...whole, births: {} },
      { ...whole, births: [7] },
      { ...whole, births: [["x"]] },
      { ...whole, births: [["x", [7]]] },
      { ...whole, births: [["x", [["a", 1, 2]]]] },
    ])
      expect(say(open(memory), "DDATA piezo", [{ alias: "1001", value: real(5) }])).toMatchObject(refusal);
  });

  it("has an end: of a very large edge node no births are kept, and of more metrics than that none are taken", () => {
    const metrics = (count: number): Metrics =>
      Array.from({ length: count }, (_, nth) => ({
        name: `metric-${"x".repeat(30)}-${nth}`,
        datatype: datatypes.double,
      }));
    const reader = open();
    say(reader, "NBIRTH", [bdSeq(1)], { seq: 0 });
    let translation = say(reader, "DBIRTH d0", []);
    for (let nth = 1; nth <= 15 && translation.ok; nth += 1) translation = say(reader, `DBIRTH d${nth}`, metrics(3500));
    expect(translation).toMatchObject({ ok: false, code: "MESSAGE_TOO_LARGE" });
    expect(JSON.stringify(reader.memory?.()).length).toBeLessThan(100);
    expect(say(open(reader.memory?.()), "DDATA d1", [])).toMatchObject(refusal);
  });
});

describe("a message that cannot be read", () => {
  it("is refused: no payload, a packed body, one that is too large", () => {
    const topic = "spBv1.0/G/DDATA/E/piezo";
    expect(born().translate({ topic, payload: Uint8Array.from([0x08]), at })).toEqual({
      ok: false,
      code: "MESSAGE_BAD_SHAPE",
      example: "DDATA",
    });
    const packed = payloadOf([], { uuid: "SPBV1.0_COMPRESSED" });
    expect(born().translate({ topic, payload: packed, at })).toMatchObject({ example: "SPBV1.0_COMPRESSED" });
    const large = new Uint8Array(256 * 1024 + 1);
    expect(born().translate({ topic, payload: large, at })).toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  });
});
