// That a panel cannot be read: since when, and how often it was tried (wall.md §11); what was read last stays.
import type { Failed } from "../api.ts";
import { formatClock } from "../text/time.ts";
import type { Words } from "../text/words.ts";

/** In words. */
export function failedText({ t }: Pick<Words, "t">, { at, tries }: Failed): string {
  return t("admin.read.failed", { time: formatClock(at), tries });
}
