// After how long a point counts as silent, and how bad that is by then: as written, as usual, or to be learned within bounds.
import { levels } from "../../contract/level.ts";
import type { Point } from "../../contract/plant.ts";
import { durationOf, type Reader } from "./amount.ts";
import { below, type Place } from "./fault-list.ts";
import { usualSilence } from "./sampling.ts";
import type { KindFile, LearnSilenceFile } from "./schema.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** What a learned limit may be where nobody says otherwise: ten periods at the most, and never a matter of seconds. */
const usualFloorMs = 30 * second;
const usualPeriods = 10;
const usualCeilingMs = 5 * minute;

/** Where the words of a point stand, and what reads its numbers. */
interface Setting {
  readonly placeOf: (key: keyof KindFile) => Place;
  readonly reader: Reader;
}

type Silences = Pick<Point, "silentAfterMs" | "silence" | "learnSilence">;

/** What is written where a limit is to be learned; undefined where it is a number, or nothing. */
function learningOf({ silentAfterMs }: KindFile): LearnSilenceFile | undefined {
  if (silentAfterMs === "auto") return {};
  return typeof silentAfterMs === "object" ? silentAfterMs : undefined;
}

/** When a point is silent, and what comes after that. */
export function silencesOf(written: KindFile, report: Point["report"], setting: Setting): Silences {
  const { placeOf, reader } = setting;
  const place = placeOf("silentAfterMs");
  const usualMs = report === "onChange" ? day : usualSilence(report.everyMs);
  const learning = learningOf(written);
  const number =
    typeof written.silentAfterMs === "object" || learning !== undefined ? undefined : written.silentAfterMs;
  const silentAfterMs = durationOf(number, place, reader, 1) ?? usualMs;
  const silence = silenceOf(written, silentAfterMs, placeOf("silence"), reader);
  if (learning === undefined) return { silentAfterMs, silence };
  if (report === "onChange") {
    // It is silent when its device is: how often it changes says nothing of whether it is there.
    reader.faults.add(place, "cannot be learned of a point that reports by exception");
    return { silentAfterMs, silence };
  }
  const learnSilence = boundsOf(learning, { everyMs: report.everyMs, silence }, place, reader);
  const { floorMs, ceilingMs } = learnSilence;
  return { silentAfterMs: Math.min(ceilingMs, Math.max(floorMs, silentAfterMs)), silence, learnSilence };
}

/** The bounds of a learned limit: it may grow up to the next level of silence, and no further. */
function boundsOf(
  written: LearnSilenceFile,
  { everyMs, silence }: { readonly everyMs: number; readonly silence: Point["silence"] },
  place: Place,
  reader: Reader,
): NonNullable<Point["learnSilence"]> {
  const next = levels.find((level) => level !== "blue" && silence[level] !== undefined);
  const nextMs = next === undefined ? Infinity : (silence[next] as number);
  const usualMs = Math.min(nextMs, Math.max(usualPeriods * everyMs, usualCeilingMs));
  const ceilingMs = durationOf(written.ceilingMs, below(place, "ceilingMs"), reader, 1) ?? usualMs;
  const floorMs = durationOf(written.floorMs, below(place, "floorMs"), reader, 1) ?? Math.min(usualFloorMs, ceilingMs);
  if (floorMs > ceilingMs)
    reader.faults.add(below(place, "floorMs"), `${floorMs} ms must not be above the ceiling of ${ceilingMs} ms`);
  if (ceilingMs > nextMs)
    reader.faults.add(
      below(place, "ceilingMs"),
      `${ceilingMs} ms must not come after the silence is ${next}, after ${nextMs} ms`,
    );
  return { floorMs, ceilingMs };
}

/** The catalogue of device health: 3 periods, 30 min, 4 h; slower points keep the same order. */
export function defaultSilence(silentAfterMs: number): Point["silence"] {
  return {
    blue: silentAfterMs,
    yellow: Math.max(hour / 2, 2 * silentAfterMs),
    orange: Math.max(4 * hour, 3 * silentAfterMs),
  };
}

function silenceOf(written: KindFile, silentAfterMs: number, place: Place, reader: Reader): Point["silence"] {
  if (written.silence === undefined) return defaultSilence(silentAfterMs);
  const { silence } = written;
  const ladder = levels.flatMap((level) => {
    const ms = durationOf(silence[level], below(place, level), reader);
    return ms === undefined ? [] : [{ level, ms }];
  });
  const first = ladder[0];
  // A catalogue without a period does not know yet when its points count as silent.
  const isKnown = reader.site !== null || written.silentAfterMs !== undefined || written.report !== undefined;
  if (isKnown && first !== undefined && first.ms < silentAfterMs) {
    reader.faults.add(
      below(place, first.level),
      `${first.ms} ms must not come before the point counts as silent, after ${silentAfterMs} ms`,
    );
  }
  for (const [index, { level, ms }] of ladder.entries()) {
    const next = ladder[index + 1];
    if (next !== undefined && ms >= next.ms) {
      reader.faults.add(below(place, level), `${ms} ms must come before ${next.level} ${next.ms} ms`);
    }
  }
  return Object.fromEntries(ladder.map(({ level, ms }) => [level, ms]));
}
