// A monitor whose record is kept as a journal keeps it, with the amendment pass over that record; a journal in memory, no clock.
import { deserialize, serialize } from "node:v8";
import type { Transition } from "../../contract/alarm.ts";
import type { AmendmentInput, RecordedInput } from "../../contract/input.ts";
import { type JournalRecord, recordedOf } from "../../contract/journal.ts";
import type { Plan } from "../../contract/plant.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { createMonitor, heard, type Monitor } from "../../server/monitor.ts";
import { effectiveRecord } from "../../server/monitor/effective.ts";
import { ripeSpans } from "../../server/monitor/late.ts";
import { packState, unpackState } from "../../server/monitor/pack.ts";
import { createRejudgement, touchedOf } from "../../server/replay/rejudge.ts";
import { verifyRecords, type Difference } from "../../server/replay.ts";
import { wholeOf } from "./packed.ts";
import { at as instant } from "./room.ts";

type Unnumbered = RecordedInput extends infer T ? (T extends RecordedInput ? Omit<T, "number" | "at"> : never) : never;

/** One sample on its way: when it was measured and when it comes, in seconds of the story. */
export interface Sent {
  readonly code: string;
  readonly value: number;
  readonly measured: number;
  readonly received: number;
}

/** A recorded monitor. */
export interface Recorder {
  readonly monitor: () => Monitor;
  readonly records: readonly JournalRecord[];
  readonly transitions: () => readonly Transition[];
  readonly say: (seconds: number, input: Unnumbered) => void;
  /** One message of `s1/d1` an instant of receipt. */
  readonly send: (samples: readonly Sent[]) => void;
  /** Amends what is ripe; returns what was entered. */
  readonly amend: (seconds: number) => readonly AmendmentInput[];
  readonly restart: () => void;
  readonly verify: () => Difference;
}

/** Makes one that has its plan and whose server is up. */
export function createRecorder(plan: Plan): Recorder {
  let monitor = createMonitor();
  const records: JournalRecord[] = [];
  const say: Recorder["say"] = (seconds, said) => {
    const { number, now } = monitor.state();
    const input = { ...said, number: number + 1, at: Math.max(now, instant(seconds)) } as RecordedInput;
    const decoded = input.kind === "message" ? decodeNative(input.topic, input.payload) : null;
    const { changes, flags } = monitor.apply(heard(input, decoded));
    records.push({ type: "input", input });
    for (const change of structuredClone(changes)) records.push({ type: "change", change: recordedOf(change) });
    const { seq } = monitor.state();
    records.push({
      type: "end",
      end: { upTo: input.number, seq, chain: "", flags: flags.length === 0 ? [] : [[input.number, flags]] },
    });
  };
  say(0, { kind: "plan", plan, by: "test", reason: "test" });
  say(0, { kind: "neighbour", name: "server", state: "up", reason: "test" });
  return {
    monitor: () => monitor,
    records,
    transitions: () =>
      records.flatMap((record) =>
        record.type === "change" && record.change.type === "alarm" ? [record.change.transition] : [],
      ),
    say,
    send: (samples) => {
      const ordered = samples.toSorted((a, b) => a.received - b.received);
      for (const received of new Set(ordered.map((one) => one.received))) {
        const its = ordered.filter((one) => one.received === received);
        const objects = its.map(({ code, value, measured }) => ({ ts: instant(measured), values: { [code]: value } }));
        const payload = Buffer.from(JSON.stringify(objects));
        say(received, { kind: "message", topic: "skyground/v1/s1/d1/telemetry", payload });
      }
    },
    amend: (seconds) => {
      const state = monitor.state();
      const ripe = ripeSpans(state, instant(seconds));
      if (ripe.length === 0) return [];
      const touched = ripe.map(([point, span]) => touchedOf(state, point, span));
      const pass = createRejudgement(state.plan, touched, decodeNative);
      for (const record of records) pass.take(record);
      const amendments = [...pass.amendments(state.now, state.number)].flatMap((one) => {
        if (one?.kind === "failed") throw one.error;
        return one === null ? [] : [one];
      });
      for (const amendment of amendments) say(seconds, amendment);
      return records
        .flatMap((record) => (record.type === "input" && record.input.kind === "amendment" ? [record.input] : []))
        .slice(-amendments.length);
    },
    restart: () => {
      monitor = createMonitor(deserialize(serialize(unpackState(wholeOf(packState(monitor.state()))))) as never);
    },
    verify: () => verifyRecords(createMonitor(undefined, { isShortWayOpen: false }), records, decodeNative),
  };
}

/** The steps that hold, in words: what two records have to share that tell of the same. */
export function toldBy(transitions: readonly Transition[]): readonly string[] {
  return effectiveRecord(transitions)
    .filter(({ source, rule }) => source.kind === "point" && rule !== "silence")
    .map(
      ({ alarm, at, fromLevel, level, value }) =>
        `${(at - instant(0)) / 1000} s ${alarm} ${fromLevel ?? "none"} → ${level ?? "none"} at ${value}`,
    )
    .toSorted();
}
