// The quality tests of a point: its own laid over its kind's, test by test, and checked against how it reports.
import { rankOf } from "../../contract/level.ts";
import type { Point, QualityTests } from "../../contract/plant.ts";
import { amountOf, type Reader } from "./amount.ts";
import { below, element, type Place } from "./fault-list.ts";
import type { KindFile, QualityFile } from "./schema.ts";

/** Where tests may be written. */
interface Source {
  readonly written: KindFile;
  readonly place: Place;
}

/** How the point reports, and in which steps. */
interface Rhythm {
  /** Null where only the sites will say it. */
  readonly report: Point["report"] | null;
  readonly resolution: number;
  readonly unit: string;
}

/** Fewer readings than this say nothing: QARTOD's flat line looks at three at least, a deviation wants ten. */
const fewestFlat = 3;
const fewestInWindow = 10;

/** One test as written, where it is written, and how to read it. */
interface Slot<T> {
  readonly written: T;
  readonly place: Place;
  readonly rhythm: Rhythm;
  readonly reader: Reader;
}

/** The tests of a point; undefined where it has none. */
export function qualityOf(
  own: Source,
  kind: Source | undefined,
  rhythm: Rhythm,
  reader: Reader,
): QualityTests | undefined {
  if (own.written.quality === null) return undefined;
  const slot = <Key extends "spike" | "rateOfChange" | "flatLine" | "attenuated">(
    key: Key,
  ): Slot<NonNullable<QualityFile[Key]>> | undefined => {
    const isOwn = own.written.quality?.[key] !== undefined || kind === undefined;
    const source = isOwn ? own : kind;
    const written = source.written.quality?.[key] ?? null;
    if (written === null) return undefined;
    const place = below(below(source.place, "quality"), key);
    return { written, place, rhythm, reader };
  };
  const spike = spikeOf(slot("spike"));
  const rateOfChange = rateOf(slot("rateOfChange"));
  const flatLine = flatLineOf(slot("flatLine"));
  const attenuated = attenuatedOf(slot("attenuated"));
  const tests = { ...spike, ...rateOfChange, ...flatLine, ...attenuated };
  if (Object.keys(tests).length === 0) return undefined;
  if (rhythm.report === "onChange") {
    const source = kind === undefined || own.written.quality !== undefined ? own : kind;
    // A point that reports otherwise than its kind simply leaves its kind's tests behind.
    if (source === own || source.written.report === "onChange")
      reader.faults.add(below(source.place, "quality"), "a point that reports onChange has no such tests");
    return undefined;
  }
  const provenance = own.written.quality?.provenance ?? kind?.written.quality?.provenance ?? "unstated";
  return { ...tests, provenance };
}

/** A number of a test that must be positive. */
function positive(key: string, written: number | string | undefined, slot: Slot<unknown>): number | undefined {
  const { reader } = slot;
  const place = below(slot.place, key);
  if (written === undefined) reader.faults.addUnlessFaulty(place, "is missing");
  const amount = amountOf(written, place, reader);
  if (amount === undefined || amount.value > 0) return amount?.value;
  reader.faults.add(place, `${amount.value} must be more than 0`);
  return undefined;
}

function spikeOf(slot: Slot<{ readonly suspect?: number | string }> | undefined): Pick<QualityTests, "spike"> {
  const suspect = slot && positive("suspect", slot.written.suspect, slot);
  if (slot === undefined || suspect === undefined) return {};
  const { resolution, unit } = slot.rhythm;
  if (suspect < resolution) {
    slot.reader.faults.add(
      below(slot.place, "suspect"),
      `${suspect} ${unit} lies below the resolution ${resolution} ${unit}: every step would be a spike`,
    );
  }
  return { spike: { suspect } };
}

function rateOf(slot: Slot<{ readonly perSecond?: number | string }> | undefined): Pick<QualityTests, "rateOfChange"> {
  const perSecond = slot && positive("perSecond", slot.written.perSecond, slot);
  if (slot === undefined || perSecond === undefined) return {};
  const { resolution, unit, report } = slot.rhythm;
  const step = report === null || report === "onChange" ? Infinity : (perSecond * report.everyMs) / 1000;
  if (step < resolution) {
    slot.reader.faults.add(
      below(slot.place, "perSecond"),
      `${perSecond} ${unit}/s leaves less than the resolution ${resolution} ${unit} between two readings`,
    );
  }
  return { rateOfChange: { perSecond } };
}

/** A time that must hold so many readings. */
function checkReadings(place: Place, ms: number, fewest: number, { rhythm, reader }: Slot<unknown>): void {
  if (rhythm.report === null || rhythm.report === "onChange" || ms >= fewest * rhythm.report.everyMs) return;
  reader.faults.add(place, `${ms} ms holds fewer than ${fewest} readings, one every ${rhythm.report.everyMs} ms`);
}

function flatLineOf(slot: Slot<NonNullable<QualityFile["flatLine"]>> | undefined): Pick<QualityTests, "flatLine"> {
  if (slot === undefined) return {};
  const { faults } = slot.reader;
  const stages = slot.written.flatMap(({ afterMs, level }, nth) => {
    const place = below(element(slot.place, nth, undefined), "afterMs");
    if (afterMs === undefined) faults.addUnlessFaulty(place, "is missing");
    // Unless said otherwise the first stage is blue and what follows is yellow.
    return afterMs === undefined ? [] : [{ afterMs, level: level ?? (nth === 0 ? "blue" : "yellow"), place }];
  });
  for (const [nth, stage] of stages.entries()) {
    if (nth === 0) checkReadings(stage.place, stage.afterMs, fewestFlat, slot);
    const next = stages[nth + 1];
    if (next === undefined) break;
    if (stage.afterMs >= next.afterMs || rankOf(stage.level) >= rankOf(next.level)) {
      faults.add(
        stage.place,
        `${stage.level} after ${stage.afterMs} ms must come before, and lie below, ${next.level} after ${next.afterMs} ms`,
      );
    }
  }
  return stages.length === 0 ? {} : { flatLine: stages.map(({ afterMs, level }) => ({ afterMs, level })) };
}

function attenuatedOf(
  slot: Slot<NonNullable<QualityFile["attenuated"]>> | undefined,
): Pick<QualityTests, "attenuated"> {
  if (slot === undefined) return {};
  const { windowMs, level = "blue" } = slot.written;
  const place = below(slot.place, "windowMs");
  if (windowMs === undefined) slot.reader.faults.addUnlessFaulty(place, "is missing");
  else checkReadings(place, windowMs, fewestInWindow, slot);
  const least = positive("least", slot.written.least, slot);
  return windowMs === undefined || least === undefined ? {} : { attenuated: { windowMs, least, level } };
}
