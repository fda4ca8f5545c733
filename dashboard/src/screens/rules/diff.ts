// Two versions of a rule side by side, line by line and in words.
import { levels, rankOf } from "../../../../contract/level.ts";
import type { Rule, RuleVersion } from "../../../../contract/plant.ts";
import type { Told } from "../../text/condition.ts";
import { provenanceText } from "../../text/provenance.ts";
import { formatDateTime } from "../../text/time.ts";
import type { Words } from "../../text/words.ts";
import { conditionSentences } from "../sentences.ts";

/** One line of a version: what it is about, and what it says. */
export interface VersionLine {
  readonly key: string;
  readonly label: string;
  readonly text: string;
}

/** One line of two versions. */
export interface DiffLine extends Omit<VersionLine, "text"> {
  readonly old: string;
  readonly new: string;
  readonly isChanged: boolean;
}

/** A version in words: each level's conditions highest first, then who answers for it. */
export function linesOfVersion(
  version: Pick<RuleVersion, "levels"> & Partial<RuleVersion>,
  {
    words,
    rule,
    told,
  }: { readonly words: Words; readonly rule: Rule; readonly told: Omit<Told, "subject" | "level" | "direction"> },
): readonly VersionLine[] {
  const { t } = words;
  const conditions = levels
    .toSorted((a, b) => rankOf(b) - rankOf(a))
    .flatMap((level) =>
      (version.levels[level] ?? []).flatMap((condition, nth, all) => {
        const label = all.length === 1 ? t(`level.${level}`) : `${t(`level.${level}`)} ${nth + 1}`;
        const text = conditionSentences(words, condition, { ...told, direction: rule.direction }).join(" · ");
        return [
          { key: `${level}.${nth}`, label, text },
          {
            key: `${level}.${nth}.source`,
            label: `${label} · ${t("site.rules.source")}`,
            text: provenanceText(words, condition.provenance),
          },
        ];
      }),
    );
  const { validFrom, author, approver, reason } = version;
  const whole = [
    [
      "validFrom",
      t("rules.validFrom"),
      validFrom === undefined ? t("rules.atOnce") : validFrom === 0 ? t("rules.always") : formatDateTime(validFrom),
    ],
    ["author", t("rules.author"), author ?? ""],
    ["approver", t("rules.approver"), approver ?? ""],
    ["reason", t("rules.reason"), reason ?? ""],
  ] as const;
  return [...conditions, ...whole.map(([key, label, text]) => ({ key, label, text }))];
}

/** Both beside each other; what only one has stands against nothing. */
export function diffOf(old: readonly VersionLine[], next: readonly VersionLine[]): readonly DiffLine[] {
  const keys = [...new Set([...next, ...old].map(({ key }) => key))];
  const find = (lines: readonly VersionLine[], key: string): VersionLine | undefined =>
    lines.find((line) => line.key === key);
  return keys
    .map((key) => {
      const [before, after] = [find(old, key), find(next, key)];
      const texts = { old: before?.text ?? "", new: after?.text ?? "" };
      return { key, label: (after ?? before)?.label ?? key, ...texts, isChanged: texts.old !== texts.new };
    })
    .filter((line) => line.old !== "" || line.new !== "");
}
