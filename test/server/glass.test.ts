// Screens, receipts and stamps over a real loop and monitor, with clocks turned by hand.
import { beforeEach, describe, expect, it } from "vitest";
import type { WallView } from "../../contract/people.ts";
import type { Painted, WallReport } from "../../contract/receipt.ts";
import { defaultSeat } from "../../contract/seat.ts";
import type { ReceiptInput, WallInput } from "../../contract/input.ts";
import type { Screen } from "../../server/adapters/gateway/wall.ts";
import { createLatency, type Latency } from "../../server/app/latency.ts";
import { createReceipts, type Receipts } from "../../server/app/receipts.ts";
import { createScreens, type Screens } from "../../server/app/screens.ts";
import { createLog } from "../../server/log.ts";
import { epoch } from "../support/room.ts";
import { limit, planOf, point, rule } from "../support/plant.ts";
import { createStand, type Stand } from "../support/stand.ts";

const red = [rule("high", { red: limit(90) })];
const off = { state: "off", everyMs: 0, lastAt: null, lastTookMs: null, brokenAt: null } as const;
const person = { name: "Hall", role: "viewer", tier: "city", isWall: true } as const;
const id = "s1/p~limit~high";

let stand: Stand;
let screens: Screens;
let receipts: Receipts;
let latency: Latency;
let registered: WallView[];
let seconds: number;
const now = (): number => epoch + seconds * 1000;

function wallView(name: string, rest: Partial<WallView> = {}): WallView {
  return {
    id: name,
    name,
    tier: "city",
    createdAt: 0,
    createdBy: "admin",
    revokedAt: null,
    seenAt: null,
    isBound: true,
    seat: { ...defaultSeat, isOnDuty: true },
    ...rest,
  };
}

function screenOf(wall: WallView, rest: Partial<Screen> = {}): Screen {
  const { id: own, name, seat } = wall;
  return { connection: `socket-${own}`, person, wall: { id: own, name, seat }, ...rest };
}

const report: WallReport = {
  screen: "/wall/s1",
  audio: "running",
  isVoice: true,
  heapMb: 40,
  nodes: 1000,
  frameMs: 17,
  frameAgeMs: 5,
  offsetMs: 0,
  gaps: 0,
  version: "1",
};
const paintedOf = (revision = 1, rest: Partial<Painted["alarms"][number]> = {}): Painted => ({
  alarms: [{ alarm: id, occurrence: 1, revision, paintedAt: now() + 20, ...rest }],
});

/** Time passes second by second, as the server looks. */
function pass(many: number): void {
  for (let nth = 0; nth < many; nth += 1) {
    seconds += 1;
    stand.pass(1);
    screens.look();
    receipts.look();
    latency.look();
    stand.loop.drain();
  }
}

async function trip(value: number): Promise<void> {
  const written = stand.offer("p", value);
  stand.loop.drain();
  expect(await written).toBe(true);
}

/** The value returns, and every tier answers. */
async function answerAll(occurrence: number): Promise<void> {
  await trip(10);
  for (const tier of ["enterprise", "township", "county", "city"] as const)
    void stand.loop.command({
      act: "acknowledge",
      person: { name: "lin", role: "dutyOfficer", tier },
      request: { commandId: `${occurrence} ${tier}`, alarm: id, occurrence, revision: 1 },
    });
  stand.loop.drain();
  stand.pass(1);
  seconds += 1;
}

const level = (alarm: string): string | null | undefined => stand.monitor.state().alarms.get(alarm)?.alarm.level;
const inputs = (kind: string) =>
  stand.journal.records.flatMap((record) =>
    record.type === "input" && record.input.kind === kind ? [record.input] : [],
  );
const told = () =>
  (inputs("wall") as WallInput[]).map((input) => `${input.id} ${input.state}${input.isLast ? " last" : ""}`);

function open(): void {
  const own = { loop: stand.loop, monitor: stand.monitor, now, clock: now, log: createLog("silent") };
  screens = createScreens({ ...own, register: { listWalls: () => registered } });
  latency = createLatency({ ...own, limitMs: 1000, canary: () => off });
  receipts = createReceipts({ ...own, screens, onPainted: latency.painted });
  screens.look();
}

beforeEach(() => {
  seconds = 0;
  registered = [wallView("hall")];
  let isOpen = false;
  stand = createStand(planOf([point("p", { rules: red })]), {
    changed: (changes) => isOpen && receipts.changed(changes),
    judged: (...turn) => isOpen && latency.judged(...turn),
  });
  open();
  isOpen = true;
});

function sit(screen: Screen): Screen {
  screens.seated(screen);
  latency.seated(screen);
  return screen;
}

function come(wall: WallView): Screen {
  const screen = screenOf(wall);
  sit(screen);
  screens.reported(screen, report);
  return screen;
}

describe("an orange or red", () => {
  beforeEach(() => {
    come(registered[0] as WallView);
    pass(26);
  });

  it("that no wall on duty paints is one standing alarm after 5 s, and ends with the receipt", async () => {
    await trip(95);
    pass(5);
    expect(level("walls~down")).toBeUndefined();
    pass(2);
    expect(stand.monitor.state().alarms.get("walls~down")).toMatchObject({
      alarm: { level: "orange" },
      why: { code: "unpainted", values: { alarm: id, since: epoch + 26_000 } },
    });
    receipts.painted(screenOf(registered[0] as WallView), paintedOf());
    pass(2);
    expect(level("walls~down")).toBeNull();
  });

  it("of a site that is in no plan any more is still shown to the whole city, and painted there", async () => {
    await trip(95);
    stand.loop.plan(planOf([point("q", { site: "s2" })]), "test", "test");
    stand.loop.drain();
    expect(stand.monitor.standing().alarms.map((alarm) => alarm.id)).toContain(id);
    const { occurrence = 1, revision = 1 } = stand.monitor.standing().alarms.find((alarm) => alarm.id === id) ?? {};
    receipts.painted(screenOf(registered[0] as WallView), paintedOf(revision, { occurrence }));
    stand.loop.drain();
    expect(inputs("receipt")).toHaveLength(1);
  });

  it("ends it too once every tier has answered", async () => {
    await trip(95);
    pass(8);
    const { tiers } = stand.monitor.standing().alarms[0] ?? { tiers: [] };
    for (const { tier } of tiers) void stand.acknowledge(tier, id, 1, `command-${tier}`);
    stand.loop.drain();
    pass(2);
    expect(level("walls~down")).toBeNull();
  });

  it("is nobody's business while no wall on duty shows its site", async () => {
    registered = [wallView("hall", { scope: { sites: ["s9"] } })];
    await trip(95);
    pass(10);
    registered = [wallView("hall", { seat: defaultSeat })];
    pass(10);
    expect(level("walls~down")).toBeUndefined();
  });

  it("is not taken for painted by another revision, a wall that is not on duty, or one that may not see it", async () => {
    await trip(95);
    const hall = registered[0] as WallView;
    receipts.painted(screenOf(hall), paintedOf(2));
    receipts.painted(screenOf(hall), paintedOf(1, { occurrence: 2 }));
    receipts.painted(screenOf(hall), paintedOf(1, { alarm: "s1/q~limit~high" }));
    receipts.painted(screenOf(hall, { person: { ...person, scope: { sites: ["s9"] } } }), paintedOf());
    receipts.painted(screenOf(wallView("other", { seat: defaultSeat })), paintedOf());
    pass(7);
    expect(level("walls~down")).toBe("orange");
  });

  it("is written down as painted once by each wall, also where it is told again, and never by a browser", async () => {
    await trip(95);
    const hall = registered[0] as WallView;
    receipts.painted(screenOf(hall), paintedOf());
    receipts.painted(screenOf(hall), paintedOf());
    receipts.painted({ connection: "socket-2", person, wall: null }, paintedOf());
    stand.loop.drain();
    const written = inputs("receipt") as ReceiptInput[];
    expect(written.map(({ wall, painted }) => [wall, painted.map(({ alarm }) => alarm)])).toEqual([["hall", [id]]]);
  });
});

it("gives what stood at a start the time that walls need to come back", async () => {
  await trip(95);
  open();
  come(registered[0] as WallView);
  pass(29);
  expect(level("walls~down")).toBeUndefined();
  pass(3);
  expect(level("walls~down")).toBe("orange");
});

describe("a wall on duty", () => {
  it("is told to the record where it comes, goes, freezes and is back; its reports are not", () => {
    const screen = come(registered[0] as WallView);
    pass(5);
    screens.reported(screen, report);
    screens.reported(screen, { ...report, frameAgeMs: 20_000 });
    stand.loop.drain();
    expect(level("wall:hall~screen")).toBe("orange");
    screens.reported(screen, report);
    screens.left(screen.connection);
    pass(29);
    expect(level("wall:hall~screen")).toBeNull();
    pass(3);
    expect(told()).toEqual(["hall up", "hall frozen last", "hall up", "hall silent last"]);
    expect(level("wall:hall~screen")).toBe("orange");
    expect(screens.isAlive("hall")).toBe(false);
  });

  it("is yellow while another one is up, and tells since when it was last heard", () => {
    registered = [wallView("hall"), wallView("yard")];
    screens.look();
    for (const wall of registered) come(wall);
    pass(10);
    screens.left("socket-yard");
    pass(31);
    expect(level("wall:yard~screen")).toBe("yellow");
    expect(inputs("wall").at(-1)).toMatchObject({ id: "yard", since: epoch + 10_000 });
  });

  it("that never comes is silent half a minute after the start, and nothing is said of it before", () => {
    pass(30);
    expect(told()).toEqual([]);
    pass(1);
    expect(told()).toEqual(["hall silent last"]);
  });

  it("hangs where the thread beside its page says so, until its script reports again", () => {
    const screen = come(registered[0] as WallView);
    pass(12);
    expect(screens.hung("hall")).toBe(true);
    expect(screens.hung("nobody")).toBe(false);
    expect(screens.health()).toMatchObject([{ id: "hall", state: "frozen", isOnDuty: true }]);
    pass(1);
    screens.reported(screen, report);
    expect(screens.health()).toMatchObject([{ state: "up", report, room: "1" }]);
  });

  it("is told whether its room keeps a picture without it: another wall that is up, or no other at all", () => {
    const [hall, aside] = [wallView("hall"), wallView("aside")];
    const elsewhere = wallView("elsewhere", { seat: { ...defaultSeat, room: "2" } });
    registered = [hall, elsewhere];
    pass(1);
    come(elsewhere);
    const screen = come(hall);
    expect(screens.reported(screen, report)).toBe(true);
    registered = [hall, aside, elsewhere];
    pass(1);
    expect(screens.reported(screen, report)).toBe(false);
    come(aside);
    expect(screens.reported(screen, report)).toBe(true);
    screens.reported(screenOf(aside), { ...report, frameAgeMs: 20_000 });
    expect(screens.reported(screen, report)).toBe(false);
  });

  it("keeps no alarm once it is revoked or off duty, also where that happened while the server was away", () => {
    pass(31);
    expect(level("wall:hall~screen")).toBe("orange");
    registered = [];
    pass(1);
    expect(level("wall:hall~screen")).toBeNull();
    registered = [wallView("hall")];
    pass(32);
    expect(level("wall:hall~screen")).toBe("orange");
    registered = [];
    open();
    pass(1);
    expect(level("wall:hall~screen")).toBeNull();
  });

  it("stands among the browsers that are there, and stays itself while a person has logged in over it", () => {
    const hall = registered[0] as WallView;
    come(hall);
    const officer: Screen = { connection: "socket-2", person: { ...person, name: "lin" }, wall: null };
    screens.seated(officer);
    screens.painted(officer);
    screens.seated(screenOf(hall, { person: { name: "lin", role: "dutyOfficer", tier: "city" } }));
    expect(screens.health()).toMatchObject([
      { id: "hall", name: "hall", isWall: true },
      { id: "socket-2", name: "lin", isWall: false, isOnDuty: false, room: null, paintedAt: now() },
    ]);
    screens.left("socket-2");
    expect(screens.health()).toHaveLength(1);
  });
});

describe("the stamps", () => {
  const browser = (connection: string): Screen => ({ connection, person: { ...person, name: "lin" }, wall: null });
  beforeEach(() => void come(registered[0] as WallView));

  it("follow an alarm from its sample to the first answer, each screen with its own paint", async () => {
    await trip(95);
    receipts.painted(screenOf(registered[0] as WallView), paintedOf(1, { paintedAt: now() - 50_000 }));
    pass(3);
    receipts.painted(sit(browser("socket-2")), paintedOf());
    receipts.painted(sit(browser("socket-3")), paintedOf());
    void stand.acknowledge("city", id, 1, "command-1");
    stand.loop.drain();
    void stand.acknowledge("county", id, 1, "command-2");
    stand.loop.drain();
    // The loop of a stand has no stopwatch: its turns take no time.
    expect(latency.stampsOf(id)).toEqual({
      alarm: id,
      occurrence: 1,
      revision: 1,
      at: {
        measured: epoch,
        received: epoch,
        judged: epoch,
        recorded: epoch,
        pushed: epoch,
        acknowledged: epoch + 3000,
      },
      painted: [
        { screen: "hall", at: epoch },
        { screen: "lin", at: epoch + 3000 },
      ],
      slowest: { from: "measured", to: "received" },
    });
    expect(latency.view()).toMatchObject({ alarms: 1, limitMs: 1000, whole: { count: 1, p99Ms: 0 }, canary: off });
    expect(latency.stampsOf("s1/q~limit~high")).toBeNull();
  });

  it("count no alarm but those of a sample in time: no neighbour, none found late, no fall", async () => {
    stand.loop.neighbour("historian", "down", "gone");
    stand.loop.drain();
    expect(latency.stampsOf("historian~down")).toMatchObject({ at: { measured: null, received: epoch } });
    expect(latency.view().alarms).toBe(0);
  });

  it("have no paint by a screen that came after the push, and no alarm by a tab that somebody comes back to", async () => {
    const [late, hidden] = [browser("socket-2"), sit(browser("socket-3"))];
    latency.left("socket-hall");
    for (let nth = 1; nth <= 20; nth += 1) {
      await trip(95);
      pass(2);
      if (nth === 1) receipts.painted(sit(late), paintedOf(1, { occurrence: nth }));
      else receipts.painted(hidden, paintedOf(1, { occurrence: nth }));
      await answerAll(nth);
    }
    pass(1);
    expect(latency.view().whole).toMatchObject({ count: 19, p50Ms: 2000 });
    expect(level("latency~down")).toBeUndefined();
  });

  it("are an alarm of their own once twenty alarms of an hour took too long, naming the slowest hop; and no longer later", async () => {
    for (let nth = 1; nth <= 20; nth += 1) {
      await trip(95);
      pass(2);
      receipts.painted(screenOf(registered[0] as WallView), paintedOf(1, { occurrence: nth }));
      if (nth === 19) pass(1);
      expect(level("latency~down")).toBeUndefined();
      await answerAll(nth);
    }
    pass(1);
    expect(stand.monitor.state().alarms.get("latency~down")).toMatchObject({
      alarm: { level: "yellow" },
      why: { code: "latencyHigh", values: { took: "2.00 s", limit: "1.00 s", hop: "pushed painted" } },
    });
    seconds += 3600;
    stand.pass(3600);
    pass(2);
    expect(level("latency~down")).toBeNull();
  });
});
