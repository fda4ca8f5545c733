// The amendment pass: a point's samples judged again in their order, by the very monitor that judged them live (semantics §7).
import type { Transition } from "../../contract/alarm.ts";
import type { AmendmentInput, Flag, RecordedInput } from "../../contract/input.ts";
import type { JournalRecord } from "../../contract/journal.ts";
import type { Level } from "../../contract/level.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Decode, Reading } from "../../contract/sample.ts";
import { planAlone, warmUpMs } from "../monitor/alone.ts";
import { effectiveRecord, isLevelStep } from "../monitor/effective.ts";
import type { LateSpan } from "../monitor/late.ts";
import { compilePlant, type CompiledPoint } from "../monitor/plant.ts";
import { usualOf } from "../monitor/sampling.ts";
import type { MonitorState, PointState, RuleState } from "../monitor/state.ts";
import { differenceOf, isAsLive } from "./difference.ts";
import { judgeAlone } from "./in-order.ts";
import { createSamples, type Samples } from "./samples.ts";
import { createStage, type Stage, type Storm } from "./stage.ts";

/** What the monitor knew of a touched point at the instant up to which the record is read. */
export interface Touched {
  readonly point: string;
  readonly span: LateSpan;
  /** Where its rules stood, and the level of their alarms. */
  readonly rules: readonly Pick<RuleState, "id" | "limits" | "version">[];
  readonly levels: ReadonlyMap<string, Level | null>;
  /** How it speaks, as far as that was learned: it is not learned again. */
  readonly rhythm: PointState["rhythm"];
  /** The newest storm of its site. */
  readonly storm: Storm | null;
  /** Server time of the last input that is read. */
  readonly now: number;
}

/** Reads the record of some touched points, and judges each of them in order at the end. */
export interface Rejudgement {
  /** The points that are judged: those that would be too much at once wait for the next reading. */
  readonly points: readonly string[];
  /** What came in before this instant need not be read. */
  readonly readFrom: number;
  readonly take: (record: JournalRecord) => void;
  /** One amendment a point, and null now and then before it, to let others go first; the last input's time and number. */
  readonly amendments: (readAt: number, readTo: number) => Iterable<Unentered | Failed | null>;
}

type Unentered = Omit<AmendmentInput, "number" | "at">;

/** A point that could not be judged in order, and why: no other one has to wait for it. */
export interface Failed {
  readonly kind: "failed";
  readonly point: string;
  readonly error: unknown;
}

/** A sample further ahead than this was set aside live, and is here (semantics §6). */
const futureMs = 60_000;
/** So many samples are read at once at most: some 30 MB. */
const mostSamples = 1_000_000;
/** What reports by exception says something so often at most, as far as anybody can tell. */
const exceptionMs = 60_000;
/** What is found of a device's clock. */
const clockCodes: ReadonlySet<string> = new Set(["clockTrusted", "clockAhead", "clockUntrusted"]);

/** A touched point while its record is read. */
export interface Case {
  readonly touched: Touched;
  readonly compiled: CompiledPoint;
  readonly plan: Plan;
  /** From here on its samples are heard; what is judged before `touched.span.from` only sets the stage. */
  readonly start: number;
  readonly samples: Samples;
  readonly stage: Stage;
  readonly record: Transition[];
}

/** What the monitor knows of a point whose late samples wait. */
export function touchedOf(state: Readonly<MonitorState>, point: string, span: LateSpan): Touched {
  const { rules, rhythm } = state.points.get(point) as PointState;
  const site = state.plan.sites.find(({ id }) => point.startsWith(`${id}/`))?.id ?? "";
  const { stormFrom: from = Infinity, stormTo: to = Infinity } = state.sampling.get(site) ?? {};
  return {
    point,
    span,
    rules: rules.map(({ id, limits, version }) => ({ id, limits, version })),
    levels: new Map(rules.map(({ id }) => [id, state.alarms.get(id)?.alarm.level ?? null])),
    rhythm,
    storm: from === Infinity ? null : { from, to },
    now: state.now,
  };
}

function caseOf(plan: Plan, touched: Touched): Case | Failed {
  try {
    return newCase(plan, touched);
  } catch (error) {
    return { kind: "failed", point: touched.point, error };
  }
}

function newCase(plan: Plan, touched: Touched): Case {
  const point = plan.points.find(({ id }) => id === touched.point);
  if (point === undefined) throw new Error(`${touched.point} is not in the plan`);
  const alone = planAlone(plan, { ...point, silentAfterMs: usualOf(point, touched).silentAfterMs });
  const compiled = compilePlant(alone).points[0] as CompiledPoint;
  const start = touched.span.from - warmUpMs(compiled);
  const stage = createStage(point, compiled.rules, touched.storm);
  return { touched, compiled, plan: alone, start, samples: createSamples(), stage, record: [] };
}

/** How many samples a case may hold, by what its point reports. */
function samplesOf({ touched, start, compiled }: Case): number {
  const { report } = compiled.point;
  return (touched.now - start) / (report === "onChange" ? exceptionMs : report.everyMs);
}

/** As many as are no more than `mostSamples` together; one at least. */
function fewEnough(cases: readonly Case[]): readonly Case[] {
  let samples = 0;
  return cases.filter((one, nth) => {
    const more = samplesOf(one);
    if (nth > 0 && samples + more > mostSamples) return false;
    samples += more;
    return true;
  });
}

/** The plan with no more than the touched points need: it is looked through for each of them. */
function narrow(plan: Plan, touched: readonly Touched[]): Plan {
  const ids = new Set(touched.map(({ point }) => point));
  const points = plan.points.filter(({ id }) => ids.has(id));
  const [items, devices] = [new Set(points.map(({ item }) => item)), new Set(points.map(({ device }) => device))];
  return {
    ...plan,
    points,
    items: plan.items.filter(({ id }) => items.has(id)),
    devices: plan.devices.filter(({ id }) => devices.has(id)),
  };
}

/** Begins to judge touched points in order, by the plan in force. */
export function createRejudgement(plan: Plan, touched: readonly Touched[], decode: Decode): Rejudgement {
  const few = narrow(plan, touched);
  const all = touched.map((one) => caseOf(few, one));
  const cases = fewEnough(all.filter((one): one is Case => !("kind" in one)));
  const failed = all.filter((one): one is Failed => "kind" in one);
  const byPoint = new Map(cases.map((one) => [one.touched.point, one]));
  const sites = new Set(cases.map(({ compiled }) => compiled.point.site));
  const alarms = new Map(cases.flatMap((one) => one.compiled.rules.map(({ alarmId }) => [alarmId, one] as const)));
  /** What was found of the devices' clocks, as it was found. */
  const clocks = new Map<string, readonly Transition[]>();
  const isUntrusted = ({ device, number }: Said): boolean =>
    clocks.get(device)?.findLast(({ cause }) => cause <= number)?.why.code === "clockUntrusted";
  let turn: Said[] = [];
  return {
    points: [...failed.map(({ point }) => point), ...byPoint.keys()],
    readFrom: Math.min(...cases.map(({ start }) => start)) - futureMs,
    take: (record) => {
      if (record.type !== "input" || record.input.kind !== "message") for (const { stage } of cases) stage.take(record);
      if (record.type === "input") turn.push(...saidBy(record.input, { sites, byPoint }, decode));
      else if (record.type === "change") {
        const { change } = record;
        if (change.type !== "alarm") return;
        const { transition } = change;
        alarms.get(transition.alarm)?.record.push(transition);
        if (clockCodes.has(transition.why.code))
          clocks.set(transition.source.id, [...(clocks.get(transition.source.id) ?? []), transition]);
      } else {
        const flags = new Map(record.end.flags);
        for (const said of turn) store(said, flags.get(said.number), isUntrusted(said));
        turn = [];
      }
    },
    *amendments(readAt, readTo) {
      yield* failed;
      for (const one of cases) {
        try {
          yield yield* amendmentOf(one, readAt, readTo);
        } catch (error) {
          yield { kind: "failed", point: one.touched.point, error };
        }
      }
    },
  };
}

interface Said {
  readonly of: Case;
  /** Who sent it; nothing for a person. */
  readonly device: string;
  readonly number: number;
  readonly place: number;
  readonly at: number;
  readonly reading: Reading;
}

/** What an input says of the points that are judged. */
function saidBy(
  input: RecordedInput,
  { sites, byPoint }: { readonly sites: ReadonlySet<string>; readonly byPoint: ReadonlyMap<string, Case> },
  decode: Decode,
): readonly Said[] {
  const { number, at } = input;
  if (input.kind === "command" && input.command.act === "reading") {
    const { point, value, measuredAt } = input.command.request;
    const of = byPoint.get(point);
    const reading = { code: "", sourceAt: measuredAt ?? null, value, quality: "good", unit: null } as const;
    return of === undefined ? [] : [{ of, device: "", number, place: 0, at, reading }];
  }
  // The topic names the site (skyground/v1/{site}/…): most messages need not be decoded.
  if (input.kind !== "message" || !sites.has(input.topic.split("/", 3)[2] ?? "")) return [];
  const decoded = decode(input.topic, input.payload);
  if (!decoded.ok) return [];
  const { message } = decoded;
  const isOnline = message.kind === "state" ? message.online : true;
  for (const { stage, compiled } of byPoint.values())
    if (message.kind !== "ack" && compiled.point.device === `${message.site}/${message.device}`)
      stage.link(isOnline, at);
  if (message.kind !== "telemetry") return [];
  const { site, readings } = message;
  const device = `${site}/${message.device}`;
  return readings.flatMap((reading, place) => {
    const of = byPoint.get(`${site}/${reading.code}`);
    return of === undefined ? [] : [{ of, device, number, place, at, reading }];
  });
}

/** Keeps a sample as the judgement of then admitted it: its flag tells what it was stored as, and whether it was at all. */
function store({ of, place, at, reading }: Said, flags: readonly Flag[] | undefined, isUntrusted: boolean): void {
  const flag = flags?.find(([nth]) => nth === place);
  const [, isStored, , , flaggedAt] = flag ?? [place, 1, 0, 0, reading.sourceAt ?? at];
  // A command that was refused has no flag, and a value that is none was never stored.
  if (isStored === 0 || reading.value === null || (reading.code === "" && flag === undefined)) return;
  const sourceAt = flaggedAt;
  if (sourceAt < of.start || sourceAt - at > futureMs) return;
  // Told by a clock that is not trusted, nobody knows when that was.
  if (reading.isHistorical === true && isUntrusted) return;
  // What the message says is not what was judged: its clock was not trusted already before the record that is read.
  const isOther = reading.code !== "" && reading.sourceAt !== null && reading.sourceAt !== sourceAt;
  const isServerTime = isUntrusted || isOther;
  const { value, quality, unit } = reading;
  of.samples.add({ sourceAt, receivedAt: at, value, quality, unit, isServerTime });
}

/** Since when its rule was what it is now: only what was judged from then on is judged again. */
function isJudgedAgain({ stage, touched }: Case, { alarm, at }: Pick<Transition, "alarm" | "at">): boolean {
  return at >= Math.max(touched.span.from, stage.sinceOf(alarm));
}

function* amendmentOf(one: Case, readAt: number, readTo: number): Generator<null, Unentered> {
  const { from } = one.touched.span;
  const known = effectiveRecord(one.record);
  const samples = yield* one.samples.inOrder(one.compiled.point.silentAfterMs);
  const { made, monitor, facts } = yield* judgeAlone(one, samples, { known, readAt });
  const own = new Set(one.compiled.rules.map(({ alarmId }) => alarmId));
  const steps = differenceOf(
    made.filter((step) => own.has(step.alarm) && isLevelStep(step) && isJudgedAgain(one, step)),
    known.filter((step) => !facts.has(step) && isJudgedAgain(one, step)),
  );
  let count = 0;
  while (count < samples.length && samples.timeAt(samples.length - 1 - count) >= from) count += 1;
  return {
    kind: "amendment",
    point: one.touched.point,
    from,
    until: count === 0 ? from : samples.timeAt(samples.length - 1),
    samples: count,
    readTo,
    isSettled: isAsLive(one, monitor.state()),
    steps,
  };
}
