// Walls that somebody relies on, and what the server says of painting, latency and its canary, as alarms of the city.
import { expect, it } from "vitest";
import type { WallInput } from "../../../contract/input.ts";
import { at, createRoom, type Room } from "../../support/room.ts";
import { planOf, point } from "../../support/plant.ts";

const hall = {
  kind: "wall",
  id: "hall",
  name: "Hall",
  state: "up",
  isOnDuty: true,
  isLast: false,
  audio: null,
} as const;
const say = (room: Room, seconds: number, rest: Partial<Omit<WallInput, "kind" | "number" | "at">>): void => {
  room.say(seconds, { ...hall, since: at(seconds - 90), ...rest });
};
const id = "wall:hall~screen";

it("is a yellow alarm of the city while a wall on duty is silent, an orange one where it was the last, and returns", () => {
  const room = createRoom(planOf([point("p")]));
  say(room, 1, {});
  expect(room.alarm(id)).toBeUndefined();
  say(room, 100, { state: "silent" });
  expect(room.alarm(id)).toMatchObject({
    level: "yellow",
    site: null,
    isData: true,
    source: { kind: "wall", id: "wall:hall" },
    why: { code: "wallSilent", values: { name: "Hall", since: at(10) } },
    tiers: [{ tier: "city" }],
  });
  say(room, 200, { state: "frozen", isLast: true });
  expect(room.alarm(id)).toMatchObject({ level: "orange", why: { code: "wallFrozen" } });
  say(room, 300, {});
  expect(room.alarm(id)).toMatchObject({ level: null, why: { code: "wallBack", values: { name: "Hall" } } });
});

it("says nothing of a wall that nobody relies on, and ends the alarm of one that is taken off duty", () => {
  const room = createRoom(planOf([point("p")]));
  say(room, 1, { state: "silent", isOnDuty: false });
  expect(room.alarm(id)).toBeUndefined();
  say(room, 100, { state: "silent" });
  say(room, 200, { state: "silent", isOnDuty: false });
  expect(room.alarm(id)).toMatchObject({ level: null, why: { code: "wallOffDuty" } });
});

it("keeps a receipt without judging it", () => {
  const room = createRoom(planOf([point("p")]));
  const painted = [{ alarm: "s1/p~limit~high", occurrence: 1, revision: 1, paintedAt: at(1) }];
  expect(room.say(1, { kind: "receipt", wall: "hall", painted })).toEqual([]);
});

it("has words and levels of its own for what is painted by nobody, for latency and for the canary", () => {
  const told = [
    ["walls", "orange", "unpainted", "paintedAgain"],
    ["latency", "yellow", "latencyHigh", "latencyBack"],
    ["canary", "orange", "canaryLost", "canaryBack"],
  ] as const;
  for (const [name, level, down, up] of told) {
    const room = createRoom(planOf([point("p")]));
    room.say(1, { kind: "neighbour", name, state: "down", reason: "why", about: { alarm: "s1/p~limit~high" } });
    const values = { reason: "why", alarm: "s1/p~limit~high" };
    expect(room.alarm(`${name}~down`)).toMatchObject({ level, why: { code: down, values } });
    room.neighbour(2, name, "up");
    expect(room.alarm(`${name}~down`)).toMatchObject({ level: null, why: { code: up } });
  }
});
