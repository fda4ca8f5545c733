// How the process ends, for whoever started it.

/** Exit codes: done; something was found or refused; wrong use or a wrong configuration (sysexits 64, 78). */
export const exitCodes = { done: 0, found: 1, usage: 64, config: 78 } as const;
