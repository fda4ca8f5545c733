// The parts of administration as its addresses name them, in their order.

/** The parts, of which an administrator sees all. */
export const adminTabs = [
  "enterprises",
  "sites",
  "devices",
  "points",
  "people",
  "walls",
  "routing",
  "retention",
  "audit",
  "about",
  "account",
] as const;
