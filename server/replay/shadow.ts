// A shadow: the candidate live but silent, a monitor of its own that hears what the live one has judged, and only compares.
import type { ShadowStatus } from "../../contract/backtest.ts";
import type { Input } from "../../contract/input.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { createMonitor, type Monitor, type Outcome } from "../monitor.ts";
import type { MonitorState, StandingAlarm } from "../monitor/state.ts";
import { createComparison } from "./compare.ts";
import { aimedAt, createSide, isReturn, stepsOf, type Side } from "./side.ts";
import { trialOf, type Trial } from "./trial.ts";

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
  const ofSite = ([id]: readonly [string, unknown]): boolean => isKept(id.split("/")[0] ?? null);
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
  if (input.kind === "link") return sites.has(input.site);
  return input.kind === "command" || input.kind === "neighbour";
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
    comparison.take([], side.say({ kind: "plan", plan: next.candidate, by: "shadow", reason: "shadow" }, at).steps);
  };
  const hear = (input: Input, outcome: Outcome): void => {
    const ofLive = stepsOf(outcome.changes).filter(({ source }) => isOf(trial.sites)(source.id.split("/")[0] ?? null));
    if (!concerns(input, trial.sites)) {
      comparison.take(ofLive, ofLive.length === 0 ? [] : side.passTo(input.at));
      return;
    }
    const passed = isReturn(input) ? [] : side.passTo(input.at);
    if (input.kind === "telemetry") {
      comparison.take(ofLive, [...passed, ...side.hear(input.message, input.at)]);
      return;
    }
    const said = input.kind === "command" ? { ...input, command: aimedAt(side, input.command, outcome.reply) } : input;
    comparison.take(ofLive, [...passed, ...side.say(said, input.at).steps]);
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
    passTo: (at) => guarded(at, () => comparison.take([], side.passTo(at))),
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
