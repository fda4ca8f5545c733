// The English texts of rules and back-tests.
import type { rulesZh } from "./rules-zh.ts";

/** The texts of the same keys. */
export const rulesEn: Readonly<Record<keyof typeof rulesZh, string>> = {
  "rules.title": "Rules and back-test",
};
