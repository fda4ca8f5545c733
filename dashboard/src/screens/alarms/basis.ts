// What the limits of an alarm rest on: the sources of its level's numbers, each once.
import type { AlarmView } from "../../../../contract/alarm.ts";
import type { Level } from "../../../../contract/level.ts";
import { ruleOf } from "../../plan-index.ts";
import { provenanceText } from "../../text/provenance.ts";
import type { Telling } from "../tell.ts";

/** One source in words, and whether anybody has confirmed the number. */
export interface Basis {
  readonly text: string;
  readonly isConfirmed: boolean;
}

/** The sources of the alarm's rule at a level, in the version that raised it; empty where the plan holds none. */
export function basisOf({ index, words }: Telling, alarm: AlarmView, level: Level): readonly Basis[] {
  const rule = ruleOf(index, alarm);
  const version = rule?.versions.find((each) => each.version === alarm.ruleVersion);
  const found = new Map<string, Basis>();
  const all = version?.levels[level] ?? [];
  // Of several conditions the one that the alarm was raised by; where that cannot be told, each.
  const speaking = all.filter(({ kind, setpoint }) => kind === "limit" && setpoint === alarm.setpoint);
  for (const { provenance } of speaking.length > 0 ? speaking : all) {
    const text = provenanceText(words, provenance);
    found.set(text, { text, isConfirmed: provenance.isConfirmed });
  }
  return [...found.values()];
}
