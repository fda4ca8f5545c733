// The Chinese texts of the sheet at the change of shift.

/** The texts. */
export const handoverZh = {
  "handover.title": "交接班",
} as const;
