// Two monitors' alarms side by side: which raises are the same, new, lost, earlier, later, higher or lower.
import type { Transition } from "../../contract/alarm.ts";
import {
  differenceKinds,
  type AlarmDifferences,
  type DifferenceKind,
  type Differences,
  type Example,
} from "../../contract/backtest.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";

/** The two sides of a comparison. */
export type SideName = "active" | "candidate";

/** Compares as the two sides go on, input by input. Its size grows with alarms, not with time. */
export interface Comparison {
  /** What both sides made of the same input, each in its order. */
  readonly take: (active: readonly Transition[], candidate: readonly Transition[]) => void;
  /** An alarm that both sides have on already: it counts as raised by both when the comparison begins. */
  readonly seed: (alarm: string, level: Level) => void;
  /** No more comes: what is still on counts as it stands. */
  readonly finish: () => void;
  readonly differences: () => Differences;
  /** Alarms with differences, the most first. */
  readonly alarms: (most: number) => readonly AlarmDifferences[];
  /** The newest of each kind. */
  readonly examples: () => readonly Example[];
}

/** One time that an alarm is on, on one side. */
interface Raise {
  readonly at: number;
  readonly order: number;
  level: Level;
  pair: Pair | null;
}

/** The same raise on both sides; counted when both have ended. */
interface Pair {
  readonly active: Raise;
  readonly candidate: Raise;
  on: number;
}

interface AlarmState {
  readonly on: Record<SideName, Raise | null>;
  counts: AlarmDifferences | null;
}

const examplesOfKind = 5;

function noDifferences(): Differences {
  return { same: 0, new: 0, lost: 0, earlier: 0, later: 0, higher: 0, lower: 0 };
}

function other(side: SideName): SideName {
  return side === "active" ? "candidate" : "active";
}

/** A step with its place in time: event time, but never before the step that came before it (what is found late). */
interface Placed {
  readonly step: Transition;
  readonly order: number;
}

/** The steps of each alarm. */
function byAlarm(steps: readonly Transition[]): ReadonlyMap<string, readonly Placed[]> {
  const alarms = new Map<string, Placed[]>();
  for (const step of steps) {
    const placed = alarms.get(step.alarm) ?? [];
    placed.push({ step, order: Math.max(step.at, placed.at(-1)?.order ?? step.at) });
    alarms.set(step.alarm, placed);
  }
  return alarms;
}

/**
 * At one instant, what ended a raise that is older comes first, since what begins there does not overlap it; what ended a
 * raise of that very instant comes last, since the other side may have had the same.
 */
function rankOfStep({ step, order }: Placed, on: Raise | null): number {
  if (step.level !== null) return 1;
  return on !== null && on.order === order ? 2 : 0;
}

function total({ same: _, alarm: __, earlierByMs: ___, laterByMs: ____, ...kinds }: AlarmDifferences): number {
  return Object.values(kinds).reduce((sum, one) => sum + one, 0);
}

/** Starts a comparison; raises that both began before `from` are matched but not counted. */
export function createComparison(from: number): Comparison {
  const states = new Map<string, AlarmState>();
  const sum = noDifferences();
  const examples = new Map<DifferenceKind, Example[]>(differenceKinds.map((kind) => [kind, []]));

  const stateOf = (alarm: string): AlarmState => {
    const known = states.get(alarm);
    if (known !== undefined) return known;
    const state: AlarmState = { on: { active: null, candidate: null }, counts: null };
    states.set(alarm, state);
    return state;
  };
  const count = (alarm: string, kind: keyof Differences): AlarmDifferences => {
    const state = stateOf(alarm);
    state.counts ??= { alarm, ...noDifferences(), earlierByMs: 0, laterByMs: 0 };
    state.counts[kind] += 1;
    sum[kind] += 1;
    return state.counts;
  };
  const show = (alarm: string, kind: DifferenceKind, active: Raise | null, candidate: Raise | null): void => {
    const kept = examples.get(kind) as Example[];
    kept.push({
      kind,
      alarm,
      activeAt: active?.at ?? null,
      candidateAt: candidate?.at ?? null,
      activeLevel: active?.level ?? null,
      candidateLevel: candidate?.level ?? null,
    });
    if (kept.length > examplesOfKind) kept.shift();
  };
  const countPair = (alarm: string, { active, candidate }: Pair): void => {
    if (active.at < from && candidate.at < from) return;
    const byMs = active.at - candidate.at;
    const rise = rankOf(candidate.level) - rankOf(active.level);
    if (byMs === 0 && rise === 0) count(alarm, "same");
    if (byMs > 0) {
      const counts = count(alarm, "earlier");
      counts.earlierByMs = Math.max(counts.earlierByMs, byMs);
      show(alarm, "earlier", active, candidate);
    } else if (byMs < 0) {
      const counts = count(alarm, "later");
      counts.laterByMs = Math.max(counts.laterByMs, -byMs);
      show(alarm, "later", active, candidate);
    }
    if (rise === 0) return;
    const kind = rise > 0 ? "higher" : "lower";
    count(alarm, kind);
    show(alarm, kind, active, candidate);
  };
  const pairUp = (active: Raise, candidate: Raise): void => {
    active.pair = { active, candidate, on: 2 };
    candidate.pair = active.pair;
  };

  const raise = (side: SideName, alarm: string, of: Pick<Raise, "at" | "order" | "level">): void => {
    const { on } = stateOf(alarm);
    const one: Raise = { ...of, pair: null };
    on[side] = one;
    const partner = on[other(side)];
    if (partner === null || partner.pair !== null) return;
    if (side === "active") pairUp(one, partner);
    else pairUp(partner, one);
  };
  const end = (side: SideName, alarm: string): void => {
    const { on } = stateOf(alarm);
    const one = on[side];
    on[side] = null;
    if (one === null) return;
    if (one.pair !== null) {
      one.pair.on -= 1;
      if (one.pair.on === 0) countPair(alarm, one.pair);
    } else if (one.at >= from) {
      const kind = side === "active" ? "lost" : "new";
      count(alarm, kind);
      show(alarm, kind, side === "active" ? one : null, side === "active" ? null : one);
    }
  };

  const step = (side: SideName, { step: { alarm, at, level }, order }: Placed): void => {
    const one = stateOf(alarm).on[side];
    if (level === null) end(side, alarm);
    else if (one === null) raise(side, alarm, { at, order, level });
    else one.level = higher(one.level, level) ?? level;
  };
  const merge = ({ on }: AlarmState, active: readonly Placed[], candidate: readonly Placed[]): void => {
    let [a, c] = [0, 0];
    for (;;) {
      const [one, two] = [active[a], candidate[c]];
      if (one === undefined && two === undefined) return;
      const isActive =
        two === undefined ||
        (one !== undefined &&
          (one.order - two.order || rankOfStep(one, on.active) - rankOfStep(two, on.candidate)) <= 0);
      if (isActive) step("active", one as Placed);
      else step("candidate", two);
      if (isActive) a += 1;
      else c += 1;
    }
  };

  return {
    take: (active, candidate) => {
      const [ofActive, ofCandidate] = [byAlarm(active), byAlarm(candidate)];
      for (const alarm of new Set([...ofActive.keys(), ...ofCandidate.keys()]))
        merge(stateOf(alarm), ofActive.get(alarm) ?? [], ofCandidate.get(alarm) ?? []);
    },
    seed: (alarm, level) => {
      raise("active", alarm, { at: from, order: from, level });
      raise("candidate", alarm, { at: from, order: from, level });
    },
    finish: () => {
      for (const alarm of states.keys()) {
        end("active", alarm);
        end("candidate", alarm);
      }
    },
    differences: () => ({ ...sum }),
    alarms: (most) =>
      [...states.values()]
        .flatMap(({ counts }) => (counts === null || total(counts) === 0 ? [] : [{ ...counts }]))
        .toSorted((a, b) => total(b) - total(a) || (a.alarm < b.alarm ? -1 : 1))
        .slice(0, most),
    examples: () => [...examples.values()].flat(),
  };
}
