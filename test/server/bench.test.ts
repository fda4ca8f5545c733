// The conformance bench by a clock that is turned by hand: who may begin a trial, what ends one, and what becomes of it.
import { beforeEach, describe, expect, it } from "vitest";
import type { TrialReport } from "../../contract/conformance.ts";
import type { Plan } from "../../contract/plant.ts";
import type { RegisteredDevice } from "../../contract/register.ts";
import type { DecodeResult } from "../../contract/sample.ts";
import type { Person } from "../../contract/wall.ts";
import { type Bench, createBench } from "../../server/app/bench.ts";
import { planOf, point, second } from "../support/plant.ts";

const t0 = 1_790_000_000_000;
const times = { listenMs: 60 * second, cutMs: 10 * second, returnMs: 60 * second, settleMs: 5 * second };
const everybody: Person = { name: "admin", role: "administrator", tier: "city" };
const theirs: Person = { name: "works", role: "enterprise", tier: "enterprise", scope: { sites: ["s1"] } };
const others: Person = { name: "other", role: "enterprise", tier: "enterprise", scope: { sites: ["s2"] } };

const flow = point("F-1", {
  device: "s1/gw",
  unit: "1",
  range: { sensor: [0, 100], operator: [0, 100] },
  report: { everyMs: second },
  silentAfterMs: 10 * second,
});
const plan: Plan = planOf([flow]);

function deviceOf(device: string, stage: RegisteredDevice["stage"] = "trial", site = "s1"): RegisteredDevice {
  const entry = { site, device, dialect: "native", options: {}, names: {}, maxPerSecond: 10 } as const;
  return { ...entry, userName: `${site}.${device}`, stage, openedBecause: null, createdAt: t0, retiredAt: null };
}

let at: number;
let isPossible: boolean;
let devices: RegisteredDevice[];
let kept: Map<number, TrialReport>;
let told: string[];
let bench: Bench;

beforeEach(() => {
  at = t0;
  isPossible = true;
  devices = [deviceOf("gw"), deviceOf("open", "open"), deviceOf("gone", "retired"), deviceOf("far", "trial", "s9")];
  kept = new Map();
  told = [];
  bench = newBench();
});

function newBench(): Bench {
  const newest = (reports: Iterable<TrialReport>): TrialReport | null => [...reports].at(-1) ?? null;
  return createBench({
    plan: () => plan,
    devices: () => devices,
    connectionOf: ({ userName }) => ({
      userName,
      plainPort: 1,
      tlsPort: null,
      trialTopics: [],
      openTopics: [],
      example: null,
    }),
    isPossible: () => isPossible,
    now: () => at,
    drop: (site, device, why) => void told.push(`drop ${site}/${device}: ${why}`),
    cut: (site, device, why) => void told.push(`cut ${site}/${device}: ${why}`),
    begun: (_device, report) => void kept.set(report.startedAt, report),
    ended: (_device, report) => {
      kept.set(report.startedAt, report);
      told.push(`ended: ${report.passed}`);
    },
    lastTrial: () => newest(kept.values()),
    lastEnded: () => newest([...kept.values()].filter(({ endedAt }) => endedAt !== null)),
    times,
  });
}

const values = (seq: number, sourceAt: number): DecodeResult => ({
  ok: true,
  message: {
    kind: "telemetry",
    site: "s1",
    device: "gw",
    sequence: { first: seq, last: seq },
    readings: [{ code: "F-1", sourceAt, value: 5, quality: "good", unit: null }],
    refused: [],
  },
});
const state = (online: boolean): DecodeResult => ({
  ok: true,
  message: { kind: "state", site: "s1", device: "gw", online },
});
const connect = (): void => {
  bench.connected("s1", "gw", { security: "tls", certificateEndsAt: null, hasWill: true });
  hear("birth", state(true));
};

const hear = (hash: string, read: DecodeResult): boolean | null => bench.hear("s1", "gw", { hash, qos: 1, read });

/** A gateway that does everything right, until so many seconds have gone. */
function runWell(seconds: number): void {
  connect();
  const stored: number[] = [];
  let isAway = false;
  for (let seq = 1; seq <= seconds; seq += 1) {
    at += second;
    bench.tick();
    if (isAway && bench.mayConnect("s1", "gw")) {
      isAway = false;
      connect();
      for (const one of stored.splice(0)) expect(hear(`m${one}`, values(one, t0 + one * second))).toBe(true);
    }
    if (isAway) stored.push(seq);
    else if (hear(`m${seq}`, values(seq, at)) === false) {
      isAway = true;
      stored.push(seq);
      hear("will", state(false));
    }
  }
}

describe("the bench", () => {
  it("lists the devices of a person's own sites, without the retired; a site without a plan is named in the scope", () => {
    const named = (person: Person) => bench.list(person).map(({ site, device }) => `${site}/${device}`);
    expect(named(everybody)).toEqual(["s1/gw", "s1/open", "s9/far"]);
    expect(named(theirs)).toEqual(["s1/gw", "s1/open"]);
    expect(named(others)).toEqual([]);
    expect(named({ ...theirs, scope: { sites: ["s9"] } })).toEqual(["s9/far"]);
    expect(named({ ...theirs, scope: { counties: ["elsewhere"] } })).toEqual([]);
  });

  it("begins a trial, drops the connection that was there, and keeps that it has begun", () => {
    expect(bench.view(theirs, "s1", "gw")).toMatchObject({ isOnTrial: false, lastTrial: null, report: null });
    expect(bench.start(theirs, "s1", "gw")).toMatchObject({
      ok: true,
      view: { isOnTrial: true, lastTrial: null, report: { phase: "waiting", passed: null, phaseEndsAt: null } },
    });
    expect(told).toEqual(["drop s1/gw: its trial begins"]);
    expect(kept.get(t0)).toMatchObject({ device: "s1/gw", phase: "waiting", endedAt: null });
  });

  it.each<[string, Person, string, string]>([
    ["a device that is open", theirs, "open", "TRIAL_NOT_POSSIBLE"],
    ["one that is retired", theirs, "gone", "TRIAL_NOT_POSSIBLE"],
    ["one that nobody knows", theirs, "none", "NOT_FOUND"],
    ["one of somebody else's site, as if it were not there", others, "gw", "NOT_FOUND"],
  ])("refuses %s", (_what, person, device, code) => {
    expect(bench.start(person, "s1", device)).toEqual({ ok: false, code });
    expect([told, kept.size]).toEqual([[], 0]);
  });

  it("refuses a trial that runs already, one that cannot be heard, and more than anybody could look at", () => {
    bench.start(theirs, "s1", "gw");
    expect(bench.start(theirs, "s1", "gw")).toEqual({ ok: false, code: "TRIAL_RUNS" });
    isPossible = false;
    expect(bench.start(everybody, "s9", "far")).toEqual({ ok: false, code: "TRIAL_NEEDS_BROKER" });
    isPossible = true;
    devices = Array.from({ length: 201 }, (_, count) => deviceOf(`d${count}`));
    for (let count = 0; count < 199; count += 1) expect(bench.start(theirs, "s1", `d${count}`).ok).toBe(true);
    expect(bench.start(theirs, "s1", "d200")).toEqual({ ok: false, code: "OVERLOADED" });
  });

  it("hears, holds and lets in only what is on trial, and shows a trial to nobody else", () => {
    expect([hear("h", values(1, at)), bench.mayConnect("s1", "gw")]).toEqual([null, true]);
    bench.start(theirs, "s1", "gw");
    bench.connected("s1", "other", { security: "tls", certificateEndsAt: null, hasWill: true });
    expect(bench.view(theirs, "s1", "gw")?.report?.phase).toBe("waiting");
    expect([bench.view(others, "s1", "gw"), bench.stop(others, "s1", "gw")]).toEqual([
      null,
      { ok: false, code: "NOT_FOUND" },
    ]);
    expect(bench.stop(theirs, "s1", "open")).toEqual({ ok: false, code: "NOT_FOUND" });
    connect();
    const orders: DecodeResult = { ok: true, message: { kind: "ack", site: "s1", device: "gw", order: 1 } };
    expect(hear("h", orders)).toBe(true);
    expect(bench.view(theirs, "s1", "gw")?.report).toMatchObject({ phase: "listening", messages: 0 });
  });

  it("leads a good gateway through listening, cut and return, and ends as soon as everything is passed", () => {
    bench.start(theirs, "s1", "gw");
    runWell(85);
    expect(told).toEqual(["drop s1/gw: its trial begins", "cut s1/gw: cut by the bench", "ended: true"]);
    const report = bench.view(theirs, "s1", "gw")?.report;
    expect(report).toMatchObject({ phase: "done", passed: true });
    expect(new Set(report?.checks.map(({ verdict }) => verdict))).toEqual(new Set(["passed"]));
    // Listened from the first connection on, cut by the message after it, and the shortest settling after the return.
    expect(report?.endedAt).toBe(t0 + times.listenMs + times.cutMs + times.settleMs);
    expect(bench.list(theirs)[0]).toMatchObject({ isOnTrial: false, lastTrial: { passed: true } });
  });

  it("cuts a gateway that says nothing, lets it in again, and ends without a pass when its time is over", () => {
    bench.start(theirs, "s1", "gw");
    connect();
    const letIn: boolean[] = [];
    for (let seconds = 0; seconds < 200; seconds += 5) {
      at += 5 * second;
      bench.tick();
      letIn.push(bench.mayConnect("s1", "gw"));
    }
    expect(told).toEqual(["drop s1/gw: its trial begins", "cut s1/gw: cut by the bench", "ended: false"]);
    expect(letIn.filter((isIn) => !isIn)).toHaveLength(times.cutMs / (5 * second));
  });

  it("ends by hand, by opening or retiring behind its back, and by itself when nobody ever comes", () => {
    bench.start(theirs, "s1", "gw");
    expect(bench.stop(theirs, "s1", "gw")).toMatchObject({
      ok: true,
      view: { isOnTrial: false, report: { phase: "done", passed: false } },
    });
    for (const stage of ["open", "retired"] as const) {
      at += second;
      devices = [deviceOf("gw")];
      expect(bench.start(theirs, "s1", "gw").ok).toBe(true);
      devices = [deviceOf("gw", stage)];
      bench.tick();
      expect(told.at(-1)).toBe("ended: false");
    }
    at += second;
    devices = [deviceOf("gw")];
    bench.start(theirs, "s1", "gw");
    const begun = told.length;
    at += 6 * 3600 * second;
    bench.tick();
    expect(told).toHaveLength(begun);
    at += second;
    bench.tick();
    expect(told.at(-1)).toBe("ended: false");
  });

  it("shows a trial that a restart has ended as one without an end, and lets it begin anew", () => {
    bench.start(theirs, "s1", "gw");
    connect();
    bench = newBench();
    const view = bench.view(theirs, "s1", "gw");
    expect(view).toMatchObject({ isOnTrial: false, lastTrial: null, report: { phase: "waiting", endedAt: null } });
    expect(hear("h", values(1, at))).toBeNull();
    at += second;
    expect(bench.start(theirs, "s1", "gw")).toMatchObject({ ok: true, view: { isOnTrial: true } });
  });
});
