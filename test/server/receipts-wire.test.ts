// What screens tell by socket, and what is told of them by HTTP: schemas, rights and bounds.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LatencyView, ScreenHealth } from "../../contract/receipt.ts";
import { defaultSeat, type SeatedWall } from "../../contract/seat.ts";
import { type House, openHouse } from "../support/house.ts";
import { next, officer, openRoom, type Room } from "../support/socket-room.ts";

const report = {
  screen: "/wall/s1",
  audio: "running",
  isVoice: true,
  heapMb: null,
  nodes: 1,
  frameMs: 17,
  frameAgeMs: 5,
  offsetMs: null,
  gaps: 0,
  version: "1",
} as const;
const painted = { alarms: [{ alarm: "a~limit~high", occurrence: 1, revision: 1, paintedAt: 1 }] };

describe("by socket", () => {
  let room: Room;
  beforeEach(async () => {
    room = await openRoom();
  });
  afterEach(() => room.close());

  it("a screen says who it is, what it has painted and how it is; what has another shape is refused and goes no further", async () => {
    const heard: unknown[] = [];
    const hall: SeatedWall = { id: "hall", name: "Hall", seat: defaultSeat };
    let wall: SeatedWall | null = hall;
    const note =
      (what: string) =>
      (...said: readonly unknown[]): void =>
        void heard.push([what, ...said]);
    room.start({
      wall: () => wall,
      screens: {
        seated: note("seated"),
        left: note("left"),
        painted: note("painted"),
        reported: (...said) => {
          note("reported")(...said);
          return false;
        },
      },
    });
    const client = room.newClient();
    expect((await next(client, "snapshot")).seat).toEqual(defaultSeat);
    const connection = client.id ?? "";
    const screen = { connection, person: officer, wall: hall };
    expect(await client.emitWithAck("painted", painted)).toEqual({ ok: true, seq: 0 });
    expect(await client.emitWithAck("wallReport", report)).toEqual({ ok: true, seq: 0, isCovered: false });
    const invalid = { ok: false, code: "COMMAND_INVALID" };
    expect(await client.emitWithAck("painted", { alarms: [] })).toEqual(invalid);
    expect(await client.emitWithAck("wallReport", { ...report, extra: 1 } as typeof report)).toEqual(invalid);
    expect(heard).toEqual([
      ["seated", screen],
      ["painted", screen, painted],
      ["reported", screen, report],
    ]);
    wall = { ...hall, seat: { ...defaultSeat, isOnDuty: true } };
    const anew = next(client, "snapshot");
    room.gateway.lookAgain();
    expect((await anew).seat?.isOnDuty).toBe(true);
    expect(heard.at(-1)).toEqual(["seated", { ...screen, wall }]);
    client.disconnect();
    await expect.poll(() => heard.at(-1)).toEqual(["left", connection]);
  });
});

describe("by HTTP", () => {
  const canary = { state: "off", everyMs: 0, lastAt: null, lastTookMs: null, brokenAt: null } as const;
  const whole = { from: "measured", to: "painted", count: 0, p50Ms: null, p95Ms: null, p99Ms: null } as const;
  const view: LatencyView = { alarms: 0, limitMs: 1000, hops: [], whole, slowest: null, canary };
  const health = [{ id: "hall" }] as unknown as readonly ScreenHealth[];
  let house: House;
  let isAlive: boolean;
  let hung: string[];

  beforeEach(async () => {
    isAlive = true;
    hung = [];
    house = await openHouse({
      walls: {
        health: () => health,
        isAlive: (id) => isAlive && id === "hall",
        wallOf: (cookies) =>
          cookies?.includes("hall") === true ? { id: "hall", name: "Hall", seat: defaultSeat } : null,
        hung: (id) => hung.push(id) > 0,
      },
      latency: { view: () => view, stampsOf: () => null },
    });
    await house.enter({ name: "duty-1", role: "dutyOfficer", tier: "city" });
    await house.enter({ name: "viewer-1", role: "viewer", tier: "city" });
    await house.enter({ name: "county-1", role: "dutyOfficer", tier: "county", scope: { counties: ["haifeng"] } });
  });
  afterEach(() => house.close());

  it("screens and latency are told to who looks after the whole city, and to nobody else", async () => {
    const duty = await house.loggedIn("duty-1");
    expect((await duty.get("/api/walls/health")).body).toEqual(health);
    expect((await duty.get("/api/latency")).body).toEqual(view);
    expect(await duty.get("/api/alarms/a~limit~high/stamps")).toMatchObject({ status: 404 });
    for (const name of ["viewer-1", "county-1"]) {
      const other = await house.loggedIn(name);
      for (const path of ["/api/walls/health", "/api/latency"]) expect((await other.get(path)).status).toBe(403);
    }
    expect((await house.browser().get("/api/walls/health")).status).toBe(401);
  });

  it("whether a wall lives is told to anybody, plainly, so many times a minute", async () => {
    const alive = async (id: string) => {
      const answer = await fetch(`${house.url}/api/walls/${id}/alive`);
      return [answer.status, answer.headers.get("content-type"), await answer.text()];
    };
    expect(await alive("hall")).toEqual([200, "text/plain; charset=utf-8", "alive\n"]);
    expect(await alive("nobody")).toEqual([503, "text/plain; charset=utf-8", "not alive\n"]);
    isAlive = false;
    expect((await alive("hall"))[0]).toBe(503);
    for (let nth = 3; nth < 60; nth += 1) await alive("hall");
    // Neither alive nor dead: a watchdog that asks too often restarts nothing.
    expect((await alive("hall"))[0]).toBe(429);
  });

  it("only a wall tells that its page hangs", async () => {
    const screen = house.browser();
    expect((await screen.post("/api/walls/hung")).status).toBe(404);
    screen.cookies.set("skyground-wall", "hall");
    expect(await screen.post("/api/walls/hung")).toMatchObject({ status: 200, body: { ok: true } });
    expect(hung).toEqual(["hall"]);
  });
});
