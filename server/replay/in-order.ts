// A point judged alone, its samples in the order of their times; what no sample made happens at its own time (semantics §7).
import type { Transition } from "../../contract/alarm.ts";
import type { Input } from "../../contract/input.ts";
import { rankOf } from "../../contract/level.ts";
import type { Plan } from "../../contract/plant.ts";
import { createMonitor, type Monitor } from "../monitor.ts";
import { leave, takeOver, takeStorm, trustClock, type Stand } from "../monitor/alone.ts";
import { compilePlant, type CompiledPoint, type CompiledRule } from "../monitor/plant.ts";
import { emptyState } from "../monitor/state.ts";
import type { Case } from "./rejudge.ts";
import type { OrderedSample, OrderedSamples } from "./samples.ts";
import type { Presence } from "./stage.ts";

/** So many samples are judged at once: a millisecond or so. */
const sliceSamples = 64;
/** What no sample made: judging in order takes it over. */
const factCodes: ReadonlySet<string> = new Set(["lostWhileViolating", "returnedByHand"]);

type Unnumbered = Input extends infer T ? (T extends Input ? Omit<T, "number" | "at"> : never) : never;

/** The monitor of one point. No server is up in it: what nobody sent is silent there, and no alarm. */
interface Alone {
  readonly monitor: Monitor;
  readonly say: (input: Unnumbered, at: number) => void;
  readonly made: Transition[];
}

/** What judging alone has made, and which steps of the record it took for facts. */
export interface Judged extends Pick<Alone, "monitor" | "made"> {
  readonly facts: ReadonlySet<Transition>;
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

/**
 * True where a step of the record stands as it is: no sample made it, or its run began under a rule that was another one, or
 * (by exception) with the value that stood when the rule changed.
 */
function isFact({ stage, compiled, start }: Case, samples: OrderedSamples, step: Transition): boolean {
  const { why, at, alarm, violatedSince, level, fromLevel } = step;
  const since = stage.sinceOf(alarm);
  if (factCodes.has(why.code) || at < since) return true;
  if (violatedSince === null || rankOf(level) <= rankOf(fromLevel)) return false;
  const isByException = compiled.point.report === "onChange";
  return violatedSince < since || (isByException && violatedSince >= start && !samples.has(violatedSince));
}

/** An alarm's rule brought to where the record has it, before any sample later than `after`. */
interface Act extends Stand {
  readonly after: number;
  readonly rule: CompiledRule;
}

function actsOf(one: Case, point: CompiledPoint, known: readonly Transition[], facts: ReadonlySet<Transition>): Act[] {
  const acts = point.rules.flatMap((rule): Act[] => {
    const at = Math.max(one.start, one.stage.sinceOf(rule.alarmId));
    const its = known.filter((step) => step.alarm === rule.alarmId && step.at >= at);
    const level = its.length === 0 ? one.touched.levels.get(rule.alarmId) : its[0]?.fromLevel;
    const taken = its.filter((step) => facts.has(step));
    const fall = its.find((step) => rankOf(step.level) < rankOf(level ?? null));
    return [
      // From there on, its first instant included, samples judge it.
      { after: at - 1, rule, at, level: level ?? null, fallsTo: fall?.level, isPrimed: false },
      ...taken.map((step) => ({
        after: step.at,
        rule,
        at: step.at,
        level: step.level,
        isPrimed: step.why.code === "returnedByHand",
      })),
    ];
  });
  return acts.toSorted((a, b) => a.after - b.after);
}

/** Judges a point's samples from the start of its case on. */
export function* judgeAlone(
  one: Case,
  samples: OrderedSamples,
  { known, readAt }: { readonly known: readonly Transition[]; readonly readAt: number },
): Generator<null, Judged> {
  const { compiled, start, stage } = one;
  const plan = { ...one.plan, points: one.plan.points.map(stage.asEntered) };
  const point = compilePlant(plan).points[0] as CompiledPoint;
  const alone = createAlone(plan, start);
  const state = alone.monitor.state();
  const facts = new Set(known.filter((step) => isFact(one, samples, step)));
  const acts = actsOf(one, point, known, facts);
  const enterActs = (before: number): void => {
    while ((acts[0]?.after ?? Infinity) < before) {
      const act = acts.shift() as Act;
      takeOver(state, point, act.rule, act);
    }
  };
  const attend = point.point.report === "onChange" ? attendance(alone, compiled, stage.presences) : null;
  const storms = stage.storms();
  for (let nth = 0; nth < samples.length; nth += 1) {
    if (nth % sliceSamples === 0) yield null;
    const sample = samples.at(nth);
    enterActs(sample.sourceAt);
    attend?.(sample.heardAt);
    takeStorm(state, compiled.point.site, storms.findLast(({ from }) => from <= sample.sourceAt) ?? null);
    hear(alone, compiled, sample);
    attend?.(sample.heardAt);
  }
  enterActs(Infinity);
  attend?.(readAt);
  alone.say({ kind: "tick" }, readAt);
  return { monitor: alone.monitor, made: alone.made, facts };
}

function hear(alone: Alone, { point }: CompiledPoint, sample: OrderedSample): void {
  const { sourceAt, heardAt, value, quality, unit, isServerTime } = sample;
  const [site, device] = point.device.split("/", 2) as [string, string];
  trustClock(alone.monitor.state(), point.device, !isServerTime);
  // Without a time of its own it gets that at which it is said.
  const readings = [{ code: point.code, value, quality, unit, sourceAt: isServerTime ? null : sourceAt }];
  const message = { kind: "telemetry", site, device, sequence: null, readings, refused: [] } as const;
  alone.say({ kind: "telemetry", message }, heardAt);
}

/** Lets the device come and go as it did: by exception nothing is completed while it is not there. */
function attendance(alone: Alone, { point }: CompiledPoint, presences: readonly Presence[]): (until: number) => void {
  const [site, device] = point.device.split("/", 2) as [string, string];
  let next = 0;
  let isLeft = false;
  return (until) => {
    for (let one = presences[next]; one !== undefined && one.at <= until; one = presences[(next += 1)]) {
      if (one.kind !== "doubted") isLeft = one.kind === "left";
      alone.say({ kind: "tick" }, one.at);
      leave(alone.monitor.state(), point, isLeft);
      if (one.kind === "back") alone.say({ kind: "link", site, device, online: true }, one.at);
    }
    // What it has sent later tells of then, not that it was there.
    if (isLeft) leave(alone.monitor.state(), point, true);
  };
}
