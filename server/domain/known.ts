// Events that people have verified, held against the alarms of a rule: which it gives an alarm of, which it misses.
import type { Transition } from "../../contract/alarm.ts";
import type { KnownEvents, KnownFigures } from "../../contract/backtest.ts";
import type { IncidentView } from "../../contract/incident.ts";

/** A raise may lie so far from an event and still be of it: within this alarms belong together (semantics §9), ms. */
export const knownWithinMs = 600_000;
/** So many missed events are listed. */
const mostMissed = 50;

/** The alarm of a rule, what the rule looks at, and the time that is asked about. */
export interface KnownScope {
  readonly alarm: string;
  /** Points of a rule over several points; empty where it looks at its own alone. */
  readonly members: readonly string[];
  /** Epoch ms; `to` is not part of it. */
  readonly from: number;
  readonly to: number;
}

/** One time that an alarm was on, epoch ms; infinite where it has not ended. */
export interface Raise {
  readonly from: number;
  readonly to: number;
}

/** Gathers the raises of one alarm from the steps of all. */
export interface Raises {
  readonly alarm: string;
  readonly count: (step: Pick<Transition, "alarm" | "at" | "level">) => void;
  readonly list: () => readonly Raise[];
}

/** Gathers the raises of this alarm. */
export function createRaises(alarm: string): Raises {
  const ended: Raise[] = [];
  let since: number | null = null;
  return {
    alarm,
    count: (step) => {
      if (step.alarm !== alarm) return;
      if (step.level !== null) since ??= step.at;
      else if (since !== null) {
        ended.push({ from: since, to: step.at });
        since = null;
      }
    },
    list: () => (since === null ? ended : [...ended, { from: since, to: Infinity }]),
  };
}

/** An alarm's identity as it is written: source, rule, and a direction where there is one. */
function partsOf(alarm: string): { readonly source: string; readonly direction: string } {
  const [source = "", , direction = "none"] = alarm.split("~");
  return { source, direction };
}

/**
 * True where an incident tells of what the rule watches: it names the rule's own alarm, or one of the same point in the same
 * direction, or one of a point of a rule over several. What is about data and devices tells of no process.
 */
function isOf({ alarms, isData }: IncidentView, { alarm, members }: KnownScope): boolean {
  const own = partsOf(alarm);
  return alarms.some((one) => {
    if (one.alarm === alarm) return true;
    if (isData === true) return false;
    const { source, direction } = partsOf(one.alarm);
    return members.includes(source) || (source === own.source && direction === own.direction);
  });
}

/** From its first alarm to the last one that opened, joined, raised or reopened it: how long it went on is not written in it. */
function spanOf({ firstAt, openedAt, entries }: IncidentView): Raise {
  const of: readonly string[] = ["opened", "joined", "raised", "reopened"];
  const newest = entries.findLast(({ kind }) => of.includes(kind));
  return { from: firstAt, to: Math.max(firstAt, newest?.at ?? openedAt) };
}

function isGiven(raises: readonly Raise[], { from, to }: Raise): boolean {
  return raises.some((one) => one.from <= to + knownWithinMs && one.to >= from - knownWithinMs);
}

/** Holds the raises of the rule on either side against the incidents with a verdict that began within the time. */
export function knownEvents(
  incidents: readonly IncidentView[],
  scope: KnownScope,
  raises: { readonly active: readonly Raise[]; readonly candidate: readonly Raise[] },
): KnownEvents {
  const its = incidents
    .filter((one) => one.firstAt >= scope.from && one.firstAt < scope.to && isOf(one, scope))
    .map((incident) => {
      const span = spanOf(incident);
      return { incident, byActive: isGiven(raises.active, span), byCandidate: isGiven(raises.candidate, span) };
    });
  const ofVerdict = (verdict: IncidentView["verdict"]): typeof its =>
    its.filter(({ incident }) => incident.verdict === verdict);
  const [known, knownFalse] = [ofVerdict("trueAlarm"), ofVerdict("falseAlarm")];
  const figuresOf = (isBy: (one: (typeof its)[number]) => boolean): KnownFigures => ({
    caught: known.filter(isBy).length,
    caughtFalse: knownFalse.filter(isBy).length,
  });
  return {
    withinMs: knownWithinMs,
    known: known.length,
    knownFalse: knownFalse.length,
    unverified: ofVerdict(null).length,
    active: figuresOf(({ byActive }) => byActive),
    candidate: figuresOf(({ byCandidate }) => byCandidate),
    missed: known
      .filter(({ byCandidate }) => !byCandidate)
      .toSorted((a, b) => b.incident.firstAt - a.incident.firstAt)
      .slice(0, mostMissed)
      .map(({ incident: { id, site, firstAt, firstOut, peakLevel }, byActive }) => ({
        incident: id,
        site,
        at: firstAt,
        firstOut,
        peakLevel,
        byActive,
      })),
  };
}
