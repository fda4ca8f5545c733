// The day of each device as the monitor follows it: what makes a quarter hour whole, partial, empty, or unknown.
import { describe, expect, it } from "vitest";
import { planOf, point } from "../../support/plant.ts";
import { createRoom, reading, at, type Room } from "../../support/room.ts";

/** The clock of a room begins 100 s before a quarter hour ends. */
const firstEnd = 100;
const quarter = 900;
const silence = { yellow: 120_000 };
const plan = planOf([point("p", { silence }), point("q", { silence }), point("r", { silence, device: "s1/d2" })], {
  devices: ["s1/idle"],
});

function day(room: Room, id = "s1/d1"): string {
  const one = room
    .monitor()
    .liveness()
    .find((each) => each.id === id);
  return one?.day.cells.replace(/^-+/u, "") ?? "";
}

/** Messages of the points each 30 s, with numbers, and the ticks in between. */
function speak(room: Room, from: number, to: number, codes: readonly string[] = ["p", "q"]): void {
  for (let s = from; s < to; s += 30) {
    room.pass(s);
    room.message(
      s,
      codes.map((code) => reading(code, 10, at(s))),
    );
  }
}

describe("the day of a device", () => {
  it("is whole while all of its points are heard", () => {
    const room = createRoom(plan);
    speak(room, 10, firstEnd + 2 * quarter + 90);
    // Of the first one the server has heard no more than its end.
    expect(day(room)).toBe("wwww");
    expect(room.monitor().liveness()[0]?.day.until).toBe(at(firstEnd + 3 * quarter));
  });

  it("is partial while one of its points is lost, and empty while all of them are", () => {
    const room = createRoom(plan);
    speak(room, 10, firstEnd);
    speak(room, firstEnd, firstEnd + 2 * quarter, ["p"]);
    room.pass(firstEnd + 4 * quarter + 100);
    room.tick(firstEnd + 4 * quarter + 100);
    expect(day(room)).toBe("wppnnn");
  });

  it("is empty while its link is gone, whatever its points have brought before", () => {
    const room = createRoom(plan);
    speak(room, 10, firstEnd);
    room.link(firstEnd, false);
    room.tick(firstEnd + quarter);
    room.link(firstEnd + quarter, true);
    expect(day(room)).toBe("wn-");
  });

  it("is partial where numbers never came, for that quarter hour alone", () => {
    const room = createRoom(plan);
    let sequence = 0;
    for (let s = 10; s < firstEnd + 3 * quarter; s += 30) {
      sequence += s === 1000 + 210 ? 3 : 1;
      room.message(s, [reading("p", 10, at(s)), reading("q", 10, at(s))], { sequence });
    }
    expect(day(room)).toBe("wwpw");
  });

  it("is empty where nothing was ever heard, with points or without", () => {
    const room = createRoom(plan);
    speak(room, 10, firstEnd + quarter);
    expect([day(room, "s1/d2"), day(room, "s1/idle")]).toEqual(["nn", "nn"]);
    room.link(firstEnd + quarter, true, "s1/idle");
    room.tick(firstEnd + 2 * quarter);
    expect(day(room, "s1/idle")).toBe("nnw-");
  });

  it("is unknown where the server was away, also where nobody had said that it went", () => {
    const room = createRoom(plan);
    speak(room, 10, firstEnd + quarter);
    room.restart();
    room.neighbour(firstEnd + 3 * quarter, "server", "up");
    speak(room, firstEnd + 3 * quarter, firstEnd + 4 * quarter + 10);
    expect(day(room)).toBe("ww--w-");
  });

  it("is unknown while the broker is down: nobody could be heard", () => {
    const room = createRoom(plan);
    speak(room, 10, firstEnd + quarter);
    room.neighbour(firstEnd + quarter, "broker", "down");
    room.tick(firstEnd + 2 * quarter);
    room.neighbour(firstEnd + 2 * quarter, "broker", "up");
    speak(room, firstEnd + 2 * quarter, firstEnd + 3 * quarter + 10);
    expect(day(room)).toBe("ww-w-");
  });

  it("is kept under a new plan, and begins anew with a device that comes back into it", () => {
    const room = createRoom(plan);
    speak(room, 10, firstEnd + quarter);
    room.plan(firstEnd + quarter, planOf([...plan.points, point("z", { device: "s1/d9" })]));
    speak(room, firstEnd + quarter, firstEnd + 2 * quarter);
    expect([day(room), day(room, "s1/d9")]).toEqual(["www", "n"]);
    room.plan(firstEnd + 2 * quarter, planOf([point("z", { device: "s1/d9" })]));
    room.plan(firstEnd + 2 * quarter, plan);
    speak(room, firstEnd + 2 * quarter, firstEnd + 2 * quarter + 90);
    expect(day(room)).toBe("w");
  });
});
