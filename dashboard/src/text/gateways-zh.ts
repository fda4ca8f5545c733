// The Chinese texts of the health of gateways, screens and neighbours.

/** The texts. */
export const gatewaysZh = {
  "gateways.title": "网关健康",
} as const;
