// After how long a point counts as silent, learned from how it speaks: three times the interval that it hardly ever exceeds.
import { binOf, binOfShare, endOfBin, spreadBins } from "../../contract/spread.ts";

/** Fewer intervals than this say nothing; so many more, and what they say is looked at anew. */
const enough = 50;
/** At this weight all is halved: what was long ago counts ever less. */
const mostWeight = 1000;
const share = 0.99;
const times = 3;
/** Less than so many bins, a third and more, is no news: the limit must not jitter. */
const leastStep = 2;
const second = 1000;

const lastAt = 0;
/** The bin of the interval that is hardly ever exceeded, counted from 1; 0 while too little is known. */
const learnedAt = 1;
const weightAt = 2;
const binsAt = 3;

/** How much a rhythm takes. */
export const rhythmLength = binsAt + spreadBins;
/** The intervals of a point, as plain numbers; empty where its silence is not learned. */
export type Rhythm = Float64Array;

const none: Rhythm = new Float64Array(0);

/** The rhythm of a point that learns nothing. */
export function noRhythm(): Rhythm {
  return none;
}

/** A rhythm that has heard nothing. */
export function newRhythm(): Rhythm {
  return new Float64Array(rhythmLength);
}

/** Until where the plan lets a learned limit go, ms. */
export interface SilenceBounds {
  readonly floorMs: number;
  readonly ceilingMs: number;
}

/** The learned limit, whole seconds, never above its ceiling nor below its floor; null while too little is known. */
export function learnedSilence(rhythm: Rhythm, { floorMs, ceilingMs }: SilenceBounds): number | null {
  const learned = rhythm[learnedAt] as number;
  if (learned === 0) return null;
  const wanted = Math.ceil((times * endOfBin(learned - 1)) / second) * second;
  return Math.min(ceilingMs, Math.max(floorMs, wanted));
}

/** True where the next interval may make the limit another one. */
export function isAboutToLearn(rhythm: Rhythm): boolean {
  return ((rhythm[weightAt] as number) + 1) % enough === 0;
}

/** What is known of an interval that ends now. */
export interface IntervalEnd {
  readonly at: number;
  /** False where the sample says nothing of how its point usually speaks: it is late, or was asked for more often. */
  readonly isUsual: boolean;
  /** An interval that began before this proves nothing: the link, the server or the plan is newer. */
  readonly clockFrom: number;
  /** The point counts as lost: that interval was too long already, and nobody shall get used to it. */
  readonly isLost: boolean;
}

/** Hears that a sample came; true where the limit was looked at anew and is another one. */
export function hearInterval(rhythm: Rhythm, { at, isUsual, clockFrom, isLost }: IntervalEnd): boolean {
  const from = rhythm[lastAt] as number;
  rhythm[lastAt] = isUsual ? at : 0;
  // What comes with the message before it is no interval.
  const isProof = isUsual && !isLost && from > 0 && from >= clockFrom && at > from;
  return isProof && learn(rhythm, at - from);
}

function learn(rhythm: Rhythm, ms: number): boolean {
  const bin = binsAt + binOf(ms);
  rhythm[bin] = (rhythm[bin] as number) + 1;
  const weight = (rhythm[weightAt] as number) + 1;
  rhythm[weightAt] = weight;
  if (weight % enough !== 0) return false;
  if (weight === mostWeight)
    for (let place = weightAt; place < rhythmLength; place += 1) rhythm[place] = (rhythm[place] as number) / 2;
  const known = rhythm[learnedAt] as number;
  const now = 1 + (binOfShare(rhythm, binsAt, share) as number);
  if (known > 0 && Math.abs(now - known) < leastStep) return false;
  rhythm[learnedAt] = now;
  return true;
}
