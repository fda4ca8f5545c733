// A shadow: the candidate live but silent beside the loop, from the live state on, compared and never in the way.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AmendedStep } from "../../contract/input.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import type { Health } from "../../server/adapters/http/health.ts";
import { hashOfChange, listShadows, mostShadows, startShadow, stopShadow } from "../../server/adapters/trials.ts";
import { keepShadows, type Shadows } from "../../server/app/shadows.ts";
import { healthOf } from "../../server/app/status.ts";
import { runShadow } from "../../server/commands/shadow.ts";
import { createLog } from "../../server/log.ts";
import { createMonitor, type Monitor } from "../../server/monitor.ts";
import { createShadow, type Shadow } from "../../server/replay/shadow.ts";
import { hour, limit, planOf, point, rule, version } from "../support/plant.ts";
import { createRoom, epoch, reading, telemetry, type Said } from "../support/room.ts";
import { newFolder } from "../support/server.ts";
import { createStand } from "../support/stand.ts";

const levels = { blue: limit(50), red: limit(90) };
const plan = planOf([
  point("p", { rules: [rule("high", levels)] }),
  point("q", { site: "s2", rules: [rule("high", levels)] }),
]);

function change(of: Parameters<typeof version>[2], number = 2): RuleChange {
  const { levels: its } = version(number, 0, of);
  return {
    source: "s1/p",
    rule: "limit",
    direction: "high",
    version: { version: number, validFrom: epoch, approver: null, levels: its },
    author: "lin",
    reason: "fewer false alarms",
  };
}

/** A live monitor with a shadow behind it, as the loop feeds it; the clock in seconds. */
function createLive(of: RuleChange, before: readonly (readonly [seconds: number, value: number])[] = [], its = plan) {
  const live = createMonitor();
  const say = (seconds: number, said: Said) => {
    const input = { ...said, number: live.state().number + 1, at: epoch + seconds * 1000 };
    return { input, outcome: live.apply(input) };
  };
  const messageOf = (seconds: number, value: number, site = "s1"): Said =>
    telemetry([reading(site === "s1" ? "p" : "q", value, epoch + seconds * 1000)], { site });
  say(0, { kind: "plan", plan: its, by: "test", reason: "test" });
  say(0, { kind: "neighbour", name: "server", state: "up", reason: "test" });
  for (const [seconds, value] of before) say(seconds, messageOf(seconds, value));
  let now = 0;
  const shadow = createShadow({ live, change: of, stopwatch: () => (now += 1) }) as Shadow;
  const hear = (seconds: number, said: Said): void => {
    const { input, outcome } = say(seconds, said);
    shadow.heard([input], [outcome]);
  };
  return { live, shadow, hear, value: (s: number, value: number, site?: string) => hear(s, messageOf(s, value, site)) };
}

const none = { same: 0, new: 0, lost: 0, earlier: 0, later: 0, higher: 0, lower: 0 };

describe("a shadow", () => {
  it("counts what the candidate raises newly and earlier, and tells nobody", () => {
    const { live, shadow, value } = createLive(change({ blue: limit(40) }));
    const { seq } = live.state();
    value(10, 45);
    value(20, 10);
    expect(shadow.status().differences).toEqual({ ...none, new: 1 });
    expect(live.state().alarms.has("s1/p~limit~high")).toBe(false);
    // The device came online and the site was rolled up: nothing else was changed by the live monitor.
    expect(live.state().seq - seq).toBeLessThanOrEqual(4);
    value(30, 45);
    value(40, 55);
    value(50, 10);
    expect(shadow.status()).toMatchObject({ differences: { ...none, new: 1, earlier: 1 }, samples: 5, ended: null });
    expect(shadow.status().examples.at(-1)).toMatchObject({ activeAt: epoch + 40_000, candidateAt: epoch + 30_000 });
  });

  it("goes on from the live state: an alarm that stands is the same on both sides", () => {
    const { shadow, value } = createLive(change({ blue: limit(40) }), [[10, 60]]);
    expect(shadow.status().since).toBe(epoch + 10_000);
    value(20, 60);
    value(30, 10);
    expect(shadow.status().differences).toEqual({ ...none, same: 1 });
  });

  it("says nothing of other sites, and hears nothing of them", () => {
    const { shadow, value } = createLive(change({ blue: limit(40) }));
    value(10, 95, "s2");
    value(20, 10, "s2");
    expect(shadow.status()).toMatchObject({ differences: none, samples: 0 });
  });

  it("tells its share of the time", () => {
    const { shadow, value } = createLive(change({ blue: limit(40) }));
    for (let s = 10; s <= 100; s += 10) value(s, 10);
    expect(shadow.status().timeShare).toBeGreaterThan(0);
    expect(shadow.status().timeShare).toBeLessThan(1);
  });

  it("ends with its reason when it fails, and the live monitor goes on", () => {
    const { live, shadow, value } = createLive(change({ blue: limit(40) }));
    shadow.passTo(epoch + hour);
    value(10, 45);
    expect(shadow.status().ended).toEqual({ at: epoch + 10_000, reason: expect.stringContaining("back in time") });
    value(20, 95);
    expect(live.state().alarms.get("s1/p~limit~high")?.alarm.level).toBe("red");
    expect(shadow.status().samples).toBe(0);
  });

  it("takes a new plan in, and ends when its version has been enabled", () => {
    const { shadow, hear, value } = createLive(change({ blue: limit(40) }));
    const more = planOf([...plan.points, point("r", { rules: [rule("high", levels)] })]);
    hear(10, { kind: "plan", plan: more, by: "test", reason: "test" });
    value(20, 45);
    value(30, 10);
    expect(shadow.status()).toMatchObject({ differences: { ...none, new: 1 }, ended: null });
    const versions = [version(1, 0, levels), version(2, 0, { blue: limit(40) })];
    const enabled = planOf([point("p", { rules: [rule("high", {}, { versions })] })]);
    hear(40, { kind: "plan", plan: enabled, by: "test", reason: "test" });
    expect(shadow.status().ended?.reason).toContain("the plan of record has changed");
  });

  it("hears what devices answer, by whatever number their order has there, and orders nobody about", () => {
    const storm = { everyMs: 5000, silentAfterMs: 15_000, silence: {} };
    const points = [
      point("p", { sampling: { storm }, rules: [rule("high", levels)] }),
      point("trip", { rules: [rule("high", { red: limit(50) })] }),
    ];
    const stormy = {
      when: [
        { source: "s1/p", atLeast: "blue" },
        { source: "s1/trip", atLeast: "red" },
      ],
      holdMs: 60_000,
    };
    const tied = planOf(points);
    const its = { ...tied, sites: tied.sites.map((site) => ({ ...site, sampling: { storm: stormy } })) } as typeof plan;
    const { live, shadow, hear } = createLive(change({ blue: limit(40) }), [], its);
    const both = (s: number, p: number, trip: number): void =>
      hear(s, telemetry([reading("p", p, epoch + s * 1000), reading("trip", trip, epoch + s * 1000)]));
    // Only the candidate calls this storm: nobody was asked, and nobody has failed to answer.
    for (let s = 5; s <= 300; s += 5) both(s, 45, 1);
    for (let s = 305; s <= 500; s += 5) both(s, 1, 1);
    both(505, 1, 60);
    const order = live.state().sampling.get("s1")?.order as number;
    hear(506, { kind: "ack", site: "s1", device: "d1", order });
    for (let s = 510; s <= 800; s += 5) both(s, 1, 60);
    // Who has promised to speak every 5 s is silent after 15.
    shadow.passTo(epoch + 830_000);
    hear(830, { kind: "tick" });
    both(835, 1, 1);
    both(840, 1, 1);
    expect(live.state().alarms.get("s1/p~silence")?.alarm.occurrence).toBe(1);
    expect(shadow.status().differences).toEqual({ ...none, new: 1, same: 3 });
  });

  it("counts nothing that judging in order has found: it belongs to the past", () => {
    const { live, shadow, hear, value } = createLive(change({ blue: limit(40) }));
    const missed: AmendedStep = {
      alarm: "s1/p~limit~high",
      at: epoch + 5000,
      violatedSince: epoch + 5000,
      returnedSince: null,
      ruleVersion: 1,
      fromLevel: null,
      level: "red",
      value: 95,
      setpoint: 90,
      deadband: 0,
      quality: "good",
      why: { code: "limitViolated", values: { value: 95 } },
      amends: null,
    };
    value(10, 10);
    hear(30, {
      kind: "amendment",
      point: "s1/p",
      from: epoch,
      until: epoch + 10_000,
      samples: 2,
      readTo: 3,
      isSettled: true,
      steps: [
        missed,
        { ...missed, at: epoch + 6000, fromLevel: "red", level: null, value: 10, returnedSince: epoch + 6000 },
      ],
    });
    expect(live.state().alarms.get("s1/p~limit~high")?.alarm.occurrence).toBe(1);
    value(40, 10);
    expect(shadow.status().differences).toEqual(none);
  });

  it("takes in new versions of other rules at once, and the raises that they bring", () => {
    const valve = point("v", { report: "onChange", rules: [rule("high", levels)] });
    const { shadow, hear, value } = createLive(change({ blue: limit(40) }), [], planOf([...plan.points, valve]));
    hear(5, telemetry([reading("v", 30, epoch + 5000)]));
    value(10, 10);
    hear(20, { kind: "ruleChange", change: { ...change({ red: limit(20) }), source: "s1/v" } });
    hear(30, telemetry([reading("v", 1, epoch + 30_000)]));
    expect(shadow.status()).toMatchObject({ differences: { ...none, same: 1 }, ended: null });
  });

  it("is none where the plan has no such rule", () => {
    const { live } = createLive(change(levels));
    expect(createShadow({ live, change: { ...change(levels), rule: "other" }, stopwatch: () => 0 })).toBeNull();
  });
});

let folder: ReturnType<typeof newFolder>;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => folder.remove());

function shadowsOf(live: Monitor): Shadows {
  return keepShadows({
    live,
    list: () => listShadows(folder.path),
    log: createLog("silent"),
    stopwatch: () => 0,
  });
}

describe("the shadows of a server", () => {
  const liveOf = (): Monitor => createRoom(plan).monitor();

  it("start and stop by the files of the data directory, four at most", () => {
    const shadows = shadowsOf(liveOf());
    shadows.look();
    expect(shadows.status()).toEqual([]);
    const changes = [40, 41, 42, 43, 44].map((setpoint) => change({ blue: limit(setpoint) }));
    for (const one of changes) startShadow(folder.path, one);
    shadows.look();
    expect(shadows.status()).toHaveLength(mostShadows);
    for (const one of changes.slice(1)) expect(stopShadow(folder.path, hashOfChange(one))).toBe(true);
    shadows.look();
    expect(shadows.status()).toHaveLength(1);
    expect(stopShadow(folder.path, hashOfChange(changes[1] as RuleChange))).toBe(false);
  });

  it("leave alone what cannot run, and what somebody has spoilt", () => {
    const shadows = shadowsOf(liveOf());
    startShadow(folder.path, { ...change(levels), source: "s1/none" });
    startShadow(folder.path, change({ blue: limit(40) }));
    writeFileSync(join(folder.path, "shadows", `${"a".repeat(64)}.json`), "{}");
    writeFileSync(join(folder.path, "shadows", `${"b".repeat(64)}.json`), "{");
    shadows.look();
    expect(shadows.status().map(({ version: number }) => number)).toEqual([2]);
  });

  it("are fed by the loop once a turn is told, and shown in health", async () => {
    const told: string[] = [];
    startShadow(folder.path, change({ blue: limit(40) }));
    let shadows: Shadows | null = null;
    const stand = createStand(plan, {
      judged: (inputs, outcomes) => {
        told.push("judged");
        shadows?.heard(inputs, outcomes);
      },
      turned: () => void told.push("turned"),
    });
    told.length = 0;
    shadows = shadowsOf(stand.monitor);
    shadows.look();
    for (const value of [45, 10]) {
      stand.pass(10);
      const offered = stand.offer("p", value);
      stand.turn();
      await offered;
    }
    expect(told).toEqual(["turned", "judged", "turned", "judged"]);
    const restored = { monitor: stand.monitor } as Parameters<typeof healthOf>[2];
    const refusals = { count: () => undefined, list: () => [] };
    const about = { version: "1", isDemo: false, startedAt: 0 };
    const health: Partial<Health> & { readonly shadows?: unknown } = healthOf(
      about,
      true,
      restored,
      stand.loop,
      refusals,
      shadows.status(),
    );
    expect(health.shadows).toMatchObject([{ source: "s1/p", version: 2, differences: { ...none, new: 1 } }]);
    expect(healthOf(about, true, restored, stand.loop, refusals, [])).not.toHaveProperty("shadows");
  });
});

describe("the command shadow", () => {
  const run = (...words: readonly string[]) => {
    const [out, told]: [string[], string[]] = [[], []];
    const code = runShadow(folder.path, words, { out: (line) => out.push(line), say: (line) => told.push(line) });
    return { code, out, told };
  };

  it("lists, stops, and says how it is used", () => {
    const file = join(folder.path, "change.json");
    writeFileSync(file, JSON.stringify(change(levels)));
    expect(run("list")).toEqual({ code: 0, out: [], told: [] });
    startShadow(folder.path, change(levels));
    expect(run("list").out[0]).toMatch(/^s1\/p {2}limit high {2}version 2 {2}[0-9a-f]{12}$/u);
    expect(run("stop", file).code).toBe(0);
    expect(run("stop", file)).toMatchObject({ code: 1, told: [expect.stringContaining("shadow list")] });
    expect(run("start", file)).toMatchObject({ code: 64, told: [expect.stringContaining("no plan of record")] });
    expect(run("start")).toMatchObject({ code: 64, told: [expect.stringContaining("start CHANGE.json")] });
  });
});
