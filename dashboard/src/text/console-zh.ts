// The Chinese texts of the alarm console and incidents.

/** The texts. */
export const consoleZh = {
  "incident.title": "事件",
} as const;
