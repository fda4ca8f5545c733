// A point's good samples of late, for the kinds of condition that look back (semantics §4).
import type { Window } from "../../contract/condition.ts";

/** Ascending by time in `from` … `to`. What lies there is never written over, so that it can be read while samples come. */
export interface Series {
  times: Float64Array;
  values: Float64Array;
  from: number;
  to: number;
}

/** No window holds more: at one sample a second an hour, at one in ten minutes a month. */
const mostSamples = 4096;
const firstLength = 16;

/** Most points never look back: they share what holds nothing. */
const none = new Float64Array(0);

/** Nothing heard yet. */
export function newSeries(): Series {
  return { times: none, values: none, from: 0, to: 0 };
}

/** Goes on in new arrays with room for as much again. */
function move(series: Series): void {
  const { from, to } = series;
  const length = Math.max(firstLength, 2 * (to - from));
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  times.set(series.times.subarray(from, to));
  values.set(series.values.subarray(from, to));
  series.times = times;
  series.values = values;
  series.from = 0;
  series.to = to - from;
}

/** The first place in the series whose time is not before `time`. */
function placeOf({ times, from, to }: Series, time: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Takes a good sample in at its place, and lets go of what is more than `keepMs` older than the newest, but for the last before. */
export function addSample(series: Series, keepMs: number, sourceAt: number, value: number): void {
  const isLate = series.to > series.from && sourceAt <= (series.times[series.to - 1] as number);
  const place = isLate ? placeOf(series, sourceAt) : series.to;
  if (isLate && series.times[place] === sourceAt) return;
  // A late one moves its followers: into new arrays, for somebody may be reading the old ones.
  const back = series.to - place;
  if (isLate || series.to === series.times.length) move(series);
  const at = series.to - back;
  series.times.copyWithin(at + 1, at, series.to);
  series.values.copyWithin(at + 1, at, series.to);
  series.times[at] = sourceAt;
  series.values[at] = value;
  series.to += 1;
  const oldest = (series.times[series.to - 1] as number) - keepMs;
  let { from } = series;
  const { to, times } = series;
  while (to - from > mostSamples || (from + 1 < to && (times[from + 1] as number) < oldest)) from += 1;
  series.from = from;
}

/** A window that can be moved: whoever was handed it sees what it stands on now. */
export interface MovableWindow extends Window {
  /** Stands it on the samples of a series from `after` on, and the last one before. */
  readonly move: (series: Series, after: number) => void;
}

/** Makes a window of a point; before it is moved it shows nothing. */
export function createWindow(everyMs: number | null, step: number): MovableWindow {
  let { times, values, from } = newSeries();
  const window = {
    length: 0,
    timeAt: (nth: number) => times[from + nth] as number,
    valueAt: (nth: number) => values[from + nth] as number,
    everyMs,
    step,
    move: (series: Series, after: number) => {
      ({ times, values } = series);
      from = Math.max(series.from, placeOf(series, after) - 1);
      window.length = series.to - from;
    },
  };
  return window;
}

/** What a kind sees of the series: the samples from `after` on, and the last one before. */
export function windowOf(series: Series, after: number, everyMs: number | null, step: number): Window {
  const window = createWindow(everyMs, step);
  window.move(series, after);
  return window;
}
