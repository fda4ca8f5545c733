// The version of the rule that an alarm is by, and who answers for it.
import type { AlarmView } from "../../../contract/alarm.ts";
import { ruleOf } from "../plan-index.ts";
import { enabledText } from "../text/version.ts";
import type { Telling } from "./tell.ts";

/** Who enabled the version that the alarm was last judged by, where that was at run time; empty where not. */
export function enabledBy({ index, words }: Telling, alarm: AlarmView, now: number): string {
  const version = ruleOf(index, alarm)?.versions.find((each) => each.version === alarm.ruleVersion);
  return version === undefined ? "" : enabledText(words, version, now);
}

/** The same behind the version's number, for where nothing else names it; empty where it was not at run time. */
export function versionText(telling: Telling, alarm: AlarmView, now: number): string {
  const text = enabledBy(telling, alarm, now);
  return text === "" ? "" : `${telling.words.t("version.number", { version: alarm.ruleVersion })} · ${text}`;
}
