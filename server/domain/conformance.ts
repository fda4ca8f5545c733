// Does a gateway conform: each check of a trial's record, what was found, and what to mend.
import type {
  Advice,
  CheckName,
  CheckResult,
  CheckVerdict,
  TrialPoint,
  TrialRecord,
} from "../../contract/conformance.ts";
import { checkNames } from "../../contract/conformance.ts";
import type { Point } from "../../contract/plant.ts";
import type { DialectName } from "../../contract/register.ts";

/** What a record is measured against. */
export interface Expected {
  readonly dialect: DialectName;
  /** The points that this device is to report. */
  readonly points: readonly Point[];
}

type Found = CheckResult["found"];
type Answer = readonly [verdict: CheckVerdict, advice: Advice | null, found: Found];
type Check = (record: TrialRecord, expected: Expected) => Answer;

/** So many messages say enough of a gateway's format; of a slow one as many as it sends within three periods. */
const mostWanted = 20;
const leastWanted = 3;
const shortListenMs = 180_000;
const monthMs = 30 * 86_400_000;
/** Off by this much a clock mistakes the order of alarms of two sites; by more than 60 s its samples are set aside (semantics §1). */
const goodClockMs = 2000;
const worstClockMs = 60_000;
/** A link that carries the values of 30 s later is not live. */
const slowLagMs = 30_000;
/** A cut of a second is none: a point that speaks every second may skip a few. */
const leastHoleMs = 10_000;
const namesShown = 10;

const passed = (found: Found = {}): Answer => ["passed", null, found];
const list = (names: Iterable<string>): string => [...names].slice(0, namesShown).join(", ");

function refusedBy(record: TrialRecord, isOurs: (code: string) => boolean): Found | null {
  const ours = [...record.refused].filter(([code]) => isOurs(code));
  const [first] = ours;
  if (first === undefined) return null;
  const count = ours.reduce((sum, [, one]) => sum + one.count, 0);
  return { count, codes: list(ours.map(([code]) => code)), example: first[1].example };
}

function seenOf(record: TrialRecord, { points }: Expected): readonly (readonly [Point, TrialPoint])[] {
  return points.flatMap((point) => {
    const seen = record.points.get(point.code);
    return seen === undefined ? [] : [[point, seen] as const];
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

const certificate: Check = ({ security, certificateEndsAt, startedAt }) => {
  if (security === null) return ["waiting", "CONNECT", {}];
  if (security === "plain") return ["warned", "USE_TLS", { security }];
  if (certificateEndsAt !== null && certificateEndsAt - startedAt < monthMs)
    return ["warned", "RENEW_CERTIFICATE", { endsAt: certificateEndsAt }];
  return passed({ security });
};

const topic: Check = (record) => {
  const wrong = refusedBy(record, (code) => code.startsWith("TOPIC_"));
  if (wrong !== null) return ["failed", "FIX_TOPIC", wrong];
  return record.messages === 0 ? ["waiting", "SEND", {}] : passed({ messages: record.messages });
};

function wantedOf({ points }: Expected): number {
  const fastest = Math.min(...points.flatMap(({ report }) => (report === "onChange" ? [] : [report.everyMs])));
  return Math.min(mostWanted, Math.max(leastWanted, Math.floor(shortListenMs / fastest)));
}

const format: Check = (record, expected) => {
  const isShape = (code: string): boolean => code.startsWith("MESSAGE_") || code.startsWith("SAMPLE_");
  const wrong = refusedBy(record, isShape);
  if (wrong !== null) return ["failed", "FIX_FORMAT", wrong];
  const { messages } = record;
  const wanted = wantedOf(expected);
  return messages < wanted ? ["waiting", "SEND", { messages, wanted }] : passed({ messages });
};

const points: Check = (record, expected) => {
  if (record.unknown.size > 0)
    return ["failed", "MAP_POINTS", { count: record.unknown.size, names: list(record.unknown) }];
  // What reports by exception may well have nothing to say during a trial.
  const missing = expected.points.filter(({ code, report }) => report !== "onChange" && !record.points.has(code));
  const found = { reported: record.points.size, expected: expected.points.length };
  if (missing.length === 0) return record.values === 0 ? ["waiting", "SEND", found] : passed(found);
  const names = list(missing.map(({ code }) => code));
  return [isListened(record) ? "failed" : "waiting", "SEND_ALL_POINTS", { ...found, missing: missing.length, names }];
};

function isListened({ phase }: TrialRecord): boolean {
  return phase !== "waiting" && phase !== "listening";
}

const units: Check = (record, expected) => {
  const wrong = seenOf(record, expected).filter(([, { wrongUnit }]) => wrongUnit !== null);
  if (wrong.length === 0) return record.values === 0 ? ["waiting", "SEND", {}] : passed();
  const names = list(wrong.map(([point, seen]) => `${point.code}: ${seen.wrongUnit} ≠ ${point.unit}`));
  return ["failed", "FIX_UNITS", { count: wrong.length, names }];
};

const ranges: Check = (record, expected) => {
  const seen = seenOf(record, expected);
  const beyond = seen.filter(([, { outOfRange }]) => outOfRange > 0);
  if (beyond.length > 0) {
    const names = list(beyond.map(([point]) => `${point.code}: ${point.range.sensor.join(" … ")} ${point.unit}`));
    return ["failed", "FIX_RANGES", { count: beyond.length, names }];
  }
  const dead = seen.filter(([, { failed, count }]) => failed === count);
  if (dead.length > 0)
    return ["failed", "FIX_QUALITY", { count: dead.length, names: list(dead.map(([point]) => point.code)) }];
  return seen.length === 0 ? ["waiting", "SEND", {}] : passed();
};

const clock: Check = ({ lagsMs, withoutTime, messages }) => {
  if (lagsMs.length === 0) {
    return withoutTime === 0 ? ["waiting", "SEND", {}] : ["warned", "SEND_TIME", { withoutTime, messages }];
  }
  const medianMs = median(lagsMs);
  const found = { medianMs, messages: lagsMs.length };
  if (medianMs < -worstClockMs || medianMs > worstClockMs) return ["failed", "SYNC_CLOCK", found];
  if (medianMs < -goodClockMs || medianMs > slowLagMs) return ["warned", "SYNC_CLOCK", found];
  return withoutTime > 0 ? ["warned", "SEND_TIME", { ...found, withoutTime }] : passed(found);
};

const period: Check = (record, expected) => {
  if (expected.points.every(({ report }) => report === "onChange")) return ["notApplicable", null, {}];
  const regular = seenOf(record, expected).filter(([{ report }]) => report !== "onChange");
  const rare = regular.filter(([point, { longestMs }]) => longestMs > point.silentAfterMs);
  if (rare.length > 0) {
    const names = list(rare.map(([point, { longestMs }]) => `${point.code}: ${longestMs} > ${point.silentAfterMs} ms`));
    return ["failed", "SEND_MORE_OFTEN", { count: rare.length, names }];
  }
  if (!isListened(record)) return ["waiting", "SEND", {}];
  if (regular.length === 0 || regular.some(([, { count }]) => count < 2)) return ["failed", "SEND_MORE_OFTEN", {}];
  return passed({ longestMs: Math.max(...regular.map(([, seen]) => seen.longestMs)) });
};

const sequence: Check = ({ sequence: found, messages }, expected) => {
  if (expected.dialect !== "native") return ["notApplicable", null, {}];
  const wanted = wantedOf(expected);
  if (found === null) return messages < wanted ? ["waiting", "SEND", {}] : ["warned", "NUMBER_MESSAGES", {}];
  const { missing, repeats, numbered } = found;
  if (missing + repeats > 0) return ["failed", "FIX_SEQUENCE", { missing, repeats, numbered }];
  return numbered < wanted ? ["waiting", "SEND", { numbered, wanted }] : passed({ numbered });
};

/** Dialects in which a device itself says that it comes and goes; of the others the broker tells. */
const speaksOfItself: ReadonlySet<DialectName> = new Set(["native", "sparkplug"]);

const birth: Check = (record, { dialect }) => {
  if (!speaksOfItself.has(dialect)) return ["notApplicable", null, {}];
  if (record.births > 0) return passed({ births: record.births });
  if (!isListened(record)) return ["waiting", "SAY_BIRTH", {}];
  return [dialect === "sparkplug" ? "failed" : "warned", "SAY_BIRTH", {}];
};

const death: Check = (record, { dialect }) => {
  if (!speaksOfItself.has(dialect)) return ["notApplicable", null, {}];
  if (record.security === null) return ["waiting", "CONNECT", {}];
  if (!record.hasWill) return ["failed", "SET_WILL", {}];
  if (record.cutAt === null) return ["waiting", "WAIT_FOR_CUT", {}];
  return record.deaths > 0 ? passed({ deaths: record.deaths }) : [afterCut(record), "SET_WILL", {}];
};

function afterCut({ phase }: TrialRecord): CheckVerdict {
  return phase === "done" ? "failed" : "waiting";
}

const resend: Check = (record, { dialect }) => {
  const { withheld, resent, cutAt, qos0 } = record;
  // Sparkplug B sends its data with QoS 0 by its specification (3.0.0, tck-id-payloads-ndata-qos): what is lost comes as history.
  if (dialect === "sparkplug") return ["notApplicable", null, {}];
  if (qos0 > 0) return ["failed", "USE_QOS1", { qos0 }];
  if (cutAt === null) return ["waiting", "WAIT_FOR_CUT", {}];
  const found = { withheld: withheld.size, resent: resent.size };
  if (withheld.size > 0 && resent.size === withheld.size) return passed(found);
  // Nothing was on its way at the cut: there was nothing to send again, and nothing is proven.
  if (withheld.size === 0) return [record.phase === "done" ? "warned" : "waiting", null, found];
  return [afterCut(record), "USE_QOS1", found];
};

const backfill: Check = (record, expected) => {
  const { cutAt, backAt } = record;
  if (cutAt === null) return ["waiting", "WAIT_FOR_CUT", {}];
  const cutMs = (backAt ?? cutAt) - cutAt;
  // Twice and a half its period is a hole: one measurement may be missing.
  const regular = seenOf(record, expected).flatMap(([{ code, report }, { longestSourceMs }]) =>
    report === "onChange" || report.everyMs * 2 >= cutMs
      ? []
      : [{ code, isHole: longestSourceMs > Math.max(2.5 * report.everyMs, leastHoleMs) }],
  );
  const holes = regular.filter(({ isHole }) => isHole);
  const found = { points: regular.length, holes: holes.length, names: list(holes.map(({ code }) => code)) };
  if (record.backlog !== null && holes.length === 0) return passed(found);
  // What reports by exception may have had nothing to tell: nothing was lost, and nothing is proven.
  if (regular.length === 0 && record.phase === "done") return ["warned", "KEEP_WHILE_AWAY", found];
  return [afterCut(record), "KEEP_WHILE_AWAY", found];
};

const burst: Check = (record) => {
  const { backlog } = record;
  if (record.cutAt === null) return ["waiting", "WAIT_FOR_CUT", {}];
  // That nothing came is the back-fill's to answer for; of its order there is nothing to say.
  if (backlog === null) return [record.phase === "done" ? "notApplicable" : "waiting", null, {}];
  const { messages, firstAt, lastAt, outOfOrder } = backlog;
  const found = { messages, tookMs: lastAt - firstAt, outOfOrder };
  return outOfOrder > 0 ? ["warned", "SEND_OLDEST_FIRST", found] : passed(found);
};

const checks: Readonly<Record<CheckName, Check>> = {
  certificate,
  topic,
  format,
  points,
  units,
  ranges,
  clock,
  period,
  sequence,
  birth,
  death,
  resend,
  backfill,
  burst,
};

/** Every check of a record, in the order of the report. */
export function judgeTrial(record: TrialRecord, expected: Expected): readonly CheckResult[] {
  return checkNames.map((check) => {
    const [verdict, advice, found] = checks[check](record, expected);
    return { check, verdict, advice, found };
  });
}

/** Whether a trial that is done has passed: nothing failed, and nothing was left to wait for. */
export function hasPassed(results: readonly CheckResult[]): boolean {
  return results.every(({ verdict }) => verdict !== "failed" && verdict !== "waiting");
}
