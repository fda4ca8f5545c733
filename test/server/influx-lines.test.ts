// Line protocol: every rule of escaping, every kind of value, and bad lines beside good ones.
import { describe, expect, it } from "vitest";
import { deviceOf, dialectOf, judged, readingsOf, short, translate } from "../support/dialects.ts";

const influx = dialectOf("influx");
const topic = "influx/plant-1/gw-1";
const read = (lines: string, options = {}, names = {}) => translate(influx, deviceOf(options, names), topic, lines);

/** The gateway's names that a line is read under. */
function nameOf(line: string, options = {}): string[] {
  const found: string[] = [];
  const names = new Proxy<Record<string, string>>(
    {},
    {
      getOwnPropertyDescriptor: (_, key) => {
        found.push(String(key));
        return undefined;
      },
    },
  );
  read(line, options, names);
  return found;
}

describe("line protocol", () => {
  it("reads the samples of its reference", () => {
    const both = ["weather.temperature=82 @1465839830100", "weather.humidity=71 @1465839830100"];
    const other = ["env.temp=23.39", "env.n=3", "env.u=4", "env.on=1", "env.temp=1000 @1465839830100"];
    expect(readingsOf("influx")).toEqual([both, other]);
  });

  it.each([
    ["a x=1i", 1],
    ["a x=-12i", -12],
    ["a x=9u", 9],
    ["a x=-1.5e-3", -0.0015],
    ["a x=true", 1],
    ["a x=F", 0],
    ['a x="35"', 35],
  ])("reads the value of %j", (line, value) => {
    expect(judged(read(line)).readings.map((one) => one.value)).toEqual([value]);
  });

  it.each(["a x=1.5i", "a x=-1u", "a x=yes", 'a x="open, \\"wide\\""', "a x=NaN"])(
    "leaves the value of %j to be refused as one value",
    (line) => {
      const { readings, refused } = judged(read(line.replace("x=", "y=2,x=")));
      expect(readings.map(({ code }) => code)).toEqual(["a.y"]);
      expect(refused.map(({ code }) => code)).toEqual(["SAMPLE_WRONG_TYPE"]);
    },
  );

  it.each([
    ["my\\ room,host=a t=1", ["my room,host=a/t"]],
    ["a\\,b,host=a t=1", ["a,b,host=a/t"]],
    ["a t\\ of\\=x\\,y=1", ["a/t of=x,y"]],
    ["a,host=x\\ y\\=z\\,w t=1", ["a,host=x y=z,w/t"]],
    ["a\\b t=1", ["a\\b/t"]],
    ['a t="x y=1,z=2",u=2 5', ["a/t", "a/u"]],
    ["a,b=1,host=h  t=1   5", ["a,host=h/t"]],
  ])("unescapes %j", (line, names) => {
    expect(nameOf(line, { tags: ["host"] })).toEqual(names);
  });

  it("names by the measurement, the chosen tags in the order of the option, and the field", () => {
    const line = "weather,season=summer,location=us temperature=82";
    expect(nameOf(line, { tags: ["location", "none", "season"] })).toEqual([
      "weather,location=us,season=summer/temperature",
    ]);
    expect(nameOf(line)).toEqual(["weather/temperature"]);
  });

  it.each([
    ["ns", "1465839830100400200", 1465839830100],
    ["ns", "1465839830100999999", 1465839830100],
    ["us", "1465839830100400", 1465839830100],
    ["ms", "1465839830100", 1465839830100],
    ["s", "1465839830", 1465839830000],
  ])("reads a time in %s", (precision, time, at) => {
    expect(judged(read(`a x=1 ${time}`, { precision })).readings[0]?.sourceAt).toBe(at);
  });

  it("refuses seconds that come as nanoseconds, and what is no time, value by value", () => {
    expect(judged(read("a x=1 1465839830")).refused).toMatchObject([{ code: "SAMPLE_TOO_OLD" }]);
    expect(judged(read("a x=1 soon")).refused).toMatchObject([{ code: "SAMPLE_BAD_TIME" }]);
    expect(judged(read("a x=1 1465839830100400200 5")).refused).toMatchObject([{ code: "SAMPLE_BAD_TIME" }]);
  });

  it.each([
    "nothing",
    "a",
    "a ",
    "a x",
    "a x=",
    "a =1",
    ",t=1 x=1",
    "a,t x=1",
    "a,t= x=1",
    "a,t=b=c x=1",
    'a x="y',
    'a x="y"z',
    "a x=1,",
  ])("counts the bad line %j and keeps its neighbours", (line) => {
    const { readings, refused } = judged(read(`b x=1\r\n${line}\n# a comment\nb x=2`));
    expect(readings.map(({ value }) => value)).toEqual([1, 2]);
    expect(refused).toEqual([{ code: "MESSAGE_BAD_SHAPE", example: `[2]: ${JSON.stringify(line.trim())}` }]);
  });

  it("tells two series of one name both, in their order", () => {
    expect(short(read("w,loc=a t=1 1465839830100400200\nw,loc=b t=2 1465839830100400200"))).toEqual([
      "w.t=1 @1465839830100",
      "w.t=2 @1465839830100",
    ]);
  });

  it("refuses more than 10,000 values as a whole", () => {
    expect(read("a b=1\n".repeat(10_000))).toMatchObject({ ok: true });
    expect(read("a b=1\n".repeat(10_001))).toMatchObject({ ok: false, code: "MESSAGE_TOO_LARGE" });
  });

  it("knows its options and its topics", () => {
    expect(influx.check({ precision: "s", tags: ["host"], topics: ["telegraf/h1/#"] })).toEqual([]);
    expect(influx.check({ precision: "h", tags: "host", topics: ["#"], other: 1 })).toHaveLength(4);
    expect(influx.check({ topics: ["skyground/v1/+/+/telemetry"] })).toHaveLength(1);
    expect(influx.check({ topics: ["a/b#", "a/#/c"] })).toHaveLength(2);
    expect(influx.topics(deviceOf()).publish).toEqual([topic, `${topic}/#`]);
  });
});
