// How the record differs from what judging in order makes, and whether both stand alike from now on (semantics §7).
import type { Transition } from "../../contract/alarm.ts";
import type { AmendedStep } from "../../contract/input.ts";
import type { MonitorState, PointState, RuleState } from "../monitor/state.ts";
import type { Case } from "./rejudge.ts";

/** Steps of the same kind no further apart than this are one that happened at another time. */
const sameWithinMs = 2 * 3_600_000;

function keyOf({ alarm, at, fromLevel, level, value }: Transition): string {
  return `${alarm} ${at} ${fromLevel} ${level} ${value}`;
}

function stepOf(step: Transition, amends: number | null, why = step.why): AmendedStep {
  const { alarm, at, violatedSince, returnedSince, ruleVersion, fromLevel, level } = step;
  const { value, setpoint, deadband, quality } = step;
  return {
    alarm,
    at,
    violatedSince,
    returnedSince,
    ruleVersion,
    fromLevel,
    level,
    value,
    setpoint,
    deadband,
    quality,
    why,
    amends,
  };
}

/** What judging in order makes and the record lacks, in the place of what the record has instead; and what it does not confirm. */
export function differenceOf(made: readonly Transition[], known: readonly Transition[]): readonly AmendedStep[] {
  const inRecord = new Set(known.map(keyOf));
  const inMade = new Set(made.map(keyOf));
  const unconfirmed = known.filter((step) => !inMade.has(keyOf(step)));
  const missed = made.filter((step) => !inRecord.has(keyOf(step)));
  const steps = missed.map((step) => {
    const near = unconfirmed
      .filter(
        ({ alarm, fromLevel, level, at }) =>
          alarm === step.alarm &&
          fromLevel === step.fromLevel &&
          level === step.level &&
          Math.abs(at - step.at) <= sameWithinMs,
      )
      .toSorted((a, b) => Math.abs(a.at - step.at) - Math.abs(b.at - step.at))[0];
    if (near !== undefined) unconfirmed.splice(unconfirmed.indexOf(near), 1);
    return stepOf(step, near?.seq ?? null);
  });
  for (const step of unconfirmed) steps.push(stepOf(step, step.seq, { code: "notConfirmed", values: {} }));
  return steps.toSorted((a, b) => a.at - b.at);
}

/** True where every limit stands as it does in order: from now on live judgement and that in order are the same. */
export function isAsLive({ touched, compiled }: Case, state: Readonly<MonitorState>): boolean {
  const { rules } = state.points.get(touched.point) as PointState;
  return compiled.rules.every((_, nth) => {
    const mine = rules[nth] as RuleState;
    const live = touched.rules.find(({ id }) => id === mine.id);
    return (
      live !== undefined &&
      live.version === mine.version &&
      live.limits.every((limit, place) => {
        const own = mine.limits[place] as RuleState["limits"][number];
        const isSame = limit.isOn === own.isOn && limit.returnedSince === own.returnedSince;
        return isSame && (limit.isOn || (limit.violatedSince === own.violatedSince && limit.samples === own.samples));
      })
    );
  });
}
