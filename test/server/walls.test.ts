// A screen that hangs on a wall, over real HTTP and sockets: it never logs out, looks and does not act, and has one browser.
import { defaultSeat } from "../../contract/seat.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Browser, type House, openHouse } from "../support/house.ts";
import { acknowledge, farewell, newWall, next, refusal } from "../support/socket-room.ts";

let house: House;
let admin: Browser;

beforeEach(async () => {
  house = await openHouse();
  for (const name of ["admin-1", "admin-2"]) await house.enter({ name, role: "administrator", tier: "city" });
  await house.enter({ name: "duty-1", role: "dutyOfficer", tier: "county" });
  admin = await house.loggedIn("admin-1");
});

afterEach(() => house.close());

const hall = { id: "hall", name: "指挥大厅", tier: "county", scope: { counties: ["haifeng"] } };
const asSeen = { name: hall.name, role: "viewer", tier: "county", scope: hall.scope, isWall: true };
const acts = () => house.journal.map(({ act, target }) => `${act} ${target}`);
const open = (browser: Browser) => newWall(house.url, { extraHeaders: { cookie: browser.cookie() } });

async function addHall(): Promise<string> {
  const { body } = await admin.post("/api/walls/add", hall);
  return body["token"] as string;
}

async function hangUp(token: string): Promise<Browser> {
  const screen = house.browser();
  const answer = await screen.post("/api/wall-session", { token });
  expect(answer).toEqual({ status: 200, body: { person: asSeen, isDemo: false } });
  return screen;
}

it("sees what its scope sees, and acts on nothing", async () => {
  const screen = await hangUp(await addHall());
  const wall = open(screen);
  expect((await next(wall, "snapshot")).person).toEqual(asSeen);
  expect(await wall.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: false, code: "NOT_ALLOWED" });
  expect((await screen.get("/api/plant")).status).toBe(200);
  expect((await screen.get("/api/session")).body).toMatchObject({ person: asSeen });
  for (const path of ["/api/people", "/api/me/sessions"]) expect((await screen.get(path)).status).not.toBe(200);
  wall.disconnect();
});

it("lets a person log in over it for an act, and is a wall again after his logout", async () => {
  const screen = await hangUp(await addHall());
  await screen.post("/api/login", { name: "duty-1", password: house.passwords.get("duty-1") });
  const wall = open(screen);
  expect((await next(wall, "snapshot")).person).toMatchObject({ name: "duty-1" });
  expect(await wall.emitWithAck("acknowledge", acknowledge)).toEqual({ ok: true, seq: 1 });
  const anew = next(wall, "snapshot");
  expect((await screen.post("/api/logout")).body).toEqual({ person: asSeen, isDemo: false });
  // The person's session has ended over the wall's: the screen is told anew who sits before it.
  expect((await anew).person).toEqual(asSeen);
  wall.disconnect();
});

it("belongs to one browser: its token in another is refused, and so is its cookie without the browser's half", async () => {
  const token = await addHall();
  const screen = await hangUp(token);
  const thief = house.browser();
  expect(await thief.post("/api/wall-session", { token })).toMatchObject({ status: 403, body: { code: "WALL_BOUND" } });
  thief.cookies.set("skyground-wall", `${token}.AAAA`);
  expect((await thief.get("/api/plant")).status).toBe(401);
  expect(await refusal(open(thief))).toBe("NOT_LOGGED_IN");
  const unknown = { token: "a-token-that-nobody-made" };
  expect(await house.browser().post("/api/wall-session", unknown)).toMatchObject({ body: { code: "WALL_UNKNOWN" } });
  await expect.poll(acts).toContain("wall.refused hall");
  expect(house.journal.find(({ act }) => act === "wall.refused")).toMatchObject({ from: "127.0.0.1" });
  expect((await screen.get("/api/plant")).status).toBe(200);
});

it("gets another browser by two administrators, and none once it is revoked", async () => {
  const token = await addHall();
  const screen = await hangUp(token);
  const about = { id: "hall", reason: "new computer" };
  expect((await admin.post("/api/walls/unbind", about)).body["code"]).toBe("APPROVER_REQUIRED");
  const approval = { name: "admin-2", password: house.passwords.get("admin-2") };
  expect((await admin.post("/api/walls/unbind", { ...about, approval })).status).toBe(200);
  const other = await hangUp(token);
  expect((await screen.get("/api/plant")).status).toBe(401);
  const wall = open(other);
  await next(wall, "snapshot");
  const left = farewell(wall);
  expect((await admin.post("/api/walls/revoke", about)).status).toBe(200);
  await left;
  expect((await other.get("/api/plant")).status).toBe(401);
  expect((await admin.post("/api/walls/revoke", about)).body["code"]).toBe("NOT_FOUND");
  expect((await admin.get("/api/walls")).body).toMatchObject([{ id: "hall", isBound: false, createdBy: "admin-1" }]);
  await expect.poll(acts).toContain("wall.revoke hall");
  expect(JSON.stringify(house.journal)).not.toContain(token);
});

it("learns its seat with its snapshot, and a new one at once, also while a person has logged in over it", async () => {
  const screen = await hangUp(await addHall());
  await screen.post("/api/login", { name: "duty-1", password: house.passwords.get("duty-1") });
  const wall = open(screen);
  expect(await next(wall, "snapshot")).toMatchObject({ person: { name: "duty-1" }, seat: defaultSeat });
  const anew = next(wall, "snapshot");
  const seat = { ...defaultSeat, isOnDuty: true, room: "hall" };
  const wish = { id: "hall", seat, reason: "the duty room relies on it" };
  expect((await admin.post("/api/walls/seat", wish)).status).toBe(200);
  expect((await anew).seat).toEqual(seat);
  expect((await admin.get("/api/walls")).body).toMatchObject([{ id: "hall", seat }]);
  await expect.poll(acts).toContain("wall.seat hall");
  const { reason, before, after } = house.journal.find(({ act }) => act === "wall.seat") ?? {};
  expect({ reason, before, after }).toMatchObject({
    reason: wish.reason,
    before: { seat: defaultSeat },
    after: { seat },
  });
  wall.disconnect();
});

it("has no seat where it is none, and none is set without a reason, for a wall that is not there, or by an officer", async () => {
  const wall = open(admin);
  expect((await next(wall, "snapshot")).seat).toBeUndefined();
  wall.disconnect();
  const wish = { id: "hall", seat: defaultSeat, reason: "new" };
  expect((await admin.post("/api/walls/seat", wish)).body["code"]).toBe("NOT_FOUND");
  await addHall();
  const { reason: _, ...unsaid } = wish;
  expect((await admin.post("/api/walls/seat", unsaid)).body["code"]).toBe("COMMAND_INVALID");
  const officer = await house.loggedIn("duty-1");
  expect((await officer.post("/api/walls/seat", wish)).status).toBe(403);
});

it("keeps its cookie for as long as a browser keeps any, out of reach of scripts and other sites", async () => {
  const token = await addHall();
  const response = await fetch(`${house.url}/api/wall-session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: house.url },
    body: JSON.stringify({ token }),
  });
  const [cookie = ""] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^skyground-wall=[\w.-]+; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Strict$/);
  const again = await fetch(`${house.url}/api/session`, { headers: { cookie: cookie.split(";")[0] ?? "" } });
  expect(again.headers.getSetCookie()[0]).toContain("Max-Age=34560000");
});
