// The door: a native message goes straight to the loop, any other is read by its device's dialect first.
import { Buffer } from "node:buffer";
import type { DeviceEntry, RegisteredDevice } from "../../contract/register.ts";
import type { Refusal } from "../../contract/faults.ts";
import type { Origin } from "../../contract/input.ts";
import { covers, topicOf, topicRoot } from "../../contract/topics.ts";
import type { Outgoing, Translation, Translator } from "../adapters/dialects/dialect.ts";
import { encodeNative } from "../adapters/dialects/encode.ts";
import type { Loop } from "../loop.ts";
import { type Dialects, topicsOf, type Topics } from "./dialects.ts";
import type { DialectMemory } from "./dialect-memory.ts";

/** What the door needs. */
export interface DoorOptions {
  readonly dialects: Dialects;
  /** The devices of the register, and what changes whenever they may have. */
  readonly list: () => readonly RegisteredDevice[];
  readonly version: () => string;
  readonly memory: DialectMemory;
  readonly loop: Pick<Loop, "offer" | "offerRefused">;
  readonly send: (to: Sender, outgoing: Outgoing) => void;
  readonly now: () => number;
}

/** Whose message it is, where the broker knows it. */
export interface Sender {
  readonly site: string;
  readonly device: string;
}

/** The door. */
export interface Door {
  /** Resolves true once a message, or its refusal, is written down. Without a sender it is found by its topic. */
  readonly take: (topic: string, payload: Uint8Array, sender?: Sender) => Promise<boolean>;
  /** Looks at the register, if it has changed; true where another list of filters came of it. */
  readonly look: () => boolean;
  /** The topics of a device that does not speak native; undefined for one that does. */
  readonly topicsOf: (sender: Sender) => Topics | undefined;
  /** What to subscribe to at an external broker besides the native topics. */
  readonly filters: () => readonly string[];
  /** Sends what has become due, and writes down what dialects remember. */
  readonly due: () => void;
  /** Writes down what dialects remember, at the end. */
  readonly close: () => Promise<void>;
}

/** The first level of every native topic: what begins so needs no look at the register. */
const nativePrefix = `${topicRoot}/`;
/** A payload of any dialect; a native one has the same bound in its own decoder. */
const maxPayloadBytes = 256 * 1024;

/** A device that speaks a dialect of its own; its reader is opened with its first message. */
interface Foreign {
  readonly key: string;
  readonly entry: DeviceEntry;
  /** The entry as text: another text is another device. */
  readonly text: string;
  readonly topics: Topics & { readonly isShared: boolean };
  reader: Translator | null;
}

/** Makes the door. */
export function createDoor(options: DoorOptions): Door {
  const { dialects, list, version, memory, loop, send, now } = options;
  const foreign = new Map<string, Foreign>();
  let byTopic = indexOf([]);
  const changed = new Set<Foreign>();
  let seen: string | null = null;
  let filters: readonly string[] = [];
  /** Registered, and not to be heard: retired, or on trial. */
  let shut: ReadonlySet<string> = new Set();

  const readerOf = (one: Foreign): Translator | undefined => {
    if (one.entry.dialect === "native") return undefined;
    one.reader ??= dialects[one.entry.dialect]?.open(one.entry, memory.of(one.key, one.entry.dialect)) ?? null;
    return one.reader ?? undefined;
  };

  const keepMemory = (one: Foreign): void => {
    if (one.reader?.memory !== undefined) memory.keep(one.key, one.entry.dialect, one.reader.memory());
  };

  const look = (): boolean => {
    const current = version();
    if (current === seen) return false;
    seen = current;
    const all = list();
    shut = new Set(all.flatMap(({ site, device, stage }) => (stage === "open" ? [] : [`${site}/${device}`])));
    const devices = all.filter(({ dialect, stage }) => dialect !== "native" && stage === "open");
    const entries = new Map(devices.map((device) => [`${device.site}/${device.device}`, entryOf(device)]));
    for (const [key, one] of foreign) {
      const text = JSON.stringify(entries.get(key));
      if (text === one.text) continue;
      keepMemory(one);
      if (!entries.has(key)) memory.forget(key);
      foreign.delete(key);
      changed.delete(one);
    }
    for (const [key, entry] of entries) {
      if (foreign.has(key)) continue;
      foreign.set(key, { key, entry, text: JSON.stringify(entry), topics: topicsOf(dialects, entry), reader: null });
    }
    byTopic = indexOf(foreign.values());
    const before = filters;
    filters = uniqueFilters(foreign.values());
    return before.length !== filters.length || before.some((filter, place) => filter !== filters[place]);
  };

  const refuse = (topic: string, payload: Uint8Array, refusal: Refusal): Promise<boolean> =>
    loop.offerRefused(topic, payload, refusal);

  /** The one device that may publish there; null where it cannot be told which. */
  const ownerOf = (topic: string): Foreign | null | undefined => {
    const owners = byTopic(topic);
    const [owner] = owners;
    if (owner === undefined) return undefined;
    return owners.size > 1 || owner.topics.isShared ? null : owner;
  };

  const translate = (one: Foreign, topic: string, payload: Uint8Array): Translation => {
    if (payload.byteLength > maxPayloadBytes) {
      return { ok: false, code: "MESSAGE_TOO_LARGE", example: `${payload.byteLength} bytes` };
    }
    const reader = readerOf(one);
    if (reader === undefined) return { ok: false, code: "TOPIC_UNKNOWN", example: one.entry.dialect };
    const translation = reader.translate({ topic, payload, at: now() });
    if (reader.memory !== undefined) changed.add(one);
    return translation;
  };

  const read = async (one: Foreign, topic: string, payload: Uint8Array): Promise<boolean> => {
    const translation = translate(one, topic, payload);
    if (!translation.ok) return refuse(topic, payload, translation);
    const { dialect } = one.entry;
    const offered = nativeOf(one.entry, translation).map(([to, native]) =>
      dialect === "native" ? loop.offer(to, native) : loop.offer(to, native, originOf(dialect, topic, payload)),
    );
    const isWritten = (await Promise.all(offered)).every(Boolean);
    if (isWritten) for (const reply of translation.replies ?? []) send(one.entry, reply);
    return isWritten;
  };

  const takeForeign = (topic: string, payload: Uint8Array, sender: Sender | undefined): Promise<boolean> => {
    const owner = sender === undefined ? ownerOf(topic) : foreign.get(`${sender.site}/${sender.device}`);
    // The native decoder says what it thinks of a topic that is nobody's.
    if (owner === undefined) return loop.offer(topic, payload);
    return owner === null
      ? refuse(topic, payload, { code: "TOPIC_SHARED", example: topic })
      : read(owner, topic, payload);
  };

  /** The embedded broker has shut such a device out; another one knows only what it was told last. */
  const takeNative = (topic: string, payload: Uint8Array, sender: Sender | undefined): Promise<boolean> => {
    if (sender === undefined && shut.size > 0) {
      const [site, device] = topic.slice(nativePrefix.length).split("/", 2);
      if (shut.has(`${site}/${device}`)) return refuse(topic, payload, { code: "TOPIC_NOT_ALLOWED", example: topic });
    }
    return loop.offer(topic, payload);
  };

  const gatherMemory = (): void => {
    for (const one of changed) keepMemory(one);
    changed.clear();
  };

  look();
  return {
    take: (topic, payload, sender) =>
      topic.startsWith(nativePrefix) ? takeNative(topic, payload, sender) : takeForeign(topic, payload, sender),
    look,
    topicsOf: ({ site, device }) => foreign.get(`${site}/${device}`)?.topics,
    filters: () => filters,
    due: () => {
      for (const one of foreign.values())
        for (const outgoing of one.reader?.due?.(now()) ?? []) send(one.entry, outgoing);
      gatherMemory();
      void memory.write();
    },
    close: () => {
      gatherMemory();
      return memory.close();
    },
  };
}

/** What a device's entry is, without what the register knows beside it. */
function entryOf({ site, device, dialect, options, names, maxPerSecond }: RegisteredDevice): DeviceEntry {
  return { site, device, dialect, options, names, maxPerSecond };
}

function originOf(dialect: Origin["dialect"], topic: string, payload: Uint8Array): Origin {
  return { dialect, topic, payload };
}

/** The native messages for what a gateway's message was read as, in the order in which they hold. */
function nativeOf(
  { site, device }: Sender,
  { objects, unread = [], online }: Translation & { readonly ok: true },
): readonly (readonly [topic: string, payload: Uint8Array])[] {
  const isEmpty = objects.length === 0 && unread.length === 0;
  // A message that says nothing but that its gateway is there, or nothing at all, is written down by one native message.
  const payloads = isEmpty && online !== undefined ? [] : encodeNative(objects, unread);
  const telemetry = payloads.map((payload) => [topicOf(site, device, "telemetry"), payload] as const);
  if (online === undefined) return telemetry;
  const state = [topicOf(site, device, "state"), Buffer.from(JSON.stringify({ online }))] as const;
  // Who comes is there before their values, and who goes is there until after them.
  return online ? [state, ...telemetry] : [...telemetry, state];
}

/**
 * Who may publish under a topic, looked up by the words before a filter's first wildcard: a gateway that makes topics up must
 * neither cost a look at every device nor be remembered for each.
 */
function indexOf(devices: Iterable<Foreign>): (topic: string) => ReadonlySet<Foreign> {
  const byWords = new Map<string, { readonly filter: string; readonly one: Foreign }[]>();
  let longest = 0;
  for (const one of devices) {
    for (const filter of one.topics.publish) {
      const words = filter.replace(/(?:^|\/)[+#].*$/u, "");
      const alike = byWords.get(words) ?? [];
      alike.push({ filter, one });
      byWords.set(words, alike);
      longest = Math.max(longest, words.length);
    }
  }
  return (topic) => {
    const owners = new Set<Foreign>();
    for (let end = topic.indexOf("/"); ; end = topic.indexOf("/", end + 1)) {
      const words = end === -1 ? topic : topic.slice(0, end);
      // Nor cost a look for each of its 30,000 levels.
      if (words.length > longest) return owners;
      for (const { filter, one } of byWords.get(words) ?? []) if (covers(filter, topic)) owners.add(one);
      if (end === -1) return owners;
    }
  };
}

/** Filters that are one device's alone, in an order that does not depend on the register's. */
function uniqueFilters(devices: Iterable<Foreign>): readonly string[] {
  const users = new Map<string, number>();
  for (const { topics } of devices) {
    if (topics.isShared) continue;
    for (const filter of new Set(topics.publish)) users.set(filter, (users.get(filter) ?? 0) + 1);
  }
  return [...users].flatMap(([filter, count]) => (count === 1 ? [filter] : [])).toSorted();
}
