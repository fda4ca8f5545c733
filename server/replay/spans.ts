// A span of stored samples as the messages that devices would have sent: one for each device and instant, in order of time.
import type { Point } from "../../contract/plant.ts";
import { qualities, type Quality, type Reading, type Telemetry } from "../../contract/sample.ts";

/** Samples of one point, strictly in order of time; whole milliseconds. */
export interface SpanSeries {
  readonly count: number;
  readonly sourceAt: Float64Array;
  readonly value: Float64Array;
  /** Index into `qualities`. */
  readonly quality: Uint8Array;
}

/** All samples with `from` ≤ `sourceAt` < `to`: a series for each point, in the order in which they were asked for. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly series: readonly SpanSeries[];
}

/** A message and when it was measured. */
export interface SpanMessage {
  readonly at: number;
  readonly message: Telemetry;
}

/** When and whose each sample is, as one number each, in order: sorting plain numbers is the fastest merge there is. */
function keysOf({ from, series }: Span): Float64Array {
  const keys = new Float64Array(series.reduce((sum, { count }) => sum + count, 0));
  let next = 0;
  for (const [place, { count, sourceAt }] of series.entries()) {
    for (let nth = 0; nth < count; nth += 1) {
      keys[next] = ((sourceAt[nth] as number) - from) * series.length + place;
      next += 1;
    }
  }
  return keys.toSorted();
}

type Filled = { -readonly [K in keyof Reading]: Reading[K] };

/**
 * The messages of a span; `points` must list those of one device together. A message holds until the next one is asked for:
 * its readings are used again, since an object for each of 500 million samples would cost more than judging it.
 */
export function* messagesOf(span: Span, points: readonly Point[]): Generator<SpanMessage> {
  const { from, series } = span;
  const width = series.length;
  const taken = new Uint32Array(width);
  const filled = points.map(({ code }): Filled => ({ code, sourceAt: 0, value: 0, quality: "good", unit: null }));
  const devices = [...new Set(points.map(({ device }) => device))];
  const numbers = new Map(devices.map((device, number) => [device, number]));
  const deviceOf = Uint32Array.from(points, (point) => numbers.get(point.device) as number);
  let readings: Reading[] = [];
  let [at, device] = [0, 0];
  const message = (): SpanMessage => {
    const [site = "", code = ""] = (devices[device] as string).split("/");
    return { at, message: { kind: "telemetry", site, device: code, sequence: null, readings, refused: [] } };
  };
  for (const key of keysOf(span)) {
    const offset = Math.floor(key / width);
    const place = key - offset * width;
    const sourceAt = from + offset;
    if (readings.length > 0 && (sourceAt !== at || deviceOf[place] !== device)) {
      yield message();
      readings = [];
    }
    at = sourceAt;
    device = deviceOf[place] as number;
    const { value, quality } = series[place] as SpanSeries;
    const nth = taken[place] as number;
    taken[place] = nth + 1;
    const reading = filled[place] as Filled;
    reading.sourceAt = sourceAt;
    reading.value = value[nth] as number;
    reading.quality = qualities[quality[nth] as number] as Quality;
    readings.push(reading);
  }
  if (readings.length > 0) yield message();
}
