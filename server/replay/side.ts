// One side of a trial: a monitor of its own over inputs that another one has heard already.
import { isOfServer, type Transition } from "../../contract/alarm.ts";
import type { Command, Input } from "../../contract/input.ts";
import type { Telemetry } from "../../contract/sample.ts";
import type { ChangeItem, Reply } from "../../contract/wall.ts";
import type { Monitor } from "../monitor.ts";

/** An input without its number and time: each side numbers its own. */
export type Unnumbered = Input extends infer T ? (T extends Input ? Omit<T, "number" | "at"> : never) : never;

/** A monitor with its own numbers. */
export interface Side {
  readonly monitor: Monitor;
  readonly say: (
    input: Unnumbered,
    at: number,
  ) => { readonly steps: readonly Transition[]; readonly reply: Reply | null };
  /** The same for a message, which is nearly everything that is said. */
  readonly hear: (message: Telemetry, at: number) => readonly Transition[];
  /** Ticks at every due instant up to then, as the server does; what fell due before the last input comes at once. */
  readonly passTo: (at: number) => readonly Transition[];
}

const none: readonly Transition[] = [];

/** A server that was away made no ticks meanwhile: what fell due in its absence is judged after its return, not before. */
export function isReturn(input: { readonly kind: string; readonly name?: string; readonly state?: string }): boolean {
  return input.kind === "neighbour" && input.name === "server" && input.state === "up";
}

/** The steps of alarms that belong to a site; see trial.ts for why the neighbours' do not count. */
export function stepsOf(changes: readonly ChangeItem[]): readonly Transition[] {
  if (changes.length === 0) return none;
  return changes.flatMap((change) =>
    change.type === "alarm" && !isOfServer(change.transition.source) ? [change.transition] : [],
  );
}

/** Makes a side of a monitor. */
export function createSide(monitor: Monitor): Side {
  const state = monitor.state();
  const say: Side["say"] = (input, at) => {
    const { changes, reply } = monitor.apply({ ...input, number: state.number + 1, at });
    return { steps: stepsOf(changes), reply };
  };
  return {
    monitor,
    say,
    hear: (message, at) => stepsOf(monitor.apply({ kind: "telemetry", number: state.number + 1, at, message }).changes),
    passTo: (until) => {
      let due = monitor.nextDue(until);
      if (due === null) return none;
      const steps: Transition[] = [];
      for (; due !== null; due = monitor.nextDue(until))
        steps.push(...say({ kind: "tick" }, Math.max(due, state.now)).steps);
      return steps;
    },
  };
}

/**
 * What a person would have said to this side: the act that was carried out there names the occurrence and the revision that
 * stood there, and here others may stand for the same alarm. An act that was refused there is said as it was.
 */
export function aimedAt(side: Side, command: Command, reply: Reply | null): Command {
  if (reply?.ok !== true || !("alarm" in command.request)) return command;
  const standing = side.monitor.state().alarms.get(command.request.alarm);
  if (standing === undefined) return command;
  const { occurrence, revision } = standing.alarm;
  const request = { ...command.request, occurrence, ...("revision" in command.request ? { revision } : {}) };
  return { ...command, request } as Command;
}
