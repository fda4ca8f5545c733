// The same monitor over recorded inputs: what a start leads it through, what verify compares, what a replay prints.
import type { Transition } from "../contract/alarm.ts";
import { recordedOf, type JournalRecord, type RecordedChange } from "../contract/journal.ts";
import type { Plan } from "../contract/plant.ts";
import type { Decode, Decoded } from "../contract/sample.ts";
import type { ChangeItem } from "../contract/wall.ts";
import type { Input, RecordedInput } from "../contract/input.ts";
import { heard, type Monitor, type Outcome } from "./monitor.ts";

/** What one recorded turn says, and what the monitor makes of its inputs. */
export interface ReplayedTurn {
  readonly inputs: readonly RecordedInput[];
  readonly outcomes: readonly Outcome[];
  readonly recorded: readonly RecordedChange[];
  readonly made: readonly ChangeItem[];
  /** False for the inputs after the last turn: they were written down, but their changes not yet. */
  readonly isComplete: boolean;
}

/** Leads a monitor through recorded turns, one after the other. */
export function* leadThrough(
  monitor: Monitor,
  records: Iterable<JournalRecord>,
  decode: Decode,
): Generator<ReplayedTurn> {
  let inputs: RecordedInput[] = [];
  let recorded: RecordedChange[] = [];
  const judge = (isComplete: boolean): ReplayedTurn => {
    const outcomes = inputs.map((input) => {
      const decoded = input.kind === "message" ? decode(input.topic, input.payload) : null;
      return monitor.apply(heard(input, decoded));
    });
    const turn = { inputs, outcomes, recorded, made: outcomes.flatMap((outcome) => outcome.changes), isComplete };
    inputs = [];
    recorded = [];
    return turn;
  };
  for (const record of records) {
    if (record.type === "input") inputs.push(record.input);
    else if (record.type === "change") recorded.push(record.change);
    else yield judge(true);
  }
  if (inputs.length > 0) yield judge(false);
}

/** A change without what may differ between a recorded and a made one: views follow from what is written of them. */
function comparable(change: RecordedChange | ChangeItem): string {
  if (change.type !== "alarm") return JSON.stringify(recordedOf(change));
  const { recordedAt: _, ...same } = change.transition;
  return JSON.stringify(same);
}

/** What verify found. */
export interface Difference {
  readonly inputs: number;
  readonly changes: number;
  readonly transitions: number;
  /** Made now, not in the journal; and in the journal, not made now. At most `mostShown` of each are kept. */
  readonly missing: number;
  readonly extra: number;
  readonly examples: readonly { readonly kind: "missing" | "extra"; readonly change: RecordedChange | ChangeItem }[];
}

const mostShown = 20;

/** What a new judgement of one turn makes that the record lacks, and the other way round. */
export function compareTurn(turn: ReplayedTurn): {
  readonly missing: readonly ChangeItem[];
  readonly extra: readonly RecordedChange[];
} {
  const recorded = new Map(turn.recorded.map((change) => [comparable(change), change]));
  const missing = turn.made.filter((change) => !recorded.delete(comparable(change)));
  return { missing, extra: [...recorded.values()] };
}

/** Judges a whole journal anew and compares every change, turn by turn. */
export function verifyRecords(monitor: Monitor, records: Iterable<JournalRecord>, decode: Decode): Difference {
  let [inputs, changes, transitions, missing, extra] = [0, 0, 0, 0, 0];
  const examples: Difference["examples"][number][] = [];
  for (const turn of leadThrough(monitor, records, decode)) {
    inputs += turn.inputs.length;
    if (!turn.isComplete) continue;
    const difference = compareTurn(turn);
    changes += turn.made.length;
    transitions += turn.made.filter((change) => change.type === "alarm").length;
    missing += difference.missing.length;
    extra += difference.extra.length;
    for (const change of difference.missing) examples.push({ kind: "missing", change });
    for (const change of difference.extra) examples.push({ kind: "extra", change });
    examples.splice(mostShown);
  }
  return { inputs, changes, transitions, missing, extra, examples };
}

/** One line of a replay's input: a message, and when it was received where that is known (epoch ms). */
export interface ReplayLine {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receivedAt: number | null;
}

/** Leads a monitor through lines that somebody brings. */
export interface Replay {
  /** The transitions that a line brings about; refused lines bring none. */
  readonly feed: (line: ReplayLine) => readonly Transition[];
  readonly summary: () => ReplaySummary;
}

/** What a replay has seen. */
export interface ReplaySummary {
  readonly lines: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly transitions: number;
  /** Lines whose newest `ts` had to serve as the time of receipt: for them nothing can lie in the future. */
  readonly withoutReceivedAt: number;
  readonly from: number | null;
  readonly to: number | null;
}

type Unnumbered = Input extends infer T ? (T extends Input ? Omit<T, "number" | "at"> : never) : never;

/** Makes a replay of a plan. Its clock never goes back; ticks are made only at due instants. */
export function createReplay(monitor: Monitor, plan: Plan, decode: Decode): Replay {
  const refused: Record<string, number> = {};
  let [lines, transitions, withoutReceivedAt, number] = [0, 0, 0, 0];
  let from: number | null = null;
  let clock = 0;

  const refuse = (code: string): readonly Transition[] => {
    refused[code] = (refused[code] ?? 0) + 1;
    return [];
  };
  const apply = (input: Unnumbered, at: number): readonly Transition[] => {
    number += 1;
    const { changes } = monitor.apply({ ...input, number, at });
    return changes.flatMap((change) => (change.type === "alarm" ? [change.transition] : []));
  };
  const start = (at: number): void => {
    from = at;
    apply({ kind: "plan", plan, by: "replay", reason: "replay" }, at);
    apply({ kind: "neighbour", name: "server", state: "up", reason: "replay" }, at);
  };
  const passTo = (at: number): readonly Transition[] => {
    const made: Transition[] = [];
    for (let due = monitor.nextDue(at); due !== null; due = monitor.nextDue(at))
      made.push(...apply({ kind: "tick" }, due));
    return made;
  };

  return {
    feed: ({ topic, payload, receivedAt }) => {
      lines += 1;
      const decoded = decode(topic, payload);
      if (!decoded.ok) return refuse(decoded.code);
      const { message } = decoded;
      const times = message.kind === "telemetry" ? message.readings.flatMap(({ sourceAt }) => sourceAt ?? []) : [];
      const newest = times.reduce((a, b) => Math.max(a, b), -Infinity);
      const at = Math.max(clock, receivedAt ?? newest);
      if (receivedAt === null && newest === -Infinity) return refuse("LINE_WITHOUT_TIME");
      if (receivedAt === null) withoutReceivedAt += 1;
      if (from === null) start(at);
      clock = at;
      const made = [...passTo(at), ...apply(inputOf(message), at)];
      transitions += made.length;
      return made;
    },
    summary: () => {
      const counted: Record<string, number> = { ...refused };
      for (const { code, count } of monitor.faults()) counted[code] = (counted[code] ?? 0) + count;
      return {
        lines,
        refused: counted,
        transitions,
        withoutReceivedAt,
        from,
        to: from === null ? null : clock,
      };
    },
  };
}

function inputOf(message: Decoded): Unnumbered {
  if (message.kind === "telemetry") return { kind: "telemetry", message };
  if (message.kind === "ack") return message;
  return { kind: "link", site: message.site, device: message.device, online: message.online };
}
