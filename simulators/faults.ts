// Broken instruments: small transforms that each take one measured value and give none, one or several.

/** One value with the time that the instrument claims for it. */
export interface Measured {
  readonly ts: number;
  readonly value: number;
}

/** A broken instrument. Transforms may remember; build a fresh one for each point. */
export type Fault = (measured: Measured) => readonly Measured[];

/** From `fromMs` to `untilMs`; the end is outside. It is read anew at each value, so that a fault can be mended early. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** In which way an instrument is broken. */
export type Breakage =
  /** Repeats the last value from before the span: a flat line. */
  | { readonly kind: "stuck" }
  /** Adds `size` to one value in `oneIn`. */
  | { readonly kind: "spike"; readonly size: number; readonly oneIn: number }
  /** Adds `size` for `onMs`, nothing for `offMs`, and so on: a wet or loose head. */
  | { readonly kind: "chatter"; readonly size: number; readonly onMs: number; readonly offMs: number }
  /** Drifts away by `perHour` from the beginning of the span on. */
  | { readonly kind: "drift"; readonly perHour: number }
  /** Shows `value` whatever it measures: a broken wire lies below the sensor's range. */
  | { readonly kind: "fixed"; readonly value: number }
  /** Says nothing. */
  | { readonly kind: "dropout" }
  /** Claims times that are off by `byMs`. */
  | { readonly kind: "clockSkew"; readonly byMs: number }
  /** Sends one value in `oneIn` twice. */
  | { readonly kind: "duplicates"; readonly oneIn: number }
  /** Holds what it measures, at most `limit` values (oldest lost first), and sends it all after the span. */
  | { readonly kind: "late"; readonly limit: number };

function during(span: Span, broken: Fault): Fault {
  return (measured) => (measured.ts >= span.fromMs && measured.ts < span.untilMs ? broken(measured) : [measured]);
}

function stuck(span: Span): Fault {
  let last: number | null = null;
  return ({ ts, value }) => {
    if (ts < span.fromMs || ts >= span.untilMs) last = value;
    // Nothing was shown before: the first value of the span is what it sticks at.
    last ??= value;
    return [{ ts, value: last }];
  };
}

function late(span: Span, limit: number): Fault {
  let held: Measured[] = [];
  return (measured) => {
    if (measured.ts >= span.fromMs && measured.ts < span.untilMs) {
      held.push(measured);
      if (held.length > limit) held.shift();
      return [];
    }
    const backlog = held;
    held = [];
    return [...backlog, measured];
  };
}

/** Builds a broken instrument; `next` gives its chance, uniform in [0, 1). */
export function createFault(breakage: Breakage, span: Span, next: () => number): Fault {
  switch (breakage.kind) {
    case "stuck":
      return stuck(span);
    case "late":
      return late(span, breakage.limit);
    case "spike":
      return during(span, ({ ts, value }) => [
        { ts, value: next() * breakage.oneIn < 1 ? value + breakage.size : value },
      ]);
    case "chatter": {
      const { size, onMs, offMs } = breakage;
      const isUp = (ts: number): boolean => (ts - span.fromMs) % (onMs + offMs) < onMs;
      return during(span, ({ ts, value }) => [{ ts, value: isUp(ts) ? value + size : value }]);
    }
    case "drift":
      return during(span, ({ ts, value }) => [
        { ts, value: value + ((ts - span.fromMs) / 3_600_000) * breakage.perHour },
      ]);
    case "fixed":
      return during(span, ({ ts }) => [{ ts, value: breakage.value }]);
    case "dropout":
      return during(span, () => []);
    case "clockSkew":
      return during(span, ({ ts, value }) => [{ ts: ts + breakage.byMs, value }]);
    case "duplicates":
      return during(span, (measured) => (next() * breakage.oneIn < 1 ? [measured, measured] : [measured]));
  }
}
