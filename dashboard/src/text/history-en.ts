// The English texts of history and reports.
import type { historyZh } from "./history-zh.ts";

/** The texts of the same keys. */
export const historyEn: Readonly<Record<keyof typeof historyZh, string>> = {
  "history.title": "History and reports",
};
