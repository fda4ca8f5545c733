// The door: native messages pass as they are, foreign ones become native with their origin, and whose they are is never guessed.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Origin } from "../../contract/input.ts";
import type { RegisteredDevice } from "../../contract/register.ts";
import type { Dialect, Outgoing } from "../../server/adapters/dialects/dialect.ts";
import { openDialectMemory } from "../../server/app/dialect-memory.ts";
import { optionFaults, topicsOf, type Dialects } from "../../server/app/dialects.ts";
import { createDoor, type Door } from "../../server/app/door.ts";
import { createLog } from "../../server/log.ts";
import { bytesOf, dialects } from "../support/dialects.ts";

const log = createLog("silent");
const own = "skyground/v1/plant-1/gw-1";
const sender = { site: "plant-1", device: "gw-1" };

function device(dialect: RegisteredDevice["dialect"], also: Partial<RegisteredDevice> = {}): RegisteredDevice {
  const kept = { userName: "", stage: "open", openedBecause: null, createdAt: 0, retiredAt: null } as const;
  return { ...sender, dialect, options: {}, names: {}, maxPerSecond: 1000, ...kept, ...also };
}

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skyground-door-"));
  file = join(folder, "dialects.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A dialect that counts its messages and remembers the count. */
const counting: Dialect = {
  check: () => [],
  topics: ({ device: name }) => ({ publish: [`count/${name}`], subscribe: [] }),
  open: (_, memory) => {
    let count = typeof memory === "number" ? memory : 0;
    return {
      translate: () => {
        count += 1;
        return { ok: true, objects: [{ values: { count } }] };
      },
      due: (at) => [{ topic: "due", payload: bytesOf(String(at)) }],
      memory: () => count,
    };
  },
};

function room(devices: RegisteredDevice[], known: Dialects = { ...dialects, hj212: counting }) {
  const offered: [topic: string, payload: string, origin?: Origin][] = [];
  const refused: [topic: string, code: string][] = [];
  const sent: Outgoing[] = [];
  const state = { version: "1", isWritten: true, opened: 0 };
  const memory = openDialectMemory(file, log);
  const door: Door = createDoor({
    dialects: known,
    list: () => devices,
    version: () => state.version,
    memory,
    loop: {
      offer: async (topic, payload, origin) => {
        const text = Buffer.from(payload).toString();
        offered.push(origin === undefined ? [topic, text] : [topic, text, origin]);
        return state.isWritten;
      },
      offerRefused: async (topic, _, { code }) => {
        refused.push([topic, code]);
        return true;
      },
    },
    send: (_to, outgoing) => void sent.push(outgoing),
    now: () => 42,
  });
  return { door, offered, refused, sent, state, memory };
}

describe("the door", () => {
  it("lets a native message through as it is", async () => {
    const { door, offered } = room([device("native")]);
    expect(await door.take(`${own}/telemetry`, bytesOf("x"), sender)).toBe(true);
    expect(offered).toEqual([[`${own}/telemetry`, "x"]]);
    expect(door.topicsOf(sender)).toBeUndefined();
  });

  it("offers a foreign message as one native message beside what was sent", async () => {
    const { door, offered } = room([device("thingsboard")]);
    const payload = bytesOf({ T1: "35" });
    expect(await door.take("v1/devices/me/telemetry", payload, sender)).toBe(true);
    const origin = { dialect: "thingsboard", topic: "v1/devices/me/telemetry", payload };
    expect(offered).toEqual([[`${own}/telemetry`, '[{"values":{"T1":35}}]', origin]]);
  });

  it("writes down also what says nothing, and refuses under the foreign topic", async () => {
    const { door, offered, refused } = room([device("thingsboard")]);
    await door.take("v1/gateway/rpc", bytesOf("{}"), sender);
    expect(offered.map(([, payload]) => payload)).toEqual(['[{"values":{}}]']);
    await door.take("v1/gateway/telemetry", bytesOf("{"), sender);
    await door.take("v1/gateway/telemetry", new Uint8Array(256 * 1024 + 1), sender);
    expect(refused).toEqual([
      ["v1/gateway/telemetry", "MESSAGE_BAD_JSON"],
      ["v1/gateway/telemetry", "MESSAGE_TOO_LARGE"],
    ]);
  });

  it("tells a gateway's coming before its values, and its going after them", async () => {
    const online = { at: ["on"], is: [true] };
    const mapping = { messages: [{ topics: ["g"], readings: [{ entries: "v.*", name: ["@key"] }], online }] };
    const { door, offered } = room([device("json", { options: { mapping } })]);
    await door.take("g", bytesOf({ on: true, v: { a: 1 } }), sender);
    await door.take("g", bytesOf({ on: false, v: { a: 2 } }), sender);
    await door.take("g", bytesOf({ on: true, v: {} }), sender);
    expect(offered.map(([topic, payload]) => [topic.slice(own.length + 1), payload])).toEqual([
      ["state", '{"online":true}'],
      ["telemetry", '[{"values":{"a":1}}]'],
      ["telemetry", '[{"values":{"a":2}}]'],
      ["state", '{"online":false}'],
      ["state", '{"online":true}'],
    ]);
  });

  it("answers once a message is written down, and not before", async () => {
    const { door, sent, state } = room([device("json", { options: { mapping: "alink" } })]);
    const post = (): Promise<boolean> =>
      door.take("/sys/p/d/thing/event/property/post", bytesOf({ id: "7", params: { a: 1 } }), sender);
    state.isWritten = false;
    expect(await post()).toBe(false);
    expect(sent).toEqual([]);
    state.isWritten = true;
    expect(await post()).toBe(true);
    expect(sent.map(({ topic }) => topic)).toEqual(["/sys/p/d/thing/event/property/post_reply"]);
  });

  it("finds whose message it is by the topic where there is no account, and says so where it cannot", async () => {
    const kepware = (name: string, topics?: string[]): RegisteredDevice =>
      device("json", { device: name, options: { mapping: "kepware", ...(topics === undefined ? {} : { topics }) } });
    const devices = [kepware("k1"), kepware("k2"), kepware("k3", ["line3/iotgateway"]), device("thingsboard")];
    const { door, offered, refused } = room(devices);
    const body = bytesOf({ values: [{ id: "a", v: 1 }] });
    for (const topic of ["iotgateway", "v1/devices/me/telemetry", "line3/iotgateway", "line3/iotgateway", "nobody"]) {
      await door.take(topic, body);
    }
    expect(refused).toEqual([
      ["iotgateway", "TOPIC_SHARED"],
      ["v1/devices/me/telemetry", "TOPIC_SHARED"],
    ]);
    // What is nobody's is left for the native decoder to refuse.
    expect(offered.map(([topic]) => topic)).toEqual([
      "skyground/v1/plant-1/k3/telemetry",
      "skyground/v1/plant-1/k3/telemetry",
      "nobody",
    ]);
    expect(door.filters()).toEqual(["line3/iotgateway"]);
  });

  it("hears nobody at an external broker who is retired or on trial, and whoever is not registered", async () => {
    const devices = [
      device("native", { device: "old", stage: "retired" }),
      device("native", { device: "new", stage: "trial" }),
      device("native"),
    ];
    const { door, offered, refused, state } = room(devices);
    const topics = ["old", "new", "gw-1", "stranger"].map((name) => `skyground/v1/plant-1/${name}/telemetry`);
    for (const topic of topics) expect(await door.take(topic, bytesOf("x"))).toBe(true);
    expect(refused).toEqual(topics.slice(0, 2).map((topic) => [topic, "TOPIC_NOT_ALLOWED"]));
    expect(offered.map(([topic]) => topic)).toEqual(topics.slice(2));
    devices[1] = device("native", { device: "new" });
    state.version = "2";
    door.look();
    await door.take(topics[1] ?? "", bytesOf("x"));
    expect(offered.at(-1)?.[0]).toBe(topics[1]);
  });

  it("finds the owner of topics that only a wildcard covers, however many and however deep", async () => {
    const wide: Dialect = {
      ...counting,
      topics: ({ options }) => ({ publish: options["f"] as string[], subscribe: [] }),
    };
    const of = (name: string, ...f: string[]): RegisteredDevice => device("hj212", { device: name, options: { f } });
    const devices = [of("a", "x/+/y", "x/1"), of("b", "x/b/#"), of("c", "/sys/+"), of("d", "x/2/y/z")];
    const { door, offered, refused } = room(devices, { hj212: wide });
    const heard = async (topic: string): Promise<string | undefined> => {
      await door.take(topic, bytesOf("x"));
      return offered.splice(0)[0]?.[0].split("/")[3] ?? refused.splice(0)[0]?.[1];
    };
    const topics = ["x/1/y", "x/1", "x/b", "x/b/c/d", "/sys/q", "x/2/y/z", "x/b/y"];
    const owners: (string | undefined)[] = [];
    for (const topic of topics) owners.push(await heard(topic));
    expect(owners).toEqual(["a", "a", "b", "b", "c", "d", "TOPIC_SHARED"]);
    await door.take("x/1/y/z", bytesOf("x"));
    await door.take(`x/${"1/".repeat(30_000)}`, bytesOf("x"));
    expect(offered.map(([topic]) => topic.slice(0, 7))).toEqual(["x/1/y/z", "x/1/1/1"]);
  });

  it("looks again when the register has changed, and hears nobody who is on trial or retired", async () => {
    const devices = [device("influx")];
    const { door, offered, state } = room(devices);
    expect(door.filters()).toEqual(["influx/plant-1/gw-1", "influx/plant-1/gw-1/#"]);
    devices[0] = device("influx", { options: { topics: ["telegraf/h1"] } });
    expect(door.look()).toBe(false);
    state.version = "2";
    expect(door.look()).toBe(true);
    expect(door.topicsOf(sender)?.publish).toEqual(["telegraf/h1"]);
    await door.take("telegraf/h1", bytesOf("a b=1"));
    expect(offered.map(([topic]) => topic)).toEqual([`${own}/telemetry`]);
    for (const stage of ["trial", "retired"] as const) {
      devices[0] = device("influx", { stage });
      state.version = stage;
      door.look();
      expect(door.topicsOf(sender)).toBeUndefined();
    }
  });

  it("sends what is due of whoever has spoken", async () => {
    const { door, sent } = room([device("hj212")]);
    door.due();
    expect(sent).toEqual([]);
    await door.take("count/gw-1", bytesOf(""));
    door.due();
    expect(sent).toEqual([{ topic: "due", payload: bytesOf("42") }]);
    await door.close();
  });

  it("remembers over a restart, per device and dialect, until the device is gone", async () => {
    const devices = [device("hj212")];
    const first = room(devices);
    await first.door.take("count/gw-1", bytesOf(""), sender);
    await first.door.take("count/gw-1", bytesOf(""), sender);
    await first.door.close();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ "plant-1/gw-1": { dialect: "hj212", memory: 2 } });
    expect(existsSync(`${file}.new`)).toBe(false);

    const second = room(devices);
    await second.door.take("count/gw-1", bytesOf(""), sender);
    expect(second.offered.map(([, payload]) => payload)).toEqual(['[{"values":{"count":3}}]']);
    devices[0] = device("hj212", { names: { a: "b" } });
    second.state.version = "2";
    second.door.look();
    await second.door.take("count/gw-1", bytesOf(""), sender);
    expect(second.offered.at(-1)?.[1]).toBe('[{"values":{"count":4}}]');
    devices.length = 0;
    second.state.version = "3";
    second.door.look();
    await second.door.close();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({});
  });

  it("begins anew where the file is broken, and keeps nothing that is too much", async () => {
    writeFileSync(file, "{");
    const memory = openDialectMemory(file, log);
    expect(memory.of("a/b", "hj212")).toBeUndefined();
    memory.keep("a/b", "hj212", "x".repeat(1024 * 1024));
    memory.keep("a/c", "hj212", { n: 1 });
    await memory.write();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ "a/c": { dialect: "hj212", memory: { n: 1 } } });
    expect(openDialectMemory(file, log).of("a/c", "sparkplug")).toBeUndefined();
  });
});

describe("a device's topics", () => {
  it("are its own, whatever its dialect says", () => {
    const greedy: Dialect = {
      ...counting,
      topics: () => ({ publish: ["#", "+/a", "skyground/v1/#", "a/#"], subscribe: ["#"] }),
    };
    expect(topicsOf({ hj212: greedy }, device("hj212"))).toEqual({ publish: ["a/#"], subscribe: [], isShared: false });
    expect(topicsOf({}, device("native"))).toEqual({
      publish: [`${own}/telemetry`, `${own}/state`, `${own}/command/ack`],
      subscribe: [`${own}/command`],
      isShared: false,
    });
  });

  it("and its options are checked by its dialect", () => {
    expect(optionFaults(dialects, device("influx", { options: { precision: "h" } }))).toHaveLength(1);
    expect(optionFaults(dialects, device("native", { options: { a: 1 } }))).toHaveLength(1);
    expect(optionFaults({}, device("influx"))).toHaveLength(1);
    expect(optionFaults(dialects, device("thingsboard"))).toEqual([]);
  });

  it("writes a large file the more rarely the larger it is, and always at the end", async () => {
    const memory = openDialectMemory(file, log);
    const size = (): number => (existsSync(file) ? readFileSync(file).length : 0);
    for (const one of ["a", "b", "c"]) memory.keep(one, "sparkplug", "x".repeat(1_000_000));
    await memory.write();
    await memory.write();
    expect(size()).toBe(0);
    await memory.write();
    expect(size()).toBeGreaterThan(3_000_000);
    memory.keep("d", "sparkplug", "y");
    await memory.close();
    expect(readFileSync(file, "utf8")).toContain('"d"');
  });
});
