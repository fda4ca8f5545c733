// Who is told what of a turn's changes: each wall what it may see, each from where it was told last, encoded once a view.
import type { ChangeItem, Changes } from "../../../contract/wall.ts";
import type { View } from "./view.ts";

/** What has been told to one wall. */
export interface Told {
  view: View;
  /** Everything up to here is behind this wall, seen or left out. */
  upTo: number;
  /** The last `upTo` that it was sent: where nothing of a turn is for it, it is sent nothing, and the next goes on from here. */
  told: number;
}

/** One message, and every wall that it goes to. */
export interface Telling<Wall> {
  readonly changes: Changes;
  readonly walls: Wall[];
}

/** Leads every wall through these changes; gives the messages that are due. */
export function tell<Wall>(changes: Changes, walls: Iterable<readonly [Wall, Told]>): readonly Telling<Wall>[] {
  const seen = new Map<View, readonly ChangeItem[]>();
  /** By view, and by what its walls were told last: but for those that have just joined it is the same. */
  const shared = new Map<View, Map<number, Telling<Wall>>>();
  const tellings: Telling<Wall>[] = [];
  for (const [wall, state] of walls) {
    // Its snapshot has this already.
    if (changes.upTo <= state.upTo) continue;
    const { view, upTo: known, told: after } = state;
    const items = seen.get(view) ?? view.items(changes.items);
    seen.set(view, items);
    const isInStep = changes.after >= known;
    const fresh = isInStep ? items : items.filter(({ seq }) => seq > known);
    state.upTo = changes.upTo;
    if (fresh.length === 0) continue;
    state.told = changes.upTo;
    const same = isInStep ? shared.get(view)?.get(after) : undefined;
    if (same !== undefined) {
      same.walls.push(wall);
      continue;
    }
    const telling = { changes: { after, upTo: changes.upTo, items: fresh }, walls: [wall] };
    tellings.push(telling);
    if (isInStep) shared.set(view, (shared.get(view) ?? new Map<number, Telling<Wall>>()).set(after, telling));
  }
  return tellings;
}

/** Before a beat names the newest `seq`: walls that it would find behind hear that nothing of it was for them. */
export function catchUp<Wall>(walls: Iterable<readonly [Wall, Told]>): readonly Telling<Wall>[] {
  const tellings = new Map<string, Telling<Wall>>();
  for (const [wall, state] of walls) {
    const { told: after, upTo } = state;
    if (after === upTo) continue;
    state.told = upTo;
    const key = `${after} ${upTo}`;
    const telling = tellings.get(key) ?? { changes: { after, upTo, items: [] }, walls: [] };
    telling.walls.push(wall);
    tellings.set(key, telling);
  }
  return [...tellings.values()];
}
