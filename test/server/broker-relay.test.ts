// What goes on behind the journal at the embedded broker: nothing, but of accounts that relay, and of those within bounds.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Admission } from "../../server/adapters/broker/rules.ts";
import { openStand, type BrokerStand } from "../support/broker-stand.ts";
import { connectPacket, packet, publishPacket, pubrelPacket, type RawClient } from "../support/raw-mqtt.ts";
import { relaying } from "../support/relaying.ts";

let stand: BrokerStand;
let fences = 0;
const relayBounds = { retainedTopics: 2, retainedBytes: 20, waiting: 3 };

beforeEach(async () => {
  stand = await openStand();
  await begin();
});

afterEach(() => stand.close());

async function begin(changes: Partial<Admission> = {}): Promise<void> {
  await stand.restart({
    relayBounds,
    authenticate(proof) {
      const admission = relaying(proof);
      return admission === null ? null : { ...admission, ...changes };
    },
  });
}

async function connected(name: string, clean = true): Promise<RawClient> {
  const client = await stand.raw();
  client.send(connectPacket({ clientId: name, userName: name, password: name, clean }));
  await client.atLeast(4);
  return client;
}

async function listening(name: string, clean = true): Promise<RawClient> {
  const client = await connected(name, clean);
  client.send(packet(0x82, [0, 1], Buffer.from([0, 3]), Buffer.from("+/+"), [1]));
  await client.atLeast(9);
  return client;
}

/** Resolves when a client has received a text. */
async function until(client: RawClient, text: string): Promise<void> {
  const wanted = Buffer.from(text).toString("hex");
  for (let bytes = 5; !client.received().includes(wanted); bytes += 1) await client.atLeast(bytes);
}

/** Which of these texts a client has received that hears `+/+`, once a message behind all of them came. */
async function heard(client: RawClient, ...texts: readonly string[]): Promise<string[]> {
  const fence = `fence-${(fences += 1)}`;
  // The broker's own messages are handed on always.
  stand.broker.order("z/z", fence, false);
  await until(client, fence);
  return texts.filter((text) => client.received().includes(Buffer.from(text).toString("hex")));
}

/** The answer to a PINGREQ: what was sent before it has been looked at. */
async function ping(client: RawClient): Promise<void> {
  client.send(packet(0xc0));
  for (let bytes = 5; !client.received().endsWith("d000"); bytes += 1) await client.atLeast(bytes);
}

/** Publishes one after the other, each acknowledged before the next. */
async function publish(sender: RawClient, messages: Readonly<Record<string, string>>, retain = false): Promise<void> {
  for (const [index, [topic, text]] of Object.entries(messages).entries()) {
    const before = sender.received().length / 2;
    sender.send(publishPacket(topic, text, { qos: 1, id: index + 1, retain }));
    await sender.atLeast(before + 4);
  }
}

describe("a device's message", () => {
  it("is handed on where its account relays, and nowhere and to nobody later where it does not", async () => {
    const listener = await listening("listener");
    const sender = await connected("sender");
    await publish(sender, { "a/b": "handed-on" }, true);
    expect(await heard(listener, "handed-on")).toEqual(["handed-on"]);
    await until(await listening("late"), "handed-on");

    await begin({ relays: false });
    const other = await listening("listener");
    await publish(await connected("sender"), { "a/b": "kept-back" }, true);
    expect(await heard(other, "kept-back")).toEqual([]);
    expect(await heard(await listening("late"), "kept-back")).toEqual([]);
  });

  it("is not handed on where it could not be written down", async () => {
    const listener = await listening("listener");
    const sender = await connected("sender");
    stand.answer = () => Promise.resolve(false);
    sender.send(publishPacket("a/b", "lost", { qos: 0 }));
    // Answered behind it: by then it was refused.
    await ping(sender);
    expect(stand.refusals).toEqual(["JOURNAL_UNAVAILABLE a/b"]);
    expect(await heard(listener, "lost")).toEqual([]);
  });

  it("is the bench's alone where the device is on trial", async () => {
    await begin({ stage: "trial" });
    const listener = await listening("listener");
    stand.refusals.splice(0);
    const sender = await connected("sender");
    sender.send(publishPacket("a/b", "on-trial", { qos: 0 }));
    await ping(sender);
    expect(stand.refusals).toEqual(["TRIAL_NOT_HEARD a/b"]);
    expect(await heard(listener, "on-trial")).toEqual([]);
  });

  it("of QoS 2 is handed on once, however often it comes before its PUBREL", async () => {
    const listener = await listening("listener");
    const sender = await connected("sender");
    const twice = publishPacket("a/b", "once", { qos: 2, id: 5 });
    sender.send(twice, twice);
    await sender.atLeast(12);
    sender.send(twice);
    await sender.atLeast(16);
    sender.send(pubrelPacket(5));
    await sender.atLeast(20);
    await heard(listener);
    expect(listener.received().split(Buffer.from("once").toString("hex"))).toHaveLength(2);
  });
});

describe("what is kept of it", () => {
  it("is so many topics: the one that was not told of for longest is forgotten", async () => {
    const sender = await connected("sender");
    await publish(sender, { "a/1": "one", "a/2": "two" }, true);
    await publish(sender, { "a/1": "again" }, true);
    await publish(sender, { "a/3": "three" }, true);
    const late = await listening("late");
    await until(late, "three");
    expect(await heard(late, "one", "again", "two", "three")).toEqual(["again", "three"]);
    // A topic that is emptied makes room.
    await publish(sender, { "a/1": "" }, true);
    await publish(sender, { "a/4": "four" }, true);
    const later = await listening("later");
    await until(later, "four");
    expect(await heard(later, "again", "three", "four")).toEqual(["three", "four"]);
  });

  it("is so many bytes, of whatever topics", async () => {
    const sender = await connected("sender");
    await publish(sender, { "a/1": "twelve bytes" }, true);
    await publish(sender, { "a/2": "nine more" }, true);
    const late = await listening("late");
    await until(late, "nine more");
    expect(await heard(late, "twelve bytes", "nine more")).toEqual(["nine more"]);
    await publish(sender, { "a/2": "twenty-one bytes here" }, true);
    expect(await heard(await listening("later"), "nine more", "twenty-one")).toEqual([]);
  });

  it("is so many messages for one session that is away; more are counted and not kept", async () => {
    const away = await listening("away", false);
    away.send(packet(0xe0));
    await away.closed();
    const sender = await connected("sender");
    await publish(sender, { "a/1": "first", "a/2": "second", "a/3": "third", "a/4": "fourth" });
    expect(stand.refusals).toEqual(["OVERLOADED more than 3 wait for a session: a/4"]);
    const back = await connected("away", false);
    await until(back, "third");
    await ping(back);
    expect(back.received()).not.toContain(Buffer.from("fourth").toString("hex"));
    // What is acknowledged makes room.
    for (const id of [...back.received().matchAll(/612f3[123](....)/gu)].map(([, hex = ""]) => hex))
      back.send(packet(0x40, Buffer.from(id, "hex")));
    back.send(packet(0xe0));
    await back.closed();
    await publish(sender, { "a/5": "fifth" });
    const again = await connected("away", false);
    await until(again, "fifth");
    expect(await heard(again, "first", "fifth")).toEqual(["fifth"]);
  });
});
