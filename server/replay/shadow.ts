// A shadow: the candidate live but silent, a monitor of its own that hears what the live one has judged, and only compares.
import type { ShadowStatus } from "../../contract/backtest.ts";
import type { Transition } from "../../contract/alarm.ts";
import type { AckInput, Input, RuleChangeInput } from "../../contract/input.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { createMonitor, type Monitor, type Outcome } from "../monitor.ts";
import type { MonitorState, StandingAlarm } from "../monitor/state.ts";
import { createComparison } from "./compare.ts";
import { aimedAt, createSide, isReturn, stepsOf, type Side } from "./side.ts";
import { siteOf, trialOf, type Trial } from "./trial.ts";

/** A shadow; it throws nothing. */
export interface Shadow {
  /** What the live monitor has judged, in its order, and what it made of it. */
  readonly heard: (inputs: readonly Input[], outcomes: readonly Outcome[]) => void;
  /** Time passes without an input. */
  readonly passTo: (at: number) => void;
  readonly status: () => ShadowStatus;
}

/** How a shadow is made. */
export interface ShadowOptions {
  /** The live monitor: its state is copied, never touched. */
  readonly live: Monitor;
  readonly change: RuleChange;
  /** Goes on while the process does, ms: what the shadow costs is told. */
  readonly stopwatch: () => number;
}

function isOf(sites: ReadonlySet<string>): (site: string | null) => boolean {
  return (site) => site !== null && sites.has(site);
}

/** A copy of what the live monitor knows of some sites. */
function copyOf(state: Readonly<MonitorState>, sites: ReadonlySet<string>): MonitorState {
  const isKept = isOf(sites);
  const ofSite = ([id]: readonly [string, unknown]): boolean => isKept(siteOf(id));
  const { plan, points, devices, alarms, siteRules, ...rest } = state;
  const copied = structuredClone({
    ...rest,
    points: new Map([...points].filter(ofSite)),
    devices: new Map([...devices].filter(ofSite)),
    alarms: new Map([...alarms].filter(([, { site }]: readonly [string, StandingAlarm]) => isKept(site))),
    siteRules: new Map([...siteRules].filter(ofSite)),
  });
  return { ...copied, plan };
}

/** The candidate's side: the live state of its sites, with the candidate's plan entered. */
function sideOf(live: Monitor, { sites, candidate, active }: Trial): Side {
  const state = copyOf(live.state(), sites);
  // Cut first and changed then, so that what is left out is forgotten and what is changed is marked as a change of the rule.
  const side = createSide(createMonitor({ ...state, plan: active }));
  side.say({ kind: "plan", plan: candidate, by: "shadow", reason: "shadow" }, state.now);
  return side;
}

/** True for what concerns the sites of a shadow, and for what concerns all. */
function concerns(input: Input, sites: ReadonlySet<string>): boolean {
  if (input.kind === "telemetry") return sites.has(input.message.site);
  if (input.kind === "link" || input.kind === "ack") return sites.has(input.site);
  return input.kind === "command" || input.kind === "neighbour";
}

/** True for a new version of another rule: the one on trial has its own. */
function isOfAnother({ change }: RuleChangeInput, { source, rule, direction }: RuleChange): boolean {
  return change.source !== source || change.rule !== rule || change.direction !== direction;
}

/**
 * What a device has answered, as said to the shadow: it does what it was told, so it answers the same profile there, by
 * whatever number. The numbers part where the candidate calls a storm that the live one does not.
 */
function answerTo({ sampling: there }: MonitorState, { sampling: here }: MonitorState, input: AckInput): AckInput {
  const [asked, own] = [there.get(input.site), here.get(input.site)];
  const isSame = asked?.order === input.order && asked.profile === own?.profile;
  return isSame && own !== undefined ? { ...input, order: own.order } : input;
}

/** A shadow orders nobody about: that nobody has answered it is no difference. */
function isCompared({ source, rule }: Transition): boolean {
  return source.kind !== "device" || rule !== "sampling";
}

/**
 * Starts a shadow from where the live monitor stands; null where its plan has no such rule, or has that version already.
 * Only what concerns the sites of the change is heard (see trial.ts for how exact that is). A fault of the shadow ends the
 * shadow alone, and is told.
 */
export function createShadow({ live, change, stopwatch }: ShadowOptions): Shadow | null {
  let plan = live.state().plan;
  const first = trialOf(plan, change);
  if (first === null) return null;
  let trial: Trial = first;
  const since = live.state().now;
  const startedAt = stopwatch();
  const side = sideOf(live, trial);
  const heardBefore = side.monitor.state().samples;
  const comparison = createComparison(since);
  let [busyMs, ended] = [0, null as ShadowStatus["ended"]];
  for (const { id, site, alarm } of live.state().alarms.values())
    if (isOf(trial.sites)(site) && alarm.level !== null) comparison.seed(id, alarm.level);

  const take = (ofLive: readonly Transition[], ofShadow: readonly Transition[]): void =>
    comparison.take(ofLive.filter(isCompared), ofShadow.filter(isCompared));
  const end = (at: number, reason: string): void => {
    ended = { at, reason };
    comparison.finish();
  };
  /** The live plan has changed: the shadow's is worked out anew, and what stood keeps its state. */
  const enter = (at: number): void => {
    ({ plan } = live.state());
    const next = trialOf(plan, change);
    if (next === null || [...next.sites].some((site) => !trial.sites.has(site))) {
      end(at, "the plan of record has changed: its rule is gone, has this version, or is tied to other sites now");
      return;
    }
    trial = next;
    take([], side.say({ kind: "plan", plan: next.candidate, by: "shadow", reason: "shadow" }, at).steps);
  };
  const said = (input: Input, { reply }: Outcome): Input => {
    if (input.kind === "command") return { ...input, command: aimedAt(side, input.command, reply) };
    return input.kind === "ack" ? answerTo(live.state(), side.monitor.state(), input) : input;
  };
  const hear = (input: Input, outcome: Outcome): void => {
    const { kind, at } = input;
    const isHere = isOf(trial.sites);
    // What judging in order has found belongs to the past, and has been looked for on one side alone.
    const steps = kind === "amendment" ? [] : stepsOf(outcome.changes);
    const ofLive = steps.filter(({ source }) => isHere(siteOf(source.id)));
    const isChange = kind === "ruleChange" && isHere(siteOf(input.change.source)) && isOfAnother(input, change);
    if (!isChange && !concerns(input, trial.sites)) {
      take(ofLive, ofLive.length === 0 ? [] : side.passTo(at));
      return;
    }
    const passed = isReturn(input) ? [] : side.passTo(at);
    const ofShadow = kind === "telemetry" ? side.hear(input.message, at) : side.say(said(input, outcome), at).steps;
    take(ofLive, passed.length === 0 ? ofShadow : [...passed, ...ofShadow]);
  };
  const guarded = (at: number, work: () => void): void => {
    if (ended !== null) return;
    const from = stopwatch();
    try {
      work();
    } catch (error) {
      end(at, (error as Error).message);
    }
    busyMs += stopwatch() - from;
  };

  return {
    heard: (inputs, outcomes) => {
      const at = inputs.at(-1)?.at ?? since;
      guarded(at, () => {
        for (const [place, input] of inputs.entries()) hear(input, outcomes[place] as Outcome);
        if (live.state().plan !== plan) enter(at);
      });
    },
    passTo: (at) => guarded(at, () => take([], side.passTo(at))),
    status: () => ({
      source: change.source,
      rule: change.rule,
      direction: change.direction,
      version: change.version.version,
      since,
      samples: side.monitor.state().samples - heardBefore,
      differences: comparison.differences(),
      examples: comparison.examples(),
      timeShare: busyMs / Math.max(1, stopwatch() - startedAt),
      ended,
    }),
  };
}
