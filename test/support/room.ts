// A monitor in a test: inputs by the second, everything that it answered kept, restarts at will.
import { deserialize, serialize } from "node:v8";
import type { AlarmView, Transition } from "../../contract/alarm.ts";
import type { CommandAct, Requests } from "../../contract/command.ts";
import type { Command, Flag, Input, NeighbourInput } from "../../contract/input.ts";
import type { Plan, Tier } from "../../contract/plant.ts";
import type { Refusal } from "../../contract/faults.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import type { Quality, Reading } from "../../contract/sample.ts";
import type { ChangeItem, Person, Reply, SiteStatus } from "../../contract/wall.ts";
import { createMonitor, type Monitor, type MonitorOptions } from "../../server/monitor.ts";
import { viewOf } from "../../server/monitor/book.ts";
import type { MonitorState } from "../../server/monitor/state.ts";

/** Where the hands of the test clock stand at second 0: 2026-09-21. */
export const epoch = 1_790_000_000_000;

/** The instant of a second of the story. */
export function at(seconds: number): number {
  return epoch + Math.round(seconds * 1000);
}

/** How a value deviates from a plain good one of this very second. */
export interface ValueOptions {
  readonly quality?: Quality;
  readonly unit?: string;
  /** Second of measurement; null: the message has no time. */
  readonly measured?: number | null;
  readonly device?: string;
  readonly site?: string;
  readonly sequence?: number;
}

/** The duty officer of a tier. */
export function officer(tier: Tier, role: Person["role"] = "dutyOfficer"): Person {
  return { name: `officer-${tier}`, role, tier };
}

/** An input without its number and time. */
export type Said = Input extends infer T ? (T extends Input ? Omit<T, "number" | "at"> : never) : never;

/** A reading as a device sends it. */
export function reading(
  code: string,
  value: number | null,
  sourceAt: number | null,
  rest: Partial<Reading> = {},
): Reading {
  return { code, sourceAt, value, quality: "good", unit: null, ...rest };
}

/** A message of a device. */
export function telemetry(
  readings: readonly Reading[],
  rest: { site?: string; device?: string; sequence?: number | null; refused?: readonly Refusal[] } = {},
): Said {
  const { sequence = null } = rest;
  return {
    kind: "telemetry",
    message: {
      kind: "telemetry",
      site: rest.site ?? "s1",
      device: rest.device ?? "d1",
      sequence: sequence === null ? null : { first: sequence, last: sequence },
      readings,
      refused: rest.refused ?? [],
    },
  };
}

/** A monitor with its clock in seconds. */
export interface Room {
  readonly monitor: () => Monitor;
  readonly state: () => Readonly<MonitorState>;
  /** Everything that was changed, in order. */
  readonly changes: readonly ChangeItem[];
  readonly transitions: (alarm?: string) => readonly Transition[];
  readonly flags: readonly (readonly Flag[])[];
  /** Gives an input its number and time. */
  readonly say: (seconds: number, input: Said) => readonly ChangeItem[];
  readonly value: (
    seconds: number,
    code: string,
    value: number | null,
    options?: ValueOptions,
  ) => readonly ChangeItem[];
  readonly message: (
    seconds: number,
    readings: readonly Reading[],
    rest?: Parameters<typeof telemetry>[1],
  ) => readonly ChangeItem[];
  readonly tick: (seconds: number) => readonly ChangeItem[];
  /** Ticks at every due instant up to then. */
  readonly pass: (seconds: number) => void;
  readonly link: (seconds: number, online: boolean, device?: string, isGraceful?: boolean) => readonly ChangeItem[];
  readonly neighbour: (seconds: number, name: NeighbourInput["name"], state: "up" | "down") => readonly ChangeItem[];
  readonly plan: (seconds: number, plan: Plan) => readonly ChangeItem[];
  /** A new version of a rule, by its author and his approver; the answer. */
  readonly change: (seconds: number, change: RuleChange) => Reply;
  readonly acknowledge: (seconds: number, tier: Tier, alarm: string, seen?: Seen) => Reply;
  readonly reset: (
    seconds: number,
    alarm: string,
    rest?: { occurrence?: number; measurement?: number; reason?: string; commandId?: string },
  ) => Reply;
  /** Any act of a duty officer of the enterprise, or of whom else is named. */
  readonly act: <A extends CommandAct>(
    seconds: number,
    act: A,
    request: Omit<Requests[A], "commandId">,
    by?: { readonly person?: Person; readonly approver?: Person; readonly commandId?: string },
  ) => Reply;
  /** The alarm as the book has it, open or not; undefined where it never was. */
  readonly alarm: (id: string) => AlarmView | undefined;
  readonly site: (id?: string) => SiteStatus;
  /** The process dies and starts anew from a checkpoint. */
  readonly restart: () => void;
  readonly faults: () => Readonly<Record<string, number>>;
}

/** What a person saw of an alarm; what is left out is as it is now. */
export interface Seen {
  readonly occurrence?: number;
  readonly revision?: number;
  readonly commandId?: string;
  readonly note?: string;
  readonly name?: string;
}

/** A monitor that has its plan and whose server is up, at second 0. */
export function createRoom(plan: Plan, start = 0, how: MonitorOptions = {}): Room {
  let monitor = createMonitor(undefined, how);
  let commands = 0;
  const changes: ChangeItem[] = [];
  const flags: (readonly Flag[])[] = [];
  let reply: Reply | null = null;

  const say: Room["say"] = (seconds, input) => {
    const number = monitor.state().number + 1;
    const outcome = monitor.apply({ ...input, number, at: at(seconds) });
    changes.push(...outcome.changes);
    flags.push(outcome.flags);
    reply = outcome.reply;
    return outcome.changes;
  };
  const viewNow = (id: string): AlarmView | undefined => {
    const standing = monitor.state().alarms.get(id);
    return standing === undefined ? undefined : viewOf(standing);
  };
  const commandId = (): string => `command-${(commands += 1)}`;

  const room: Room = {
    monitor: () => monitor,
    changes,
    flags,
    transitions: (alarm) =>
      changes.flatMap((change) =>
        change.type === "alarm" && (alarm === undefined || change.alarm.id === alarm) ? [change.transition] : [],
      ),
    say,
    value: (seconds, code, value, options = {}) => {
      const { measured = seconds, quality = "good", unit = null } = options;
      const sourceAt = measured === null ? null : at(measured);
      const { device, site, sequence } = options;
      return say(
        seconds,
        telemetry([{ code, sourceAt, value, quality, unit }], {
          ...(device === undefined ? {} : { device }),
          ...(site === undefined ? {} : { site }),
          ...(sequence === undefined ? {} : { sequence }),
        }),
      );
    },
    message: (seconds, readings, rest) => say(seconds, telemetry(readings, rest)),
    tick: (seconds) => say(seconds, { kind: "tick" }),
    pass: (seconds) => {
      for (let due = monitor.nextDue(at(seconds)); due !== null; due = monitor.nextDue(at(seconds))) {
        say((Math.max(due, monitor.state().now) - epoch) / 1000, { kind: "tick" });
      }
    },
    link: (seconds, online, device = "s1/d1", isGraceful = false) => {
      const [site, code] = device.split("/") as [string, string];
      return say(seconds, { kind: "link", site, device: code, online, isGraceful });
    },
    neighbour: (seconds, name, state) =>
      say(seconds, { kind: "neighbour", name, state, reason: `${name} is ${state}` }),
    plan: (seconds, next) => say(seconds, { kind: "plan", plan: next, by: "test", reason: "test" }),
    change: (seconds, change) => {
      say(seconds, { kind: "ruleChange", change });
      return reply as Reply;
    },
    acknowledge: (seconds, tier, alarm, seen = {}) => {
      const view = viewNow(alarm);
      const { occurrence = view?.occurrence ?? 1, revision = view?.revision ?? 1, note } = seen;
      say(seconds, {
        kind: "command",
        command: {
          act: "acknowledge",
          person: { name: seen.name ?? `officer-${tier}`, role: "dutyOfficer", tier },
          request: {
            commandId: seen.commandId ?? commandId(),
            alarm,
            occurrence,
            revision,
            ...(note === undefined ? {} : { note }),
          },
        },
      });
      return reply as Reply;
    },
    reset: (seconds, alarm, rest = {}) => {
      const { occurrence = viewNow(alarm)?.occurrence ?? 1, reason = "checked on site", measurement } = rest;
      say(seconds, {
        kind: "command",
        command: {
          act: "reset",
          person: { name: "officer-enterprise", role: "dutyOfficer", tier: "enterprise" },
          request: {
            commandId: rest.commandId ?? commandId(),
            alarm,
            occurrence,
            reason,
            ...(measurement === undefined ? {} : { measurement }),
          },
        },
      });
      return reply as Reply;
    },
    act: (seconds, act, request, by = {}) => {
      const { person = officer("enterprise"), approver } = by;
      const command = { act, person, request: { commandId: by.commandId ?? commandId(), ...request } };
      say(seconds, {
        kind: "command",
        command: { ...command, ...(approver === undefined ? {} : { approver }) } as Command,
      });
      return reply as Reply;
    },
    alarm: viewNow,
    site: (id = "s1") => monitor.standing().sites.find((site) => site.id === id) as SiteStatus,
    restart: () => {
      monitor = createMonitor(deserialize(serialize(monitor.state())) as MonitorState, how);
    },
    state: () => monitor.state(),
    faults: () => Object.fromEntries(monitor.faults().map(({ code, count }) => [code, count])),
  };
  room.plan(start, plan);
  room.neighbour(start, "server", "up");
  return room;
}
