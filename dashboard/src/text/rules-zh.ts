// The Chinese texts of rules and back-tests.

/** The texts. */
export const rulesZh = {
  "rules.title": "规则与回测",
} as const;
