// Where an alarm stands in the journal: its steps, and the plan and rule versions that it was judged by; read from the newest file back.
import type { Transition } from "../../contract/alarm.ts";
import type { EvidenceRule } from "../../contract/evidence.ts";
import type { PlanInput, RuleChangeInput } from "../../contract/input.ts";
import type { Plan, Rule } from "../../contract/plant.ts";
import { readKept } from "../adapters/journal/kept.ts";
import { listSegments } from "../adapters/journal/read.ts";
import { readTurns, type Turn } from "../adapters/journal/turns.ts";

/** A step of the alarm, and where it is written. */
export interface PlacedStep {
  readonly position: number;
  readonly transition: Transition;
}

/** No occurrence of an alarm that anybody could read has more. */
const mostSteps = 5000;

/** The turns of one segment after the other, newest segment first; within a segment oldest first. */
function* segmentsBack(dir: string, before = Infinity): Generator<Iterable<Turn>> {
  const segments = listSegments(dir);
  for (const [place, { start }] of [...segments.entries()].toReversed()) {
    if (start < before) yield readTurns(dir, start, Math.min(segments[place + 1]?.start ?? Infinity, before));
  }
}

/** The steps of one occurrence of an alarm (null: of the newest), oldest first; empty where there is none. */
export function findSteps(dir: string, alarm: string, occurrence: number | null): readonly PlacedStep[] {
  let wanted = occurrence;
  let steps: PlacedStep[] = [];
  for (const turns of segmentsBack(dir)) {
    const here: PlacedStep[] = [];
    for (const { records } of turns) {
      for (const { record, start } of records) {
        if (record.type !== "change" || record.change.type !== "alarm") continue;
        const { transition } = record.change;
        if (transition.alarm === alarm && transition.occurrence > 0) here.push({ position: start, transition });
      }
    }
    wanted ??= here.at(-1)?.transition.occurrence ?? null;
    const fitting = here.filter(({ transition }) => transition.occurrence === wanted);
    steps = [...fitting, ...steps];
    const isBegun = fitting.some(({ transition }) => transition.revision === 1 && transition.amends === undefined);
    const isBefore = here.some(({ transition }) => wanted !== null && transition.occurrence < wanted);
    if (isBegun || isBefore || steps.length > mostSteps) break;
  }
  return steps;
}

/** What an alarm was judged by. */
export interface Judged {
  /** The plan of record before the first step; null where none was found. */
  readonly plan: Plan | null;
  readonly rules: readonly EvidenceRule[];
}

type PlanLike = PlanInput | RuleChangeInput;

/** An alarm's id is source, rule and direction: two rules on a value are both called `limit`. */
function isOfAlarm(alarm: string, source: string, { id, direction }: Pick<Rule, "id" | "direction">): boolean {
  return alarm === (direction === "none" ? `${source}~${id}` : `${source}~${id}~${direction}`);
}

function ruleIn(input: PlanLike, { alarm, source, rule, ruleVersion }: Transition): EvidenceRule["rule"] | null {
  if (input.kind === "ruleChange") {
    const { change } = input;
    const isIt = change.source === source.id && change.rule === rule && change.version.version === ruleVersion;
    const found = { id: change.rule, direction: change.direction };
    return isIt && isOfAlarm(alarm, source.id, found) ? { ...found, version: change.version } : null;
  }
  const owner = [...input.plan.points, ...input.plan.sites].find(({ id }) => id === source.id);
  const known = owner?.rules?.find((one) => one.id === rule && isOfAlarm(alarm, source.id, one));
  const version = known?.versions.find((one) => one.version === ruleVersion);
  return known === undefined || version === undefined ? null : { id: known.id, direction: known.direction, version };
}

/** Finds the plan and the versions; each version in the newest input before its step that holds it. */
export function findJudged(dir: string, steps: readonly PlacedStep[]): Judged {
  const rules = new Map<number, EvidenceRule>();
  let plan: Plan | null = null;
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return { plan, rules: [] };
  for (const turns of segmentsBack(dir, last.position)) {
    const inputs: { readonly position: number; readonly input: PlanLike }[] = [];
    for (const { records } of turns) {
      for (const { record, start } of records) {
        const { type } = record;
        if (type === "input" && (record.input.kind === "plan" || record.input.kind === "ruleChange"))
          inputs.push({ position: start, input: record.input });
      }
    }
    for (const { position, input } of inputs.toReversed()) {
      if (input.kind === "plan" && position < first.position) plan ??= input.plan;
      for (const { position: at, transition } of steps) {
        const rule = position < at && !rules.has(transition.ruleVersion) ? ruleIn(input, transition) : null;
        const { number, at: inputAt, kind } = input;
        if (rule !== null) rules.set(transition.ruleVersion, { position, number, at: inputAt, kind, rule });
      }
    }
    // A plan carries every version that was enabled before it: what it does not have, rules of silence for one, no plan has.
    if (plan !== null) break;
  }
  // A plan may be older than the messages: what a site or an item is made of is known from what was kept.
  if (plan === null)
    for (const { record } of readKept(dir))
      if (record.type === "input" && record.input.kind === "plan") ({ plan } = record.input);
  return { plan, rules: [...rules.values()].toSorted((a, b) => a.position - b.position) };
}
