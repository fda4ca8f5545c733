// A seat in words, and how large each type is at the farthest seat.
import { arcMinutesOf, leastArcMinutes, typeSizes } from "../../../../contract/reading-distance.ts";
import type { Seat } from "../../../../contract/seat.ts";
import { formatSpan } from "../../text/time.ts";
import type { Words } from "../../text/words.ts";

/** NUREG-0700: 20 minutes of arc are the floor for Chinese, whose glyphs are denser. */
export const goodArcMinutes = 20;

/** One type size as it is read from the farthest seat. */
export interface ArcRow {
  readonly type: keyof typeof typeSizes;
  readonly px: number;
  readonly minutes: number;
  /** `short`: below the least; `thin`: below what Chinese wants. */
  readonly verdict: "short" | "thin" | "good";
}

/** Every type size at a seat, the smallest first. */
export function arcRows(seat: Pick<Seat, "pictureWidthM" | "seatDistanceM" | "density">): readonly ArcRow[] {
  return (Object.entries(typeSizes) as [ArcRow["type"], number][]).map(([type, px]) => {
    const minutes = arcMinutesOf(px, seat);
    const verdict = minutes < leastArcMinutes ? "short" : minutes < goodArcMinutes ? "thin" : "good";
    return { type, px, minutes, verdict };
  });
}

/** What a wall shows in turn. */
export function playlistText({ t }: Pick<Words, "t">, { playlist }: Pick<Seat, "playlist">): string {
  if (playlist.length === 0) return t("admin.seat.stays");
  return playlist.map(({ screen, forMs }) => `${t(`admin.seat.screen.${screen}`)} ${formatSpan(forMs)}`).join(" → ");
}
