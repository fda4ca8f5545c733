// The clock of the place: all of it is in one zone.

/** How far it is ahead of UTC, ms: China has kept UTC+8 without summer time since 1992. */
export const zoneMs = 8 * 3_600_000;
