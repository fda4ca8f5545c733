// Which orange and red alarms no wall on duty has painted: each annunciation must be on a glass within seconds (semantics §1).
import { isOfServer, type AlarmView } from "../../contract/alarm.ts";
import { rankOf } from "../../contract/level.ts";

/** An annunciation that somebody must answer, and whether a wall on duty has painted it. */
export interface Annunciation {
  readonly alarm: string;
  readonly site: string | null;
  readonly occurrence: number;
  readonly revision: number;
  /** When walls were told, real time: how long a paint takes does not depend on the server's clock. */
  readonly toldAt: number;
  /** The same by the server's clock, for whoever reads it. */
  readonly since: number;
  readonly isPainted: boolean;
}

/** What is owed at orange or red, by alarm. */
export type Annunciations = Map<string, Annunciation>;

/** When walls are told of an alarm, by both clocks. */
export type ToldAt = Pick<Annunciation, "toldAt" | "since">;

/** A repaint takes a frame, a slow network a second: what takes longer is not on the glass. */
const paintedWithinMs = 5000;

/** The alarms about painting itself: that one of them is not painted must not be a reason for the next. */
function isOfWalls({ source }: Pick<AlarmView, "source">): boolean {
  return isOfServer(source) && (source.kind === "wall" || source.id === "walls");
}

/** True while some tier owes an answer at orange or red. */
function isOwed({ tiers }: Pick<AlarmView, "tiers">): boolean {
  return tiers.some(({ owedLevel }) => rankOf(owedLevel) >= rankOf("orange"));
}

/** Takes an alarm's newest state in: a new revision asks to be painted, an answer by every tier ends that. */
export function annunciated(into: Annunciations, alarm: AlarmView, told: ToldAt): void {
  const { id, site, occurrence, revision } = alarm;
  if (isOfWalls(alarm)) return;
  if (!isOwed(alarm)) {
    into.delete(id);
    return;
  }
  const known = into.get(id);
  if (known !== undefined && known.occurrence === occurrence && known.revision === revision) return;
  into.set(id, { alarm: id, site, occurrence, revision, ...told, isPainted: false });
}

/** Takes a receipt of a wall on duty in; what it painted of an older revision is not what is asked for now. */
export function painted(into: Annunciations, receipt: Pick<Annunciation, "alarm" | "occurrence" | "revision">): void {
  const known = into.get(receipt.alarm);
  if (known === undefined || known.occurrence !== receipt.occurrence || known.revision !== receipt.revision) return;
  into.set(receipt.alarm, { ...known, isPainted: true });
}

/** What no wall has painted in time, the longest first; and whether something still has time to be. */
export function unpainted(
  annunciations: Annunciations,
  isExpected: (site: string | null) => boolean,
  now: number,
): { readonly overdue: readonly Annunciation[]; readonly isWaiting: boolean } {
  const waiting = [...annunciations.values()].filter(({ isPainted, site }) => !isPainted && isExpected(site));
  const overdue = waiting.filter(({ toldAt }) => now - toldAt > paintedWithinMs);
  return {
    overdue: overdue.toSorted((one, other) => one.toldAt - other.toldAt),
    isWaiting: overdue.length < waiting.length,
  };
}
