// The generic mapper: a gateway's own JSON, read as its mapping says.
import { Buffer } from "node:buffer";
import type { MappedMessage, Mapping } from "../../../contract/mapping.ts";
import type { Dialect, DialectDevice, Outgoing, Translation, Translator } from "./dialect.ts";
import { createGathering, refuse } from "./gather.ts";
import { conditionOf, entryOf, firstOf, type Holds, isAmong, type Read, readOf } from "./mapped.ts";
import { filterFault, unknownOptions } from "./options.ts";
import { sourceFault } from "./path.ts";
import { parseJson, textOf } from "./payload.ts";
import { fillTemplate, filterOf, matchTemplate, type Parts, partsOf } from "./template.ts";

/** What the mapper is given. */
export interface JsonOptions {
  /** The mappings of the configuration, by name. */
  readonly mappings: ReadonlyMap<string, Mapping>;
  /** What is wrong with the shape of a mapping that a device brings along, a sentence each. */
  readonly shapeFaults: (mapping: unknown) => readonly string[];
}

const maxReplyDepth = 4;
const maxReplyChars = 128;
const mostTags = 1000;

/** What keeps a mapping of the right shape from being one, a sentence each. */
export function mappingFaults({ messages }: Mapping): readonly string[] {
  return messages.flatMap((message, place) => {
    const at = `messages[${place}]`;
    const parts = message.topics.flatMap(partsOf);
    const topics = message.topics.flatMap((topic) => faultOf(`${at}.topics`, topic, filterFault(filterOf(topic, {}))));
    const sources = sourcesOf(message).flatMap(({ where, source, entries }) =>
      faultOf(`${at}.${where}`, source, sourceFault(source, entries, parts)),
    );
    return [...topics, ...sources, ...replyFaults(message, at, parts)];
  });
}

function faultOf(where: string, what: string, fault: string | null): string[] {
  return fault === null ? [] : [`${where}: ${what}: ${fault}`];
}

interface Written {
  readonly where: string;
  readonly source: string;
  readonly entries: string | null;
}

function sourcesOf({ ignore = [], readings = [], online, reply }: MappedMessage): readonly Written[] {
  const written = (where: string, sources: readonly string[] = [], entries: string | null = null): Written[] =>
    sources.map((source) => ({ where, source, entries }));
  return [
    ...ignore.flatMap(({ at }) => written("ignore", at)),
    ...written("online.at", online?.at),
    ...written("reply.payload", reply === undefined ? [] : repliedSources(reply.payload)),
    ...readings.flatMap(({ entries, name, value, time, quality, unit }, place) => [
      ...written(`readings[${place}].name`, name, entries),
      ...written(`readings[${place}].value`, value, entries),
      ...written(`readings[${place}].time.at`, time?.at, entries),
      ...written(`readings[${place}].quality.at`, quality?.at, entries),
      ...written(`readings[${place}].unit`, unit, entries),
    ]),
  ];
}

function replyFaults({ reply, online }: MappedMessage, at: string, parts: readonly string[]): string[] {
  const faults: string[] = [];
  if (online !== undefined && (online.at === undefined) !== (online.is === undefined)) {
    faults.push(`${at}.online: at and is belong together`);
  }
  if (reply === undefined) return faults;
  const lacking = partsOf(reply.topic).filter((name) => !parts.includes(name));
  if (lacking.length > 0) faults.push(`${at}.reply.topic: no topic has a part called ${lacking.join(", ")}`);
  if (depthOf(reply.payload) > maxReplyDepth) faults.push(`${at}.reply.payload: is deeper than ${maxReplyDepth}`);
  return faults;
}

function depthOf(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null || depth > maxReplyDepth) return depth;
  return Math.max(depth + 1, ...Object.values(value).map((one) => depthOf(one, depth + 1)));
}

function repliedSources(value: unknown, depth = 0): string[] {
  if (typeof value === "string") return value.startsWith("=") ? [value.slice(1)] : [];
  if (typeof value !== "object" || value === null || depth > maxReplyDepth) return [];
  return Object.values(value).flatMap((one) => repliedSources(one, depth + 1));
}

/** The dialect of everything that a mapping can be written for. */
export function createJson({ mappings, shapeFaults }: JsonOptions): Dialect {
  const mappingOf = ({ mapping }: DialectDevice["options"]): Mapping | undefined =>
    typeof mapping === "string" ? mappings.get(mapping) : (mapping as Mapping | undefined);

  const inlineFaults = (mapping: unknown): readonly string[] => {
    const shape = shapeFaults(mapping);
    return shape.length > 0 ? shape : mappingFaults(mapping as Mapping);
  };

  return {
    check: (options) => {
      const faults = [...unknownOptions(options, ["mapping", "topics", "parts", "tags"]), ...deviceFaults(options)];
      const { mapping } = options;
      if (mapping === undefined) faults.push("mapping: is missing: the name of one, or one written out");
      else if (typeof mapping !== "string") faults.push(...inlineFaults(mapping).map((fault) => `mapping: ${fault}`));
      else if (!mappings.has(mapping)) faults.push(`mapping: ${mapping}: known are ${[...mappings.keys()].join(", ")}`);
      if (faults.length > 0) return faults;
      const hasTopics = messagesOf(mappingOf(options), options).some(({ topics }) => topics.length > 0);
      return hasTopics ? [] : ["topics: is missing: this gateway's topics are chosen by whoever sets it up"];
    },
    topics: ({ options }) => {
      const fixed = partsFixed(options);
      const messages = messagesOf(mappingOf(options), options);
      const publish = messages.flatMap(({ topics }) => topics.map((topic) => filterOf(topic, fixed)));
      const subscribe = messages.flatMap(({ reply }) => (reply === undefined ? [] : [filterOf(reply.topic, fixed)]));
      return { publish: [...new Set(publish)], subscribe: [...new Set(subscribe)] };
    },
    open: (device) => {
      const mapping = mappingOf(device.options);
      return mapping === undefined ? lost : createTranslator(messagesOf(mapping, device.options), device);
    },
  };
}

/** For a device whose mapping has gone from the configuration: refused aloud, not silently dropped. */
const lost: Translator = { translate: () => refuse("MESSAGE_BAD_SHAPE", "no mapping of that name") };

/** A device's own topics stand in the place of those of the mapping's first kind of message. */
function messagesOf(mapping: Mapping | undefined, options: DialectDevice["options"]): readonly MappedMessage[] {
  const own = options["topics"] as string[] | undefined;
  const messages = mapping?.messages ?? [];
  return own === undefined
    ? messages
    : messages.map((message, place) => (place === 0 ? { ...message, topics: own } : message));
}

function partsFixed(options: DialectDevice["options"]): Parts {
  return Object.assign(Object.create(null), options["parts"]) as Parts;
}

function deviceFaults({ topics, parts, tags }: DialectDevice["options"]): string[] {
  const faults: string[] = [];
  if (topics !== undefined) {
    const list: readonly unknown[] = Array.isArray(topics) ? topics : [topics];
    if (list.length === 0 || list.length > 16) faults.push("topics: must be a list of 1 to 16 topics");
    for (const topic of list) {
      const fault = typeof topic === "string" ? filterFault(filterOf(topic, {})) : "is no MQTT topic";
      const isPlain = typeof topic === "string" && !/[#+]/u.test(topic);
      if (fault !== null || !isPlain) faults.push(`topics: ${fault ?? "has a wildcard: name the part, as in {node}"}`);
    }
  }
  const isLevel = (level: unknown): boolean => typeof level === "string" && /^[^/#+\p{Cc}]{1,100}$/u.test(level);
  if (parts !== undefined && !(isObject(parts) && Object.values(parts).every(isLevel))) {
    faults.push("parts: must be levels of the topic by the names of its parts");
  }
  if (
    tags !== undefined &&
    !(isObject(tags) && Object.keys(tags).length <= mostTags && Object.values(tags).every(isTag))
  ) {
    faults.push(`tags: must be at most ${mostTags} of {unit, factor, offset} by the gateway's names`);
  }
  return faults;
}

function isTag(tag: unknown): boolean {
  return (
    isObject(tag) &&
    Object.entries(tag).every(([key, value]) =>
      key === "unit" ? typeof value === "string" : ["factor", "offset"].includes(key) && Number.isFinite(value),
    )
  );
}

/** One kind of message, made ready. */
interface Ready {
  readonly topics: readonly string[];
  readonly isIgnored: Holds;
  readonly reads: readonly Read[];
  readonly online: (body: unknown, topic: Parts) => boolean | undefined;
  readonly reply: (body: unknown, topic: Parts) => readonly Outgoing[];
}

function createTranslator(messages: readonly MappedMessage[], device: DialectDevice): Translator {
  const fixed = partsFixed(device.options);
  const ready = messages.map((message) => readyOf(message, device));
  /** Told once: a heartbeat every three seconds is no news. */
  let toldOnline: boolean | undefined;

  const read = (one: Ready, parts: Parts, payload: Uint8Array): Translation => {
    const text = textOf(payload);
    if (text === null) return refuse("MESSAGE_NOT_UTF8", "");
    const body = parseJson(text);
    if (body === undefined) return refuse("MESSAGE_BAD_JSON", text);
    const gathering = createGathering();
    const isRead =
      one.isIgnored(body, parts) ||
      one.reads.length === 0 ||
      one.reads.map((each) => each(body, parts, gathering)).includes(true);
    if (!isRead) return refuse("MESSAGE_BAD_SHAPE", text);
    const online = one.online(body, parts);
    const isNews = online !== undefined && online !== toldOnline;
    if (isNews) toldOnline = online;
    const replies = one.reply(body, parts);
    return gathering.end({ ...(isNews ? { online } : {}), ...(replies.length === 0 ? {} : { replies }) });
  };

  return {
    translate: ({ topic, payload }) => {
      for (const one of ready) {
        for (const template of one.topics) {
          const parts = matchTemplate(template, topic, fixed);
          if (parts !== null) return read(one, parts, payload);
        }
      }
      return refuse("TOPIC_UNKNOWN", topic);
    },
  };
}

function readyOf(message: MappedMessage, device: DialectDevice): Ready {
  const ignored = (message.ignore ?? []).map(conditionOf);
  return {
    topics: message.topics,
    isIgnored: (body, topic) => ignored.some((holds) => holds(body, topic)),
    reads: (message.readings ?? []).map((reading) => readOf(reading, device)),
    online: onlineOf(message.online),
    reply: replyOf(message.reply),
  };
}

function onlineOf(online: MappedMessage["online"]): Ready["online"] {
  if (online === undefined) return () => undefined;
  const { at, is } = online;
  // To be heard at all is to be there.
  if (at === undefined || is === undefined) return () => true;
  const source = firstOf(at, null);
  return (body, topic) => {
    const found = source(entryOf(body), topic);
    return found === undefined ? undefined : isAmong(found, is);
  };
}

function replyOf(reply: MappedMessage["reply"]): Ready["reply"] {
  if (reply === undefined) return () => [];
  return (body, parts) => {
    const topic = fillTemplate(reply.topic, parts);
    const payload = Buffer.from(JSON.stringify(filled(reply.payload, body, parts)));
    return topic === null ? [] : [{ topic, payload }];
  };
}

/** The reply's own values, and in the place of `=source` what the message says there, if that is plain and short. */
function filled(value: unknown, body: unknown, parts: Parts): unknown {
  if (typeof value === "string" && value.startsWith("=")) {
    const found = firstOf([value.slice(1)], null)(entryOf(body), parts);
    if (typeof found === "string") return found.slice(0, maxReplyChars);
    return typeof found === "number" || typeof found === "boolean" ? found : null;
  }
  if (Array.isArray(value)) return value.map((one) => filled(one, body, parts));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, body, parts)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
