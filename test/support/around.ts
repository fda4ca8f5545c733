// What a joint kind sees in tests: members from a few words, healthy and calm unless told otherwise.
import type { Around, Crossing, Member, Quantity } from "../../contract/condition.ts";
import type { Level } from "../../contract/level.ts";

/** The timing of a condition that judges a truth: at once. */
export const atOnce = {
  setpoint: 1,
  deadband: 0,
  onDelayMs: 0,
  onSamples: 1,
  offDelayMs: 0,
  provenance: { from: "product-default" as const, clause: "test", isConfirmed: false },
} as const;

/** Violated from 10 upwards. */
export const from10: Crossing = { direction: "high", setpoint: 10 };

/** A member that was measured at an instant. */
export function member(value: number | null, sourceAt: number, rest: Partial<Member> = {}): Member {
  return {
    value,
    sourceAt,
    step: 0.1,
    quality: "good",
    saturated: null,
    isSilent: false,
    isLagging: false,
    isOutOfService: false,
    lostAt: null,
    ...rest,
  };
}

/** A member that has been silent since an instant. */
export function silentSince(lostAt: number | null, sourceAt = 0): Member {
  return member(null, sourceAt, { isSilent: true, lostAt });
}

/** A member whose newest sample, at that instant, is bad. */
export function badSince(lostAt: number): Member {
  return member(null, lostAt, { quality: "bad", lostAt });
}

/** An instant with its members, and the levels of alarms by `source` or `source rule`; none is on unless told. */
export function around(
  at: number,
  members: Readonly<Record<string, Member>>,
  levels: Readonly<Record<string, Level | "unknown">> = {},
): Around {
  return {
    at,
    member: (point) => members[point] ?? silentSince(null),
    levelOf: (source, rule) => levels[rule === null ? source : `${source} ${rule}`] ?? null,
  };
}

interface Steps<C, S> {
  readonly initial: (condition: C) => S;
  readonly step: (condition: C, state: S, seen: Around) => { readonly state: S; readonly quantity: Quantity };
}

/** Leads a kind through instants; freezes every state, so that one that is written to is found out. */
export function lead<C, S>(
  kind: Steps<C, S>,
  condition: C,
  instants: readonly Around[],
): { readonly state: S; readonly quantities: readonly Quantity[] } {
  let state = freeze(kind.initial(condition));
  const quantities = instants.map((instant) => {
    const stepped = kind.step(condition, state, instant);
    state = freeze(stepped.state);
    return stepped.quantity;
  });
  return { state, quantities };
}

/** Freezes plain data to its depth. */
export function freeze<T>(data: T): T {
  if (typeof data === "object" && data !== null) {
    for (const part of Object.values(data)) freeze(part);
    Object.freeze(data);
  }
  return data;
}
