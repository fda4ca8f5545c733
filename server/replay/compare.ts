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
  /** An alarm that both sides have on already. */
  readonly seed: (alarm: string, at: number, level: Level) => void;
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

/** In order of event time; at one instant returns come first: what ends there and what begins there do not overlap. */
function* inOrder(
  active: readonly Transition[],
  candidate: readonly Transition[],
): Generator<readonly [SideName, Transition]> {
  let [a, c] = [0, 0];
  for (;;) {
    const [one, two] = [active[a], candidate[c]];
    if (one === undefined && two === undefined) return;
    const isFirst =
      two === undefined ||
      (one !== undefined && (one.at < two.at || (one.at === two.at && (one.level === null || two.level !== null))));
    if (isFirst) yield ["active", one as Transition];
    else yield ["candidate", two];
    if (isFirst) a += 1;
    else c += 1;
  }
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

  const raise = (side: SideName, alarm: string, at: number, level: Level): void => {
    const { on } = stateOf(alarm);
    const one: Raise = { at, level, pair: null };
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

  return {
    take: (active, candidate) => {
      for (const [side, { alarm, at, level }] of inOrder(active, candidate)) {
        const one = stateOf(alarm).on[side];
        if (level === null) end(side, alarm);
        else if (one === null) raise(side, alarm, at, level);
        else one.level = higher(one.level, level) ?? level;
      }
    },
    seed: (alarm, at, level) => {
      raise("active", alarm, at, level);
      raise("candidate", alarm, at, level);
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
