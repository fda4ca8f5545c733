// How fast the counties answer: the medians of the last 24 h, told with each answer and again when one is a day old.
import type { ResponseStatus } from "../../contract/wall.ts";
import type { TierDuty } from "../domain/alarm.ts";
import type { MonitorState, StandingAlarm } from "./state.ts";
import { addChange, type Turn } from "./turn.ts";

const dayMs = 86_400_000;
const rememberedAnswers = 5000;

function medianOf(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** The county's medians over the last 24 h, of the answers of its own tier. */
export function responseOf({ answers }: Pick<MonitorState, "answers">, county: string, now: number): ResponseStatus {
  const own = answers.filter((one) => one.county === county && one.at > now - dayMs);
  return {
    county,
    medianMs: medianOf(own.map(({ tookMs }) => tookMs)),
    answers: own.length,
    limitMs: medianOf(own.map(({ withinMs }) => withinMs)),
    over: own.filter(({ tookMs, withinMs }) => tookMs > withinMs).length,
  };
}

function tell(turn: Turn, county: string, now: number): void {
  turn.touchedDue.add(`response ${county}`);
  addChange(turn, { type: "response", response: responseOf(turn.state, county, now) });
}

/** Remembers an answer of the county's own tier; what belongs to no county is not counted. */
export function noteAnswer(turn: Turn, { site }: StandingAlarm, { owedSince, dueAt }: TierDuty): void {
  const county = turn.plant.sites.get(site as string)?.site.county;
  if (county === undefined) return;
  const { answers } = turn.state;
  const since = owedSince as number;
  const tookMs = Math.max(0, turn.at - since);
  // A rise starts the clock anew and puts no earlier deadline off: of one that had passed nothing is left.
  answers.push({ county, at: turn.at, tookMs, withinMs: Math.max(0, (dueAt as number) - since) });
  if (answers.length > rememberedAnswers) answers.splice(0, answers.length - rememberedAnswers);
  tell(turn, county, turn.at);
}

/** When the oldest answer of a county is a day old; null where there is none. */
export function responseDueAt({ answers }: Pick<MonitorState, "answers">, county: string): number | null {
  const oldest = answers.find((one) => one.county === county);
  return oldest === undefined ? null : oldest.at + dayMs;
}

/** Forgets the answers of a county that are a day old, and tells what is left: walls count no time themselves. */
export function ageResponse(turn: Turn, county: string, now: number): void {
  turn.state.answers = turn.state.answers.filter((one) => one.county !== county || one.at > now - dayMs);
  tell(turn, county, now);
}
