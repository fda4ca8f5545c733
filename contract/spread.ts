// How lengths of time are spread: a histogram of four bins an octave, so that a few numbers tell the usual from the worst.

/** Up to 2²⁷ ms, 37 hours; what is longer falls into the last bin. */
const octaves = 27;
const perOctave = 4;

/** So many bins has a spread: 0 to 3 ms each its own, then four an octave. */
export const spreadBins = octaves * perOctave - perOctave;

/** The bin of a length of time, whole ms; what is negative belongs to the first. Whole numbers only, the same on every machine. */
export function binOf(ms: number): number {
  if (ms < perOctave) return ms > 0 ? ms | 0 : 0;
  const whole = Math.min(ms, 2 ** octaves - 1);
  const octave = 31 - Math.clz32(whole);
  return perOctave * (octave - 1) + ((whole >> (octave - 2)) & (perOctave - 1));
}

/** Where a bin ends, ms: nothing in it lasts so long. */
export function endOfBin(bin: number): number {
  if (bin < perOctave) return bin + 1;
  const octave = Math.floor(bin / perOctave) + 1;
  return (perOctave + (bin % perOctave) + 1) * 2 ** (octave - 2);
}

/** The bin below and in which this share of all weight lies, `from` being the place of the first bin; null where there is no weight. */
export function binOfShare(weights: Readonly<Float64Array>, from: number, share: number): number | null {
  let total = 0;
  for (let bin = 0; bin < spreadBins; bin += 1) total += weights[from + bin] as number;
  if (total === 0) return null;
  let sum = 0;
  for (let bin = 0; bin < spreadBins - 1; bin += 1) {
    sum += weights[from + bin] as number;
    if (sum >= share * total) return bin;
  }
  return spreadBins - 1;
}
