// Devices that send too fast, connect too often or guess: held back without loss, refused for a while, and shown.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAttempts } from "../../server/adapters/broker/attempts.ts";
import { openTenants, type Tenants } from "../support/tenants.ts";
import { connectPacket, openRaw, publishPacket } from "../support/raw-mqtt.ts";

const topic = "skyground/v1/plant-a/gw-1/telemetry";
const userName = "plant-a.gw-1";

let tenants: Tenants;
let password: string;

beforeEach(async () => {
  tenants = await openTenants();
  password = tenants.device("plant-a", "gw-1", "open", { maxPerSecond: 10 });
});

afterEach(async () => {
  await tenants.close();
});

const connect = (): ReturnType<Tenants["connect"]> => tenants.connect({ username: userName, password });
const traffic = () => tenants.broker.traffic().get(userName);

describe("a device that sends faster than it may", () => {
  it("is held back, counted and shown, and every message of it is acknowledged in the end", async () => {
    const client = await connect();
    const first = Array.from({ length: 100 }, (_, i) => client.publishAsync(topic, `${i}`, { qos: 1 }));
    // What has come in one chunk is taken; the debt is paid before the next one is read.
    await first[0];
    const rest = Array.from({ length: 100 }, (_, i) => client.publishAsync(topic, `${100 + i}`, { qos: 1 }));
    await vi.waitFor(() => expect(traffic()?.heldBackSince).toBe(tenants.at));
    const taken = tenants.messages.length;
    expect(taken).toBeLessThan(200);
    // Another device is not held back, and shows that the broker has had its turns.
    const other = await tenants.connect({
      username: "plant-b.gw-1",
      password: tenants.device("plant-b", "gw-1", "open"),
    });
    await other.publishAsync("skyground/v1/plant-b/gw-1/telemetry", "other", { qos: 1 });
    expect(tenants.messages).toHaveLength(taken + 1);
    expect(tenants.refusals).toEqual(["CLIENT_OVER_RATE plant-a.gw-1: over 10 a second"]);
    expect(traffic()).toMatchObject({ connections: 1, heldBack: 1, flappingUntil: null });
    // A minute and a half at 10 a second: however the messages came in chunks, they find room.
    await vi.waitFor(() => {
      tenants.at += 10_000;
      expect(tenants.messages).toHaveLength(201);
    });
    await Promise.all([...first, ...rest]);
    const own = tenants.messages.filter((message) => message.site === "plant-a");
    expect(own.map(({ payload }) => Number(Buffer.from(payload).toString()))).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  it("is taken at its word up to two seconds' worth at once", async () => {
    const client = await connect();
    await Promise.all(Array.from({ length: 20 }, () => client.publishAsync(topic, "x", { qos: 1 })));
    expect(tenants.messages).toHaveLength(20);
    expect(tenants.refusals).toEqual([]);
  });

  it("shares its rate among its connections", async () => {
    const [one, two] = await Promise.all([connect(), connect()]);
    await Promise.all(Array.from({ length: 20 }, () => one.publishAsync(topic, "x", { qos: 1 })));
    const late = two.publishAsync(topic, "late", { qos: 1 });
    await vi.waitFor(() => expect(traffic()?.heldBackSince).not.toBeNull());
    expect(tenants.messages).toHaveLength(20);
    tenants.at += 1000;
    await late;
    expect(traffic()).toMatchObject({ connections: 2, heldBackSince: null });
  });

  it("outlives its keep-alive while it is held back", async () => {
    const held = await openRaw(tenants.broker.port());
    held.send(connectPacket({ clientId: "held", userName, password, keepaliveS: 1 }));
    await held.atLeast(4);
    held.send(...Array.from({ length: 60 }, (_, i) => publishPacket(topic, "x", { qos: 1, id: i + 1 })));
    await vi.waitFor(() => expect(tenants.messages).not.toEqual([]));
    held.send(...Array.from({ length: 60 }, (_, i) => publishPacket(topic, "y", { qos: 1, id: i + 61 })));
    await vi.waitFor(() => expect(traffic()?.heldBackSince).not.toBeNull());
    // A connection that begins now and stays silent ends after a second and a half: so long the other has waited.
    const silent = await openRaw(tenants.broker.port());
    const other = tenants.device("plant-b", "gw-1", "open");
    silent.send(connectPacket({ clientId: "silent", userName: "plant-b.gw-1", password: other, keepaliveS: 1 }));
    await silent.atLeast(4);
    await silent.closed();
    const before = tenants.messages.length;
    tenants.at += 60_000;
    await vi.waitFor(() => expect(tenants.messages.length).toBeGreaterThan(before));
    held.close();
  });
});

describe("a device that connects again and again", () => {
  async function restless(): Promise<void> {
    for (let count = 0; count < 60; count += 1) (await connect()).end(true);
    await expect(connect()).rejects.toThrow(/unavailable/i);
  }

  it("is refused for 30 s, counted and shown", async () => {
    await restless();
    expect(tenants.refusals).toEqual(["CLIENT_FLAPPING plant-a.gw-1"]);
    expect(traffic()).toMatchObject({ flappingUntil: tenants.at + 30_000 });
    tenants.at += 29_000;
    await expect(connect()).rejects.toThrow(/unavailable/i);
    tenants.at += 1000;
    await connect();
    expect(traffic()).toMatchObject({ flappingUntil: null });
  });

  it("is refused twice as long each time, ten minutes at most, and half a minute again after a quiet hour", async () => {
    const bans: number[] = [];
    for (let time = 0; time < 7; time += 1) {
      await restless();
      const until = traffic()?.flappingUntil ?? 0;
      bans.push((until - tenants.at) / 1000);
      tenants.at = until;
    }
    expect(bans).toEqual([30, 60, 120, 240, 480, 600, 600]);
    tenants.at += 3_600_001;
    await restless();
    expect((traffic()?.flappingUntil ?? 0) - tenants.at).toBe(30_000);
  });

  it("that was banned by a clock which was then set back is not banned for days", async () => {
    await restless();
    tenants.at -= 86_400_000;
    await connect();
  });

  it("within more than a minute is no nuisance", async () => {
    for (let count = 0; count < 40; count += 1) {
      tenants.at += 3001;
      (await connect()).end(true);
    }
    expect(tenants.refusals).toEqual([]);
  });
});

describe("a device that we cut off because nothing could be written down", () => {
  it("may come again as often as it likes: it waits for us, and must be heard at once when the disk is back", async () => {
    const disk = { isFull: true };
    const house = await openTenants({ onMessage: () => Promise.resolve(!disk.isFull) });
    const secret = house.device("plant-a", "gw-1", "open");
    const send = async (): Promise<void> => {
      const client = await house.connect({ username: userName, password: secret });
      const sent = client.publishAsync(topic, "x", { qos: 1 });
      if (disk.isFull) {
        sent.catch(() => undefined);
        await new Promise<void>((resolve) => void client.once("close", () => resolve()));
      } else await sent;
      client.end(true);
    };
    for (let count = 0; count < 130; count += 1) await send();
    disk.isFull = false;
    await send();
    expect(house.refusals).toEqual([]);
    await house.close();
  });
});

describe("a device that opens connections and leaves the old ones", () => {
  it("has sixteen at most: the oldest goes, and it is never said to be gone", async () => {
    const clients: Awaited<ReturnType<typeof connect>>[] = [];
    for (let count = 0; count < 20; count += 1) {
      tenants.at += 10_000;
      clients.push(await connect());
    }
    const expected = [...Array.from({ length: 4 }, () => false), ...Array.from({ length: 16 }, () => true)];
    await vi.waitFor(() => expect(clients.map(({ connected }) => connected)).toEqual(expected));
    expect(traffic()?.connections).toBe(16);
    expect(tenants.links).toEqual(["plant-a.gw-1 on: connected"]);
    await clients[19]?.publishAsync(topic, "still", { qos: 1 });
    expect(tenants.messages).toHaveLength(1);
  });
});

describe("whoever guesses", () => {
  const guess = (userName_ = userName) => tenants.connect({ username: userName_, password: "a guess" });

  it("waits after ten failures of one name, and the right password waits with him; other names do not", async () => {
    for (let count = 0; count < 10; count += 1) await expect(guess()).rejects.toThrow(/not authorized/i);
    await expect(connect()).rejects.toThrow(/unavailable/i);
    expect(tenants.refusals.at(-1)).toBe(`TOO_MANY_ATTEMPTS "${userName}" from 127.0.0.1`);
    await tenants.connect({ username: "plant-b.gw-1", password: tenants.device("plant-b", "gw-1", "open") });
    tenants.at += 60_000;
    await connect();
  });

  it("is not looked at after a hundred failures of one address, whatever the names", () => {
    let at = 0;
    const attempts = createAttempts(() => at);
    for (let count = 0; count < 100; count += 1) {
      expect(attempts.mayTry("a", `n${count}`)).toBe(true);
      attempts.failed("a", `n${count}`);
    }
    expect(attempts.mayTry("a", "another")).toBe(false);
    expect(attempts.mayTry("b", "another")).toBe(true);
    at += 10_000;
    expect(attempts.mayTry("a", "another")).toBe(true);
  });

  it("keeps nobody out who has come in from the same address before, by his own name or by many", () => {
    const attempts = createAttempts(() => 0);
    attempts.succeeded("a", "good");
    for (let count = 0; count < 200; count += 1) attempts.failed("a", `n${count}`);
    for (let count = 0; count < 20; count += 1) attempts.failed("a", "good");
    expect(attempts.mayTry("a", "good")).toBe(true);
    expect(attempts.mayTry("a", "another")).toBe(false);
    expect(attempts.mayTry("b", "good")).toBe(true);
    for (let count = 0; count < 10_000; count += 1) attempts.succeeded("a", `other-${count}`);
    expect(attempts.mayTry("a", "good")).toBe(false);
  });

  it("is forgotten when ten thousand others have come after", () => {
    const attempts = createAttempts(() => 0);
    for (let count = 0; count < 100; count += 1) attempts.failed("a", "n");
    for (let count = 0; count < 10_001; count += 1) attempts.failed(`x${count}`, "n");
    expect(attempts.mayTry("a", "n")).toBe(true);
    expect(attempts.mayTry("x10000", "n")).toBe(true);
  });
});

describe("the register's word", () => {
  it.each<[string, (of: Tenants) => unknown, string]>([
    [
      "retired",
      ({ acts }) => acts.markDevice({ site: "plant-a", device: "gw-1" }, "retire", { by: null }),
      "it is retired",
    ],
    [
      "of a retired site",
      ({ acts }) => acts.mark("sites", "plant-a", "retire", { by: null }),
      "its registration has changed",
    ],
    [
      "of a retired enterprise",
      ({ acts }) => acts.mark("enterprises", "works-1", "retire", { by: null }),
      "its registration has changed",
    ],
    [
      "without a credential",
      ({ acts }) => acts.revoke({ site: "plant-a", device: "gw-1" }, { by: null }),
      "its credentials were revoked",
    ],
  ])("sends a device away that is %s, takes not even its will, and lets it in no more", async (_, act, why) => {
    const will = {
      topic: "skyground/v1/plant-a/gw-1/state",
      payload: Buffer.from('{"online":false}'),
      qos: 1 as const,
    };
    const client = await tenants.connect({ username: userName, password, will });
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    act(tenants);
    await closed;
    await vi.waitFor(() => expect(tenants.links.at(-1)).toBe(`plant-a.gw-1 off: ${why}`));
    await expect(connect()).rejects.toThrow(/not authorized/i);
    expect(tenants.messages).toEqual([]);
  });

  it("lets two secrets in while they overlap, and the old one no longer", async () => {
    const rotated = tenants.acts.rotate({ site: "plant-a", device: "gw-1" }, 3_600_000, { by: null });
    if (!rotated.ok) throw new Error(rotated.code);
    await connect();
    await tenants.connect({ username: userName, password: rotated.result.secret });
    tenants.at += 3_600_000;
    await expect(connect()).rejects.toThrow(/not authorized/i);
    await tenants.connect({ username: userName, password: rotated.result.secret });
  });

  it("ends the old secret at once where no overlap is wanted", async () => {
    const client = await connect();
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    tenants.acts.rotate({ site: "plant-a", device: "gw-1" }, 0, { by: null });
    await closed;
    await expect(connect()).rejects.toThrow(/not authorized/i);
  });
});
