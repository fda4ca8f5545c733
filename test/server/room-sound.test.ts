// The sound of a room over real sockets: who sounds, who takes over when a screen goes, and the test that is written down.
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SoundTest, VoiceRequest } from "../../contract/receipt.ts";
import { defaultSeat, type SeatedWall } from "../../contract/seat.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Person } from "../../contract/wall.ts";
import { createViews } from "../../server/adapters/gateway/view.ts";
import { createRegister, type Register } from "../../server/adapters/register.ts";
import { createSoundTests } from "../../server/app/sound-tests.ts";
import { newFolder } from "../support/server.ts";
import { next, officer, openRoom, type Room, viewer } from "../support/socket-room.ts";

const request: VoiceRequest = { room: "1", kind: "console", isAble: true };
const test: SoundTest = { room: "1", tones: 4, hasVoice: true };

let room: Room;
beforeEach(async () => {
  room = await openRoom();
});
afterEach(() => room.close());

describe("two screens of one room", () => {
  it("have one voice, which passes at once when its screen closes", async () => {
    room.sessions.set("second", { ...officer, name: "duty-2" });
    room.start();
    const [first, second] = [await room.join(), await room.join("second")];
    expect(await first.emitWithAck("voice", request)).toEqual({ isVoice: true, by: null });
    expect(await second.emitWithAck("voice", request)).toEqual({ isVoice: false, by: officer.name });
    const passed = next(second, "voice");
    const closedAt = performance.now();
    first.disconnect();
    expect(await passed).toEqual({ isVoice: true, by: null });
    expect(performance.now() - closedAt).toBeLessThan(2000);
    expect(await second.emitWithAck("voice", request)).toEqual({ isVoice: true, by: null });
  });

  it("have two where one is a wall and the other a console, or where they are of other rooms", async () => {
    room.start();
    const [first, second] = [await room.join(), await room.join()];
    await first.emitWithAck("voice", request);
    for (const part of [{ kind: "wall" as const }, { room: "2" }]) {
      expect(await second.emitWithAck("voice", { ...request, ...part })).toEqual({ isVoice: true, by: null });
    }
  });

  it("have one of the register's walls, by their seats, and nobody who only calls himself one makes them quiet", async () => {
    const seat = { ...defaultSeat, room: "hall" };
    const walls: Record<string, SeatedWall> = { a: { id: "a", name: "A", seat }, b: { id: "b", name: "B", seat } };
    for (const id of ["a", "b"]) room.sessions.set(id, { name: id, role: "viewer", tier: "city" });
    room.sessions.set("guest", { name: "guest", role: "viewer", tier: "city" });
    room.start({ wall: (cookies) => Object.values(walls).find(({ id }) => cookies === id) ?? null });
    const claim = { room: "hall", kind: "wall", isAble: true } as const;
    const [guest, first, second] = [await room.join("guest"), await room.join("a"), await room.join("b")];
    expect(await guest.emitWithAck("voice", claim)).toEqual({ isVoice: true, by: null });
    expect(await first.emitWithAck("voice", { ...claim, room: "elsewhere" })).toEqual({ isVoice: true, by: null });
    expect(await second.emitWithAck("voice", claim)).toEqual({ isVoice: false, by: "a" });
  });

  it("have two where they sound for other tiers, or for other parts of the city", async () => {
    const city: Person = { name: "chen", role: "dutyOfficer", tier: "city" };
    const part: Person = { ...officer, scope: { sites: ["site-1"] } };
    room.sessions.set("city", city).set("part", part);
    // What they see is not the matter here: the room's plan has no sites.
    const viewOf = createViews(() => ({ points: [] }) as unknown as Plan);
    room.start({ viewOf: () => viewOf(undefined) });
    await (await room.join()).emitWithAck("voice", request);
    for (const cookie of ["city", "part"]) {
      expect(await (await room.join(cookie)).emitWithAck("voice", request)).toEqual({ isVoice: true, by: null });
    }
  });

  it("are found out by the beat where one says nothing for 30 s", async () => {
    room.start();
    const [first, second] = [await room.join(), await room.join()];
    await first.emitWithAck("voice", request);
    room.at += 20_000;
    await second.emitWithAck("voice", request);
    const passed = next(second, "voice");
    room.at += 10_000;
    expect(await passed).toEqual({ isVoice: true, by: null });
  });

  it("are refused what is no request, which makes nobody quiet", async () => {
    room.start();
    const wall = await room.join();
    const emit = wall.emitWithAck.bind(wall) as (event: string, request: unknown) => Promise<unknown>;
    expect(await emit("voice", { room: "" })).toEqual({ ok: false, code: "COMMAND_INVALID" });
    expect(await emit("soundTest", { tones: -1 })).toEqual({ ok: false, code: "COMMAND_INVALID" });
    expect(await emit("soundTest", test)).toEqual({ ok: false, code: "NOT_FOUND" });
  });
});

describe("a sound test", () => {
  let register: Register;
  let folder: ReturnType<typeof newFolder>;
  let at: number;
  const scoped: Person = { name: "wu", role: "enterprise", tier: "enterprise", scope: { sites: ["a"] } };

  function desk() {
    let entries = 0;
    register = createRegister({
      file: join(folder.path, "register.db"),
      now: () => at,
      random: (size) => Buffer.alloc(size, (entries += 1)),
    });
    return createSoundTests({
      register,
      now: () => at,
      record: ({ person: { name, role }, from }, deed, after) =>
        void register.audited({ by: { name, role }, from }, deed, () => ({ ok: true, before: null, after, result: 0 })),
    });
  }
  beforeEach(() => {
    at = 1_790_000_000_000;
    folder = newFolder();
  });
  afterEach(() => {
    register.close();
    folder.remove();
  });

  it("is an entry of the audit, told as the last one of its screen", async () => {
    const tests = desk();
    room.start({ soundTested: tests.done });
    const wall = await room.join();
    expect(await wall.emitWithAck("soundTest", test)).toEqual({ ok: true, seq: 0 });
    at += 60_000;
    expect(await wall.emitWithAck("soundTest", { ...test, hasVoice: false })).toEqual({ ok: true, seq: 0 });
    const audits = register.listAudits({ from: 0, to: at, limit: 10 });
    expect(audits).toHaveLength(2);
    expect(audits[0]).toMatchObject({ act: "sound.selfTest", target: "sound", by: { name: officer.name } });
    expect(tests.last(viewer)).toEqual([{ ...test, hasVoice: false, screen: officer.name, at }]);
  });

  it("is written once in five seconds, of nobody who is not logged in, and not where the disk refuses", () => {
    const tests = desk();
    expect(tests.done(null, test, "")).toEqual({ ok: false, code: "NOT_LOGGED_IN" });
    expect(tests.done(officer, test, "").ok).toBe(true);
    at += 4999;
    expect(tests.done(officer, test, "")).toEqual({ ok: false, code: "OVERLOADED" });
    const full = createSoundTests({
      register,
      now: () => at,
      record: () => {
        throw new Error("disk full");
      },
    });
    expect(full.done(officer, test, "")).toEqual({ ok: false, code: "JOURNAL_UNAVAILABLE" });
  });

  it("of others is not told to whoever has a part of the city", () => {
    const tests = desk();
    tests.done(officer, test, "");
    tests.done(scoped, { ...test, room: null }, "");
    expect(tests.last(scoped).map(({ screen }) => screen)).toEqual(["wu"]);
    expect(tests.last(officer)).toHaveLength(2);
    at += 31 * 86_400_000;
    expect(tests.last(officer)).toEqual([]);
  });
});
