// A gateway on the bench, told as stories: what it does from its first connection over the cut, and what the report says.
import { describe, expect, it } from "vitest";
import type { CheckName, CheckVerdict, TrialRecord } from "../../contract/conformance.ts";
import type { Point } from "../../contract/plant.ts";
import type { DialectName } from "../../contract/register.ts";
import type { Reading, Telemetry } from "../../contract/sample.ts";
import { hasPassed, judgeTrial } from "../../server/domain/conformance.ts";
import {
  endTrial,
  hearTrial,
  mayConnect,
  passTrial,
  phaseMs,
  startTrial,
  trialTimes,
  type TrialEvent,
} from "../../server/domain/trial.ts";
import { minute, point, second } from "../support/plant.ts";

const t0 = 1_790_000_000_000;
const day = 86_400_000;
const range = { sensor: [0, 100], operator: [0, 100] } as const;
const regular = point("t", {
  code: "T-1",
  unit: "°C",
  range: { sensor: [...range.sensor], operator: [...range.operator] },
  report: { everyMs: 5 * second },
  silentAfterMs: 30 * second,
});
const byException = point("x", { code: "XV-1", unit: "1", report: "onChange" });
const points = [regular, byException];
const byCode = new Map(points.map((one) => [one.code, one]));
const times = { listenMs: 3 * minute, cutMs: minute, returnMs: 5 * minute, settleMs: 30 * second };

/** How a gateway behaves; each word is a way of being wrong. */
interface Manner {
  readonly dialect?: DialectName;
  readonly security?: "plain" | "tls" | "certificate";
  readonly certificateEndsAt?: number;
  readonly hasWill?: boolean;
  readonly saysBirth?: boolean;
  /** Added to the time of measurement, ms. */
  readonly clockMs?: number;
  readonly reading?: (at: number, count: number) => readonly Partial<Reading>[];
  readonly seq?: (count: number) => number | null;
  readonly everyMs?: number;
  readonly stores?: "all" | "nothing" | "newestFirst";
  readonly resends?: boolean;
  readonly qos?: 0 | 1;
  readonly refused?: Extract<TrialEvent, { readonly kind: "refused" }>["code"];
  readonly messageRefuses?: boolean;
}

function message(at: number, count: number, manner: Manner): Telemetry {
  const { clockMs = 0, reading = () => [{}], seq = (number: number) => number } = manner;
  const number = seq(count);
  const readings = reading(at, count).map((rest): Reading => ({
    code: "T-1",
    sourceAt: at + clockMs,
    value: 20,
    quality: "good",
    unit: null,
    ...rest,
  }));
  const sequence = number === null ? null : { first: number, last: number };
  const refused = manner.messageRefuses === true ? [{ code: "SAMPLE_WRONG_TYPE", example: "T-1: x" } as const] : [];
  return { kind: "telemetry", site: "s1", device: "gw", sequence, readings, refused };
}

/** A whole trial: five seconds a step, the cut where the bench makes it, and what was stored sent after it. */
function run(manner: Manner, until: TrialRecord["phase"] = "done"): TrialRecord {
  const { security = "tls", certificateEndsAt = null, hasWill = true, saysBirth = true, stores = "all" } = manner;
  const { everyMs = 5 * second, resends = true, qos = 1 } = manner;
  const record = startTrial(t0);
  const hear = (event: TrialEvent): boolean => hearTrial(record, byCode, event);
  const connect = (at: number): void => {
    hear({ kind: "connected", at, security, certificateEndsAt, hasWill });
    if (saysBirth) hear({ kind: "state", at, online: true });
  };
  connect(t0);
  if (manner.refused !== undefined) hear({ kind: "refused", at: t0, code: manner.refused, example: "an example" });
  let kept: TrialEvent[] = [];
  let isAway = false;
  let count = 0;
  for (let at = t0; at < t0 + 30 * minute; at += second) {
    if (passTrial(record, times, at)) isAway = true;
    if (record.phase === until) break;
    if (isAway && mayConnect(record)) {
      isAway = false;
      connect(at);
      const stored = stores === "newestFirst" ? kept.toReversed() : kept;
      for (const event of stored) hear({ ...event, at });
      kept = [];
    }
    if ((at - t0) % everyMs !== 0) continue;
    count += 1;
    const sent: TrialEvent = { kind: "message", at, qos, hash: `h${count}`, message: message(at, count, manner) };
    if (isAway) {
      if (stores !== "nothing") kept.push(sent);
    } else if (!hear(sent)) {
      isAway = true;
      if (hasWill) hear({ kind: "state", at, online: false });
      if (resends) kept.push(sent);
    }
  }
  return record;
}

function verdicts(record: TrialRecord, dialect: DialectName = "native"): Record<CheckName, CheckVerdict> {
  const results = judgeTrial(record, { dialect, points });
  return Object.fromEntries(results.map(({ check, verdict }) => [check, verdict])) as Record<CheckName, CheckVerdict>;
}

function of(check: CheckName, record: TrialRecord, dialect: DialectName = "native") {
  return judgeTrial(record, { dialect, points }).find((result) => result.check === check);
}

describe("a gateway on the bench", () => {
  it("passes where it does everything right", () => {
    const record = run({});
    expect(new Set(Object.values(verdicts(record)))).toEqual(new Set(["passed"]));
    expect(hasPassed(judgeTrial(record, { dialect: "native", points }))).toBe(true);
    expect(record.endedAt).not.toBeNull();
    expect(of("clock", record)?.found).toMatchObject({ medianMs: 0 });
    expect(of("resend", record)?.found).toEqual({ withheld: 1, resent: 1 });
    expect(of("burst", record)?.found).toMatchObject({ outOfOrder: 0, tookMs: 0 });
  });

  it("is told to connect before anything is known of it, and has not passed while anything is waited for", () => {
    const record = startTrial(t0);
    const results = judgeTrial(record, { dialect: "native", points });
    expect(new Set(results.map(({ verdict }) => verdict))).toEqual(new Set(["waiting"]));
    expect(hasPassed(results)).toBe(false);
    expect([phaseMs(record, times), passTrial(record, times, t0 + day), record.phase]).toEqual([
      null,
      false,
      "waiting",
    ]);
  });

  it("is waited for while it listens", () => {
    const record = run({}, "cut");
    expect(verdicts(record)).toMatchObject({
      resend: "waiting",
      backfill: "waiting",
      burst: "waiting",
      death: "waiting",
    });
    const early = startTrial(t0);
    hearTrial(early, byCode, { kind: "connected", at: t0, security: "tls", certificateEndsAt: null, hasWill: true });
    for (let count = 1; count < 3; count += 1) {
      const event = { kind: "message", qos: 1, at: t0 + count, hash: "", message: message(t0, count, {}) } as const;
      hearTrial(early, byCode, event);
    }
    expect(verdicts(early)).toMatchObject({
      format: "waiting",
      period: "waiting",
      sequence: "waiting",
      birth: "waiting",
      death: "waiting",
      points: "passed",
    });
    expect([...byCode.keys()]).toEqual(["T-1", "XV-1"]);
  });

  const wrong: readonly (readonly [string, Manner, CheckName, CheckVerdict, string | null])[] = [
    ["speaks in the clear", { security: "plain" }, "certificate", "warned", "USE_TLS"],
    [
      "has a certificate that ends soon",
      { security: "certificate", certificateEndsAt: t0 + 29 * day },
      "certificate",
      "warned",
      "RENEW_CERTIFICATE",
    ],
    [
      "has a certificate that lasts",
      { security: "certificate", certificateEndsAt: t0 + 31 * day },
      "certificate",
      "passed",
      null,
    ],
    ["used another topic", { refused: "TOPIC_NOT_ALLOWED" }, "topic", "failed", "FIX_TOPIC"],
    ["sent what is no JSON", { refused: "MESSAGE_BAD_JSON" }, "format", "failed", "FIX_FORMAT"],
    ["sent a value that is none", { messageRefuses: true }, "format", "failed", "FIX_FORMAT"],
    ["names a point that is none", { reading: () => [{}, { code: "T-9" }] }, "points", "failed", "MAP_POINTS"],
    ["never reports a point", { reading: () => [{ code: "XV-1", value: 1 }] }, "points", "failed", "SEND_ALL_POINTS"],
    ["speaks another unit of the same kind", { reading: () => [{ unit: "K", value: 300 }] }, "units", "passed", null],
    ["speaks a unit that fits nothing", { reading: () => [{ unit: "m" }] }, "units", "failed", "FIX_UNITS"],
    [
      "leaves the range",
      { reading: (_, count) => [{ value: count === 3 ? 101 : 20 }] },
      "ranges",
      "failed",
      "FIX_RANGES",
    ],
    ["leaves the range below", { reading: () => [{ value: -1 }] }, "ranges", "failed", "FIX_RANGES"],
    ["has a broken instrument", { reading: () => [{ quality: "bad" }] }, "ranges", "failed", "FIX_QUALITY"],
    ["has no value at all", { reading: () => [{ value: null }] }, "ranges", "failed", "FIX_QUALITY"],
    [
      "has a broken instrument now and then",
      { reading: (_, n) => [{ value: n === 3 ? null : 20 }] },
      "ranges",
      "passed",
      null,
    ],
    ["is 61 s ahead", { clockMs: 61 * second }, "clock", "failed", "SYNC_CLOCK"],
    ["is 61 s behind", { clockMs: -61 * second }, "clock", "failed", "SYNC_CLOCK"],
    ["is 3 s ahead", { clockMs: 3 * second }, "clock", "warned", "SYNC_CLOCK"],
    ["is 31 s behind", { clockMs: -31 * second }, "clock", "warned", "SYNC_CLOCK"],
    ["is 29 s behind", { clockMs: -29 * second }, "clock", "passed", null],
    ["names no time", { reading: () => [{ sourceAt: null }] }, "clock", "warned", "SEND_TIME"],
    [
      "names a time now and then",
      { reading: (at) => [{}, { code: "XV-1", sourceAt: at % 2 === 0 ? null : at }] },
      "clock",
      "warned",
      "SEND_TIME",
    ],
    ["speaks too rarely", { everyMs: 31 * second }, "period", "failed", "SEND_MORE_OFTEN"],
    ["speaks once", { everyMs: 30 * minute }, "period", "failed", "SEND_MORE_OFTEN"],
    ["does not number", { seq: () => null }, "sequence", "warned", "NUMBER_MESSAGES"],
    ["leaves a number out", { seq: (count) => (count < 9 ? count : count + 1) }, "sequence", "failed", "FIX_SEQUENCE"],
    ["numbers twice", { seq: (count) => (count === 9 ? 8 : count) }, "sequence", "failed", "FIX_SEQUENCE"],
    ["sends a number late", { seq: (n) => ({ 8: 9, 9: 8 })[n] ?? n }, "sequence", "passed", null],
    [
      "begins its numbers again at the end",
      { seq: (n) => (n < 9 ? 0xffff_fff7 + n : n - 9) },
      "sequence",
      "passed",
      null,
    ],
    ["says no birth", { saysBirth: false }, "birth", "warned", "SAY_BIRTH"],
    ["has no last will", { hasWill: false }, "death", "failed", "SET_WILL"],
    ["asks for no acknowledgement", { qos: 0 }, "resend", "failed", "USE_QOS1"],
    ["sends nothing again", { resends: false }, "resend", "failed", "USE_QOS1"],
    ["keeps nothing while it is away", { stores: "nothing" }, "backfill", "failed", "KEEP_WHILE_AWAY"],
    ["keeps nothing, so that nothing comes at once", { stores: "nothing" }, "burst", "notApplicable", null],
    ["sends the newest first", { stores: "newestFirst" }, "burst", "warned", "SEND_OLDEST_FIRST"],
  ];
  it.each(wrong)("that %s is told so", (_name, manner, check, verdict, advice) => {
    expect(of(check, run(manner))).toMatchObject({ check, verdict, advice });
  });

  it("that says nothing when it is cut has proven nothing, and is cut all the same", () => {
    const record = startTrial(t0);
    hearTrial(record, byCode, { kind: "connected", at: t0, security: "tls", certificateEndsAt: null, hasWill: true });
    expect(passTrial(record, times, t0 + times.listenMs)).toBe(false);
    expect([record.phase, mayConnect(record), phaseMs(record, times)]).toEqual(["cut", true, times.listenMs]);
    const cutAt = t0 + 2 * times.listenMs;
    expect(passTrial(record, times, cutAt)).toBe(true);
    expect([record.cutAt, mayConnect(record), phaseMs(record, times)]).toEqual([cutAt, false, times.cutMs]);
    passTrial(record, times, cutAt + times.cutMs);
    expect([record.phase, mayConnect(record), phaseMs(record, times)]).toEqual(["returning", true, times.returnMs]);
    expect(of("resend", record)).toMatchObject({ verdict: "waiting", advice: null });
    expect(of("period", record)).toMatchObject({ verdict: "failed", advice: "SEND_MORE_OFTEN" });
    const onlyByException = judgeTrial(record, { dialect: "native", points: [byException] });
    expect(onlyByException.find(({ check }) => check === "period")?.verdict).toBe("notApplicable");
    passTrial(record, times, cutAt + times.cutMs + times.returnMs);
    expect(record.phase).toBe("done");
    expect(of("resend", record)).toMatchObject({ verdict: "warned", advice: null });
    expect(of("death", record)).toMatchObject({ verdict: "failed", advice: "SET_WILL" });
  });

  it("of a dialect that does not speak of itself is not asked for numbers, birth or death", () => {
    const record = run({ hasWill: false, saysBirth: false, seq: () => null });
    expect(verdicts(record, "thingsboard")).toMatchObject({
      sequence: "notApplicable",
      birth: "notApplicable",
      death: "notApplicable",
    });
    expect(verdicts(record, "sparkplug")).toMatchObject({
      sequence: "notApplicable",
      birth: "failed",
      death: "failed",
    });
    // QoS 0 is what Sparkplug B prescribes for data.
    expect(verdicts(run({ qos: 0, resends: false }), "sparkplug")).toMatchObject({ resend: "notApplicable" });
  });

  it("may send a number twice once it was cut: its acknowledgement may have been lost", () => {
    const record = run({}, "returning");
    const again = message(t0, 2, {});
    hearTrial(record, byCode, { kind: "message", qos: 1, at: record.phaseAt, hash: "again", message: again });
    expect(record.sequence?.repeats).toBe(0);
  });

  it("whose clock is behind has kept nothing by that", () => {
    expect(run({ stores: "nothing", clockMs: -20_000 }).backlog).toBeNull();
    expect(run({ clockMs: -20_000 }).backlog).not.toBeNull();
    // Nothing came before the cut: there is no lag to go by.
    const record = startTrial(t0);
    const connected = { kind: "connected", security: "tls", certificateEndsAt: null, hasWill: true } as const;
    hearTrial(record, byCode, { ...connected, at: t0 });
    const cutAt = t0 + 2 * times.listenMs;
    for (const at of [t0 + times.listenMs, cutAt, cutAt + times.cutMs]) passTrial(record, times, at);
    const backAt = cutAt + times.cutMs + second;
    hearTrial(record, byCode, { ...connected, at: backAt });
    hearTrial(record, byCode, { kind: "message", qos: 1, at: backAt, hash: "late", message: message(cutAt, 1, {}) });
    expect(record.backlog).toMatchObject({ messages: 1 });
  });

  it("that is slow passes with as few messages as its period allows", () => {
    const slow = { ...regular, report: { everyMs: 5 * minute }, silentAfterMs: 15 * minute };
    const record = run({});
    const few = { ...record, messages: 3, sequence: { last: 3, numbered: 3, missing: 0, repeats: 0 } };
    const judged = (one: Point) =>
      judgeTrial(few, { dialect: "native", points: [one] }).filter(({ check }) =>
        ["format", "sequence"].includes(check),
      );
    expect(judged(slow).map(({ verdict }) => verdict)).toEqual(["passed", "passed"]);
    expect(judged(regular).map(({ verdict, found }) => [verdict, found["wanted"]])).toEqual([
      ["waiting", 20],
      ["waiting", 20],
    ]);
    const unnumbered = judgeTrial({ ...few, sequence: null }, { dialect: "native", points: [slow] });
    expect(unnumbered.find(({ check }) => check === "sequence")).toMatchObject({ advice: "NUMBER_MESSAGES" });
  });

  it("that reports by exception alone, and had nothing to tell while it was cut, has proven nothing and lost nothing", () => {
    const record = run({ stores: "nothing" });
    const judged = judgeTrial(record, { dialect: "native", points: [byException] });
    expect(judged.find(({ check }) => check === "backfill")).toMatchObject({
      verdict: "warned",
      advice: "KEEP_WHILE_AWAY",
    });
    const early = judgeTrial(run({ stores: "nothing" }, "returning"), { dialect: "native", points: [byException] });
    expect(early.find(({ check }) => check === "backfill")?.verdict).toBe("waiting");
  });

  it("can be given up", () => {
    const record = run({}, "cut");
    endTrial(record, t0 + day);
    expect([record.phase, record.endedAt]).toEqual(["done", t0 + day]);
    expect(of("burst", record)).toMatchObject({ verdict: "waiting" });
    expect(of("burst", run({ stores: "nothing" }, "returning"))).toMatchObject({ verdict: "waiting", advice: null });
  });

  it("cannot fill the memory", () => {
    const record = startTrial(t0);
    hearTrial(record, byCode, { kind: "connected", at: t0, security: "tls", certificateEndsAt: null, hasWill: true });
    for (let count = 0; count < 1100; count += 1) {
      const made = message(t0, count, { reading: () => [{ code: `Z-${count}` }], messageRefuses: true });
      hearTrial(record, byCode, { kind: "message", qos: 1, at: t0 + count, hash: "", message: made });
      hearTrial(record, byCode, { kind: "refused", at: t0, code: "MESSAGE_BAD_JSON", example: String(count) });
    }
    expect([record.unknown.size, record.lagsMs.length]).toEqual([50, 1000]);
    expect(record.refused.get("MESSAGE_BAD_JSON")).toEqual({ count: 1100, example: "0" });
    expect(String(of("points", record)?.found["names"]).split(", ")).toHaveLength(10);
    passTrial(record, times, t0 + times.listenMs);
    for (let count = 0; count < 1100; count += 1) {
      hearTrial(record, byCode, { kind: "message", qos: 1, at: t0, hash: `${count}`, message: message(t0, count, {}) });
    }
    expect(record.withheld.size).toBe(1000);
  });
});

describe("the times of a trial", () => {
  it("listen three periods of the slowest point, three minutes at least and three hours at most", () => {
    expect(trialTimes(points).listenMs).toBe(3 * minute);
    expect(trialTimes([{ ...regular, report: { everyMs: 5 * minute } }]).listenMs).toBe(15 * minute);
    expect(trialTimes([{ ...regular, report: { everyMs: day } }]).listenMs).toBe(180 * minute);
    expect(trialTimes([]).listenMs).toBe(3 * minute);
  });

  it("cut for so long that something is measured meanwhile, a minute at least and an hour at most", () => {
    const every = (everyMs: number) => ({ ...regular, report: { everyMs } });
    expect(trialTimes(points).cutMs).toBe(minute);
    expect(trialTimes([every(10 * minute), every(5 * minute)]).cutMs).toBe(12.5 * minute);
    expect(trialTimes([every(day)]).cutMs).toBe(60 * minute);
    expect(trialTimes([byException]).cutMs).toBe(minute);
  });
});
