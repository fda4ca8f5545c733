// The Chinese texts of administration.

/** The texts. */
export const adminZh = {
  "admin.title": "管理",
} as const;
