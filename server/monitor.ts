// The one judge: an input in, changes out. Live, replay and verify all lead this same monitor; no I/O, no clock.
import type { Flag, Input, LinkInput, NeighbourInput, RecordedInput, RuleChangeInput } from "../contract/input.ts";
import type { AlarmView } from "../contract/alarm.ts";
import type { IncidentView } from "../contract/incident.ts";
import type { DeviceLiveness, LivenessTotals } from "../contract/liveness.ts";
import type { Announcement, RuleChange } from "../contract/rule-change.ts";
import { qualities, type DecodeResult } from "../contract/sample.ts";
import { canarySite } from "../contract/topics.ts";
import type {
  Beat,
  DeviceStatus,
  FloodStatus,
  HandoverStatus,
  NeighbourStatus,
  Reply,
  ResponseStatus,
  SilenceStatus,
  SiteStatus,
  ValueTuple,
} from "../contract/wall.ts";
import type { FaultCount } from "../contract/faults.ts";
import { incidentView } from "./domain/incident.ts";
import { enterAmendment } from "./monitor/amend.ts";
import { announce } from "./monitor/announce.ts";
import { viewOf } from "./monitor/book.ts";
import { createCalmWay } from "./monitor/calm.ts";
import { createCanaryWay } from "./monitor/canary.ts";
import { carryOut } from "./monitor/commands.ts";
import { judgeNeighbour } from "./monitor/devices.ts";
import {
  createSchedule,
  fireDue,
  fireReAlarm,
  isDue,
  nextDue,
  plan as planDue,
  reAlarmDueAt,
  type Schedule,
} from "./monitor/due.ts";
import { hearStanding } from "./monitor/hear-again.ts";
import { judgeMessage, unstored } from "./monitor/judge.ts";
import { livenessOf, statusOf, totalsOf } from "./monitor/ledger.ts";
import { presentIncidents } from "./monitor/incidents.ts";
import { forgetReturns } from "./monitor/losses.ts";
import { enterPlan, enterRuleChange, touchRule } from "./monitor/plan.ts";
import { compilePlant, type Plant } from "./monitor/plant.ts";
import { hearLink } from "./monitor/presence.ts";
import { responseOf } from "./monitor/responses.ts";
import { judgeAck } from "./monitor/sampling.ts";
import { settle } from "./monitor/settle.ts";
import { judgeWall } from "./monitor/screens.ts";
import { createStrips } from "./monitor/strips.ts";
import { emptyState, type MonitorState, type PointState } from "./monitor/state.ts";
import { addChange, countFault, newTurn, type Outcome, type Turn } from "./monitor/turn.ts";

export type { Outcome };

/** How a monitor judges. */
export interface MonitorOptions {
  /** False: every message goes the long way (see monitor/calm.ts), as `verify` wants it. @default true */
  readonly isShortWayOpen?: boolean;
}

/** The state that a wall starts from, but for what the server adds. */
export interface Standing {
  readonly seq: number;
  readonly at: number;
  readonly plan: MonitorState["plan"];
  readonly alarms: readonly AlarmView[];
  readonly sites: readonly SiteStatus[];
  readonly devices: readonly DeviceStatus[];
  readonly neighbours: readonly NeighbourStatus[];
  readonly responses: readonly ResponseStatus[];
  readonly silences: readonly SilenceStatus[];
  readonly floods: readonly FloodStatus[];
  readonly handovers: readonly HandoverStatus[];
  readonly incidents: readonly IncidentView[];
  readonly values: readonly ValueTuple[];
}

/** The judge. */
export interface Monitor {
  /** Judges one input. Its number must be the last one's plus one, and its time not before the last one's. */
  apply: (input: Input) => Outcome;
  /** The instant of the next deadline up to `until`; null when nothing is due by then. */
  nextDue: (until: number) => number | null;
  /** What a new version of a rule would do at an instant; null where the plan has no such rule, or that version already. */
  announce: (change: RuleChange, at: number) => Announcement | null;
  standing: () => Standing;
  /** The latest value of a point, by its place in the plan. */
  latest: (index: number) => ValueTuple;
  /** The worst data age over key points that were ever heard: of all of them, or of those that are wanted. */
  oldest: (isWanted?: (point: string) => boolean) => Beat["oldest"];
  faults: () => readonly FaultCount[];
  /** How every device is doing, in the order of the plan; and all of them together. */
  liveness: () => readonly DeviceLiveness[];
  livenessTotals: () => LivenessTotals;
  /** Everything remembered, for a checkpoint: copy it before the next input. */
  state: () => Readonly<MonitorState>;
}

/** Makes a monitor; with the state of a checkpoint it goes on from there. */
export function createMonitor(
  state: MonitorState = emptyState(),
  { isShortWayOpen = true }: MonitorOptions = {},
): Monitor {
  let plant = compilePlant(state.plan);
  let schedule = createSchedule(state, plant);
  let calm = createCalmWay(state, plant);
  let keys = keysOf(state, plant);
  const canary = createCanaryWay();
  let strips = createStrips(state, plant);

  const latest = (index: number): ValueTuple => {
    const id = plant.points[index]?.point.id ?? "";
    const live = state.points.get(id);
    if (live === undefined) return [index, null, qualities.indexOf("missing"), 0, 0];
    const shown = [index, valueOf(live), qualities.indexOf(live.quality), live.sourceAt, live.receivedAt] as const;
    return live.reasons === 0 ? shown : [...shown, live.reasons];
  };

  return {
    apply: (input) => {
      checkOrder(state, input);
      strips.pass(input);
      state.number = input.number;
      state.now = input.at;
      const isAlone = input.kind === "telemetry" && !isDue(schedule, state, plant, input.at);
      const calmly = isAlone && isShortWayOpen ? calm.take(input) : null;
      if (calmly !== null) return calmly;
      let turn = newTurn(state, plant, input);
      let reply: Reply | null = null;
      if (input.kind === "plan" || input.kind === "ruleChange") {
        // What fell due before a new plan is judged under the old one.
        fireDue(turn, schedule, input.at);
        const next = input.kind === "plan" ? enterPlan(state, plant, input) : enterRuleChange(state, plant, input);
        plant = next ?? plant;
        // Of one rule only its own deadlines are others now: they are among what the turn has touched.
        if (input.kind === "plan") schedule = createSchedule(state, plant);
        calm = createCalmWay(state, plant);
        keys = keysOf(state, plant);
        strips = createStrips(state, plant);
        turn = { ...newTurn(state, plant, input), changes: turn.changes, touchedPoints: turn.touchedPoints };
        if (input.kind === "ruleChange") reply = replyTo(turn, input, next !== null);
      }
      const outcome = applyTo(turn, schedule, input);
      if (input.kind === "plan" || input.kind === "neighbour") schedule = createSchedule(state, plant);
      if (isAlone) calm.judged(input.message, turn.judgedJoints);
      else calm.forget();
      if (reply !== null) return { ...outcome, reply };
      const step = canary.hear(input);
      return step === null ? outcome : { ...outcome, canary: step };
    },
    announce: (change, at) => announce({ state, plant }, change, at),
    nextDue: (until) => nextDue(schedule, state, plant, until),
    standing: () => ({
      seq: state.seq,
      at: state.now,
      plan: state.plan,
      // A mark is listed as long as it stands, also where nothing is on under it.
      alarms: [...state.alarms.values()].filter(({ alarm, marks }) => alarm.isOpen || marks.length > 0).map(viewOf),
      sites: [...state.sites.values()],
      devices: [...state.devices.keys()].map((id) => statusOf(state, plant, id)),
      neighbours: [...state.neighbours.values()],
      responses: state.plan.counties.map((county) => responseOf(state, county.id, state.now)),
      silences: [...state.silences.values()],
      floods: [...state.floods].map(([tier, { since }]) => ({ tier, since })),
      incidents: presentIncidents(state).map(incidentView),
      handovers: [...state.handovers.values()],
      values: plant.points.map((_, index) => latest(index)),
    }),
    latest,
    oldest: (isWanted = () => true) => oldestOf(keys, isWanted),
    faults: () => [...state.faults.values()],
    liveness: () => livenessOf(state, plant),
    livenessTotals: () => totalsOf(state),
    state: () => state,
  };
}

function valueOf({ value }: PointState): number | null {
  return Number.isNaN(value) ? null : value;
}

/** The answer to who enables a version of a rule; what the rule looks at is judged once by it. */
function replyTo(turn: Turn, { change }: RuleChangeInput, isEntered: boolean): Reply {
  if (!isEntered) return { ok: false, code: "RULE_CHANGED" };
  touchRule(turn, change.source);
  hearStanding(turn, change);
  return { ok: true, seq: turn.state.seq };
}

function checkOrder(state: MonitorState, input: Input): void {
  if (input.number !== state.number + 1) throw new Error(`input ${input.number} after input ${state.number}`);
  if (input.at < state.now) throw new Error(`input ${input.number} goes back in time: ${input.at} < ${state.now}`);
}

function applyTo(turn: Turn, schedule: Schedule, input: Input): Outcome {
  let flags: readonly Flag[] = [];
  let reply: Reply | null = null;
  // A server that was away must not find silence in its own absence: its return is judged before what fell due meanwhile.
  if (input.kind === "neighbour" && input.name === "server") returnOf(turn, input);
  fireDue(turn, schedule, input.at);
  switch (input.kind) {
    case "telemetry":
      // It is judged apart, and is no fault of anybody's here.
      flags = input.message.site === canarySite ? unstored(input.message) : judgeMessage(turn, input);
      break;
    case "command":
      ({ reply, flags } = carryOut(turn, input.command));
      break;
    case "link":
      judgeLinkInput(turn, input);
      break;
    case "ack":
      judgeAck(turn, input);
      break;
    case "neighbour":
      if (input.name === "server") break;
      returnOf(turn, input);
      judgeNeighbour(turn, { ...input, name: input.name });
      break;
    case "refused":
      countFault(turn, input.code, `${input.topic}: ${input.example}`);
      break;
    case "plan":
      for (const site of turn.plant.sites.keys()) turn.touchedSites.add(site);
      for (const member of turn.plant.jointsOf.keys()) turn.touchedMembers.add(member);
      break;
    case "amendment":
      enterAmendment(turn, input);
      break;
    case "wall":
      judgeWall(turn, input);
      break;
    case "ruleChange":
    case "audit":
    case "receipt":
    case "tick":
      break;
  }
  settle(turn, { at: input.at, now: input.at, isHeard: false });
  for (const key of turn.touchedDue) planDue(schedule, turn.state, turn.plant, key);
  return { changes: turn.changes, flags, reply, touchedPoints: [...turn.touchedPoints] };
}

function judgeLinkInput(turn: Turn, input: LinkInput): void {
  const id = `${input.site}/${input.device}`;
  const device = turn.state.devices.get(id);
  if (device === undefined) {
    countFault(turn, "DEVICE_UNKNOWN", id);
    return;
  }
  hearLink(turn, id, device, { online: input.online, isGraceful: input.isGraceful ?? false });
}

/** The server or the broker is back (or leaves): silence clocks start anew, re-alarms that fell due meanwhile ask once. */
function returnOf(turn: Turn, input: NeighbourInput): void {
  const { state } = turn;
  if (input.name === "server") state.isServerUp = input.state === "up";
  const isReturn = input.state === "up" && (input.name === "server" || input.name === "broker");
  if (!isReturn) return;
  for (const { point } of turn.plant.points) {
    const live = state.points.get(point.id) as PointState;
    live.clockFrom = Math.max(live.clockFrom, input.at);
  }
  for (const [id, device] of state.devices) {
    device.clockFrom = input.at;
    if (device.lossLevel === null && device.status === "offline") {
      device.since = input.at;
      addChange(turn, { type: "device", device: statusOf(state, turn.plant, id) });
    }
    device.lossJudgedAt = Math.max(device.lossJudgedAt, input.at);
  }
  if (input.name !== "server") return;
  forgetReturns(turn, null);
  for (const [id, standing] of state.alarms) {
    const due = reAlarmDueAt(standing, turn.plant.routing);
    if (due !== null && due <= input.at) fireReAlarm(turn, id, input.at);
  }
}

/** The states of the key points, looked up once per plan. */
function keysOf(state: MonitorState, plant: Plant): readonly (readonly [id: string, live: PointState])[] {
  const keys = plant.points.filter(({ point }) => point.isKey);
  return keys.map(({ point }) => [point.id, state.points.get(point.id) as PointState]);
}

function oldestOf(keys: ReturnType<typeof keysOf>, isWanted: (point: string) => boolean): Beat["oldest"] {
  let oldest: Beat["oldest"] = null;
  for (const [id, { judgedAt }] of keys) {
    const isOlder = judgedAt > 0 && (oldest === null || judgedAt < oldest.sourceAt);
    if (isOlder && isWanted(id)) oldest = { point: id, sourceAt: judgedAt };
  }
  return oldest;
}

/** What the monitor hears of a recorded input: messages decoded, everything else as it is. */
export function heard(input: RecordedInput, decoded: DecodeResult | null): Input {
  if (input.kind !== "message") return input;
  const { number, at } = input;
  if (decoded === null || !decoded.ok) throw new Error(`message ${number} was written down but cannot be decoded`);
  const { message } = decoded;
  if (message.kind === "telemetry") return { kind: "telemetry", number, at, message };
  if (message.kind === "ack") return { ...message, number, at };
  return { kind: "link", number, at, site: message.site, device: message.device, online: message.online };
}
