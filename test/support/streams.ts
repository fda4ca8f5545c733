// Random streams of everything that may come in: values good and bad, in order and not, links, answers, plans, restarts.
import fc from "fast-check";
import type { AlarmView, Mark } from "../../contract/alarm.ts";
import type { Command } from "../../contract/input.ts";
import { incidentSteps } from "../../contract/incident.ts";
import { tiers, type Plan } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { qualities, type Quality } from "../../contract/sample.ts";
import type { Monitor } from "../../server/monitor.ts";
import { minute } from "./plant.ts";
import { epoch, reading, telemetry, type Said } from "./room.ts";
import { plans } from "./stream-plans.ts";

/** One reading of a message: a point of the site by its place, and how far it lies behind the message's own time. */
interface Spoken {
  readonly point: number;
  readonly value: number;
  readonly quality: number;
  readonly behindMs: number;
}

/** Two thirds of what happens is a value or a whole message; the rest is everything else. */
export type Op =
  | {
      readonly do: "value";
      readonly point: number;
      readonly value: number;
      readonly quality: number;
      readonly lagMs: number | null;
      readonly isRepeat: boolean;
    }
  | {
      readonly do: "message";
      /** Any device of the site may speak for any point of it. */
      readonly device: number;
      readonly readings: readonly Spoken[];
      readonly lagMs: number;
      /** How its number follows the last one of its device, and how many messages it stands for; null: it has none. */
      readonly sequence: { readonly step: number; readonly more: number } | null;
    }
  | { readonly do: "link"; readonly device: number; readonly online: boolean; readonly isGraceful: boolean }
  | { readonly do: "broker"; readonly state: "up" | "down" }
  | { readonly do: "server" }
  | { readonly do: "plan"; readonly nth: number }
  /** A rule of the plan by its place: its newest version moved, later, or all of it taken away; or one that is refused. */
  | {
      readonly do: "ruleChange";
      readonly rule: number;
      readonly by: number | null;
      readonly laterMs: number;
      readonly isStale: boolean;
    }
  | { readonly do: "acknowledge"; readonly tier: number; readonly alarm: number; readonly older: number }
  | { readonly do: "reset"; readonly alarm: number; readonly measurement: boolean }
  | {
      readonly do: "mark";
      readonly act: "shelve" | "suppress" | "outOfService";
      readonly alarm: number;
      readonly forMs: number;
      readonly upTo: "blue" | "yellow" | "orange" | null;
      readonly isApproved: boolean;
    }
  | { readonly do: "unmark"; readonly act: "unshelve" | "unsuppress" | "returnToService"; readonly alarm: number }
  | { readonly do: "silence" | "handover"; readonly tier: number }
  | { readonly do: "returnByHand"; readonly alarm: number; readonly measurement: number | null }
  | { readonly do: "reading"; readonly point: number; readonly value: number; readonly agoMs: number | null }
  | { readonly do: "incident"; readonly act: number; readonly incident: number; readonly older: 0 | 1 }
  | { readonly do: "ack"; readonly device: number; readonly isOld: boolean }
  | { readonly do: "wait" };
/** One step: so long after the last, this happens. */
export interface Step {
  readonly afterMs: number;
  readonly op: Op;
}

const value = fc.record({
  do: fc.constant("value" as const),
  point: fc.nat(9),
  value: fc.constantFrom(2, 10, 25, 40, 49, 51, 59, 61, 72, 79, 81, 96, 130, -20),
  quality: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(qualities.length - 1) }),
  lagMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(-70_000, 3000, 40_000, 300_000, 1_000_000) },
  ),
  isRepeat: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** Seldom red, so that marks may stand; and a sensor that fails now and then, so that people must measure. */
const mildValue = value.map((one) => ({
  ...one,
  value: one.value > 79 && one.value % 2 === 1 ? one.value - 25 : one.value,
}));

/** Which points of a site speak: mostly some of those that report all the time, rarely one of them twice. */
const places = fc.oneof(
  { weight: 4, arbitrary: fc.shuffledSubarray([0, 1, 4, 5, 6, 7], { minLength: 1 }) },
  { weight: 2, arbitrary: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1 }) },
  { weight: 1, arbitrary: fc.array(fc.nat(7), { minLength: 1, maxLength: 8 }) },
);

const spoken = (of: number): fc.Arbitrary<Spoken> =>
  fc.record({
    point: fc.constant(of),
    value: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(25, 30, 40) },
      { weight: 1, arbitrary: fc.constantFrom(2, 10, 49, 51, 61, 72, 81, 96, 130) },
    ),
    quality: fc.oneof(
      { weight: 20, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(qualities.length - 1) },
    ),
    behindMs: fc.oneof(
      { weight: 10, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 1, 500, 30_000) },
    ),
  });

/** A device says the same points again and again, mostly calm and soon enough: else hardly a message would ever be calm. */
const messages: fc.Arbitrary<Step[]> = fc
  .tuple(fc.constantFrom(0, 0, 0, 1, 1, 2, 3), places)
  .chain(([device, points]) =>
    fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 9000 }),
        op: fc.record({
          do: fc.constant("message" as const),
          device: fc.constant(device),
          readings: fc.tuple(...points.map(spoken)),
          lagMs: fc.oneof(
            { weight: 12, arbitrary: fc.constant(0) },
            { weight: 1, arbitrary: fc.constantFrom(-70_000, 3000, 40_000, 300_000) },
          ),
          sequence: fc.oneof(
            fc.constant(null),
            fc.record({ step: fc.constantFrom(1, 1, 1, 1, 1, 0, 3, -5), more: fc.constantFrom(0, 0, 0, 2) }),
          ),
        }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  );

const ofPeople: readonly fc.Arbitrary<Op>[] = [
  fc.record({
    do: fc.constant("mark" as const),
    act: fc.constantFrom("shelve" as const, "suppress" as const, "outOfService" as const),
    alarm: fc.nat(30),
    forMs: fc.constantFrom(minute, 5 * minute, 7 * 60 * minute, 9 * 60 * minute),
    upTo: fc.constantFrom("blue" as const, "yellow" as const, "orange" as const, null),
    isApproved: fc.constantFrom(true, true, false),
  }),
  fc.record({
    do: fc.constant("unmark" as const),
    act: fc.constantFrom("unshelve" as const, "unsuppress" as const, "returnToService" as const),
    alarm: fc.nat(30),
  }),
  fc.record({ do: fc.constantFrom("silence" as const, "handover" as const), tier: fc.nat(3) }),
  fc.record({
    do: fc.constant("returnByHand" as const),
    alarm: fc.nat(30),
    measurement: fc.constantFrom(30, 40, 96, null),
  }),
  fc.record({
    do: fc.constant("reading" as const),
    point: fc.nat(9),
    value: fc.constantFrom(10, 25, 40, 51, 61, 72, 96, 130),
    agoMs: fc.constantFrom(null, 0, 1000, 60_000, -1),
  }),
  fc.record({
    do: fc.constant("incident" as const),
    act: fc.nat(99),
    incident: fc.nat(30),
    older: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const),
  }),
];
/** How the values of a run go on: as they like, not at all, or always up by as much. */
const courses = fc.constantFrom(...(["free", "flat", "ramp"] as const));

/** A process has a course: else no line would ever be flat, and no rise longer than one step. */
const processes: fc.Arbitrary<Step[]> = fc
  .tuple(messages, courses)
  .map(([steps, course]) =>
    course === "free"
      ? steps
      : steps.map((step, nth) => ({ ...step, op: followed(steps, step.op as Op & { do: "message" }, course, nth) })),
  );

function followed(steps: readonly Step[], op: Op & { do: "message" }, course: "flat" | "ramp", nth: number): Op {
  const first = (steps[0] as Step).op as Op & { do: "message" };
  const readings = op.readings.map((one, place) => ({
    ...one,
    value: (first.readings[place] as Spoken).value + (course === "ramp" ? 6 * nth : 0),
  }));
  return { ...op, readings };
}

const ruleChanges = fc.record({
  do: fc.constant("ruleChange" as const),
  rule: fc.nat(30),
  by: fc.constantFrom(-20, -5, 0, 5, 20, null),
  laterMs: fc.constantFrom(0, 0, 20_000, 5 * minute),
  isStale: fc.constantFrom(false, false, false, false, true),
});

function others(kinds: { readonly withPlans: boolean; readonly withServer: boolean }): fc.Arbitrary<Op> {
  const all: fc.Arbitrary<Op>[] = [
    fc.record({ do: fc.constant("link" as const), device: fc.nat(3), online: fc.boolean(), isGraceful: fc.boolean() }),
    fc.record({ do: fc.constant("broker" as const), state: fc.constantFrom("up" as const, "down" as const) }),
    fc.record({
      do: fc.constant("acknowledge" as const),
      tier: fc.nat(3),
      alarm: fc.nat(30),
      older: fc.constantFrom(0, 0, 0, 1, -1),
    }),
    fc.record({ do: fc.constant("reset" as const), alarm: fc.nat(30), measurement: fc.boolean() }),
    fc.record({ do: fc.constant("ack" as const), device: fc.nat(3), isOld: fc.boolean() }),
    fc.constant({ do: "wait" as const }),
    ...ofPeople,
  ];
  if (kinds.withPlans) all.push(fc.record({ do: fc.constant("plan" as const), nth: fc.nat(2) }), ruleChanges);
  if (kinds.withServer) all.push(fc.constant({ do: "server" as const }));
  return fc.oneof(...all);
}

/** What may be in a stream. */
interface Kinds {
  readonly withPlans: boolean;
  readonly withServer: boolean;
  /** Runs of messages whose values stand still or only rise. @default false */
  readonly withCourses?: boolean;
}

/** Streams of up to 60 events, each a step or a run of messages. */
export function streams(kinds: Kinds): fc.Arbitrary<Step[]> {
  return fc.oneof({ weight: 2, arbitrary: streamsOf(kinds, false) }, { weight: 1, arbitrary: streamsOf(kinds, true) });
}

/** Where people are busy, they act as often as something is measured, and what is measured is mostly below red. */
function streamsOf(kinds: Kinds, arePeopleBusy: boolean): fc.Arbitrary<Step[]> {
  const afterMs = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 12_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 12_000, max: 200_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 5 * minute, 11 * minute, 40 * minute) },
  );
  const op = arePeopleBusy
    ? fc.oneof(
        { weight: 4, arbitrary: mildValue },
        { weight: 4, arbitrary: fc.oneof(...ofPeople) },
        { weight: 1, arbitrary: others(kinds) },
      )
    : fc.oneof({ weight: 3, arbitrary: value }, { weight: 2, arbitrary: others(kinds) });
  const step = fc.record({ afterMs, op }).map((one) => [one]);
  const event = fc.oneof(
    { weight: arePeopleBusy ? 12 : 3, arbitrary: step },
    { weight: 1, arbitrary: kinds.withCourses === true ? processes : messages },
  );
  return fc.array(event, { minLength: 5, maxLength: 60 }).map((events) => events.flat());
}

/** A whole message. Numbers begin near their end, so that some of them turn over. */
function messageOf(op: Op & { readonly do: "message" }, monitor: Monitor, now: number): Said {
  const { id, site, code } = plans[0].devices[op.device] as Plan["devices"][number];
  const points = plans[0].points.filter((one) => one.site === site);
  const last = monitor.state().devices.get(id)?.lastSequence ?? 0xffff_fffa;
  const numberOf = (step: number): number => (last + step) >>> 0;
  return {
    kind: "telemetry",
    message: {
      kind: "telemetry",
      site,
      device: code,
      sequence:
        op.sequence === null
          ? null
          : { first: numberOf(op.sequence.step), last: numberOf(op.sequence.step + op.sequence.more) },
      readings: op.readings.map(({ point: place, value: said, quality, behindMs }) => {
        const of = points[place % points.length] as Plan["points"][number];
        return reading(of.code, said, now - op.lagMs - behindMs, { quality: qualities[quality] as Quality });
      }),
      refused: [],
    },
  };
}

/** An alarm that stands or is marked; where there is none, one of a rule of the plan that never was on. */
function aimAt(
  monitor: Monitor,
  nth: number,
  is: (alarm: AlarmView) => boolean = () => true,
): { readonly alarm: string; readonly occurrence: number } {
  const { alarms, plan } = monitor.state();
  const standing = monitor
    .standing()
    .alarms.filter(is)
    .map(({ id }) => id);
  const ofRules = plan.points.flatMap(({ id, rules }) => rules.map((one) => `${id}~${one.id}~${one.direction}`));
  const all = nth % 5 === 0 || standing.length === 0 ? ofRules : standing;
  const alarm = all[nth % all.length] as string;
  return { alarm, occurrence: alarms.get(alarm)?.alarm.occurrence ?? 0 };
}

const enders = { shelved: "unshelve", suppressed: "unsuppress", outOfService: "returnToService" } as const;

type Person = Command["person"];
const personOf = (tier: number): Person => {
  const of = tiers[tier] as (typeof tiers)[number];
  return { name: `officer-${of}`, role: "dutyOfficer", tier: of };
};

function commandOf(
  op: Op & { readonly do: "mark" | "unmark" | "silence" | "handover" | "returnByHand" | "reading" },
  monitor: Monitor,
  now: number,
  commandId: string,
): Command {
  const person = personOf(op.do === "silence" || op.do === "handover" ? op.tier : 0);
  const reason = "tried";
  switch (op.do) {
    case "mark": {
      const upTo = op.upTo === null ? {} : { upTo: op.upTo };
      const common = { commandId, ...aimAt(monitor, op.alarm), reason, ...upTo };
      const approver = op.isApproved ? { approver: personOf(1) } : {};
      if (op.act === "suppress") return { act: op.act, person, request: { ...common, rule: "design" } };
      if (op.act === "shelve") return { act: op.act, person, request: { ...common, forMs: op.forMs }, ...approver };
      const work = { forMs: op.forMs, order: "W1", measure: "watched by hand" };
      return { act: op.act, person, request: { ...common, ...work }, ...approver };
    }
    case "unmark": {
      const marked = monitor.standing().alarms.filter(({ marks }) => marks.length > 0);
      const one = marked[op.alarm % Math.max(1, marked.length)];
      const { alarm, occurrence } = one === undefined ? aimAt(monitor, op.alarm) : { alarm: one.id, occurrence: 0 };
      const act = one === undefined || op.alarm % 4 === 0 ? op.act : enders[(one.marks[0] as Mark).kind];
      return { act, person, request: { commandId, alarm, occurrence } };
    }
    case "silence":
      return { act: "silence", person, request: { commandId } };
    case "handover":
      return { act: "handover", person, request: { commandId, tier: person.tier } };
    case "returnByHand": {
      const isOn = ({ isData, level }: AlarmView): boolean => !isData && level !== null;
      const measured = op.measurement === null ? {} : { measurement: op.measurement };
      return { act: op.do, person, request: { commandId, ...aimAt(monitor, op.alarm, isOn), reason, ...measured } };
    }
    case "reading": {
      const { id } = plans[0].points[op.point] as Plan["points"][number];
      const measured = op.agoMs === null ? {} : { measuredAt: now - op.agoMs };
      return { act: op.do, person, request: { commandId, point: id, value: op.value, reason, ...measured } };
    }
  }
}

/** Mostly the step that comes next, so that incidents come to their end; else any act. */
function incidentActOf(op: Op & { readonly do: "incident" }, monitor: Monitor, commandId: string): Said | null {
  const all = monitor.standing().incidents;
  const seen = all[op.incident % Math.max(1, all.length)];
  if (seen === undefined) return null;
  const verdict = op.incident % 3 === 0 ? "falseAlarm" : "trueAlarm";
  const note = "tried";
  const said = [
    { act: "verify", verdict, note },
    { act: "dispose", note },
    { act: "report", to: "county", note },
    { act: "review", cause: "rain", note },
    { act: "archive", note },
    { act: "attach", hash: "0".repeat(64), name: "a.png", mediaType: "image/png", bytes: 8 },
    { act: "note", text: note },
    { act: "assign", owner: "officer-county" },
    { act: "cardStep", card: "card", step: op.act % 3 },
  ];
  const next = seen.step === null ? 6 : incidentSteps.indexOf(seen.step);
  const { act, ...request } = said[op.act % 2 === 0 ? next : op.act % said.length] as (typeof said)[number];
  const named = {
    commandId,
    incident: seen.id,
    ...(said.findIndex((one) => one.act === act) < 5 ? { revision: seen.revision - op.older } : {}),
  };
  return { kind: "command", command: { act, person: personOf(1), request: { ...named, ...request } } as Command };
}

function changeIn(op: Op & { readonly do: "ruleChange" }, { points, sites }: Plan, now: number): RuleChange {
  const owners = [...points, ...sites].flatMap(({ id, rules = [] }) => rules.map((of) => ({ source: id, of })));
  const { source, of } = owners[op.rule % owners.length] as (typeof owners)[number];
  const newest = of.versions.reduce((a, b) => (b.version > a.version ? b : a));
  const lastFrom = Math.max(...of.versions.map(({ validFrom }) => validFrom));
  const { by } = op;
  const levels =
    by === null
      ? {}
      : Object.fromEntries(
          Object.entries(newest.levels).map(([level, all]) => [
            level,
            // A truth stays one: its setpoint is 1.
            all.map((one) => (one.setpoint === 1 ? one : { ...one, setpoint: one.setpoint + by })),
          ]),
        );
  return {
    source,
    rule: of.id,
    direction: of.direction,
    version: {
      version: newest.version + (op.isStale ? 0 : 1),
      validFrom: Math.max(now, lastFrom + 1) + op.laterMs,
      approver: "approver-1",
      levels,
    },
    author: "author-1",
    reason: "tried",
  };
}

/** The concrete input of an operation, by what the monitor shows at that moment; null where there is none. */
function inputOf(op: Op, monitor: Monitor, now: number, nth: number): Said | null {
  const { plan } = monitor.state();
  switch (op.do) {
    case "value": {
      const of = plans[0].points[op.point] as Plan["points"][number];
      const last = monitor.state().points.get(of.id)?.judgedAt || null;
      const sourceAt = op.isRepeat && last !== null ? last : op.lagMs === null ? null : now - op.lagMs;
      const quality = qualities[op.quality] as (typeof qualities)[number];
      return telemetry([reading(of.code, op.value, sourceAt, { quality })], {
        site: of.site,
        device: of.device.slice(3),
      });
    }
    case "message":
      return messageOf(op, monitor, now);
    case "link": {
      const device = plans[0].devices[op.device] as Plan["devices"][number];
      return { kind: "link", site: device.site, device: device.code, online: op.online, isGraceful: op.isGraceful };
    }
    case "ack": {
      const { site, code } = plans[0].devices[op.device] as Plan["devices"][number];
      const order = (monitor.state().sampling.get(site)?.order ?? 0) - (op.isOld ? 1 : 0);
      return { kind: "ack", site, device: code, order };
    }
    case "broker":
      return { kind: "neighbour", name: "broker", state: op.state, reason: "test" };
    case "server":
      return { kind: "neighbour", name: "server", state: "up", reason: "test" };
    case "plan":
      return { kind: "plan", plan: plans[op.nth] as Plan, by: "test", reason: "test" };
    case "ruleChange":
      return { kind: "ruleChange", change: changeIn(op, plan, now) };
    case "wait":
      return null;
    case "mark":
    case "unmark":
    case "silence":
    case "handover":
    case "returnByHand":
    case "reading":
      return { kind: "command", command: commandOf(op, monitor, now, `command-${nth}`) };
    case "incident":
      return incidentActOf(op, monitor, `command-${nth}`);
    case "acknowledge":
    case "reset": {
      const alarms = monitor.standing().alarms;
      const alarm = alarms[op.alarm % Math.max(1, alarms.length)];
      if (alarm === undefined || plan.points.length === 0) return null;
      const tier = tiers[op.do === "acknowledge" ? op.tier : 0] as (typeof tiers)[number];
      const person = { name: `officer-${tier}`, role: "dutyOfficer", tier } as const;
      const common = { commandId: `command-${nth}`, alarm: alarm.id, occurrence: alarm.occurrence };
      return op.do === "acknowledge"
        ? {
            kind: "command",
            command: { act: "acknowledge", person, request: { ...common, revision: alarm.revision - op.older } },
          }
        : {
            kind: "command",
            command: {
              act: "reset",
              person,
              request: { ...common, reason: "checked", ...(op.measurement ? { measurement: 1 } : {}) },
            },
          };
    }
  }
}

/** An input with its time, still without number. */
export interface Timed {
  readonly at: number;
  readonly said: Said;
}

/** Numbers an input and gives it to the monitor. */
export function give(monitor: Monitor, { at, said }: Timed): ReturnType<Monitor["apply"]> {
  return monitor.apply({ ...said, number: monitor.state().number + 1, at });
}

/** Ticks at every instant at which something is due. */
export function passTo(
  monitor: () => Monitor,
  until: number,
  tickAt: (due: number) => number,
  tell: (at: number) => void,
): void {
  let ticks = 0;
  for (let due = monitor().nextDue(until); due !== null; due = monitor().nextDue(until)) {
    const at = Math.max(tickAt(due), monitor().state().now);
    if (at > until) return;
    // A deadline that fires and stays due would fire for ever.
    if ((ticks += 1) > 20_000) throw new Error(`a deadline at ${due} does not end`);
    tell(at);
  }
}

/** How every stream begins. */
export const beginning: readonly Timed[] = [
  { at: epoch, said: { kind: "plan", plan: plans[0], by: "test", reason: "test" } },
  { at: epoch, said: { kind: "neighbour", name: "server", state: "up", reason: "test" } },
];

/**
 * Leads a monitor through a stream with a tick at every due instant; `each` hears every input just before and just after
 * it is judged. Returns the inputs themselves, ticks left out.
 */
export function lead(
  monitor: () => Monitor,
  steps: readonly Step[],
  each: (timed: Timed, judge: () => ReturnType<Monitor["apply"]>) => void,
): readonly Timed[] {
  const given: Timed[] = [];
  const say = (timed: Timed): void => each(timed, () => give(monitor(), timed));
  for (const timed of beginning) {
    given.push(timed);
    say(timed);
  }
  let now = epoch;
  for (const [nth, { afterMs, op }] of steps.entries()) {
    now += afterMs;
    passTo(
      monitor,
      now,
      (due) => due,
      (at) => say({ at, said: { kind: "tick" } }),
    );
    const said = inputOf(op, monitor(), now, nth);
    if (said === null) continue;
    given.push({ at: now, said });
    say({ at: now, said });
  }
  return given;
}
