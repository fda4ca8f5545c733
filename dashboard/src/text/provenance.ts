// Who answers for a number, in words; what nobody has confirmed never looks as if it were.
import type { Provenance } from "../../../contract/condition.ts";
import type { Words } from "./words.ts";

/** Whose number it is and where it can be looked up; ends with "unconfirmed" where nobody has done so. */
export function provenanceText({ t }: Words, { from, clause, isConfirmed }: Provenance): string {
  // A clause names its standard; every other source has to be named.
  const whose = from === "standard" && clause !== "" ? "" : t(`provenance.${from}`);
  const parts = [whose, clause, isConfirmed ? "" : t("provenance.unconfirmed")];
  return parts.filter((part) => part !== "").join(" · ");
}
