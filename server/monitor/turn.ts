// One turn of the monitor: the input's number and time, and what the turn has changed so far.
import type { FaultCode } from "../../contract/faults.ts";
import type { Flag } from "../../contract/input.ts";
import type { ChangeItem, Reply } from "../../contract/wall.ts";
import type { CompiledJoint, Plant } from "./plant.ts";
import type { OwnStep } from "./report.ts";
import type { MonitorState } from "./state.ts";

type Unnumbered<T> = T extends ChangeItem ? Omit<T, "seq"> : never;

/** Everything that the rooms of the monitor share during one input. */
export interface Turn {
  readonly state: MonitorState;
  readonly plant: Plant;
  /** The input's number and server time. */
  readonly number: number;
  readonly at: number;
  readonly changes: ChangeItem[];
  /** Sites whose roll-up or status must be worked out again. */
  readonly touchedSites: Set<string>;
  /** Points whose latest value changed, by index. */
  readonly touchedPoints: Set<number>;
  /** Deadlines that may have come nearer: `kind id`, see due.ts. */
  readonly touchedDue: Set<string>;
  /** Points that were judged, lost or found again, by id, and sources whose alarms took a step: for what several points make together. */
  readonly touchedMembers: Set<string>;
  readonly touchedSources: Set<string>;
  /** Devices with a point of which was learned how it speaks. */
  readonly learned: Set<string>;
  /** Rules over several points that were judged. */
  readonly judgedJoints: Set<CompiledJoint>;
  /** Steps of rules that wait for what other points say of them, by alarm. */
  readonly ownSteps: Map<string, OwnStep>;
}

/** A turn in which nothing has changed yet. */
export function newTurn(state: MonitorState, plant: Plant, { number, at }: Pick<Turn, "number" | "at">): Turn {
  return {
    state,
    plant,
    number,
    at,
    changes: [],
    touchedSites: new Set(),
    touchedPoints: new Set(),
    touchedDue: new Set(),
    touchedMembers: new Set(),
    touchedSources: new Set(),
    learned: new Set(),
    judgedJoints: new Set(),
    ownSteps: new Map(),
  };
}

/** A step that the canary's own alarm has taken as it must. */
export type CanaryStep = "tripped" | "acknowledged";

/** What one input has brought about. */
export interface Outcome {
  readonly changes: readonly ChangeItem[];
  /** For a message, or a manual reading: readings that the historian must store otherwise than they came. */
  readonly flags: readonly Flag[];
  /** For a command, and for a new version of a rule: its answer. */
  readonly reply: Reply | null;
  /** Points whose latest value changed, by index. */
  readonly touchedPoints: readonly number[];
  /** What the canary's own alarm has done as it must; absent for everything else, and where it did not. */
  readonly canary?: CanaryStep;
}

/** Numbers a change and adds it to the turn. */
export function addChange(turn: Turn, change: Unnumbered<ChangeItem>): void {
  turn.state.seq += 1;
  turn.changes.push({ ...change, seq: turn.state.seq });
}

/** Counts a refusal, with its newest example. */
export function countFault(turn: Turn, code: FaultCode, example: string, by = 1): void {
  const count = (turn.state.faults.get(code)?.count ?? 0) + by;
  turn.state.faults.set(code, { code, count, lastAt: turn.at, example: example.slice(0, 200) });
}
