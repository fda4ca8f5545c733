// A back-test: a candidate beside the rule in force, over stored samples and over a journal, and the report that is kept.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Check } from "typebox/value";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backtestSchema, type BacktestReport } from "../../contract/backtest.ts";
import type { JournalRecord } from "../../contract/journal.ts";
import type { Plan } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { topicOf } from "../../contract/topics.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { createEmbeddedHistorian } from "../../server/adapters/historian/embedded.ts";
import { createPointNames, createRows } from "../../server/adapters/historian/rows.ts";
import { openIncidents } from "../../server/adapters/incidents.ts";
import { segmentName } from "../../server/adapters/journal/read.ts";
import { encodeChange, encodeEnd, encodeInput } from "../../server/adapters/journal/records.ts";
import { findBacktest, hashOfChange, listBacktests } from "../../server/adapters/trials.ts";
import { runBacktest, type BacktestWords } from "../../server/commands/backtest.ts";
import { incidentView, openIncident } from "../../server/domain/incident.ts";
import { createMonitor } from "../../server/monitor.ts";
import { createBacktest, type BacktestFindings } from "../../server/replay/backtest.ts";
import { trialOf, type Trial } from "../../server/replay/trial.ts";
import { condition, hour, limit, minute, planOf, point, rule, second, version } from "../support/plant.ts";
import { newFolder } from "../support/server.ts";
import { plans } from "../support/stream-plans.ts";
import { lead, streams, type Timed } from "../support/streams.ts";
import { createStand } from "../support/stand.ts";
import { epoch } from "../support/room.ts";

const day = 24 * hour;
const levels = { blue: limit(50, { deadband: 2 }), red: limit(90, { deadband: 2 }) };

function change(of: Parameters<typeof version>[2], rest: Partial<RuleChange> = {}): RuleChange {
  return {
    source: "s1/p0",
    rule: "limit",
    direction: "high",
    version: version(2, epoch, of),
    author: "lin",
    reason: "fewer false alarms",
    ...rest,
  };
}

/** 50 points of five devices on one site, and a second site that nothing ties to it. */
const plan = planOf([
  ...Array.from({ length: 50 }, (_, nth) =>
    point(`p${nth}`, { device: `s1/d${Math.floor(nth / 10)}`, rules: [rule("high", levels)] }),
  ),
  point("q", { site: "s2", rules: [rule("high", levels)] }),
]);

/** What p0 measures in the day: 10, but for three humps; all others measure 10 and 11 in turn. */
function valueAt(nth: number, ms: number): number {
  const calm = 10 + ((ms / (10 * second)) % 2);
  if (nth !== 0) return calm;
  const hump = (from: number, peak: number): number => {
    const into = (ms - from) / minute;
    // Up by 4 a minute to the peak, and down again as fast.
    return into < 0 || into > peak / 2 ? 0 : peak - Math.abs(peak - 4 * into);
  };
  return Math.max(calm, hump(2 * hour, 60), hump(8 * hour, 100), hump(14 * hour, 48));
}

function trial(of: RuleChange, its: Plan = plan): Trial {
  const found = trialOf(its, of);
  if (found === null) throw new Error("the plan has no such rule");
  return found;
}

/** One day at 10 s through both sides, hour by hour. */
function backtestDay(of: Trial, from = epoch): BacktestFindings {
  const backtest = createBacktest({ trial: of, from, decode: decodeNative, onStep: () => undefined });
  for (let at = epoch; at < epoch + day; at += hour) {
    const times = Float64Array.from({ length: 360 }, (_, nth) => at + nth * 10 * second);
    const series = backtest.points.map(({ code }) => ({
      count: times.length,
      sourceAt: times,
      value: times.map((one) => valueAt(Number(code.slice(1)), one - epoch)),
      quality: new Uint8Array(times.length),
    }));
    backtest.takeSpan({ from: at, to: at + hour, series });
  }
  return backtest.finish(epoch + day - 1);
}

const none = { new: 0, lost: 0, earlier: 0, later: 0, higher: 0, lower: 0 };

describe("a back-test of one day of 50 points at 10 s", () => {
  it("finds what a lower blue raises earlier and newly, exactly", { timeout: 60_000 }, () => {
    const found = backtestDay(trial(change({ blue: limit(46, { deadband: 2 }), red: limit(90, { deadband: 2 }) })));
    expect(found.samples).toBe(432_000);
    // Rising by 4 a minute, 46 is reached one minute before 50; the hump of 48 never reached it.
    expect(found.differences).toEqual({ ...none, same: 0, new: 1, earlier: 2 });
    expect(found.alarms).toEqual([
      { alarm: "s1/p0~limit~high", ...none, same: 0, new: 1, earlier: 2, earlierByMs: minute, laterByMs: 0 },
    ]);
    expect(found.examples.filter(({ kind }) => kind === "new")).toEqual([
      {
        kind: "new",
        alarm: "s1/p0~limit~high",
        activeAt: null,
        candidateAt: epoch + 14 * hour + 11 * minute + 30 * second,
        activeLevel: null,
        candidateLevel: "blue",
      },
    ]);
  });

  it("finds what a higher blue loses and raises later, and a level that is not reached", { timeout: 60_000 }, () => {
    const found = backtestDay(trial(change({ blue: limit(70, { deadband: 2 }), red: limit(120, { deadband: 2 }) })));
    expect(found.differences).toEqual({ ...none, same: 0, lost: 1, later: 1, lower: 1 });
    expect(found.alarms).toMatchObject([{ laterByMs: 5 * minute, earlierByMs: 0 }]);
    expect(found.examples.find(({ kind }) => kind === "lower")).toMatchObject({
      activeLevel: "red",
      candidateLevel: "blue",
    });
  });

  it("finds nothing where the candidate is the rule in force", { timeout: 60_000 }, () => {
    const found = backtestDay(trial(change(levels)));
    expect(found).toMatchObject({ differences: { ...none, same: 2 }, alarms: [], examples: [] });
  });

  it("judges what lies before the period, and does not count it", { timeout: 60_000 }, () => {
    const found = backtestDay(trial(change({ blue: limit(46, { deadband: 2 }) })), epoch + 4 * hour);
    expect(found.differences).toMatchObject({ new: 1, earlier: 1, lower: 1 });
    expect(found.judgedFrom).toBe(epoch);
  });
});

describe("a trial", () => {
  it("holds the candidate against the version in force when it becomes valid, each alone and since ever", () => {
    const versions = [1, 2, 3].map((number) => version(number, epoch + number * hour, { blue: limit(number) }));
    const its = planOf([point("p0", { rules: [rule("high", {}, { versions })] })]);
    const of = trial(
      { ...change({ blue: limit(9) }), version: version(4, epoch + 2.5 * hour, { blue: limit(9) }) },
      its,
    );
    expect(of.against).toBe(2);
    expect(of.active.points[0]?.rules[0]?.versions).toMatchObject([{ version: 2, validFrom: 0 }]);
    expect(of.candidate.points[0]?.rules[0]?.versions).toMatchObject([{ version: 4, validFrom: 0 }]);
  });

  /** A rule of site s2 over points of both sites. */
  const tie = (need: number) =>
    condition("vote", {
      members: ["s1/p0", "s2/q"],
      violated: { direction: "high", setpoint: 1 },
      need,
      windowMs: 0,
    });
  const tied = planOf(plan.points, { siteRules: { s2: [rule("none", { orange: tie(1) }, { id: "tie" })] } });

  it("leaves out every site that no rule ties to that of the change", () => {
    expect([...trial(change(levels)).sites]).toEqual(["s1"]);
    expect(trial(change(levels)).active.points).toHaveLength(50);
    expect([...trial(change(levels), tied).sites].toSorted()).toEqual(["s1", "s2"]);
  });

  it("takes a rule of a site as well", () => {
    const of = trial(change({ orange: tie(2) }, { source: "s2", rule: "tie", direction: "none" }), tied);
    expect(of.sites.size).toBe(2);
    const rulesOf = (its: Plan) => its.sites.flatMap(({ rules = [] }) => rules);
    expect(rulesOf(of.candidate)).toMatchObject([{ id: "tie", versions: [{ version: 2, validFrom: 0 }] }]);
    expect(rulesOf(of.active)).toMatchObject([{ id: "tie", versions: [{ version: 1 }] }]);
  });

  it("is none where the plan has no such rule, or that has the version already", () => {
    expect(trialOf(plan, change(levels, { source: "s1/none" }))).toBeNull();
    expect(trialOf(plan, { ...change(levels), version: version(1, epoch, levels) })).toBeNull();
  });
});

/** Any stream as a journal would have it: what stands in a message is found by the message's number. */
function findingsOf(of: Trial, given: readonly Timed[]): BacktestFindings {
  const backtest = createBacktest({
    trial: of,
    from: 0,
    onStep: () => undefined,
    decode: (_, payload) => {
      const said = given[Number(Buffer.from(payload).toString())]?.said;
      if (said?.kind !== "telemetry") throw new Error("a message without its telemetry");
      return { ok: true, message: said.message };
    },
  });
  for (const [number, { at, said }] of given.entries()) {
    if (said.kind !== "telemetry") backtest.takeInput({ ...said, number, at });
    else {
      const topic = topicOf(said.message.site, said.message.device, "telemetry");
      backtest.takeInput({ kind: "message", number, at, topic, payload: Buffer.from(String(number)) });
    }
  }
  return backtest.finish((given.at(-1)?.at ?? 0) + hour);
}

describe("a candidate that is the rule in force", () => {
  it("makes no difference in any stream of any kinds of rules, acts and losses", { timeout: 180_000 }, () => {
    const [its] = plans;
    const rules = its.points.flatMap(({ id, rules: all }) => all.map((one) => ({ source: id, one })));
    let raises = 0;
    fc.assert(
      fc.property(streams({ withPlans: false, withServer: true }), fc.nat(rules.length - 1), (stream, nth) => {
        const { source, one } = rules[nth] as (typeof rules)[number];
        const validFrom = epoch + 365 * day;
        const [newest] = one.versions.toSorted((a, b) => b.validFrom - a.validFrom || b.version - a.version);
        if (newest === undefined) throw new Error("a rule without versions");
        const number = Math.max(...one.versions.map((each) => each.version)) + 1;
        const equal = { ...newest, version: number, validFrom };
        const of = { source, rule: one.id, direction: one.direction, version: equal, author: "lin", reason: "none" };
        const monitor = createMonitor();
        const given = lead(
          () => monitor,
          stream,
          (_, judge) => void judge(),
        );
        const { differences } = findingsOf(trial(of, its), given);
        raises += differences.same;
        expect(differences).toEqual({ ...none, same: differences.same });
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 40) },
    );
    expect(raises).toBeGreaterThan(20);
  });
});

/** A run of the loop with an alarm that is answered and a pause of the server, as its journal has it. */
async function recordedRun(its: Plan): Promise<readonly JournalRecord[]> {
  const stand = createStand(its);
  const turn = async (work: Promise<unknown>): Promise<void> => {
    stand.turn();
    await work;
  };
  for (const value of [10, 10, 48, 55, 55, 55, 10, 10, 10, 48, 10, 10]) {
    stand.pass(value === 48 ? 600 : 10);
    await turn(stand.offer("p0", value));
    if (value === 55)
      await turn(stand.acknowledge("enterprise", "s1/p0~limit~high", 1, `command-${stand.told.length}`));
  }
  return [...stand.journal.records];
}

function overJournal(
  of: Trial,
  records: readonly JournalRecord[],
): BacktestFindings & { readonly steps: readonly string[] } {
  const steps: string[] = [];
  const backtest = createBacktest({
    trial: of,
    from: epoch,
    decode: decodeNative,
    onStep: (side, { to, why }) => steps.push(`${side} ${to} ${why.code}`),
  });
  for (const record of records) if (record.type === "input") backtest.takeInput(record.input);
  return { ...backtest.finish(epoch + hour), steps };
}

describe("a back-test over a journal", () => {
  const small = planOf([point("p0", { rules: [rule("high", levels)], silence: { yellow: minute } })]);

  it("makes of the active side what the journal has, also where the server was away, and of an equal candidate no difference", async () => {
    const records = await recordedRun(small);
    const { differences, steps } = overJournal(trial(change(levels), small), records);
    expect(differences).toMatchObject(none);
    expect(differences.same).toBeGreaterThan(0);
    const recorded = records.flatMap((record) =>
      record.type === "change" && record.change.type === "alarm" ? [record.change.transition] : [],
    );
    const made = steps.filter((step) => step.startsWith("active"));
    // Behind the record's end the silence goes on, and the back-test's period with it.
    expect(made.slice(0, recorded.length)).toEqual(recorded.map(({ to, why }) => `active ${to} ${why.code}`));
  });

  it("leads an answer on to what stands on the candidate's side", async () => {
    const records = await recordedRun(small);
    const of = trial(change({ blue: limit(46), yellow: limit(54) }), small);
    const { differences, steps } = overJournal(of, records);
    expect(differences).toMatchObject({ new: 1, earlier: 1, higher: 1 });
    // There the alarm has revision 2 when it is answered, here 1: said as it was, it would be refused.
    const answers = (side: string): number =>
      steps.filter((step) => step.startsWith(side) && step.endsWith(" acknowledged")).length;
    expect(answers("active")).toBe(1);
    expect(answers("candidate")).toBe(1);
  });
});

let folder: ReturnType<typeof newFolder>;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => folder.remove());

function writeJournal(records: readonly JournalRecord[]): void {
  const dir = join(folder.path, "journal");
  mkdirSync(dir, { recursive: true });
  const bytes = records.map((record) => {
    if (record.type === "input") return encodeInput(record.input);
    return record.type === "change" ? encodeChange(record.change) : encodeEnd(record.end);
  });
  writeFileSync(join(dir, segmentName(0)), Buffer.concat(bytes));
}

async function writeHistorian(its: Plan): Promise<void> {
  const names = createPointNames();
  const store = createEmbeddedHistorian({ dir: join(folder.path, "historian"), memoryMib: 1 });
  const rows = createRows(names, 1024);
  for (let at = epoch; at < epoch + 3 * hour; at += 10 * second)
    for (const { id, code } of its.points)
      rows.add(names.placeOf(id), at, at + 20, valueAt(Number(code.slice(1)), at - epoch), 0);
  await store.write(rows, 1);
  await store.settled();
  await store.close();
}

interface Ran {
  readonly code: number;
  readonly out: readonly string[];
  readonly told: readonly string[];
}

function run(of: unknown, words: BacktestWords = {}): Ran {
  const [out, told]: [string[], string[]] = [[], []];
  const file = join(folder.path, "change.json");
  writeFileSync(file, typeof of === "string" ? of : JSON.stringify(of));
  const code = runBacktest(folder.path, file, words, { out: (line) => out.push(line), say: (line) => told.push(line) });
  return { code, out, told };
}

describe("the command backtest", () => {
  const small = planOf([point("p0", { rules: [rule("high", levels)] })]);
  const candidate = change({ blue: limit(46, { deadband: 2 }), red: limit(90, { deadband: 2 }) });

  it("keeps its report under the hash of what was drafted, and prints it as a table", async () => {
    writeJournal(await recordedRun(small));
    const json = join(folder.path, "report.json");
    const { code, out, told } = run(candidate, { json });
    expect({ code, told }).toEqual({ code: 0, told: [expect.stringContaining("kept as ")] });
    expect(out[0]).toBe("back-test of s1/p0, rule limit high: version 2 against version 1");
    expect(out).toContain("  same 0, new 1, lost 0, earlier 1, later 0, higher 0, lower 0");
    expect(out.find((line) => line.includes("alarms in a shift"))).toMatch(/ \d+\.\d\d +\d+\.\d\d$/u);
    expect(out.at(-1)).toContain("518 M samples");
    const report = JSON.parse(readFileSync(json, "utf8")) as BacktestReport;
    expect(Check(backtestSchema, report)).toBe(true);
    expect(report).toMatchObject({ against: 1, source: "journal", sites: ["s1"], points: 1, samples: 12 });
    expect(report.candidate.annunciations).toBe(report.active.annunciations + 1);
    expect(findBacktest(folder.path, hashOfChange(candidate))).toEqual(report);
    expect(listBacktests(folder.path).map(({ hash }) => hash)).toEqual([report.hash]);
    expect(readdirSync(join(folder.path, "backtests"))).toEqual([`${report.hash}.json`]);
  });

  it("holds the alarm against what people have verified, where there is a table of incidents", async () => {
    writeJournal(await recordedRun(small));
    const opened = epoch + 650 * second;
    const its = { id: "s1#9", site: "s1", isData: false } as const;
    const news = { alarm: "s1/p0~limit~high", occurrence: 1, level: "red", at: opened, now: opened } as const;
    const incident = incidentView(openIncident(its, news, { received: [], steps: {} }));
    const table = openIncidents(join(folder.path, "incidents.db"));
    table.put([
      { seq: 1, incident: { ...incident, verdict: "trueAlarm" } },
      { seq: 2, incident: { ...incident, id: "s1#10", verdict: "falseAlarm" } },
      { seq: 3, incident: { ...incident, id: "s2#11", site: "s2", verdict: "trueAlarm" } },
    ]);
    // The server goes on beside it.
    const { out } = run(change({ blue: limit(400, { deadband: 2 }) }));
    table.close();
    expect(out).toContain("  verified incidents: 1 true, 1 false, 0 not verified");
    expect(out.find((line) => line.includes("recall"))).toMatch(/ 100\.0 % 1\/1 +0\.0 % 0\/1$/u);
    expect(out.find((line) => line.includes("precision"))).toMatch(/ 50\.0 % 1\/2 +-$/u);
    expect(out.find((line) => line.includes("missed"))).toContain("s1#9 red, first s1/p0~limit~high; the active one");
    const [kept] = listBacktests(folder.path);
    expect(Check(backtestSchema, kept?.content)).toBe(true);
    expect(kept?.content.known).toMatchObject({ known: 1, active: { caught: 1 }, candidate: { caught: 0 } });
  });

  it("names by its hash what is judged, not who drafted it, why, or from when on", () => {
    const hash = hashOfChange(candidate);
    const { version: of } = candidate;
    expect(hashOfChange({ ...candidate, author: "wang", reason: "other" })).toBe(hash);
    expect(hashOfChange({ ...candidate, version: { ...of, approver: "wang", validFrom: 1 } })).toBe(hash);
    expect(hashOfChange({ ...candidate, version: { ...of, version: 3 } })).not.toBe(hash);
    expect(hashOfChange({ ...candidate, version: version(2, epoch, levels) })).not.toBe(hash);
    expect(hashOfChange({ ...candidate, direction: "low" })).not.toBe(hash);
    expect(findBacktest(folder.path, hash)).toBeNull();
    expect(findBacktest(folder.path, "../register")).toBeNull();
  });

  it("finds no report in a file that was renamed by hand", async () => {
    writeJournal(await recordedRun(small));
    run(candidate);
    const [one] = listBacktests(folder.path);
    const otherHash = hashOfChange(change(levels));
    writeFileSync(join(folder.path, "backtests", `${otherHash}.json`), JSON.stringify(one?.content));
    expect(findBacktest(folder.path, otherHash)).toBeNull();
  });

  it("judges the samples of the historian, from its memory's log and its days' files", async () => {
    writeJournal(await recordedRun(small));
    await writeHistorian(small);
    const found = run(candidate, { source: "historian", from: new Date(epoch).toISOString() });
    expect(found.code).toBe(0);
    const report = findBacktest(folder.path, hashOfChange(candidate));
    expect(report).toMatchObject({ source: "historian", samples: 1080, differences: { earlier: 1, new: 0 } });
    expect(report?.alarms).toContainEqual(expect.objectContaining({ alarm: "s1/p0~limit~high", earlierByMs: minute }));
  });

  it("says what is wrong, and what to do", async () => {
    expect(run(candidate).told).toEqual([`there is no journal in ${folder.path}`]);
    writeJournal(await recordedRun(small));
    const file = join(folder.path, "change.json");
    expect(run("{").told[0]).toContain(`${file}: `);
    expect(run({ ...candidate, reason: "" })).toMatchObject({ code: 78, told: [expect.stringContaining("reason")] });
    expect(run({ ...candidate, source: "s1/none" })).toMatchObject({
      code: 78,
      told: [expect.stringContaining("the plan of record has no rule limit high of s1/none")],
    });
    expect(run(candidate, { from: "2026-11-01" }).code).toBe(64);
    expect(run(candidate, { from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" }).code).toBe(64);
    expect(run(candidate, { source: "memory" })).toMatchObject({
      code: 64,
      told: ["--source is journal or historian"],
    });
    expect(run(candidate, { source: "historian" }).told[0]).toContain("take --source journal");
    expect(run(candidate, { from: "2030-01-01T00:00:00Z" })).toMatchObject({
      code: 1,
      told: ["the journal has nothing in this period"],
    });
  });
});

it("expects what a device has promised on both sides, whatever number the order had when it was recorded", () => {
  const sampling = { storm: { everyMs: 5 * second, silentAfterMs: 15 * second, silence: {} } };
  const watched = planOf([
    point("p0", { silentAfterMs: minute, sampling, rules: [rule("high", levels)] }),
    point("trip", { device: "s1/d2", silentAfterMs: hour, rules: [rule("high", levels)] }),
  ]);
  const occasion = { when: [{ source: "s1/trip", atLeast: "red" as const }], holdMs: hour };
  const stormy = { ...watched, sites: watched.sites.map((site) => ({ ...site, sampling: { storm: occasion } })) };
  const silent: unknown[] = [];
  const backtest = createBacktest({
    trial: trial(change({ blue: limit(60) }), stormy),
    from: epoch,
    decode: decodeNative,
    onStep: (side, { rule: of, source, at }) => {
      if (of === "silence") silent.push([side, source.id, at - epoch]);
    },
  });
  let number = 0;
  const send = (afterS: number, device: string, kind: "telemetry" | "command/ack", body: object): void =>
    backtest.takeInput({
      kind: "message",
      number: (number += 1),
      at: epoch + afterS * second,
      topic: topicOf("s1", device, kind),
      payload: Buffer.from(JSON.stringify(body)),
    });
  send(1, "d1", "telemetry", { ts: epoch + second, values: { p0: 10 } });
  send(2, "d2", "telemetry", { ts: epoch + 2 * second, values: { trip: 95 } });
  send(3, "d1", "command/ack", { id: 41 });
  backtest.finish(epoch + 50 * second);
  // 15 s after the acknowledgement, not a minute after the value.
  expect(silent).toEqual([
    ["active", "s1/p0", 18_001],
    ["candidate", "s1/p0", 18_001],
  ]);
});
