// A wall on its round: where it goes, what its address says, and whom it leaves alone.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { computed, effectScope, shallowRef, type EffectScope } from "vue";
import type { AlarmView } from "../../contract/alarm.ts";
import type { Seat } from "../../contract/seat.ts";
import type { Person, SiteStatus } from "../../contract/wall.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { createRound, type WallRound } from "../../dashboard/src/screens/round.ts";
import { createRoute, type Route } from "../../dashboard/src/screens/route.ts";
import { alarmOf, planOf } from "./support.ts";

const plan = planOf();
const drawn = { ...plan, sites: plan.sites.map((site) => ({ ...site, drawing: {} })) };
const wall: Person = { name: "wall-1", role: "viewer", tier: "city", isWall: true };

let scope: EffectScope;
let route: Route;
let clock: number;
let wallRound: WallRound;
const person = shallowRef<Person | null>(wall);
const seat = shallowRef<Seat | null>(null);
const alarms = shallowRef<ReadonlyMap<string, AlarmView>>(new Map());
const now = shallowRef(0);

function start(): void {
  scope = effectScope();
  scope.run(() => {
    route = createRoute();
    const index = shallowRef(createPlanIndex(drawn));
    const sites = shallowRef<ReadonlyMap<string, SiteStatus>>(
      new Map([["b", { id: "b", status: "yellow" } as unknown as SiteStatus]]),
    );
    const live = { index, sites, alarms, person, seat, now };
    wallRound = createRound({ live, route, tier: computed(() => "city"), monotonic: () => clock });
  });
}
function seconds(count: number): void {
  for (let second = 0; second < count; second += 1) {
    clock += 1000;
    now.value += 1000;
  }
}
const address = (): string => location.pathname + location.search;

beforeEach(() => {
  history.replaceState(null, "", "/wall/s1");
  [person.value, seat.value, alarms.value, clock] = [wall, null, new Map(), 1_000_000];
  start();
});
afterEach(() => {
  scope.stop();
  route.stop();
});

describe("a wall", () => {
  it("turns from the overview to its worst site, to the figures and back, and leaves no trail in the browser's history", () => {
    const steps = history.length;
    seconds(1);
    expect(wallRound.round.value).toMatchObject({ kind: "running", screen: "s1" });
    seconds(60);
    expect(address()).toBe("/site/b");
    seconds(30);
    expect(address()).toBe("/wall/figures");
    seconds(20);
    expect(address()).toBe("/wall/s1");
    expect(history.length).toBe(steps);
  });

  it("shows the overview in the very step in which a red comes, and stays", () => {
    seconds(61);
    expect(address()).toBe("/site/b");
    alarms.value = new Map([["a/P1~high", alarmOf("a/P1", "red")]]);
    expect(address()).toBe("/wall/s1");
    seconds(600);
    expect(address()).toBe("/wall/s1");
  });

  it("keeps over a reload that it is paused, and where", () => {
    seconds(61);
    wallRound.toggle();
    expect(address()).toBe("/site/b?round=paused");
    scope.stop();
    route.stop();
    start();
    seconds(600);
    expect(address()).toBe("/site/b?round=paused");
    wallRound.toggle();
    seconds(30);
    expect(address()).toBe("/wall/figures");
  });

  it("leaves whoever uses it where he goes", () => {
    wallRound.touch();
    route.go("/alarms");
    seconds(119);
    expect(address()).toBe("/alarms");
    seconds(2);
    expect(address()).toBe("/wall/s1");
  });

  it("does what the server says of its seat", () => {
    seat.value = { playlist: [{ screen: "s1", forMs: 5000 }] } as unknown as Seat;
    seconds(600);
    expect(address()).toBe("/wall/s1");
    expect(wallRound.round.value).toEqual({ kind: "still" });
  });

  it("is no person's screen: that is never turned", () => {
    person.value = { name: "duty", role: "dutyOfficer", tier: "city" };
    seconds(600);
    expect(address()).toBe("/wall/s1");
    expect(wallRound.round.value).toBeNull();
  });
});
