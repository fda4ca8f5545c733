// Dialects as tests speak them: the mappings of the house, and what a gateway's message comes to behind the native decoder.
import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { Refusal } from "../../contract/faults.ts";
import type { Reading } from "../../contract/sample.ts";
import { type Dialect, type DialectDevice, type Translation } from "../../server/adapters/dialects/dialect.ts";
import { encodeNative } from "../../server/adapters/dialects/encode.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { hj212Vectors } from "./dialect-vectors-hj212.ts";
import { sparkplugVectors } from "./dialect-vectors-sparkplug.ts";
import { createDialects } from "../../server/app/dialects.ts";

/** The dialects with the ready mappings of the configuration. */
export const dialects = createDialects(join(import.meta.dirname, "../../config"));

/** One of them; throws where there is none. */
export function dialectOf(name: keyof typeof dialects): Dialect {
  const dialect = dialects[name];
  if (dialect === undefined) throw new Error(`no dialect ${name}`);
  return dialect;
}

/** A device with options and names. */
export function deviceOf(options: DialectDevice["options"] = {}, names: DialectDevice["names"] = {}): DialectDevice {
  return { site: "plant-1", device: "gw-1", options, names };
}

/** A payload: bytes as they are, a text, or anything else as JSON. */
export function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  return Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
}

/** What one message of a newly opened device is read as. */
export function translate(dialect: Dialect, device: DialectDevice, topic: string, payload: unknown): Translation {
  return dialect.open(device, undefined).translate({ topic, payload: bytesOf(payload), at: 1_700_000_000_000 });
}

/** What the native decoder makes of a translation: readings and refusals, of all its messages together. */
export function judged(translation: Translation): {
  readonly readings: readonly Reading[];
  readonly refused: readonly Refusal[];
} {
  if (!translation.ok) throw new Error(`${translation.code}: ${translation.example}`);
  const messages = encodeNative(translation.objects, translation.unread).map((payload) => {
    const decoded = decodeNative("skyground/v1/plant-1/gw-1/telemetry", payload);
    if (!decoded.ok || decoded.message.kind !== "telemetry") throw new Error("encodes what cannot be decoded");
    return decoded.message;
  });
  return {
    readings: messages.flatMap(({ readings }) => readings),
    refused: messages.flatMap(({ refused }) => refused),
  };
}

/** Readings in short: code, value, quality where it is not good, time where there is one. */
export function short(translation: Translation): string[] {
  return judged(translation).readings.map(
    ({ code, value, quality, sourceAt, unit }) =>
      `${code}=${value}${unit ?? ""}${quality === "good" ? "" : ` ${quality}`}${sourceAt === null ? "" : ` @${sourceAt}`}`,
  );
}

/** One dialect with a device that speaks it, and messages that it reads right. */
export interface Spoken {
  readonly name: string;
  readonly dialect: Dialect;
  readonly device: DialectDevice;
  readonly vectors: readonly { readonly topic: string; readonly payload: Uint8Array }[];
}

function json(
  mapping: string,
  vectors: readonly (readonly [topic: string, payload: unknown])[],
  topics?: string[],
): Spoken {
  return spoken(`json ${mapping}`, "json", vectors, { mapping, ...(topics === undefined ? {} : { topics }) });
}

function spoken(
  name: string,
  dialect: keyof typeof dialects,
  vectors: readonly (readonly [topic: string, payload: unknown])[],
  options: DialectDevice["options"] = {},
): Spoken {
  const read = vectors.map(([topic, payload]) => ({ topic, payload: bytesOf(payload) }));
  return { name, dialect: dialectOf(dialect), device: deviceOf(options), vectors: read };
}

/** The vendors' own samples. Whatever is added here is fuzzed too. */
export const everySpoken: readonly Spoken[] = [
  // thingsboard.github.io docs/reference, gateway-mqtt-api.md and mqtt-api.md.
  spoken("thingsboard", "thingsboard", [
    [
      "v1/gateway/telemetry",
      {
        "Device A": [
          { ts: 1483228800000, values: { temperature: 42, humidity: 80 } },
          { ts: 1483228801000, values: { temperature: 43, humidity: 82 } },
        ],
        "Device B": [{ ts: 1483228800000, values: { temperature: 42, humidity: 80 } }],
      },
    ],
    ["v1/devices/me/telemetry", { ts: 1451649600512, values: { key1: "1.5", key2: "2" } }],
    ["v1/devices/me/telemetry", [{ key1: 1 }, { key2: true }]],
    ["v1/devices/me/attributes", { attribute1: 42, attribute2: true }],
    ["v1/gateway/connect", { device: "Device A" }],
  ]),
  // InfluxData's line protocol reference, and a gist of Telegraf's mqtt_consumer.
  spoken("influx", "influx", [
    ["influx/plant-1/gw-1", "weather,location=us-midwest,season=summer temperature=82,humidity=71 1465839830100400200"],
    [
      "influx/plant-1/gw-1",
      'env,type=A temp=23.39,n=3i,u=4u,on=T,word="a b"\n\nenv,type=B temp=1e3 1465839830100400200\n',
    ],
  ]),
  json("neuron-values", [
    [
      "/neuron/mqtt/modbus/grp",
      {
        timestamp: 1650006388943,
        node: "modbus",
        group: "grp",
        values: { tag0: 123 },
        errors: { tag1: 2014 },
        metas: {},
      },
    ],
    [
      "/neuron/mqtt/heartbeat",
      { version: "2.6.0", timestamp: 1658134132237, states: [{ node: "mqtt", link: 2, running: 3 }] },
    ],
  ]),
  json("neuron-tags", [
    [
      "/neuron/mqtt/upload",
      {
        timestamp: 1647497389075,
        node: "modbus",
        group: "grp",
        tags: [
          { name: "tag0", value: 123 },
          { name: "tag1", error: 2014 },
        ],
      },
    ],
  ]),
  json("kepware", [
    [
      "iotgateway",
      { timestamp: 1521698375065, values: [{ id: "SE433.S01.IW1440", v: 206, q: true, t: 1521698358299 }] },
    ],
    [
      "iotgateway",
      { timestamp: 1579516307016, values: [{ id: "PSI.Device1.MAX_TIME_PERIODIC", v: 10, q: true, t: 1579516306266 }] },
    ],
  ]),
  json(
    "usr",
    [
      ["usr/up", { params: { dir: "up", id: "SN", r_data: [{ name: "node0101", value: "35", err: "0" }] } }],
      [
        "usr/up",
        {
          rw_prot: {
            Ver: "1.0.1",
            dir: "down",
            id: "101",
            r_data: [{ name: "DI1" }],
            w_data: [{ name: "DO1", value: "0" }],
          },
        },
      ],
    ],
    ["usr/up"],
  ),
  json("siemens", [
    [
      "ie/d/j/simatic/v1/s7c1/dp/r/1516_S7PLUS/default",
      { seq: 1, vals: [{ id: "101", qc: 3, ts: "2022-07-21T13:01:50.159Z", val: true }] },
    ],
  ]),
  json("advantech", [
    ["/wisepaas/scada/n1/data", { d: [{ tag: "wise4210:temp", value: 249.0 }], ts: "2025-05-30T04:23:00Z" }],
    ["/wisepaas/scada/n1/data", { d: [{ tag: "B_PR04:CounterTag", value: 38.0 }], ts: "2023-11-17T04:13:55+0000" }],
  ]),
  json("huawei", [
    [
      "$oc/devices/gw/sys/gateway/sub_devices/properties/report",
      {
        devices: [
          {
            device_id: "bf40f0c4",
            services: [
              { service_id: "analog", properties: { PhV_phsA: "1", PhV_phsB: "2" }, event_time: "20190606T121212Z" },
            ],
          },
        ],
      },
    ],
    [
      "$oc/devices/d1/sys/properties/report",
      { services: [{ service_id: "sensor", properties: { temperature: 28.5 } }] },
    ],
  ]),
  json("alink", [
    [
      "/sys/pk/dn/thing/event/property/post",
      {
        id: "123",
        version: "1.0",
        params: { Power: { value: "on", time: 1524448722000 }, WF: { value: 23.6, time: 1524448722000 } },
        method: "thing.event.property.post",
      },
    ],
    ["/sys/pk/dn/thing/event/property/post", { id: "124", params: { temperature: 36.5 } }],
    [
      "/sys/pk/dn/thing/event/property/pack/post",
      {
        id: "125",
        params: {
          properties: { Power: { value: 1, time: 1524448722000 } },
          events: {},
          subDevices: [
            {
              identity: { productKey: "p", deviceName: "sub1" },
              properties: { WF: { value: 23.6, time: 1524448722000 } },
              events: {},
            },
          ],
        },
      },
    ],
  ]),
  json(
    "kingio",
    [["kingio/up", { Objs: [{ N: "IO01.temperature", "1": 21, "2": 1790812800000, "3": 192 }] }]],
    ["kingio/up"],
  ),
  {
    name: "sparkplug",
    dialect: dialectOf("sparkplug"),
    device: deviceOf({ group: "TSF_Group", edge: "gw01" }),
    vectors: sparkplugVectors,
  },
  {
    name: "hj212",
    dialect: dialectOf("hj212"),
    device: deviceOf({ mn: "A1" }),
    vectors: hj212Vectors.map((payload) => ({ topic: "hj212/plant-1/gw-1", payload })),
  },
];

/** The vectors of one of them. */
export function spokenOf(name: string): Spoken {
  const found = everySpoken.find((one) => one.name === name);
  if (found === undefined) throw new Error(`nobody speaks ${name}`);
  return found;
}

/** The readings of each of its vectors, in short. */
export function readingsOf(name: string): string[][] {
  const { dialect, device, vectors } = spokenOf(name);
  return vectors.map(({ topic, payload }) => short(translate(dialect, device, topic, payload)));
}
