// One condition as written made into the contract's: which words its kind wants, and what all kinds have in common.
import type { Condition } from "../../contract/condition.ts";
import { amountOf, durationOf } from "./amount.ts";
import type { Joint } from "./combine.ts";
import { below, type Place } from "./fault-list.ts";
import { jointConditionOf } from "./joint-condition.ts";
import { ownConditionOf } from "./own-condition.ts";
import { provenanceOf } from "./provenance.ts";
import { isJoint, type ConditionFile, type ConditionKind } from "./rule-schema.ts";

type Word = Exclude<keyof ConditionFile, undefined>;

const common: readonly Word[] = [
  "kind",
  "setpoint",
  "deadband",
  "onDelayMs",
  "offDelayMs",
  "onSamples",
  "provenance",
  "isOptional",
];

/** What a kind must say and what it may say beside the common words. */
const words: Readonly<Record<ConditionKind, { readonly wants: readonly Word[]; readonly may: readonly Word[] }>> = {
  limit: { wants: ["setpoint"], may: [] },
  state: { wants: ["values"], may: [] },
  rate: { wants: ["method", "windowMs", "setpoint"], may: ["minSamples", "perMs", "isAbsolute"] },
  sum: { wants: ["windowMs", "setpoint"], may: [] },
  deviation: { wants: ["setpoint"], may: ["hours"] },
  cusum: { wants: ["target", "sigma", "setpoint"], may: ["allowance"] },
  accumulate: { wants: ["windowMs", "while", "setpoint"], may: ["reset"] },
  forecast: {
    wants: ["method", "windowMs", "setpoint"],
    may: ["minSamples", "target", "noise", "minR2", "horizonMs"],
  },
  vote: { wants: ["of", "violated", "need"], may: ["windowMs"] },
  pair: { wants: ["method", "to", "skewMs", "setpoint"], may: ["of", "isAbsolute"] },
  combine: { wants: ["when"], may: [] },
  missingEvent: { wants: ["dueMs"], may: ["of", "zoneMs"] },
  geofence: { wants: ["lng", "lat", "wrong"], may: ["polygon", "corridor", "halfWidthM", "skewMs"] },
};

const truths: ReadonlySet<ConditionKind> = new Set(["state", "vote", "combine", "missingEvent", "geofence"]);

/** True where the kind judges 1 or 0. */
export function isTruth(kind: ConditionKind): boolean {
  return truths.has(kind);
}

/** What a condition is worked out for. */
export interface Setting {
  readonly direction: "high" | "low" | "none";
  readonly joint: Joint;
}

/** A condition worked out, with what the checks need to know of it. */
export interface Found {
  readonly condition: Condition;
  readonly place: Place;
  readonly isConstant: boolean;
}

/** The condition, or undefined where it is faulty, waits for a parameter, or looks at what is not there. */
export function conditionOf(written: ConditionFile, place: Place, { direction, joint }: Setting): Found | undefined {
  const { reader, company } = joint;
  const { faults } = reader;
  const kind = written.kind ?? (written.when === undefined ? "limit" : "combine");
  if (!hasItsWords(written, kind, place, joint)) return undefined;
  if (company.self === null && company.seats !== null && !isJoint(kind)) {
    faults.add(place, `${kind} judges a point's own samples: a rule of a site has none`);
    return undefined;
  }
  if (direction === "none" ? !isTruth(kind) : direction === "low" && isTruth(kind)) {
    faults.add(place, `${kind} does not fit direction ${direction}${isTruth(kind) ? ": it is true or false" : ""}`);
    return undefined;
  }
  const usual = isTruth(kind) ? 1 : undefined;
  const setpoint = amountOf(written.setpoint ?? usual, below(place, "setpoint"), reader);
  const deadband = amountOf(written.deadband ?? 0, below(place, "deadband"), reader);
  const onDelayMs = durationOf(written.onDelayMs ?? 0, below(place, "onDelayMs"), reader);
  const offDelayMs = durationOf(written.offDelayMs ?? 0, below(place, "offDelayMs"), reader);
  const provenance = provenanceOf(written.provenance, below(place, "provenance"), faults);
  const own = isJoint(kind)
    ? jointConditionOf(kind, written, place, joint)
    : ownConditionOf(kind, written, place, joint);
  if (own === undefined || setpoint === undefined || deadband === undefined) return undefined;
  if (onDelayMs === undefined || offDelayMs === undefined) return undefined;
  const timing = {
    setpoint: setpoint.value,
    deadband: deadband.value,
    onDelayMs,
    onSamples: written.onSamples ?? 1,
    offDelayMs,
    provenance,
  };
  return { condition: { ...own, ...timing }, place, isConstant: setpoint.isConstant && deadband.isConstant };
}

function hasItsWords(written: ConditionFile, kind: ConditionKind, place: Place, { reader }: Joint): boolean {
  const { wants, may } = words[kind];
  const missing = wants.filter((word) => written[word] === undefined);
  for (const word of missing) reader.faults.addUnlessFaulty(below(place, word), "is missing");
  const known = new Set([...common, ...wants, ...may]);
  const foreign = (Object.keys(written) as Word[]).filter((word) => written[word] !== undefined && !known.has(word));
  for (const word of foreign) reader.faults.add(below(place, word), `does not belong to a condition of kind ${kind}`);
  return missing.length === 0 && foreign.length === 0;
}
