// Where a point has no values, and what the record knows of that time: nothing is guessed, and nothing known is left out.
import type { Transition } from "../../contract/alarm.ts";
import type { Absence, AbsenceKind, Gap } from "../../contract/series.ts";
import type { Bucket, Leaving } from "../../contract/wall.ts";

/** That something came or went, as the record has it; in order of the record. */
export interface Coming {
  readonly kind: "device" | "server" | "broker" | "historian";
  /** Epoch ms. */
  readonly at: number;
  readonly isUp: boolean;
  /** Of a device: how it went. */
  readonly why: Leaving | null;
}

/** What the record has about one point. */
export interface Told {
  readonly comings: readonly Coming[];
  /** Steps of alarms of the point and of its device, in order of the record. */
  readonly steps: readonly Pick<Transition, "alarm" | "at" | "level" | "why" | "marks">[];
}

function kindOf({ kind, why }: Coming): AbsenceKind {
  if (kind === "server") return "serverAway";
  if (kind === "broker") return "brokerDown";
  if (kind === "historian") return "historianDown";
  return why === "goodbye" ? "deviceGoodbye" : "deviceOffline";
}

function awaysOf(comings: readonly Coming[]): Absence[] {
  const open = new Map<Coming["kind"], Absence>();
  const closed: Absence[] = [];
  for (const coming of comings) {
    const away = open.get(coming.kind);
    if (coming.isUp && away !== undefined) {
      closed.push({ ...away, to: coming.at });
      open.delete(coming.kind);
    } else if (!coming.isUp && away === undefined) {
      open.set(coming.kind, { kind: kindOf(coming), from: coming.at, to: null });
    }
  }
  return [...closed, ...open.values()];
}

const silences: ReadonlyMap<string, AbsenceKind> = new Map([
  ["silent", "silent"],
  ["neverHeard", "neverReported"],
  ["deviceSilent", "deviceSilent"],
]);

/** Opens and closes spans of one kind, each under a key of its own. */
function createSpans() {
  const open = new Map<string, Absence>();
  const closed: Absence[] = [];
  return {
    set: (key: string, kind: AbsenceKind, from: number): void => {
      if (!open.has(key)) open.set(key, { kind, from, to: null });
    },
    end: (key: string, to: number): void => {
      const span = open.get(key);
      if (span !== undefined) closed.push({ ...span, to });
      open.delete(key);
    },
    all: (): Absence[] => [...closed, ...open.values()],
  };
}

function saidBy(steps: Told["steps"]): Absence[] {
  const spans = createSpans();
  for (const { alarm, at, level, why, marks } of steps) {
    const kind = silences.get(why.code);
    if (level === null) spans.end(alarm, at);
    else if (kind !== undefined) spans.set(alarm, kind, at);
    const mark = marks.find((one) => one.kind === "outOfService");
    if (mark === undefined) spans.end(`${alarm} mark`, at);
    else spans.set(`${alarm} mark`, "outOfService", mark.setAt);
  }
  return spans.all();
}

/** Everything in the record that can have kept the values of a point away, oldest first. */
export function absencesOf({ comings, steps }: Told): readonly Absence[] {
  return [...awaysOf(comings), ...saidBy(steps)].toSorted((a, b) => a.from - b.from);
}

/** What gaps are looked for in. */
export interface GapsInput {
  /** Epoch ms; `to` is not part of it and does not lie ahead of the clock. */
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly buckets: readonly Pick<Bucket, "at">[];
  /** Longer than this without a value is a gap, ms; null: the point speaks only when something changes. */
  readonly gapMs: number | null;
  readonly absences: readonly Absence[];
}

/** Reasons of one gap; nobody reads more. */
const mostReasons = 20;

/** A point that speaks by exception has nothing to say in most of the time: only where it could not have spoken is a gap. */
function cutOff({ from, to, absences }: GapsInput): readonly (readonly [number, number])[] {
  const joined: [number, number][] = [];
  for (const one of absences) {
    const [start, end] = [Math.max(from, one.from), Math.min(to, one.to ?? to)];
    const last = joined.at(-1);
    if (end <= start) continue;
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

function missing({ from, to, bucketMs, buckets, gapMs }: GapsInput & { readonly gapMs: number }) {
  const found: (readonly [number, number])[] = [];
  // An empty bucket between two that have values is no gap where the point speaks less often than that.
  const least = Math.max(gapMs, bucketMs);
  let end = from;
  for (const { at } of [...buckets, { at: to }]) {
    if (at - end > least) found.push([end, at]);
    end = Math.max(end, at + bucketMs);
  }
  return found;
}

/** The times without values, each with what the record has of it. */
export function gapsOf(input: GapsInput): readonly Gap[] {
  const { gapMs, absences } = input;
  const spans = gapMs === null ? cutOff(input) : missing({ ...input, gapMs });
  return spans.map(([from, to]) => ({
    from,
    to,
    reasons: absences.filter((one) => one.from < to && (one.to ?? Infinity) > from).slice(0, mostReasons),
  }));
}
