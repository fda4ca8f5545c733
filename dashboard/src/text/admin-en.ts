// The English texts of administration.
import type { adminZh } from "./admin-zh.ts";

/** The texts of the same keys. */
export const adminEn: Readonly<Record<keyof typeof adminZh, string>> = {
  "admin.title": "Administration",
};
