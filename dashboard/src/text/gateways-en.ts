// The English texts of the health of gateways, screens and neighbours.
import type { gatewaysZh } from "./gateways-zh.ts";

/** The texts of the same keys. */
export const gatewaysEn: Readonly<Record<keyof typeof gatewaysZh, string>> = {
  "gateways.title": "Gateway health",
};
