// From how far a screen can be read: minutes of arc of each type size at the farthest seat.
import type { Seat } from "./seat.ts";

/** Type on the canvas of 1920, px, and how much larger `far` draws it. */
export const typeSizes = { small: 18, body: 20, h2: 22, h1: 28, clock: 34, kpi: 44 } as const;
/** How much larger the type of `far` is (wall.md 1.2). */
export const farFactor = 1.4;
/** NUREG-0700 rev. 2, 1.3.1-4: characters of at least 16 minutes of arc; 20 is the floor for Chinese. */
export const leastArcMinutes = 16;

/** How many minutes of arc a type size takes at the farthest seat: height = 6.283 · D · MA / 21600 (NUREG-0700 1.3.1-4). */
export function arcMinutesOf(px: number, seat: Pick<Seat, "pictureWidthM" | "seatDistanceM" | "density">): number {
  const heightM = (px * (seat.density === "far" ? farFactor : 1) * seat.pictureWidthM) / 1920;
  return (heightM * 21_600) / (2 * Math.PI * seat.seatDistanceM);
}
