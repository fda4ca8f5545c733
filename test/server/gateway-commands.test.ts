// The socket room's ears, with real sockets: commands, their bounds, and the sessions behind them.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reply } from "../../contract/wall.ts";
import { acknowledge, farewell, follow, next, officer, openRoom, type Room } from "../support/socket-room.ts";

let room: Room;

beforeEach(async () => {
  room = await openRoom();
});

afterEach(() => room.close());

describe("gateway commands", () => {
  it("hands a command on with the person that the session names, and answers what became of it", async () => {
    room.start();
    const client = await room.join();
    const reset = { commandId: "command-2", alarm: "a", occurrence: 1, reason: "checked on site", measurement: 1.5 };
    room.carryOut = async ({ act }) =>
      act === "reset" ? { ok: false, code: "ALARM_NOT_RESETTABLE" } : { ok: true, seq: 12 };
    expect(await client.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: true, seq: 12 });
    expect(await client.emitWithAck("reset", reset)).toEqual({ ok: false, code: "ALARM_NOT_RESETTABLE" });
    expect(room.commands).toEqual([
      { act: "acknowledge", person: officer, request: acknowledge },
      { act: "reset", person: officer, request: reset },
    ]);
  });

  it("refuses a command that does not fit its schema, unknown fields too, and survives it", async () => {
    room.start();
    const client = await room.join();
    const bad: unknown[] = [
      null,
      "x",
      [],
      {},
      { ...acknowledge, person: { name: "root" } },
      { ...acknowledge, revision: 0 },
      { ...acknowledge, revision: "2" },
      { ...acknowledge, commandId: "short" },
      { ...acknowledge, note: "x".repeat(501) },
      { ...acknowledge, alarm: "x".repeat(301) },
      Buffer.from("binary"),
    ];
    for (const request of bad) {
      expect(await client.emitWithAck("acknowledge", request as never)).toEqual({ ok: false, code: "COMMAND_INVALID" });
    }
    room.at += 10_000;
    for (const request of [
      ...bad,
      { ...acknowledge },
      { commandId: "command-2", alarm: "a", occurrence: 1, reason: "" },
    ]) {
      expect(await client.emitWithAck("reset", request as never)).toEqual({ ok: false, code: "COMMAND_INVALID" });
    }
    const raw = client as unknown as { emit(event: string, ...args: unknown[]): void };
    raw.emit("acknowledge", acknowledge, "no function");
    raw.emit("reset");
    raw.emit("unknown", 1);
    expect(await client.emitWithAck("time")).toBe(room.at);
    expect(room.commands).toEqual([{ act: "acknowledge", person: officer, request: acknowledge }]);
  });

  it("puts the second person in the place of his password, which goes no further", async () => {
    room.start();
    const client = await room.join();
    const shelve = { commandId: "command-1", alarm: "a", occurrence: 1, reason: "valve work", forMs: 3_600_000 };
    const approval = { name: "wu", password: "right" };
    expect(await client.emitWithAck("shelve", { ...shelve, approval })).toEqual({ ok: true, seq: 0 });
    expect(room.commands).toEqual([
      { act: "shelve", person: officer, request: shelve, approver: { name: "wu", role: "dutyOfficer", tier: "city" } },
    ]);
    const wrong = { ...shelve, commandId: "command-2", approval: { ...approval, password: "wrong" } };
    expect(await client.emitWithAck("shelve", wrong)).toEqual({ ok: false, code: "LOGIN_FAILED" });
    room.approver = { name: "he", role: "viewer", tier: "city" };
    const viewer = { ...shelve, commandId: "command-3", approval };
    expect(await client.emitWithAck("shelve", viewer)).toEqual({ ok: false, code: "NOT_ALLOWED" });
    const silence = { commandId: "command-4", approval } as never;
    expect(await client.emitWithAck("silence", silence)).toEqual({ ok: false, code: "COMMAND_INVALID" });
    expect(room.commands).toHaveLength(1);
  });

  it("leaves to the administrator what the design suppresses", async () => {
    room.start();
    const client = await room.join();
    const suppress = { commandId: "command-1", alarm: "a", occurrence: 1, reason: "unit is down", rule: "unit-down" };
    expect(await client.emitWithAck("suppress", suppress)).toEqual({ ok: false, code: "NOT_ALLOWED" });
    room.sessions.set("officer", { ...officer, role: "administrator" });
    expect(await client.emitWithAck("suppress", suppress)).toEqual({ ok: true, seq: 0 });
  });

  it("does not let a viewer act", async () => {
    room.start();
    const client = await room.join("viewer");
    expect(await client.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: false, code: "NOT_ALLOWED" });
    expect(room.commands).toEqual([]);
  });

  it("carries out a command once, however often and from wherever it is sent, and answers it the same", async () => {
    room.start();
    const [first, second] = [await room.join(), await room.join()];
    let release = () => {};
    room.carryOut = () => new Promise((resolve) => (release = () => resolve({ ok: true, seq: 99 })));
    const replies = [first, first, second].map((client) => client.emitWithAck("acknowledge", acknowledge));
    await expect.poll(() => room.commands.length).toBe(1);
    expect(await second.emitWithAck("time")).toBe(room.at);
    release();
    expect(await Promise.all(replies)).toEqual([1, 2, 3].map(() => ({ ok: true, seq: 99 })));
    first.disconnect();
    const again = await room.join();
    expect(await again.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: true, seq: 99 });
    const other = { ...acknowledge, revision: 3 };
    expect(await again.emitWithAck("acknowledge", other)).toEqual({ ok: false, code: "COMMAND_INVALID" });
    expect(room.commands).toHaveLength(1);
  });

  it("keeps the same id of two people apart", async () => {
    room.sessions.set("other", { ...officer, name: "duty-2" });
    room.start();
    for (const cookie of ["officer", "other"]) {
      expect(await (await room.join(cookie)).emitWithAck("acknowledge", acknowledge)).toEqual({ ok: true, seq: 0 });
    }
    expect(room.commands.map((command) => command.person.name)).toEqual(["duty-1", "duty-2"]);
  });

  it("answers a new snapshot at most once a second", async () => {
    room.start();
    const client = await room.join();
    const wall = follow(client);
    expect(await client.emitWithAck("resync")).toEqual({ ok: false, code: "OVERLOADED" });
    room.at += 999;
    expect(await client.emitWithAck("resync")).toEqual({ ok: false, code: "OVERLOADED" });
    room.at += 1;
    expect(await client.emitWithAck("resync")).toEqual({ ok: true, seq: 0 });
    expect(await client.emitWithAck("resync")).toEqual({ ok: false, code: "OVERLOADED" });
    expect(wall.snapshots).toBe(1);
    room.at -= 3_600_000;
    expect(await client.emitWithAck("resync")).toEqual({ ok: true, seq: 0 });
  });

  it("makes a wall that sends too fast wait, and lets one go that does not stop", async () => {
    room.start();
    const client = await room.join();
    const ask = (count: number) =>
      Promise.all(Array.from({ length: count }, () => client.emitWithAck("watch", { points: "all" })));
    const codes = (replies: Reply[]) => replies.filter((reply) => !reply.ok).length;
    expect(codes(await ask(40))).toBe(10);
    room.at += 1000;
    expect(codes(await ask(11))).toBe(1);
    const left = farewell(client);
    for (let count = 0; count < 600; count += 1) client.emit("watch", { points: "all" }, () => {});
    await left;
    await expect.poll(() => room.gateway.walls()).toBe(0);
  });

  it("cuts off who sends more than a command can be", async () => {
    room.start();
    const client = await room.join();
    const left = farewell(client);
    client.emit("acknowledge", { ...acknowledge, note: "x".repeat(200_000) }, () => {});
    await left;
    await expect.poll(() => room.gateway.walls()).toBe(0);
    expect(room.commands).toEqual([]);
  });
});

describe("gateway sessions", () => {
  it("carries nothing out for a session that has ended, says so, and closes the wall", async () => {
    room.start();
    const client = await room.join();
    const left = farewell(client);
    room.sessions.delete("officer");
    expect(await client.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: false, code: "NOT_LOGGED_IN" });
    await left;
    expect([room.commands, room.gateway.walls()]).toEqual([[], 0]);
  });

  it("closes a wall whose session has ended though it asks for nothing", async () => {
    room.start();
    const [ended, other] = [await room.join("officer"), await room.join("viewer")];
    const left = farewell(ended);
    room.sessions.delete("officer");
    await left;
    await next(other, "beat");
    expect([room.gateway.walls(), other.connected]).toEqual([1, true]);
  });

  it("goes by what the person may do now, not by what he might when he came", async () => {
    room.start();
    const client = await room.join();
    room.sessions.set("officer", { ...officer, role: "viewer" });
    expect(await client.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: false, code: "NOT_ALLOWED" });
    room.sessions.set("officer", { ...officer, tier: "city" });
    await client.emitWithAck("acknowledge", acknowledge);
    expect(room.commands.map((command) => command.person.tier)).toEqual(["city"]);
  });
});
