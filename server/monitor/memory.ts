// Which samples of a point are remembered, so that a repeat is known as one (semantics §7).
import type { PointState } from "./state.ts";

/** Times are remembered for 2 h or 4,096 samples a point; what is older is late and cannot be told from a repeat. */
const rememberedMs = 2 * 3_600_000;
const rememberedSamples = 4096;
/** Forgetting is done now and then, not at every sample. */
const slack = 256;

/** Remembers a sample; forgets what is too old, so that memory stays bounded. */
export function remember(state: PointState, sourceAt: number, value: number): void {
  state.times.push(sourceAt);
  state.values.push(value);
  if (state.times.length % slack !== 0) return;
  const since = (state.judgedAt as number) - rememberedMs;
  let from = Math.max(0, state.times.length - rememberedSamples);
  while (from < state.times.length && (state.times[from] as number) < since) from += 1;
  state.times = state.times.slice(from);
  state.values = state.values.slice(from);
}

/** The value last remembered for that time, or undefined where none is. */
export function isRemembered(state: PointState, sourceAt: number): number | undefined {
  const place = state.times.lastIndexOf(sourceAt);
  return place < 0 ? undefined : state.values[place];
}
