// Who answers for a version of a rule, in words: author, approver, since when, and why.
import type { RuleVersion } from "../../../contract/plant.ts";
import { formatTime } from "./time.ts";
import type { Words } from "./words.ts";

/** What is on record of a version that was enabled at run time, `by …, approved by …, valid from …, reason`; empty for one of a configuration. */
export function enabledText({ t }: Words, { author, approver, validFrom, reason }: RuleVersion, now: number): string {
  if (author === undefined) return "";
  return [
    t("version.author", { name: author }),
    approver === null ? t("site.rules.unapproved") : t("site.rules.approver", { name: approver }),
    t("version.validFrom", { time: formatTime(validFrom, now) }),
    ...(reason === undefined ? [] : [t("version.reason", { reason })]),
  ].join(" · ");
}
