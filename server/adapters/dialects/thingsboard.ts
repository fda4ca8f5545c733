// ThingsBoard: the MQTT API of its devices and gateways (docs reference mqtt-api and gateway-mqtt-api).
import { codeOf, type Dialect, type DialectDevice, plainValue, type Translation } from "./dialect.ts";
import { createGathering, type Gathering, refuse } from "./gather.ts";
import { unknownOptions } from "./options.ts";
import { parseJson, textOf } from "./payload.ts";

/** What is read, and what a device or gateway also says: that is heard, written down, and holds no values. */
const read = ["v1/devices/me/telemetry", "v1/devices/me/attributes", "v1/gateway/telemetry", "v1/gateway/attributes"];
const links = ["v1/gateway/connect", "v1/gateway/disconnect"];
const heard = [
  "v1/devices/me/attributes/request/+",
  "v1/devices/me/rpc/request/+",
  "v1/devices/me/rpc/response/+",
  "v1/gateway/attributes/request",
  "v1/gateway/rpc",
];
/** A client that is not let in there takes its connection for broken. Nothing is ever sent on them. */
const subscribed = [
  "v1/devices/me/attributes",
  "v1/devices/me/attributes/response/+",
  "v1/devices/me/rpc/request/+",
  "v1/devices/me/rpc/response/+",
  "v1/gateway/attributes",
  "v1/gateway/attributes/response",
  "v1/gateway/rpc",
];

/** The dialect of ThingsBoard's devices and gateways. */
export const thingsboard: Dialect = {
  check: (options) => [
    ...unknownOptions(options, ["attributes"]),
    ...(["values", "ignored", undefined].includes(options["attributes"] as string | undefined)
      ? []
      : ["attributes: must be values or ignored"]),
  ],
  topics: () => ({ publish: [...read, ...links, ...heard], subscribe: subscribed, isShared: true }),
  open: (device) => ({
    translate: ({ topic, payload }) => {
      if (links.includes(topic) || read.includes(topic)) {
        const text = textOf(payload);
        if (text === null) return refuse("MESSAGE_NOT_UTF8", "");
        const body = parseJson(text);
        if (body === undefined) return refuse("MESSAGE_BAD_JSON", text);
        return translateBody(device, topic, body) ?? refuse("MESSAGE_BAD_SHAPE", text);
      }
      return topic.startsWith("v1/devices/me/") || topic.startsWith("v1/gateway/")
        ? { ok: true, objects: [] }
        : refuse("TOPIC_UNKNOWN", topic);
    },
  }),
};

/** Null where the body has not the form of its topic. */
function translateBody(device: DialectDevice, topic: string, body: unknown): Translation | null {
  if (links.includes(topic)) return linkOf(device, topic, body);
  const gathering = createGathering();
  if (topic.startsWith("v1/devices/me/")) {
    const of: Source = { device, name: "", isAttribute: topic.endsWith("/attributes") };
    return gatherList(body, of, gathering) ? gathering.end() : null;
  }
  if (!isObject(body)) return null;
  for (const [name, its] of Object.entries(body)) {
    const of: Source = { device, name, isAttribute: topic.endsWith("/attributes") };
    if (!gatherList(its, of, gathering)) gathering.addUnread(`${name.slice(0, 60)}: ${show(its)}`);
  }
  return gathering.end();
}

/** Whose values these are: `name` is the gateway's word for a device behind it, empty for the device itself. */
interface Source {
  readonly device: DialectDevice;
  readonly name: string;
  readonly isAttribute: boolean;
}

/** One object of values or a list of them; false where it is neither. */
function gatherList(body: unknown, of: Source, into: Gathering): boolean {
  if (Array.isArray(body)) {
    for (const [place, entry] of body.entries()) {
      if (!gatherObject(entry, of, into)) into.addUnread(`[${place}]: ${show(entry)}`);
    }
    return true;
  }
  return gatherObject(body, of, into);
}

/** `{"ts", "values": {…}}`, or the values themselves; attributes are always the latter. */
function gatherObject(body: unknown, { device, name, isAttribute }: Source, into: Gathering): boolean {
  if (!isObject(body)) return false;
  const isLong = !isAttribute && isObject(body["values"]);
  const values = isLong ? (body["values"] as Record<string, unknown>) : body;
  const at = isLong ? timeOf(body["ts"]) : undefined;
  for (const [key, sent] of Object.entries(values)) {
    const value = plainValue(sent);
    // An attribute may be a serial number or a version; a measurement that is a text is refused as one.
    const isMeasured = typeof value === "number" || typeof value === "boolean";
    if (isAttribute && (!isMeasured || device.options["attributes"] === "ignored")) continue;
    into.add(at, codeOf(device.names, name, key), value);
  }
  return true;
}

/** A device behind the gateway came or went: a value where the register names a point for it, else only written down. */
function linkOf({ names }: DialectDevice, topic: string, body: unknown): Translation | null {
  const name = isObject(body) ? body["device"] : undefined;
  if (typeof name !== "string") return null;
  const gathering = createGathering();
  if (Object.hasOwn(names, `${name}/connected`)) {
    gathering.add(undefined, codeOf(names, name, "connected"), topic === links[0]);
  }
  return gathering.end();
}

function timeOf(sent: unknown): number | undefined {
  if (sent === undefined || sent === null) return undefined;
  const at = plainValue(sent);
  return typeof at === "number" ? at : Number.NaN;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[…]" : "{…}";
  return String(value).slice(0, 60);
}
