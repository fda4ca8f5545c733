// The state at the place where the messages of the journal begin: verify, and a start without a checkpoint, begin there.
import { anchorsDir } from "../adapters/journal/anchors-dir.ts";
import { firstChain } from "../adapters/journal/journal.ts";
import type { TurnMark } from "../adapters/journal/journal.ts";
import { openCheckpoints } from "../adapters/journal/checkpoint.ts";
import type { Log } from "../log.ts";
import { packState, unpackState, type PackedState } from "../monitor/pack.ts";
import { emptyState, type MonitorState } from "../monitor/state.ts";

/** A state and its place in the journal. */
export interface Anchor {
  readonly mark: TurnMark;
  readonly state: MonitorState;
}

/** The state at a position; at the journal's own beginning the empty one, null where no anchor leads there. */
export function anchorAt(dataDir: string, position: number, log: Log): Anchor | null {
  if (position === 0) return { mark: { position, upTo: 0, seq: 0, chain: firstChain }, state: emptyState() };
  const found = openCheckpoints(anchorsDir(dataDir), log)
    .load()
    .find(({ mark }) => mark.position === position);
  return found === undefined ? null : { mark: found.mark, state: unpackState(found.state as PackedState) };
}

/** Keeps a state; the one before it stays, in case the act that this one is for is cut short. */
export async function saveAnchor(dataDir: string, { mark, state }: Anchor, log: Log): Promise<void> {
  const anchors = openCheckpoints(anchorsDir(dataDir), log);
  await anchors.keepPlan(state.plan);
  await anchors.save({ mark, state: packState(state) }, Promise.resolve());
}
