// The Chinese texts of history and reports.

/** The texts. */
export const historyZh = {
  "history.title": "历史与报表",
} as const;
