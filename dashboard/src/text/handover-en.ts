// The English texts of the sheet at the change of shift.
import type { handoverZh } from "./handover-zh.ts";

/** The texts of the same keys. */
export const handoverEn: Readonly<Record<keyof typeof handoverZh, string>> = {
  "handover.title": "Handover",
};
