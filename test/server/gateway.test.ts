// The socket room with real sockets: joining without gap or double, frames, beats, and leaving.
import { io as connect } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame } from "../../contract/wall.ts";
import {
  acknowledge,
  type Client,
  farewell,
  follow,
  next,
  officer,
  openRoom,
  refusal,
  type Room,
  tcpOf,
  viewer,
} from "../support/socket-room.ts";

/** A client as it comes, without what the tests' own say of themselves. */
const bare = { transports: ["websocket"], reconnection: false, forceNew: true };

let room: Room;

beforeEach(async () => {
  room = await openRoom();
});

afterEach(() => room.close());

describe("gateway joining", () => {
  it("gives the snapshot first and then every change once, while changes run all the time", async () => {
    room.start();
    let isRunning = true;
    /** One change per turn of the loop: joining falls between any two of them. */
    const run = () => {
      if (!isRunning) return;
      room.gateway.publish(room.change(`site-${room.seq % 7}`));
      setImmediate(run);
    };
    run();
    const walls = [];
    for (let count = 0; count < 25; count += 1) {
      const client = room.newClient();
      const wall = follow(client);
      walls.push(wall);
      await next(client, "snapshot");
      await next(client, "changes");
      if (count % 5 === 4) client.disconnect();
      else if (count % 3 === 0) {
        room.at += 1000;
        expect(await client.emitWithAck("resync")).toMatchObject({ ok: true });
      }
    }
    isRunning = false;
    const there = walls.filter((_, count) => count % 5 !== 4);
    await expect.poll(() => there.map((wall) => wall.upTo), { timeout: 10_000 }).toEqual(there.map(() => room.seq));
    expect(walls.flatMap((wall) => wall.faults)).toEqual([]);
    for (const wall of there) expect(wall.sites).toEqual(room.sites);
    expect(there.some((wall) => wall.snapshots === 2)).toBe(true);
    expect(Math.min(...walls.map((wall) => wall.changes))).toBeGreaterThan(0);
    await expect.poll(() => room.gateway.walls()).toBe(there.length);
  });

  it("tells a wall only what is newer than its snapshot, where the snapshot was ahead of the telling", async () => {
    room.start();
    const early = room.newClient();
    const earlyWall = follow(early);
    await next(early, "snapshot");
    const first = room.change("a");
    const second = room.change("b");
    const late = room.newClient();
    const lateWall = follow(late);
    await next(late, "snapshot");
    const third = room.change("c");
    room.gateway.publish(first);
    room.gateway.publish({ after: 1, upTo: 3, items: [...second.items, ...third.items] });
    await expect.poll(() => [earlyWall.upTo, lateWall.upTo]).toEqual([3, 3]);
    expect([earlyWall.changes, lateWall.changes]).toEqual([3, 1]);
    expect([...earlyWall.faults, ...lateWall.faults]).toEqual([]);
    expect(lateWall.sites).toEqual(room.sites);
  });

  it("lets a person in, and says who it is", async () => {
    room.start();
    const state = await next(room.newClient("viewer"), "snapshot");
    expect(state.person).toEqual(viewer);
    expect(room.gateway.walls()).toBe(1);
  });

  it("lets nobody in without a session, and tells nobody outside anything", async () => {
    room.start();
    for (const cookie of [null, "unknown"]) {
      const client = room.newClient(cookie);
      const heard: string[] = [];
      client.onAny((event: string) => heard.push(event));
      expect(await refusal(client)).toBe("NOT_LOGGED_IN");
      const inside = await room.join();
      room.gateway.publish(room.change("a"));
      await next(inside, "changes");
      await next(inside, "beat");
      expect(heard).toEqual([]);
      inside.disconnect();
    }
  });

  it("lets anybody look at a demo, and nobody act in it without logging in", async () => {
    room.start({ isDemo: true });
    const client = room.newClient(null);
    expect((await next(client, "snapshot")).person).toBeNull();
    expect(await client.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: false, code: "NOT_LOGGED_IN" });
    expect(room.commands).toEqual([]);
    expect(client.connected).toBe(true);
  });

  it("refuses a page of another site, by either transport", async () => {
    room.start();
    for (const transports of [["websocket"], ["polling"]]) {
      for (const origin of ["http://evil.example", "null"]) {
        const client = room.newClient("officer", { transports, extraHeaders: { cookie: "officer", origin } });
        expect(await refusal(client)).toMatch(/error/);
      }
      await room.join("officer", { transports, extraHeaders: { cookie: "officer", origin: room.url } });
    }
    expect(room.gateway.walls()).toBe(2);
  });

  it("refuses a WebSocket that brings a cookie and says nothing of where it comes from", async () => {
    room.start();
    const silent = connect(room.url, { ...bare, extraHeaders: { cookie: "officer" } });
    expect(await refusal(silent)).toBe("websocket error");
    for (const extraHeaders of [
      { cookie: "officer", "x-skyground": "1" },
      { cookie: "officer", origin: room.url },
    ]) {
      const wall: Client = connect(room.url, { ...bare, extraHeaders });
      expect((await next(wall, "snapshot")).person).toEqual(officer);
      wall.disconnect();
    }
    const foreign = { cookie: "officer", "x-skyground": "1", "sec-fetch-site": "cross-site" };
    expect(await refusal(connect(room.url, { ...bare, extraHeaders: foreign }))).toBe("websocket error");
  });

  it("has room for so many walls, and for another once one has left", async () => {
    room.start({ maxWalls: 2 });
    const first = await room.join();
    await room.join();
    expect(await refusal(room.newClient())).toBe("OVERLOADED");
    first.disconnect();
    await expect.poll(() => room.gateway.walls()).toBe(1);
    await room.join();
    expect(room.gateway.walls()).toBe(2);
  });

  it("gives a wall a new snapshot when its person is not as he was, and goes on with what he watches", async () => {
    room.start();
    const client = await room.join("viewer");
    await client.emitWithAck("watch", { points: "all" });
    const changed = { ...viewer, role: "dutyOfficer", tier: "county" } as const;
    room.sessions.set("viewer", changed);
    const renewed = next(client, "snapshot");
    room.gateway.lookAgain();
    expect((await renewed).person).toEqual(changed);
    room.values[3] = 5;
    room.gateway.touch(3);
    expect((await next(client, "frame")).values).toEqual([room.latest(3)]);
    const farther = next(client, "snapshot");
    room.sessions.set("viewer", { ...changed, tier: "city" });
    // By a beat, though nobody says that anything has changed.
    expect((await farther).person?.tier).toBe("city");
  });

  it("lets a wall go whose person may look no more", async () => {
    room.start();
    const client = await room.join("viewer");
    const gone = farewell(client);
    room.sessions.set("viewer", { name: viewer.name, role: "enterprise", tier: "enterprise" });
    room.gateway.lookAgain();
    await gone;
    expect(await refusal(room.newClient("viewer"))).toBe("NOT_ALLOWED");
  });

  it("acts for a person as he is now, not as he was when his wall joined", async () => {
    room.start();
    const client = await room.join("officer");
    room.sessions.set("officer", viewer);
    expect(await client.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: false, code: "NOT_ALLOWED" });
  });

  it("gives every wall a new snapshot when the plan changes, and goes on with the points that it watches", async () => {
    room.start();
    const all = await room.join();
    const some = await room.join("viewer");
    await all.emitWithAck("watch", { points: "all" });
    await some.emitWithAck("watch", { points: ["site/p-1", "site/p-39"] });
    room.points = ["site/new", "site/p-1"];
    room.values = [1, 2];
    const snapshots = Promise.all([next(all, "snapshot"), next(some, "snapshot")]);
    room.gateway.replan();
    expect((await snapshots).map((state) => [state.person?.name, state.values.length])).toEqual([
      ["duty-1", 2],
      ["viewer-1", 2],
    ]);
    room.values = [10, 20];
    room.gateway.touch(0);
    room.gateway.touch(1);
    const frames = await Promise.all([next(all, "frame"), next(some, "frame")]);
    expect(frames.map((frame) => frame.values.map(([index, value]) => [index, value]))).toEqual([
      [
        [0, 10],
        [1, 20],
      ],
      [[1, 20]],
    ]);
  });
});

describe("gateway frames and beats", () => {
  it("tells each wall the latest of what it watches, and nothing before it watches", async () => {
    room.start();
    const all = await room.join();
    const one = await room.join();
    const none = await room.join();
    const heard: Frame[] = [];
    none.on("frame", (frame) => heard.push(frame));
    expect(await all.emitWithAck("watch", { points: "all" })).toEqual({ ok: true, seq: 0 });
    await one.emitWithAck("watch", { points: ["site/p-39"] });
    room.values[3] = 1;
    room.gateway.touch(3);
    room.values[3] = 2;
    room.gateway.touch(3);
    room.values[39] = 9;
    room.gateway.touch(39);
    const [forAll, forOne] = await Promise.all([next(all, "frame"), next(one, "frame")]);
    expect(forAll).toEqual({ at: room.at, folded: 0, values: [room.latest(3), room.latest(39)] });
    expect(forOne).toEqual({ at: room.at, folded: 0, values: [room.latest(39)] });
    await next(none, "beat");
    expect(heard).toEqual([]);
  });

  it("refuses to watch what is not in the plan or does not fit, and goes on as before", async () => {
    room.start();
    const client = await room.join();
    await client.emitWithAck("watch", { points: ["site/p-1"] });
    for (const ids of [["site/none"], ["__proto__"], ["site/p-2", "site/none"]]) {
      expect(await client.emitWithAck("watch", { points: ids })).toEqual({ ok: false, code: "NOT_FOUND" });
    }
    for (const request of [{}, null, { points: "some" }, { points: [1] }, { points: "all", more: 1 }]) {
      expect(await client.emitWithAck("watch", request as never)).toEqual({ ok: false, code: "COMMAND_INVALID" });
    }
    room.gateway.touch(1);
    room.gateway.touch(2);
    expect((await next(client, "frame")).values).toEqual([room.latest(1)]);
  });

  it("tells the server's time and the newest number once a second", async () => {
    room.start();
    const client = await room.join();
    room.gateway.publish(room.change("a"));
    expect(await next(client, "beat")).toEqual({ at: room.at, seq: 1, oldest: null, samplesPerSecond: 7 });
    expect(await client.emitWithAck("time")).toBe(room.at);
  });

  it("folds the frames of a wall that does not read, and drops none of its changes", async () => {
    room.start();
    const [slow, quick] = [await room.join(), await room.join()];
    const wall = follow(slow);
    wall.upTo = 0;
    const frames: Frame[] = [];
    const beats: number[] = [];
    slow.on("frame", (frame) => frames.push(frame));
    slow.on("beat", (beat) => beats.push(beat.at));
    await slow.emitWithAck("watch", { points: "all" });
    await quick.emitWithAck("watch", { points: "all" });
    const tcp = tcpOf(slow);
    tcp.pause();
    // More than the kernel takes for a reader that is not there: the rest waits in the process.
    const filler = "x".repeat(1_000_000);
    for (let count = 0; count < 12; count += 1) room.gateway.publish(room.change(`${filler}-${count}`));
    for (const value of [1, 2, 3]) {
      room.values[5] = value;
      room.gateway.touch(5);
      expect((await next(quick, "frame")).values).toEqual([room.latest(5)]);
    }
    tcp.resume();
    await expect.poll(() => frames.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(frames[0]).toEqual({ at: room.at, values: [room.latest(5)], folded: 3 });
    expect([wall.faults, wall.changes]).toEqual([[], 12]);
    expect(wall.sites).toEqual(room.sites);
    await next(slow, "beat");
  });

  it("lets a wall go that goes on not reading, and the others stay", async () => {
    room.start({ maxWaitingBytes: 1_000_000, patienceMs: 500 });
    const [slow, quick] = [await room.join(), await room.join()];
    tcpOf(slow).pause();
    const filler = "x".repeat(1_000_000);
    for (let count = 0; count < 12; count += 1) {
      const read = next(quick, "changes");
      room.gateway.publish(room.change(`${filler}-${count}`));
      await read;
    }
    await expect.poll(() => room.gateway.walls()).toBe(1);
    expect(quick.connected).toBe(true);
    const left = farewell(slow);
    tcpOf(slow).resume();
    await left;
  });
});

describe("gateway stopping", () => {
  it("lets every wall go, takes no more, and leaves the HTTP server to its owner", async () => {
    const clear = vi.spyOn(globalThis, "clearInterval");
    room.start();
    const client = await room.join();
    const left = farewell(client);
    room.gateway.stop();
    expect(await left).toMatch(/disconnect|close/);
    expect(room.gateway.walls()).toBe(0);
    expect(clear).toHaveBeenCalledTimes(2);
    clear.mockRestore();
    expect(await refusal(room.newClient())).toMatch(/error/);
    expect(room.server.listening).toBe(true);
    expect((await fetch(room.url)).status).toBe(404);
    room.gateway.publish(room.change("a"));
  });
});
