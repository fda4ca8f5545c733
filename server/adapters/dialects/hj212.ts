// HJ 212-2017: the frames of environmental monitors, in MQTT payloads that are pieces of one stream of bytes.
import { Buffer } from "node:buffer";
import type { Refusal } from "../../../contract/faults.ts";
import { zoneMs } from "../../../contract/zone.ts";
import { codeOf, plainValue } from "./dialect.ts";
import type { Dialect, DialectDevice, NativeObject, Outgoing, Translation } from "./dialect.ts";
import { checksums, findFrames, frameOf, type Checksum } from "./hj212-frame.ts";

/** Many frames at once; what is larger is no piece of such a stream. */
const maxChunkBytes = 64 * 1024;
const maxRestBytes = 10 * 1024;
const maxExampleChars = 120;
/** Of what is said back; the standard has no field as long. */
const maxEchoChars = 64;

/** Real-time data, 10-minute, hourly and daily data (HJ 212-2017 table 9); no other command carries measured values. */
const dataCommands: ReadonlySet<string> = new Set(["2011", "2051", "2061", "2031"]);
const realTime = "2011";
/** What a field of a factor may be that is a measured value: real-time, mean, least, greatest and sum; with Zs, converted. */
const valueFields: ReadonlySet<string> = new Set(
  ["Rtd", "Avg", "Min", "Max", "Cou"].flatMap((field) => [field, `Zs${field}`]),
);
/** An answer (9011 to 9014) is answered by nobody. */
const answer = /^901[1-4]$/;

const options: ReadonlySet<string> = new Set(["mn", "crc", "topic"]);
/** A topic of its own: nothing of the server's own tree, where a device may speak only for itself. */
const topicPattern = /^(?!skyground)[^+#$\p{Cc}][^+#\p{Cc}]{0,199}$/u;
const mnPattern = /^[\dA-Za-z_-]{1,40}$/;

/** A data segment taken apart. */
interface Packet {
  /** QN, ST, CN, PW, MN, Flag, PNUM, PNO. */
  readonly head: ReadonlyMap<string, string>;
  /** The fields between `CP=&&` and `&&`, in their order. */
  readonly fields: readonly (readonly [string, string])[];
}

function topicOf({ site, device, options: { topic } }: DialectDevice): string {
  return typeof topic === "string" ? topic : `hj212/${site}/${device}`;
}

/** Reads HJ 212-2017. The password (PW) is not looked at: the broker knows who sends, and it travels in the clear for all to copy. */
export const hj212: Dialect = {
  check: ({ mn, crc = "hj212", topic, ...rest }) => [
    ...(typeof mn === "string" && mnPattern.test(mn) ? [] : ["mn: the device's unique number (MN) is wanted"]),
    ...(checksums.some((one) => one === crc) ? [] : [`crc: one of ${checksums.join(", ")} is wanted`]),
    ...(topic === undefined || (typeof topic === "string" && topicPattern.test(topic))
      ? []
      : ["topic: a topic without + and # outside of skyground/ is wanted"]),
    ...Object.keys(rest).map((name) => `${name}: not one of ${[...options].join(", ")}`),
  ],
  topics: (device) => ({ publish: [topicOf(device)], subscribe: [`${topicOf(device)}/down`] }),
  open: (device, memory) => {
    let rest = restOf(memory);
    let kept = { rest: "" };
    const keep = (next: Uint8Array): void => {
      rest = next;
      const text = Buffer.from(next).toString("base64");
      if (text !== kept.rest) kept = { rest: text };
    };
    keep(rest);
    return {
      translate: (message) => {
        if (message.topic !== topicOf(device)) return { ok: false, code: "TOPIC_UNKNOWN", example: message.topic };
        if (message.payload.byteLength > maxChunkBytes)
          return { ok: false, code: "MESSAGE_TOO_LARGE", example: `${message.payload.byteLength} bytes` };
        const crc = (device.options["crc"] ?? "hj212") as Checksum;
        const found = findFrames(Buffer.concat([rest, message.payload]), crc);
        keep(found.rest);
        return gather(device, crc, found);
      },
      memory: () => kept,
    };
  },
};

/** What an earlier reader left, where it may be that. */
function restOf(memory: unknown): Uint8Array {
  const text = typeof memory === "object" && memory !== null && "rest" in memory ? memory.rest : "";
  const bytes = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.alloc(0);
  return bytes.length > maxRestBytes ? Buffer.alloc(0) : bytes;
}

/** Each frame is read alone, also one of several packets (PNUM, PNO): every value of it names its own factor. */
function gather(device: DialectDevice, crc: Checksum, found: ReturnType<typeof findFrames>): Translation {
  const objects: NativeObject[] = [];
  const replies: Outgoing[] = [];
  let isAnyRead = false;
  const refused = found.broken.map((example): Refusal => ({ code: "FRAME_BROKEN", example }));
  for (const frame of found.frames) {
    const packet = packetOf(frame);
    if (packet === null) {
      refused.push({ code: "MESSAGE_BAD_SHAPE", example: frame.slice(0, maxExampleChars) });
    } else if (packet.head.get("MN") !== device.options["mn"]) {
      refused.push({ code: "DEVICE_UNKNOWN", example: `MN=${packet.head.get("MN") ?? ""}`.slice(0, maxExampleChars) });
    } else {
      isAnyRead = true;
      if (dataCommands.has(packet.head.get("CN") ?? "")) objects.push(...valuesOf(device, packet));
      replies.push(...acknowledge(device, crc, packet));
    }
  }
  const [first] = refused;
  if (first !== undefined && !isAnyRead) return { ok: false, ...first };
  const unread = refused.map(({ code, example }) => `${code}: ${example}`);
  return {
    ok: true,
    objects,
    ...(unread.length === 0 ? {} : { unread }),
    ...(replies.length === 0 ? {} : { replies }),
  };
}

const segment = /^(.*?;)?CP=&&(.*)&&$/s;
const pair = /^([\w-]{1,64})=(.*)$/s;

function pairsOf(text: string, separator: RegExp): readonly (readonly [string, string])[] {
  return text.split(separator).flatMap((part) => {
    const [, name, value] = pair.exec(part.trim()) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.trim()] as const];
  });
}

function packetOf(data: string): Packet | null {
  const [, head = "", content] = segment.exec(data) ?? [];
  if (content === undefined) return null;
  return { head: new Map(pairsOf(head, /;/)), fields: pairsOf(content, /[;,]/) };
}

/** What is said of a factor beside its values. */
interface Factor {
  readonly values: (readonly [string, string | null])[];
  flag: string | null;
  sampleTime: string | null;
}

function factorsOf(fields: Packet["fields"]): ReadonlyMap<string, Factor> {
  const factors = new Map<string, Factor>();
  for (const [name, value] of fields) {
    const dash = name.lastIndexOf("-");
    if (dash < 1) continue;
    const factor = factors.get(name.slice(0, dash)) ?? { values: [], flag: null, sampleTime: null };
    factors.set(name.slice(0, dash), factor);
    const field = name.slice(dash + 1);
    if (field === "Flag") factor.flag = value;
    else if (field === "SampleTime") factor.sampleTime = value;
    else if (valueFields.has(field)) factor.values.push([field, value]);
  }
  return factors;
}

/**
 * The values of a packet. Only the real-time value is the factor itself; a mean or a sum is another quantity, and keeps its
 * field in its name (`a21001-Avg`).
 */
function valuesOf({ names }: DialectDevice, { head, fields }: Packet): readonly NativeObject[] {
  const dataTime = fields.find(([name]) => name === "DataTime")?.[1] ?? null;
  const at = instantOf(dataTime);
  const values: [string, unknown][] = [];
  const isRealTime = head.get("CN") === realTime;
  for (const [factor, { values: sent, flag, sampleTime }] of factorsOf(fields)) {
    const q = qualityOf(flag);
    // An instrument that is faulty may have nothing to say but that.
    if (isRealTime && q === "bad" && sent.length === 0) sent.push(["Rtd", null]);
    const own = instantOf(sampleTime) ?? (typeof at === "number" ? undefined : at);
    for (const [field, text] of sent) {
      const code = codeOf(names, isRealTime && field === "Rtd" ? factor : `${factor}-${field}`);
      const v = plainValue(text);
      const isPlain = q === "good" && (own === undefined || own === null);
      values.push([code, isPlain ? v : { v, ...(q === "good" ? {} : { q }), ...(own == null ? {} : { ts: own }) }]);
    }
  }
  if (values.length === 0) return [];
  return [{ ...(typeof at === "number" ? { ts: at } : {}), values: Object.fromEntries(values) }];
}

/**
 * A factor's mark (HJ 212-2017 table 8): N normal; T beyond what can be measured; F stopped, M in maintenance, S set by hand,
 * D faulty, C being calibrated, B without its instrument. A mark that the table does not know may raise and returns nothing.
 */
function qualityOf(flag: string | null): "good" | "saturated" | "bad" | "suspect" {
  if (flag === null || flag === "N") return "good";
  if (flag === "T") return "saturated";
  return /^[FMSDCB]$/.test(flag) ? "bad" : "suspect";
}

/** Beijing time, as HJ 212 writes every time: `yyyyMMddHHmmss`. What is no such time stays as it came, to be refused. */
function instantOf(text: string | null): number | string | null {
  if (text === null || text === "") return null;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return text;
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number];
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal =
    local.getUTCMonth() === month - 1 && local.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? local.getTime() - zoneMs : text;
}

/** Bit 0 of the flag wants an answer: 9014, data acknowledged, under the number of the request (HJ 212-2017 table 9). */
function acknowledge(device: DialectDevice, crc: Checksum, { head }: Packet): readonly Outgoing[] {
  const flag = Number(head.get("Flag") ?? "0");
  const command = head.get("CN") ?? "";
  if ((flag & 1) === 0 || answer.test(command)) return [];
  const asked = (name: string): string => `${name}=${(head.get(name) ?? "").slice(0, maxEchoChars)}`;
  const data = `${asked("QN")};ST=91;CN=9014;${asked("PW")};${asked("MN")};Flag=4;CP=&&&&`;
  return [{ topic: `${topicOf(device)}/down`, payload: frameOf(data, crc) }];
}
