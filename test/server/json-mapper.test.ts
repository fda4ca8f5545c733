// The generic mapper: every ready mapping by its vendor's own sample, the traps of each, and mappings that are wrong.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readTime } from "../../server/adapters/dialects/time.ts";
import { createDialects } from "../../server/app/dialects.ts";
import { deviceOf, dialectOf, everySpoken, judged, readingsOf, short, translate } from "../support/dialects.ts";

const json = dialectOf("json");
const read = (mapping: unknown, topic: string, payload: unknown, options = {}) =>
  translate(json, deviceOf({ mapping, ...options }), topic, payload);

describe("a ready mapping", () => {
  it.each(everySpoken.filter(({ name }) => name.startsWith("json ")))("$name has options that pass", ({ device }) => {
    expect(json.check(device.options)).toEqual([]);
  });

  it.each([
    ["neuron-values", [["modbus.grp.tag0=123 @1650006388943", "modbus.grp.tag1=null bad @1650006388943"], []]],
    ["neuron-tags", [["modbus.grp.tag0=123 @1647497389075", "modbus.grp.tag1=null bad @1647497389075"]]],
    ["kepware", [["SE433.S01.IW1440=206 @1521698358299"], ["PSI.Device1.MAX_TIME_PERIODIC=10 @1579516306266"]]],
    ["usr", [["node0101=35"], []]],
    ["siemens", [["101=1 @1658408510159"]]],
    // A colon is no part of a point code.
    ["advantech", [[], []]],
    [
      "huawei",
      [
        ["bf40f0c4.analog.PhV_phsA=1 @1559823132000", "bf40f0c4.analog.PhV_phsB=2 @1559823132000"],
        ["sensor.temperature=28.5"],
      ],
    ],
    [
      "alink",
      [["WF=23.6 @1524448722000"], ["temperature=36.5"], ["Power=1 @1524448722000", "sub1.WF=23.6 @1524448722000"]],
    ],
    ["kingio", [["IO01.temperature=21 @1790812800000"]]],
  ])("%s reads its vendor's samples", (mapping, readings) => {
    expect(readingsOf(`json ${mapping}`)).toEqual(readings);
  });

  it("reads Advantech by the names of the register, with an offset without a colon, and the SDK's own form", () => {
    const device = deviceOf({ mapping: "advantech" }, { "B_PR04:CounterTag": "CT-1", "Boiler/P": "PT-1" });
    const topic = "/wisepaas/scada/n1/data";
    const list = { d: [{ tag: "B_PR04:CounterTag", value: 38 }], ts: "2023-11-17T04:13:55+0000" };
    expect(short(translate(json, device, topic, list))).toEqual([`CT-1=38 @${Date.UTC(2023, 10, 17, 4, 13, 55)}`]);
    const own = { d: { Boiler: { P: 1.2 } }, ts: "2023-11-17T12:13:55+08" };
    expect(short(translate(json, device, topic, own))).toEqual([`PT-1=1.2 @${Date.UTC(2023, 10, 17, 4, 13, 55)}`]);
  });

  it("stores what a gateway calls bad as bad, whatever its word for it", () => {
    const kepware = {
      values: [
        { id: "a", v: 1, q: false, t: 1521698358299 },
        { id: "b", v: "", q: false },
      ],
    };
    expect(short(read("kepware", "iotgateway", kepware))).toEqual(["a=1 bad @1521698358299", "b=null bad"]);
    const siemens = {
      vals: [
        { id: "1", qc: 0, val: 5 },
        { id: "2", val: 6 },
        { id: "3", qc: "3", val: "7" },
      ],
    };
    expect(short(read("siemens", "ie/d/j/simatic/v1/s7c1/dp/r/plc/default", siemens))).toEqual([
      "1=5 bad",
      "2=6",
      "3=7",
    ]);
    const objs = [192, 0, 64, 216, "192"].map((q, at) => ({ N: `t${at}`, "1": at, "3": q }));
    expect(short(read("kingio", "k/up", { Objs: objs }, { topics: ["k/up"] }))).toEqual([
      "t0=0",
      "t1=1 bad",
      "t2=2 suspect",
      "t3=3",
      "t4=4",
    ]);
    const usr = { params: { dir: "up", r_data: [{ name: "n", value: "35", err: "1" }] } };
    expect(short(read("usr", "u", usr, { topics: ["u"] }))).toEqual(["n=35 bad"]);
  });

  it("takes the echo of a write, and what was sent down, for no telemetry", () => {
    const echo = {
      params: { dir: "up", r_data: [{ name: "n", value: "1", err: "0" }], w_data: [{ name: "n", value: "0" }] },
    };
    expect(read("usr", "u", echo, { topics: ["u"] })).toEqual({ ok: true, objects: [] });
    expect(read("usr", "u", { other: 1 }, { topics: ["u"] })).toMatchObject({ ok: false, code: "MESSAGE_BAD_SHAPE" });
  });

  it("tells both of two values of one name, in their order", () => {
    const tags = [
      { id: "a", v: 1, t: 1521698358299 },
      { id: "a", v: 2, t: 1521698358299 },
    ];
    expect(short(read("kepware", "iotgateway", { values: tags }))).toEqual([
      "a=1 @1521698358299",
      "a=2 @1521698358299",
    ]);
  });

  it("knows a topic with its leading slash from one without", () => {
    expect(json.topics(deviceOf({ mapping: "neuron-values" })).publish).toContain("/neuron/+/upload");
    expect(read("neuron-values", "neuron/a/upload", "{}")).toMatchObject({ code: "TOPIC_UNKNOWN" });
  });

  it("hears Neuron's heartbeat as being there, once", () => {
    const reader = json.open(deviceOf({ mapping: "neuron-values" }), undefined);
    const heartbeat = { topic: "/neuron/a/heartbeat", payload: Buffer.from('{"states":[]}'), at: 0 };
    expect(reader.translate(heartbeat)).toEqual({ ok: true, objects: [], online: true });
    expect(reader.translate(heartbeat)).toEqual({ ok: true, objects: [] });
  });

  it("takes the server's time where Huawei's cannot be read, as Huawei does", () => {
    const body = { services: [{ service_id: "s", properties: { t: 1 }, event_time: "yesterday" }] };
    expect(short(read("huawei", "$oc/devices/d/sys/properties/report", body))).toEqual(["s.t=1"]);
  });

  it("answers Alink with its id", () => {
    const { vectors } = everySpoken.find(({ name }) => name === "json alink") ?? { vectors: [] };
    const post = vectors[0];
    const translated = read("alink", post?.topic ?? "", post?.payload);
    const [reply] = translated.ok ? (translated.replies ?? []) : [];
    expect(reply?.topic).toBe("/sys/pk/dn/thing/event/property/post_reply");
    expect(JSON.parse(Buffer.from(reply?.payload ?? []).toString())).toEqual({ id: "123", code: 200, data: {} });
    expect(json.topics(deviceOf({ mapping: "alink" })).subscribe).toContain("/sys/+/+/thing/event/property/post_reply");
  });

  it("refuses what is neither text, nor JSON, nor of its form", () => {
    expect(read("kepware", "iotgateway", Uint8Array.of(0xff))).toMatchObject({ code: "MESSAGE_NOT_UTF8" });
    expect(read("kepware", "iotgateway", "{")).toMatchObject({ code: "MESSAGE_BAD_JSON" });
    expect(read("kepware", "iotgateway", "[]")).toMatchObject({ code: "MESSAGE_BAD_SHAPE" });
    expect(read("gone", "iotgateway", "{}")).toMatchObject({ code: "MESSAGE_BAD_SHAPE" });
  });

  it("keeps the neighbours of a bare NaN", () => {
    const text = '{"values":[{"id":"a","v":NaN},{"id":"b","v":1}]}';
    const { readings, refused } = judged(read("kepware", "iotgateway", text));
    expect(readings.map(({ code, quality }) => [code, quality])).toEqual([
      ["a", "bad"],
      ["b", "good"],
    ]);
    expect(refused).toMatchObject([{ code: "SAMPLE_NOT_FINITE" }]);
  });
});

describe("a device's options", () => {
  it("fix parts of the topic, name other topics, and convert tags", () => {
    const options = { mapping: "neuron-values", parts: { driver: "plc1" } };
    expect(json.topics(deviceOf(options)).publish).toEqual([
      "/neuron/+/plc1/+",
      "/neuron/+/upload",
      "/neuron/+/heartbeat",
    ]);
    expect(read("neuron-values", "/neuron/a/plc2/g", "{}", options)).toMatchObject({ code: "TOPIC_UNKNOWN" });
    const tags = { p: { factor: 0.001, offset: -1, unit: "MPa" } };
    const body = {
      values: [
        { id: "p", v: "3000" },
        { id: "on", v: true },
      ],
    };
    expect(short(read("kepware", "my/topic", body, { topics: ["my/topic"], tags }))).toEqual(["p=2MPa", "on=1"]);
  });

  it.each([
    [{}, "mapping: is missing"],
    [{ mapping: "none" }, "mapping: none: known are"],
    [{ mapping: "usr" }, "topics: is missing"],
    [{ mapping: 7 }, "mapping: must be the name of a mapping"],
    [{ mapping: "kepware", other: 1 }, "other: unknown option"],
    [{ mapping: "kepware", topics: ["#"] }, "topics: begins with a wildcard"],
    [{ mapping: "kepware", topics: ["a/+"] }, "topics: has a wildcard: name the part"],
    [{ mapping: "kepware", topics: ["{any}/a"] }, "topics: begins with a wildcard"],
    [{ mapping: "kepware", topics: ["skyground/v1/a/b/telemetry"] }, "topics: begins with skyground"],
    [{ mapping: "kepware", topics: [] }, "topics: must be a list"],
    [{ mapping: "kepware", parts: { node: "a/b" } }, "parts: must be"],
    [{ mapping: "kepware", tags: { a: { factor: "2" } } }, "tags: must be"],
    [{ mapping: { messages: [] } }, "mapping: mapping: messages: must have at least 1"],
    [
      { mapping: { messages: [{ topics: ["a"], readings: [{ entries: "a..b", name: ["@key"] }] }] } },
      "entries: must match",
    ],
    [
      { mapping: { messages: [{ topics: ["a"], readings: [{ entries: "a.b", name: ["@key"] }] }] } },
      "the entries have no such *",
    ],
    [{ mapping: { messages: [{ topics: ["a"], readings: [{ entries: "a.*", name: ["b.*.c"] }] }] } }, "has a * or [*]"],
    [
      { mapping: { messages: [{ topics: ["a"], readings: [{ entries: "a.*", name: ["$gw"] }] }] } },
      "no topic has a part",
    ],
    [{ mapping: { messages: [{ topics: ["a"], online: { at: ["b"] } }] } }, "at and is belong together"],
    [
      { mapping: { messages: [{ topics: ["a"], reply: { topic: "a/{x}", payload: {} } }] } },
      "no topic has a part called x",
    ],
    [
      { mapping: { messages: [{ topics: ["a"], reply: { topic: "a", payload: { a: { b: { c: { d: {} } } } } } }] } },
      "is deeper than",
    ],
    [{ mapping: { messages: [{ topics: ["a"], reply: { topic: "a", payload: { a: "=b.*" } } }] } }, "has a * or [*]"],
  ])("%j are refused: %s", (options, fault) => {
    const faults = json.check(options);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });

  it("may bring a mapping of their own along", () => {
    const mapping = {
      messages: [
        {
          topics: ["plant/{line}/{what}"],
          ignore: [{ at: ["$what"], is: ["debug"] }],
          readings: [
            {
              entries: "rows[*]",
              name: ["$line", "rows[*][0]"],
              value: ["rows[*][1]"],
              time: { at: ["at"], format: "s" },
              unit: ["units[0]"],
              factor: 0.1,
              offset: 5,
            },
            { entries: "series.*[*]", name: ["@key1"] },
          ],
          online: { at: ["status"], is: ["up", 1] },
        },
      ],
    };
    expect(json.check({ mapping })).toEqual([]);
    const body = {
      at: 1700000000,
      units: ["kPa"],
      rows: [
        ["a", 10],
        ["b", "20"],
      ],
      series: { t: [1, 2] },
      status: "1",
    };
    const translated = read(mapping, "plant/l1/data", body);
    expect(translated).toMatchObject({ online: true });
    const at = 1_700_000_000_000;
    expect(short(translated)).toEqual([`l1.a=6kPa @${at}`, `l1.b=7kPa @${at}`, "t=1", "t=2"]);
    expect(read(mapping, "plant/l1/debug", body)).toMatchObject({ objects: [] });
    expect(read(mapping, "plant/l1/data", { ...body, status: "down" })).toMatchObject({ online: false });
  });

  it("read own keys alone", () => {
    const mapping = {
      messages: [{ topics: ["a"], readings: [{ entries: "*", name: ["@key"], value: ["__proto__", "*"] }] }],
    };
    expect(short(read(mapping, "a", '{"t":2}'))).toEqual(["t=2"]);
    expect(judged(read(mapping, "a", '{"__proto__":1}'))).toMatchObject({ refused: [{ code: "SAMPLE_BAD_NAME" }] });
  });
});

describe("a time", () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);
  it.each([
    ["s", 1767323045, at],
    ["s", "1767323045.5", at + 500],
    ["ms", at, at],
    ["us", at * 1000 + 999, at],
    ["ns", `${at}000000`, at],
    ["iso", "2026-01-02T03:04:05Z", at],
    ["iso", "2026-01-02T03:04:05.123456789Z", at + 123],
    ["iso", "2026-01-02 11:04:05+08:00", at],
    ["iso", "2026-01-02T11:04:05+0800", at],
    ["iso", "2026-01-01T22:04:05-05", at],
    ["iso", "20260102T030405Z", at],
    ["iso", "20260102T030405,5Z", at + 500],
  ] as const)("in %s reads %j", (format, sent, read_) => {
    expect(readTime(sent, { format })).toBe(read_);
  });

  it.each([
    ["ms", "soon"],
    ["ms", null],
    ["iso", at],
    ["iso", "2026-13-02T03:04:05Z"],
    ["iso", "2026-01-02T03:04:05"],
    ["iso", `2026-01-02T03:04:05Z${" ".repeat(40)}`],
  ] as const)("in %s cannot be %j", (format, sent) => {
    expect(readTime(sent, { format })).toBeNaN();
  });

  it("without a zone is in the zone that the mapping names", () => {
    expect(readTime("2026-01-02 11:04:05", { format: "iso", zone: "+08:00" })).toBe(at);
  });

  it("in seconds, taken for milliseconds, is refused as too old and never judged as of 1970", () => {
    const body = { timestamp: 1521698375, values: [{ id: "a", v: 1, q: true }] };
    expect(judged(read("kepware", "iotgateway", body))).toMatchObject({
      readings: [],
      refused: [{ code: "SAMPLE_TOO_OLD" }],
    });
  });
});

describe("the mappings of the configuration", () => {
  const folder = mkdtempSync(join(tmpdir(), "skyground-mappings-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are checked at the start, every fault named with its file and place", () => {
    mkdirSync(join(folder, "dialects"), { recursive: true });
    const write = (name: string, text: string): void => writeFileSync(join(folder, "dialects", name), text);
    write("a.yaml", "id: a\nsource: x\nmessages: [{ topics: ['+/a'], colour: red }]\n");
    write("b.yaml", "id: b\nsource: x\nmessages: [{ topics: [a], readings: [{ entries: 'a.*', name: ['$x'] }] }]\n");
    write("c.yaml", "id: b\nsource: x\nmessages: [{ topics: [a] }]\n");
    let faults: readonly string[] = [];
    try {
      createDialects(folder);
    } catch (error) {
      ({ faults } = error as { faults: readonly string[] });
    }
    const file = (name: string): string => join(folder, "dialects", name);
    expect(faults).toEqual([
      expect.stringContaining(`${file("a.yaml")}: messages[0].colour: unknown key`),
      expect.stringContaining(`${file("a.yaml")}: messages[0].topics[0]: must match`),
      `${file("b.yaml")}: messages[0].readings[0].name: $x: no topic has a part of that name`,
      `${file("c.yaml")}: id: b is the name of another mapping`,
    ]);
  });
});
