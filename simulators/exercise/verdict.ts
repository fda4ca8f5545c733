// What a scenario expected beside what was seen, line by line.
import { rankOf } from "../../contract/level.ts";
import { unmet, type Expected, type Step } from "../sites/expectation.ts";

/** One expectation, and what came of it. */
export interface Verdict {
  readonly expected: string;
  readonly seen: string;
  readonly isMet: boolean;
}

const none: Expected = { alarms: [], never: [], times: [] };

/** `1:02:03` after the start, `2 d 1:02:03` where it takes days. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const pad = (part: number): string => String(part).padStart(2, "0");
  const clock = `${Math.floor(seconds / 3600) % 24}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return days === 0 ? clock : `${days} d ${clock}`;
}

/** Every expectation of a scenario, met or not, by the steps of the record in their order. */
export function verdictsOf(expected: Expected, steps: readonly Step[], startMs: number): readonly Verdict[] {
  const isMet = (one: Partial<Expected>): boolean => unmet({ ...none, ...one }, steps, startMs).length === 0;
  const told = ({ alarm, level, at, foundLateMs }: Step): string =>
    `${alarm} ${level} ${elapsed(at - startMs)}${foundLateMs === null ? "" : " (found late)"}`;
  const isNamed = (name: string, alarm: string): boolean =>
    name.endsWith("*") ? alarm.startsWith(name.slice(0, -1)) : alarm === name;
  const firstOf = (name: string, rank: number): Step | undefined =>
    steps.find((step) => isNamed(name, step.alarm) && rankOf(step.level) >= rank);

  const alarms = expected.alarms.map((one) => {
    const first = firstOf(one.alarm, rankOf(one.level));
    const window = `${elapsed(one.fromMs)} to ${elapsed(one.toMs)}${one.isFoundLate ? " (found late)" : ""}`;
    return {
      expected: `${one.alarm} ${one.level} ${window}`,
      seen: first === undefined ? "never" : told(first),
      isMet: isMet({ alarms: [one] }),
    };
  });
  const never = expected.never.map((one) => {
    const first = firstOf(one.alarm, rankOf(one.level));
    return {
      expected: `${one.alarm} never ${one.level}`,
      seen: first === undefined ? "never" : told(first),
      isMet: isMet({ never: [one] }),
    };
  });
  const times = expected.times.map((one) => {
    const count = steps.filter(
      (step) => isNamed(one.alarm, step.alarm) && step.fromLevel === null && step.level !== null,
    );
    return {
      expected: `${one.alarm} comes on ${one.atLeast} to ${one.atMost} times`,
      seen: `${count.length} times`,
      isMet: isMet({ times: [one] }),
    };
  });
  return [...alarms, ...never, ...times];
}
