// HJ 212-2017: what is made of every public frame, of a stream cut anywhere, and of everything that a monitor may say.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DialectDevice, Translation, Translator } from "../../server/adapters/dialects/dialect.ts";
import { checksumOf, findFrames, frameOf, type Checksum } from "../../server/adapters/dialects/hj212-frame.ts";
import { hj212 } from "../../server/adapters/dialects/hj212.ts";
import { hj212Frame as frame, hj212Frames, hj212Vectors } from "../support/dialect-vectors-hj212.ts";

const at = Date.UTC(2026, 8, 21, 4);
const topic = "hj212/plant-a/water-1";
/** A failure prints its seed. */
const fuzz = { numRuns: Number(process.env["FUZZ_RUNS"] ?? 20_000), endOnFailure: true };

function device(options: Record<string, unknown> = {}, names: Record<string, string> = {}): DialectDevice {
  return { site: "plant-a", device: "water-1", options: { mn: "A1", ...options }, names };
}

function open(options?: Record<string, unknown>, names?: Record<string, string>, memory?: unknown): Translator {
  return hj212.open(device(options, names), memory);
}

function say(reader: Translator, text: string): Translation {
  return reader.translate({ topic, payload: Buffer.from(text, "latin1"), at });
}

/** What one message is read as by a new reader. */
function read(text: string, options?: Record<string, unknown>, names?: Record<string, string>): Translation {
  return say(open(options, names), text);
}

function valuesOf(translation: Translation): unknown {
  if (!translation.ok) throw new Error(`${translation.code}: ${translation.example}`);
  return translation.objects;
}

const mnOf = (text: string): string => /MN=([^;]+)/.exec(text)?.[1] ?? "";
const dataOf = (text: string): Buffer => Buffer.from(text.slice(6, -4), "latin1");

describe("the public frames", () => {
  it("are twelve, and the checksum of the standard's own is that of the standard, not that of Modbus", () => {
    expect(hj212Frames).toHaveLength(12);
    expect(checksumOf(dataOf(hj212Frames[0] as string), "hj212")).toBe(0x1c80);
    expect(checksumOf(dataOf(hj212Frames[0] as string), "modbus")).toBe(0x0759);
  });

  it.each<[nth: number, what: string | null]>([
    [0, null],
    [1, null],
    [2, "checksum 1100, wanted 2D00"],
    [3, "checksum 4980, wanted 3C00"],
    [4, "checksum F9C1, wanted 7340"],
    [5, null],
    [6, null],
    [7, "checksum 2800, wanted D801"],
    [8, null],
    // Reckoned as for Modbus by the firmware that sent it.
    [9, "checksum 30A5, wanted 0140"],
    [10, null],
  ])("number %i is whole, or broken because: %s", (nth, what) => {
    const { frames, broken, rest } = findFrames(Buffer.from(hj212Frames[nth] as string, "latin1"), "hj212");
    expect([frames.length, broken, rest.length]).toEqual(what === null ? [1, [], 0] : [0, [what], 0]);
  });

  it("number 11 says that it is longer than it is: it waits, and does not swallow the good frame behind it", () => {
    const reader = open({ mn: "Y80110010000010" });
    expect(say(reader, hj212Frames[11] as string)).toEqual({ ok: true, objects: [] });
    const behind = say(reader, `\r\n${hj212Frames[1] as string}\r\n`);
    expect(behind).toMatchObject({ ok: true, unread: ["FRAME_BROKEN: length 234 does not end at a frame's end"] });
    expect(valuesOf(behind)).toHaveLength(1);
  });

  it("are read: lower case hex, real-time values, what is no environment code, hourly means under names of their own", () => {
    const of = (nth: number): unknown => {
      const text = hj212Frames[nth] as string;
      return valuesOf(read(text, { mn: mnOf(text) }));
    };
    expect(of(0)).toEqual([]);
    expect(of(1)).toEqual([
      {
        ts: Date.UTC(2019, 9, 12, 5, 37, 10),
        values: {
          a21005: 0,
          a21004: 0,
          a21007: 0.033,
          a21006: 0.036,
          a21001: 25.4,
          a21003: 101.94,
          a21002: 49.2,
        },
      },
    ]);
    expect(of(8)).toEqual([
      { ts: Date.UTC(2016, 0, 3, 5, 30, 30), values: { "060": 3.0943, "011": 18.0412, "001": 8.2137, B01: 10.989 } },
    ]);
    expect(of(10)).toEqual([
      {
        ts: Date.UTC(2019, 8, 24, 14),
        values: {
          "a34006-Avg": 2.697,
          "a34007-Avg": 7.966,
          "a34048-Avg": 3.306,
          "a34047-Avg": 7.357,
          "a34049-Avg": 10.663,
        },
      },
    ]);
  });

  it("are refused where their checksum is wrong, and taken where the device's option says so", () => {
    const text = hj212Frames[7] as string;
    expect(read(text, { mn: mnOf(text) })).toEqual({
      ok: false,
      code: "FRAME_BROKEN",
      example: "checksum 2800, wanted D801",
    });
    expect(valuesOf(read(text, { mn: mnOf(text), crc: "off" }))).toEqual([
      {
        ts: Date.UTC(2023, 2, 27, 1),
        values: { "a01006-Avg": 101.85, "a01006-Min": 101.84, "a01006-Max": 101.87 },
      },
    ]);
    const modbus = hj212Frames[9] as string;
    const answered = read(modbus, { mn: mnOf(modbus), crc: "modbus" });
    expect(valuesOf(answered)).toEqual([]);
    const reply = answered.ok ? Buffer.from(answered.replies?.[0]?.payload ?? []).toString("latin1") : "";
    expect(findFrames(Buffer.from(reply, "latin1"), "modbus").frames).toEqual([
      "QN=20170516010101001;ST=91;CN=9014;PW=123456;MN=ABCDEFG1234567;Flag=4;CP=&&&&",
    ]);
    expect(findFrames(Buffer.from(reply, "latin1"), "hj212").frames).toEqual([]);
  });
});

describe("a device's options", () => {
  it("name its number, its checksum and its topic, and nothing else", () => {
    expect(hj212.check({ mn: "A1" })).toEqual([]);
    expect(hj212.check({ mn: "A1", crc: "modbus", topic: "epb/outlet 3/up" })).toEqual([]);
    expect(hj212.check({})).toHaveLength(1);
    expect(hj212.check({ mn: "A;1", crc: "xor", topic: "a/#", password: "123456" })).toHaveLength(4);
    for (const wrong of ["", "+/a", "$SYS/a", "skyground/v1/other/device/telemetry", "a\u0000b", 7])
      expect(hj212.check({ mn: "A1", topic: wrong })).toHaveLength(1);
  });

  it("decide where it speaks and is spoken to", () => {
    expect(hj212.topics(device())).toEqual({ publish: [topic], subscribe: [`${topic}/down`] });
    expect(hj212.topics(device({ topic: "epb/up" }))).toEqual({ publish: ["epb/up"], subscribe: ["epb/up/down"] });
    expect(open().translate({ topic: "other", payload: new Uint8Array(), at })).toMatchObject({
      ok: false,
      code: "TOPIC_UNKNOWN",
    });
  });
});

describe("a frame", () => {
  const ts = Date.UTC(2026, 8, 21, 4);

  it.each<[flag: string, value: unknown]>([
    ["N", 1.5],
    ["T", { v: 1.5, q: "saturated" }],
    ...["F", "M", "S", "D", "C", "B"].map((flag): [string, unknown] => [flag, { v: 1.5, q: "bad" }]),
    ["x", { v: 1.5, q: "suspect" }],
  ])("with the mark %s", (flag, value) => {
    expect(valuesOf(read(frame(`DataTime=20260921120000;a21001-Rtd=1.5,a21001-Flag=${flag}`)))).toEqual([
      { ts, values: { a21001: value } },
    ]);
  });

  it("of a faulty instrument without a value is bad; without a value and a mark it says nothing", () => {
    const content = "DataTime=20260921120000;a1-Flag=D;a2-Flag=N;a3-SampleTime=20260921115900";
    expect(valuesOf(read(frame(content)))).toEqual([{ ts, values: { a1: { v: null, q: "bad" } } }]);
    expect(valuesOf(read(frame("a1-Avg=,a1-Flag=D", { CN: "2061" })))).toEqual([
      { values: { "a1-Avg": { v: "", q: "bad" } } },
    ]);
    expect(valuesOf(read(frame("a1-Flag=D", { CN: "2061" })))).toEqual([]);
  });

  it("has a time of its own where its factor has one, and none that is no real time", () => {
    const own =
      "DataTime=20260921120000;a1-Rtd=1;a2-SampleTime=20260921115900,a2-Rtd=2,a2-Flag=T;a3-SampleTime=now,a3-Rtd=3";
    expect(valuesOf(read(frame(own)))).toEqual([
      { ts, values: { a1: 1, a2: { v: 2, q: "saturated", ts: ts - 60_000 }, a3: { v: 3, ts: "now" } } },
    ]);
    for (const wrong of ["20260231120000", "20260921240000", "20260921126000", "2026092112", "20261321120000"])
      expect(valuesOf(read(frame(`DataTime=${wrong};a1-Rtd=1`)))).toEqual([{ values: { a1: { v: 1, ts: wrong } } }]);
    expect(valuesOf(read(frame("a1-Rtd=1")))).toEqual([{ values: { a1: 1 } }]);
  });

  it.each(["2051", "2061", "2031"])(
    "of command %s keeps its fields in the names, of 2011 only what is not the value itself",
    (CN) => {
      const content = "DataTime=20260921120000;w1-Cou=5,w1-Avg=1,w1-ZsMax=3,w1-ValidNum=9,w1-Flag=N;w2-Rtd=4";
      expect(valuesOf(read(frame(content, { CN })))).toEqual([
        { ts, values: { "w1-Cou": 5, "w1-Avg": 1, "w1-ZsMax": 3, "w2-Rtd": 4 } },
      ]);
      expect(valuesOf(read(frame(content)))).toEqual([
        { ts, values: { "w1-Cou": 5, "w1-Avg": 1, "w1-ZsMax": 3, w2: 4 } },
      ]);
    },
  );

  it("of another command carries no values", () => {
    for (const CN of ["2081", "3020", "9014", ""]) expect(valuesOf(read(frame("a1-Rtd=1", { CN })))).toEqual([]);
  });

  it("gives its factors the register's codes, and keeps what is no number for the native dialect to refuse", () => {
    const names = { a1: "SO2-1", "a1-Avg": "SO2-1h" };
    expect(valuesOf(read(frame("a1-Rtd=1,a1-Avg=2;a2-Rtd=-;i-=7;-Rtd=8;junk"), {}, names))).toEqual([
      { values: { "SO2-1": 1, "SO2-1h": 2, a2: "-" } },
    ]);
  });

  it("of another device is refused; so is one whose segment is none", () => {
    expect(read(frame("a1-Rtd=1", { MN: "B2" }))).toEqual({ ok: false, code: "DEVICE_UNKNOWN", example: "MN=B2" });
    const strange = Buffer.from(frameOf("hello&&", "hj212")).toString("latin1");
    expect(read(strange)).toEqual({ ok: false, code: "MESSAGE_BAD_SHAPE", example: "hello&&" });
    expect(read(`${strange}${frame("a1-Rtd=1")}${frame("", { MN: "B2" })}`)).toEqual({
      ok: true,
      objects: [{ values: { a1: 1 } }],
      unread: ["MESSAGE_BAD_SHAPE: hello&&", "DEVICE_UNKNOWN: MN=B2"],
    });
    expect(read(Buffer.from(frameOf("CP=&&a1-Rtd=1&&", "hj212")).toString("latin1"))).toMatchObject({
      ok: false,
      code: "DEVICE_UNKNOWN",
    });
  });

  it("that wants an answer gets 9014 with its own number, length and checksum, each of several packets one", () => {
    const packets = ["1", "2"].map((PNO) =>
      frame("a1-Rtd=1", { Flag: "7", PNUM: "2", PNO, QN: `2026092112000000${PNO}` }),
    );
    const translation = read(packets.join(""));
    if (!translation.ok) throw new Error(translation.code);
    expect(translation.replies?.map((reply) => reply.topic)).toEqual([`${topic}/down`, `${topic}/down`]);
    expect(translation.replies?.map(({ payload }) => Buffer.from(payload).toString("latin1"))).toEqual(
      ["1", "2"].map((nth) => frame("", { QN: `2026092112000000${nth}`, ST: "91", CN: "9014" })),
    );
    expect(translation.objects).toHaveLength(2);
    for (const Flag of ["4", "6", "x", ""]) expect(read(frame("", { Flag }))).not.toHaveProperty("replies");
    for (const CN of ["9011", "9014"]) expect(read(frame("", { Flag: "5", CN }))).not.toHaveProperty("replies");
  });

  it("is answered within the length of a frame, whatever it makes the server say", () => {
    const translation = read(frame("", { Flag: "5", QN: "7".repeat(9000) }));
    const payload = translation.ok ? (translation.replies?.[0]?.payload ?? new Uint8Array()) : new Uint8Array();
    expect(findFrames(payload, "hj212").frames).toHaveLength(1);
  });
});

describe("the stream", () => {
  const three = [1, 2, 3].map((v) => frame(`DataTime=20260921120000;a1-Rtd=${v}`));
  const valuesIn = (translations: readonly Translation[]): unknown[] =>
    translations.flatMap((one) => (one.ok ? one.objects.map(({ values }) => values["a1"]) : []));

  it("gives the same frames however it is cut, also over a restart", () => {
    const whole = `${three.join("")}##`;
    fc.assert(
      fc.property(
        fc.array(fc.record({ to: fc.nat(whole.length), isRestart: fc.boolean() }), { maxLength: 8 }),
        (cuts) => {
          let reader = open();
          const said: Translation[] = [];
          let from = 0;
          for (const { to, isRestart } of [
            ...cuts.toSorted((a, b) => a.to - b.to),
            { to: whole.length, isRestart: true },
          ]) {
            said.push(say(reader, whole.slice(from, to)));
            if (isRestart) reader = open({}, {}, structuredClone(reader.memory?.()));
            from = to;
          }
          expect(valuesIn(said)).toEqual([1, 2, 3]);
          expect(said.every((one) => one.ok && one.unread === undefined)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("goes on behind noise, and counts it; line ends are none", () => {
    expect(read(`\r\n \n${three[0]}\r\n\r\n${three[1]}`)).not.toHaveProperty("unread");
    expect(read(`abc${three[0]?.trim()}xx${three[1]?.trim()}def`)).toMatchObject({
      ok: true,
      unread: ["3 bytes", "2 bytes", "3 bytes"].map((bytes) => `FRAME_BROKEN: ${bytes} outside of any frame`),
    });
    expect(read('{"values":{"a1":1}}')).toEqual({
      ok: false,
      code: "FRAME_BROKEN",
      example: "19 bytes outside of any frame",
    });
    expect(read(`#${three[0]}`)).toMatchObject({
      objects: [{ values: { a1: 1 } }],
      unread: ["FRAME_BROKEN: no length"],
    });
  });

  it("finds the good frame behind one that is too long, too short, or has no length, and tells each once", () => {
    const good = three[0] as string;
    const relength = (length: string): string => `##${length}${good.slice(6)}`;
    for (const [wrong, unread] of [
      ["9999", "cut short by the next frame"],
      ["0010", "length 10 does not end at a frame's end"],
      ["00x0", "no length"],
    ] as const) {
      const reader = open();
      const first = say(reader, `${relength(wrong)}${three[1]}`);
      expect(valuesIn([first])).toEqual([2]);
      expect(first).toMatchObject({ unread: [`FRAME_BROKEN: ${unread}`] });
      expect(say(reader, three[2] as string)).not.toHaveProperty("unread");
    }
    // What is broken inside of a frame that still waits is told with it.
    const inside = say(open(), `##9000${relength("0010")}${three[1]}`);
    expect(inside).toMatchObject({
      unread: ["FRAME_BROKEN: cut short by the next frame", "FRAME_BROKEN: length 10 does not end at a frame's end"],
    });
  });

  it("keeps no more of what has no end than the longest frame, and looks at no more noise than is worth it", () => {
    const reader = open();
    for (let nth = 0; nth < 40; nth += 1) say(reader, `##9999${"a".repeat(3000)}`);
    const kept = reader.memory?.() as { rest: string } | undefined;
    expect(Buffer.from(kept?.rest ?? "", "base64").length).toBeLessThanOrEqual(10_008);
    expect(findFrames(Buffer.from("##xxxx".repeat(10_000)), "hj212").broken).toHaveLength(200);
    expect(say(open(), "#".repeat(70_000))).toMatchObject({ ok: false, code: "MESSAGE_TOO_LARGE" });
    const noisy = Buffer.from(`##9990${"##00x0".repeat(300)}`);
    expect(findFrames(noisy, "hj212")).toMatchObject({ rest: new Uint8Array(0) });
  });

  it("trusts no memory, and has the same one while nothing changes", () => {
    for (const memory of [null, 7, "##", [], { rest: 7 }, { rest: Buffer.alloc(20_000).toString("base64") }, {}])
      expect(valuesIn([say(open({}, {}, memory), three[0] as string)])).toEqual([1]);
    const reader = open();
    const before = reader.memory?.();
    say(reader, three[0] as string);
    expect(reader.memory?.()).toBe(before);
    say(reader, "##01");
    expect(reader.memory?.()).not.toBe(before);
  });
});

describe("whatever is sent", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...hj212Vectors),
    fc
      .constantFrom("##", "#", "##0", "##9999", "##0002&&", "&&", "\r\n", "##0007CP=&&&&")
      .map((text) => Buffer.from(text)),
    fc.tuple(fc.constantFrom(...hj212Vectors), fc.nat(60), fc.nat(255)).map(([of, place, byte]) => {
      const bytes = Uint8Array.from(of);
      bytes[place % bytes.length] = byte;
      return bytes;
    }),
  );
  const kinds = fc.constantFrom<Checksum>("hj212", "modbus", "off");

  it("nothing is thrown, what is kept has an end, and a good frame behind it is found", () => {
    const last = Buffer.from(frame("a1-Rtd=7"), "latin1");
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), kinds, (parts, crc) => {
        const reader = open({ crc: crc === "modbus" ? "hj212" : crc });
        for (const payload of parts) reader.translate({ topic, payload, at });
        const found = findFrames(Buffer.concat(parts), crc);
        expect(found.rest.length).toBeLessThanOrEqual(10_008);
        const translation = reader.translate({ topic, payload: last, at });
        expect(translation.ok ? translation.objects.at(-1) : translation).toEqual({ values: { a1: 7 } });
      }),
      fuzz,
    );
  }, 180_000);
});
