// A back-test: the candidate's monitor beside the active one's, over what the journal or the historian has recorded.
import type { Transition } from "../../contract/alarm.ts";
import type { AlarmDifferences, Differences, Example } from "../../contract/backtest.ts";
import type { RecordedInput } from "../../contract/input.ts";
import type { Point } from "../../contract/plant.ts";
import type { Decode, OrderAck } from "../../contract/sample.ts";
import { parseTopic } from "../../contract/topics.ts";
import { createMonitor } from "../monitor.ts";
import { createComparison, type SideName } from "./compare.ts";
import { aimedAt, createSide, isReturn, type Side, type Unnumbered } from "./side.ts";
import { messagesOf, type Span } from "./spans.ts";
import { pointsByDevice, type Trial } from "./trial.ts";

/** What is tried, and since when it counts. */
export interface BacktestOptions {
  readonly trial: Trial;
  /** Epoch ms; what both sides raised before is judged, but not compared. */
  readonly from: number;
  readonly decode: Decode;
  /** Told of every step of every alarm, in the order of each side. */
  readonly onStep: (side: SideName, step: Transition) => void;
}

/** A back-test on its way. */
export interface Backtest {
  /** The points that are judged, in the order in which a span must list them. */
  readonly points: readonly Point[];
  /** One input of the journal, in its order. Its ticks and plans are left out: both sides make ticks of their own. */
  readonly takeInput: (input: RecordedInput) => void;
  /** Samples of the historian, in order of time; each counts as received when it was measured. */
  readonly takeSpan: (span: Span) => void;
  /** Passes the time up to the end; gives what was found. Nothing may be taken afterwards. */
  readonly finish: (to: number) => BacktestFindings;
}

/** What a back-test has found. */
export interface BacktestFindings {
  readonly samples: number;
  /** Null where nothing was taken. */
  readonly judgedFrom: number | null;
  readonly differences: Differences;
  readonly alarms: readonly AlarmDifferences[];
  readonly examples: readonly Example[];
}

const mostAlarms = 200;

/**
 * Makes a back-test. Both sides have the plan of the trial from the first input on, whatever plans were entered meanwhile: the
 * question is what the plant as it is now would have said. People's acts are led on to what stands on the candidate's side.
 */
export function createBacktest({ trial, from, decode, onStep }: BacktestOptions): Backtest {
  const active = createSide(createMonitor());
  const candidate = createSide(createMonitor());
  const comparison = createComparison(from);
  const points = pointsByDevice(trial.active);
  let judgedFrom: number | null = null;

  const compare = (ofActive: readonly Transition[], ofCandidate: readonly Transition[]): void => {
    if (ofActive.length + ofCandidate.length === 0) return;
    for (const step of ofActive) onStep("active", step);
    for (const step of ofCandidate) onStep("candidate", step);
    comparison.take(ofActive, ofCandidate);
  };
  const say = (input: Unnumbered, at: number): void =>
    compare(active.say(input, at).steps, candidate.say(input, at).steps);
  const passTo = (at: number): void => compare(active.passTo(at), candidate.passTo(at));
  const start = (at: number): void => {
    judgedFrom = at;
    const entry = { kind: "plan", by: "backtest", reason: "backtest" } as const;
    active.say({ ...entry, plan: trial.active }, at);
    candidate.say({ ...entry, plan: trial.candidate }, at);
    say({ kind: "neighbour", name: "server", state: "up", reason: "backtest" }, at);
  };
  /** What a device acknowledged was the newest order; each side counts its own. */
  const acknowledge = ({ say: tell, monitor }: Side, ack: OrderAck, at: number): readonly Transition[] =>
    tell({ ...ack, order: monitor.state().sampling.get(ack.site)?.order ?? ack.order }, at).steps;
  const takeMessage = (topic: string, payload: Uint8Array, at: number): void => {
    const decoded = decode(topic, payload);
    if (!decoded.ok) return;
    const { message } = decoded;
    if (message.kind === "telemetry") compare(active.hear(message, at), candidate.hear(message, at));
    else if (message.kind === "ack") compare(acknowledge(active, message, at), acknowledge(candidate, message, at));
    else say({ kind: "link", site: message.site, device: message.device, online: message.online }, at);
  };

  return {
    points,
    takeInput: (input) => {
      const { at } = input;
      if (judgedFrom === null) start(at);
      if (!isReturn(input)) passTo(at);
      switch (input.kind) {
        case "message": {
          const site = parseTopic(input.topic)?.site;
          if (site !== undefined && trial.sites.has(site)) takeMessage(input.topic, input.payload, at);
          break;
        }
        case "command": {
          const { steps, reply } = active.say(input, at);
          const command = aimedAt(candidate, input.command, reply);
          compare(steps, candidate.say({ kind: "command", command }, at).steps);
          break;
        }
        case "ack":
        case "link":
          if (trial.sites.has(input.site)) say(input, at);
          break;
        case "neighbour":
          say(input, at);
          break;
        case "plan":
        case "ruleChange":
        case "amendment":
        case "refused":
        case "audit":
        case "receipt":
        case "wall":
        case "tick":
          break;
      }
    },
    takeSpan: (span) => {
      if (judgedFrom === null) start(span.from);
      for (const { at, message } of messagesOf(span, points)) {
        passTo(at);
        compare(active.hear(message, at), candidate.hear(message, at));
      }
    },
    finish: (to) => {
      if (judgedFrom !== null) passTo(to);
      comparison.finish();
      return {
        samples: active.monitor.state().samples,
        judgedFrom,
        differences: comparison.differences(),
        alarms: comparison.alarms(mostAlarms),
        examples: comparison.examples(),
      };
    },
  };
}
