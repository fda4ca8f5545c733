// Broken instruments: small transforms that each take one measured value and give none, one or several.

/** One value with the time that the instrument claims for it. */
export interface Measured {
  readonly ts: number;
  readonly value: number;
}

/** A broken instrument. Transforms may remember; build a fresh one for each point. */
export type Fault = (measured: Measured) => readonly Measured[];

/** From `fromMs` to `untilMs`; the end is outside. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

function isWithin(span: Span, ts: number): boolean {
  return ts >= span.fromMs && ts < span.untilMs;
}

/** Repeats the last value from before the span for its whole length. */
export function stuck(span: Span): Fault {
  let last: number | null = null;
  return ({ ts, value }) => {
    if (isWithin(span, ts) && last !== null) return [{ ts, value: last }];
    last = value;
    return [{ ts, value }];
  };
}

/** Adds `size` to every `every`-th value. */
export function spike(every: number, size: number): Fault {
  let count = 0;
  return ({ ts, value }) => {
    count += 1;
    return [{ ts, value: count % every === 0 ? value + size : value }];
  };
}

/** Drifts away by `perHour` from `fromMs` on. */
export function drift(fromMs: number, perHour: number): Fault {
  return ({ ts, value }) => [{ ts, value: value + (Math.max(0, ts - fromMs) / 3_600_000) * perHour }];
}

/** Says nothing during the span. */
export function dropout(span: Span): Fault {
  return (measured) => (isWithin(span, measured.ts) ? [] : [measured]);
}

/** Claims times that are off by `byMs`. */
export function clockSkew(byMs: number): Fault {
  return ({ ts, value }) => [{ ts: ts + byMs, value }];
}

/** Sends every `every`-th value twice. */
export function duplicates(every: number): Fault {
  let count = 0;
  return (measured) => {
    count += 1;
    return count % every === 0 ? [measured, measured] : [measured];
  };
}

/** Holds what it measures during the span, at most `limit` values (oldest lost first), and sends it all afterwards. */
export function late(span: Span, limit = 1000): Fault {
  let held: Measured[] = [];
  return (measured) => {
    if (isWithin(span, measured.ts)) {
      held.push(measured);
      if (held.length > limit) held.shift();
      return [];
    }
    const backlog = held;
    held = [];
    return [...backlog, measured];
  };
}

/** One fault after the other. */
export function chain(...faults: readonly Fault[]): Fault {
  return (measured) => faults.reduce<readonly Measured[]>((values, fault) => values.flatMap(fault), [measured]);
}
