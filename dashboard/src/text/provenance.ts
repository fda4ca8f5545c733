// Who answers for a number, in words; what nobody has confirmed never looks as if it were.
import type { Provenance } from "../../../contract/condition.ts";
import type { Words } from "./words.ts";

/** The clause in the language that is on; as it was written where nobody has worded it in Chinese. */
export function clauseText({ language }: Pick<Words, "language">, { clause, clauseZh }: Provenance): string {
  return language.value === "zh" ? (clauseZh ?? clause) : clause;
}

/** Whose number it is and where it can be looked up. */
export function sourceText(words: Words, provenance: Provenance): string {
  const { from } = provenance;
  const clause = clauseText(words, provenance);
  // A clause names its standard; every other source has to be named.
  const whose = from === "standard" && clause !== "" ? "" : words.t(`provenance.${from}`);
  return [whose, clause].filter((part) => part !== "").join(" · ");
}

/** The source of a number; ends with "unconfirmed" where nobody has looked it up. */
export function provenanceText(words: Words, provenance: Provenance): string {
  const source = sourceText(words, provenance);
  return provenance.isConfirmed ? source : `${source} · ${words.t("provenance.unconfirmed")}`;
}
