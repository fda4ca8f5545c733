// The amendment pass: a point's samples judged again in their order, by the very monitor that judged them live (semantics §7).
import type { Transition } from "../../contract/alarm.ts";
import type { AmendedStep, AmendmentInput, Flag, Input, RecordedInput } from "../../contract/input.ts";
import type { JournalRecord } from "../../contract/journal.ts";
import type { Level } from "../../contract/level.ts";
import type { Plan } from "../../contract/plant.ts";
import { qualities, type Decode, type Reading } from "../../contract/sample.ts";
import { createMonitor, type Monitor } from "../monitor.ts";
import { planAlone, takeOver, warmUpMs, type Stand } from "../monitor/alone.ts";
import { effectiveRecord, isLevelStep } from "../monitor/effective.ts";
import type { LateSpan } from "../monitor/late.ts";
import { compilePlant, type CompiledPoint, type CompiledRule } from "../monitor/plant.ts";
import { emptyState, type MonitorState, type PointState, type RuleState } from "../monitor/state.ts";

/** What the monitor knew of a touched point at the instant up to which the record is read. */
export interface Touched {
  readonly point: string;
  readonly span: LateSpan;
  /** Where its rules stood, and the level of their alarms. */
  readonly rules: readonly Pick<RuleState, "id" | "limits" | "version">[];
  readonly levels: ReadonlyMap<string, Level | null>;
}

/** One sample that was stored: when it came, and what was said. */
interface Sample {
  readonly sourceAt: number;
  readonly receivedAt: number;
  readonly reading: Reading;
}

/** Reads the record of some touched points, and judges each of them in order at the end. */
export interface Rejudgement {
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
/** Steps of the same kind no further apart than this are one that happened at another time. */
const sameWithinMs = 2 * 3_600_000;
/** So many samples are judged at once: a millisecond or so. */
const sliceSamples = 128;
/** What no sample made: judging in order takes it over. */
const facts: ReadonlySet<string> = new Set(["lostWhileViolating", "returnedByHand"]);

interface Case {
  readonly touched: Touched;
  readonly compiled: CompiledPoint;
  readonly plan: Plan;
  /** From here on its samples are heard; what is judged before `touched.span.from` only sets the stage. */
  readonly start: number;
  /** By `sourceAt`: the first that came, as live. */
  readonly samples: Map<number, Sample>;
  readonly record: Transition[];
}

/** What the monitor knows of a point whose late samples wait. */
export function touchedOf(state: Readonly<MonitorState>, point: string, span: LateSpan): Touched {
  const { rules } = state.points.get(point) as PointState;
  return {
    point,
    span,
    rules: rules.map(({ id, limits, version }) => ({ id, limits, version })),
    levels: new Map(rules.map(({ id }) => [id, state.alarms.get(id)?.alarm.level ?? null])),
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
  const alone = planAlone(plan, point);
  const compiled = compilePlant(alone).points[0] as CompiledPoint;
  const start = touched.span.from - warmUpMs(compiled);
  return { touched, compiled, plan: alone, start, samples: new Map(), record: [] };
}

/** Begins to judge touched points in order, by the plan in force. */
export function createRejudgement(plan: Plan, touched: readonly Touched[], decode: Decode): Rejudgement {
  const all = touched.map((one) => caseOf(plan, one));
  const cases = all.filter((one): one is Case => !("kind" in one));
  const failed = all.filter((one): one is Failed => "kind" in one);
  const byPoint = new Map(cases.map((one) => [one.touched.point, one]));
  const sites = new Set(cases.map(({ compiled }) => compiled.point.site));
  const alarms = new Map(cases.flatMap((one) => one.compiled.rules.map(({ alarmId }) => [alarmId, one] as const)));
  let turn: Said[] = [];
  return {
    readFrom: Math.min(...cases.map(({ start }) => start)) - futureMs,
    take: (record) => {
      if (record.type === "input") turn.push(...saidBy(record.input, { sites, byPoint }, decode));
      else if (record.type === "change") {
        const { change } = record;
        if (change.type === "alarm") alarms.get(change.transition.alarm)?.record.push(change.transition);
      } else {
        const flags = new Map(record.end.flags);
        for (const said of turn) store(said, flags.get(said.number));
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
    return of === undefined ? [] : [{ of, number, place: 0, at, reading }];
  }
  // The topic names the site (skyground/v1/{site}/…): most messages need not be decoded.
  if (input.kind !== "message" || !sites.has(input.topic.split("/", 3)[2] ?? "")) return [];
  const decoded = decode(input.topic, input.payload);
  if (!decoded.ok || decoded.message.kind !== "telemetry") return [];
  const { site, readings } = decoded.message;
  return readings.flatMap((reading, place) => {
    const of = byPoint.get(`${site}/${reading.code}`);
    return of === undefined ? [] : [{ of, number, place, at, reading }];
  });
}

/** Keeps a sample as the judgement of then admitted it: its flag tells what it was stored as, and whether it was at all. */
function store({ of, place, at, reading }: Said, flags: readonly Flag[] | undefined): void {
  const flag = flags?.find(([nth]) => nth === place);
  const [, isStored, , , flaggedAt] = flag ?? [place, 1, 0, 0, reading.sourceAt ?? at];
  // A command that was refused has no flag, and a value that is none was never stored.
  if (isStored === 0 || reading.value === null || (reading.code === "" && flag === undefined)) return;
  const sourceAt = flaggedAt;
  if (sourceAt < of.start || sourceAt - at > futureMs || of.samples.has(sourceAt)) return;
  // By an untrusted clock it may raise and not return: so may a suspect sample.
  const isServerTime = reading.code !== "" && reading.sourceAt !== null && reading.sourceAt !== sourceAt;
  const quality = isServerTime && reading.quality === "good" ? qualities[2] : reading.quality;
  of.samples.set(sourceAt, { sourceAt, receivedAt: at, reading: { ...reading, sourceAt, quality } });
}

/** In order, each heard when it would have been, had nothing been late: no later than what came after it. */
function inOrder({ samples, compiled }: Case): readonly Sample[] {
  const ordered = [...samples.values()].toSorted((a, b) => a.sourceAt - b.sourceAt);
  let soonest = Infinity;
  const heard = ordered.toReversed().map((sample) => {
    soonest = Math.min(soonest, sample.receivedAt);
    return { ...sample, receivedAt: Math.min(soonest, sample.sourceAt + compiled.point.silentAfterMs) };
  });
  return heard.toReversed();
}

type Unnumbered = Input extends infer T ? (T extends Input ? Omit<T, "number" | "at"> : never) : never;

/** The monitor of one point. No server is up in it: what nobody sent is silent there, and no alarm. */
interface Alone {
  readonly monitor: Monitor;
  readonly say: (input: Unnumbered, at: number) => void;
  readonly made: Transition[];
}

function createAlone(plan: Plan, start: number): Alone {
  const monitor = createMonitor(emptyState(), { isShortWayOpen: false });
  const made: Transition[] = [];
  const say: Alone["say"] = (input, at) => {
    const { number, now } = monitor.state();
    const { changes } = monitor.apply({ ...input, number: number + 1, at: Math.max(now, at) });
    for (const change of changes) if (change.type === "alarm") made.push(change.transition);
  };
  say({ kind: "plan", plan, by: "amendment", reason: "amendment" }, start);
  return { monitor, say, made };
}

function standOf({ at, level, why }: Transition): Stand {
  return { at, level, isPrimed: why.code === "returnedByHand" };
}

/** Judges a point's samples from the start of its case on; what no sample made happens at its own time. */
function* judgeAlone(one: Case, known: readonly Transition[], readAt: number): Generator<null, Alone> {
  const { compiled, plan, start, touched } = one;
  const alone = createAlone(plan, start);
  const ruleOf = (id: string): CompiledRule => compiled.rules.find(({ alarmId }) => alarmId === id) as CompiledRule;
  const enter = (rule: CompiledRule, stand: Stand): void => takeOver(alone.monitor.state(), compiled, rule, stand);
  for (const rule of compiled.rules) {
    const first = known.find(({ alarm, at }) => alarm === rule.alarmId && at >= start);
    const level = first === undefined ? (touched.levels.get(rule.alarmId) ?? null) : first.fromLevel;
    enter(rule, { at: start, level, isPrimed: false });
  }
  const acts = known.filter(({ why, at }) => facts.has(why.code) && at >= start);
  const [site, device] = compiled.point.device.split("/", 2) as [string, string];
  for (const [nth, { sourceAt, receivedAt, reading }] of inOrder(one).entries()) {
    if (nth % sliceSamples === 0) yield null;
    while ((acts[0]?.at ?? Infinity) < sourceAt) {
      const act = acts.shift() as Transition;
      enter(ruleOf(act.alarm), standOf(act));
    }
    const readings = [{ ...reading, code: compiled.point.code, sourceAt }];
    const message = { kind: "telemetry", site, device, sequence: null, readings, refused: [] } as const;
    alone.say({ kind: "telemetry", message }, receivedAt);
  }
  for (const act of acts) enter(ruleOf(act.alarm), standOf(act));
  alone.say({ kind: "tick" }, readAt);
  return alone;
}

function keyOf({ alarm, at, fromLevel, level, value }: Transition): string {
  return `${alarm} ${at} ${fromLevel} ${level} ${value}`;
}

function stepOf(step: Transition, amends: number | null, why = step.why): AmendedStep {
  const { alarm, at, violatedSince, returnedSince, ruleVersion, fromLevel, level } = step;
  const { value, setpoint, deadband, quality } = step;
  return {
    alarm,
    at,
    violatedSince,
    returnedSince,
    ruleVersion,
    fromLevel,
    level,
    value,
    setpoint,
    deadband,
    quality,
    why,
    amends,
  };
}

/** What judging in order makes and the record lacks, in the place of what the record has instead; and what it does not confirm. */
function differenceOf(made: readonly Transition[], known: readonly Transition[]): readonly AmendedStep[] {
  const inRecord = new Set(known.map(keyOf));
  const inMade = new Set(made.map(keyOf));
  const unconfirmed = known.filter((step) => !inMade.has(keyOf(step)));
  const missed = made.filter((step) => !inRecord.has(keyOf(step)));
  const steps = missed.map((step) => {
    const near = unconfirmed
      .filter(
        ({ alarm, fromLevel, level, at }) =>
          alarm === step.alarm &&
          fromLevel === step.fromLevel &&
          level === step.level &&
          Math.abs(at - step.at) <= sameWithinMs,
      )
      .toSorted((a, b) => Math.abs(a.at - step.at) - Math.abs(b.at - step.at))[0];
    if (near !== undefined) unconfirmed.splice(unconfirmed.indexOf(near), 1);
    return stepOf(step, near?.seq ?? null);
  });
  for (const step of unconfirmed) steps.push(stepOf(step, step.seq, { code: "notConfirmed", values: {} }));
  return steps.toSorted((a, b) => a.at - b.at);
}

/** True where every limit stands as it does in order: from now on live judgement and that in order are the same. */
function isAsLive({ touched, compiled }: Case, state: Readonly<MonitorState>): boolean {
  const { rules } = state.points.get(touched.point) as PointState;
  return compiled.rules.every((_, nth) => {
    const mine = rules[nth] as RuleState;
    const live = touched.rules.find(({ id }) => id === mine.id);
    return (
      live !== undefined &&
      live.version === mine.version &&
      live.limits.every((limit, place) => {
        const own = mine.limits[place] as RuleState["limits"][number];
        const isSame = limit.isOn === own.isOn && limit.returnedSince === own.returnedSince;
        return isSame && (limit.isOn || (limit.violatedSince === own.violatedSince && limit.samples === own.samples));
      })
    );
  });
}

function* amendmentOf(one: Case, readAt: number, readTo: number): Generator<null, Unentered> {
  const { from } = one.touched.span;
  const known = effectiveRecord(one.record);
  const { made, monitor } = yield* judgeAlone(one, known, readAt);
  const own = new Set(one.compiled.rules.map(({ alarmId }) => alarmId));
  const inSpan = made.filter((step) => own.has(step.alarm) && step.at >= from && isLevelStep(step));
  const steps = differenceOf(
    inSpan,
    known.filter(({ at, why }) => at >= from && !facts.has(why.code)),
  );
  const times = [...one.samples.keys()].filter((at) => at >= from);
  return {
    kind: "amendment",
    point: one.touched.point,
    from,
    until: times.reduce((a, b) => Math.max(a, b), from),
    samples: times.length,
    readTo,
    isSettled: isAsLive(one, monitor.state()),
    steps,
  };
}
