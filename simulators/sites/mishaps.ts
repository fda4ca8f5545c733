// What a scenario does to instruments and to the line rather than to the plant: broken instruments, and a site off the air.
import type { Point } from "../../contract/plant.ts";
import { createFault, type Breakage, type Fault, type Measured, type Span } from "../faults.ts";
import { createRandom, seedOf } from "../physics/random.ts";
import type { Action } from "./part.ts";
import type { Message } from "./reporter.ts";

/** What the box at the site can remember while it is cut off; the oldest is lost first. */
const MOST_HELD = 10_000;

/** The mishaps of one site. */
export interface Mishaps {
  /** Broken instruments by point id, as the reporters ask for them. */
  readonly faults: ReadonlyMap<string, Fault>;
  /** `tsMs` is what messages of that simulated time bear. */
  readonly act: (action: Action, atMs: number, tsMs: number) => void;
  /** Takes what the site's devices say; gives what reaches the broker now. */
  readonly pass: (messages: readonly Message[]) => readonly Message[];
  readonly isOffAir: () => boolean;
  /** When the site comes back on the air, simulated ms; infinite while it is there. */
  readonly backAtMs: () => number;
  /** Back on the air: gives what was held meanwhile. */
  readonly comeBack: () => readonly Message[];
  /** Ends everything that is broken; a site off the air comes back at once. */
  readonly mend: () => void;
}

function chain(first: Fault | undefined, second: Fault): Fault {
  if (first === undefined) return second;
  return (measured: Measured) => first(measured).flatMap(second);
}

/** Builds the mishaps of a site: none yet. */
export function createMishaps(points: readonly Point[], seed: number): Mishaps {
  const broken = new Map<string, Fault>();
  let spans: { fromMs: number; untilMs: number }[] = [];
  let outage: { untilMs: number; readonly isBackfilled: boolean } | null = null;
  let held: Message[] = [];
  const breakPoint = (point: Point, breakage: Breakage, span: Span): void => {
    const random = createRandom(seedOf(`${point.id}/${breakage.kind}`, seed));
    broken.set(point.id, chain(broken.get(point.id), createFault(breakage, span, random.next)));
  };
  return {
    faults: broken,
    act: (action, atMs, tsMs) => {
      if (action.do === "outage") outage = { untilMs: atMs + action.forMs, isBackfilled: action.isBackfilled };
      if (action.do !== "break") return;
      const span = { fromMs: tsMs, untilMs: tsMs + action.forMs };
      spans.push(span);
      for (const point of points) {
        if (action.point === "*" || point.code === action.point) breakPoint(point, action.breakage, span);
      }
    },
    pass: (messages) => {
      if (outage === null) return messages;
      if (outage.isBackfilled) held.push(...messages);
      if (held.length > MOST_HELD) held = held.slice(-MOST_HELD);
      return [];
    },
    isOffAir: () => outage !== null,
    backAtMs: () => outage?.untilMs ?? Infinity,
    comeBack: () => {
      const backlog = held;
      outage = null;
      held = [];
      return backlog;
    },
    mend: () => {
      for (const span of spans) span.untilMs = -Infinity;
      spans = [];
      if (outage !== null) outage.untilMs = -Infinity;
    },
  };
}
