// The kinds of condition by their names: the one place where the monitor meets each of them.
import type { Condition, JointCondition, JointKind, OwnCondition, OwnKind } from "../../contract/condition.ts";
import { accumulate } from "../domain/detect/accumulate.ts";
import { createCombine } from "../domain/detect/combine.ts";
import { cusum } from "../domain/detect/cusum.ts";
import { deviation } from "../domain/detect/deviation.ts";
import { forecast } from "../domain/detect/forecast.ts";
import { geofence } from "../domain/detect/geofence.ts";
import { missingEvent } from "../domain/detect/missing-event.ts";
import { pair } from "../domain/detect/pair.ts";
import { rate } from "../domain/detect/rate.ts";
import { state } from "../domain/detect/state.ts";
import { sum } from "../domain/detect/sum.ts";
import { vote } from "../domain/detect/vote.ts";

/** A kind whose condition and memory fit each other; which they are only its own file knows. */
export type AnyOwnKind = OwnKind<OwnCondition, unknown>;
/** The same for several points. */
export type AnyJointKind = JointKind<JointCondition, unknown>;

const own = { state, rate, sum, deviation, cusum, accumulate, forecast };
// Domain rooms do not know each other: an expression is handed the vote that may be part of it.
const joint = { vote, pair, combine: createCombine(vote), missingEvent, geofence };

/** The kind that judges this condition from the point's own samples; null for a plain limit and for several points. */
export function ownKindOf({ kind }: Condition): AnyOwnKind | null {
  return kind in own ? (own[kind as keyof typeof own] as unknown as AnyOwnKind) : null;
}

/** The kind that judges this condition from several points; null for all others. */
export function jointKindOf({ kind }: Condition): AnyJointKind | null {
  return kind in joint ? (joint[kind as keyof typeof joint] as unknown as AnyJointKind) : null;
}
