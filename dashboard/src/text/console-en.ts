// The English texts of the alarm console and incidents.
import type { consoleZh } from "./console-zh.ts";

/** The texts of the same keys. */
export const consoleEn: Readonly<Record<keyof typeof consoleZh, string>> = {
  "incident.title": "Incident",
};
