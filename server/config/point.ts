// One point: its kind's traits, its own laid over them, and every default worked out.
import type { Point } from "../../contract/plant.ts";
import { amountOf, durationOf, withParameters, type Reader } from "./amount.ts";
import type { Joint } from "./combine.ts";
import { below, type Place } from "./fault-list.ts";
import type { Gauge } from "./ladder.ts";
import { qualityOf } from "./quality.ts";
import { draftRule, overlayRule, workOutRule, type RuleDraft } from "./rule.ts";
import { pointSamplingOf } from "./sampling.ts";
import type { KindFile } from "./schema.ts";
import { defaultSilence, silencesOf } from "./silence.ts";
import { textOf } from "./text.ts";

/** A kind as written, and where. */
export interface Kind {
  readonly key: string;
  readonly written: KindFile;
  readonly place: Place;
}

/** What a site says of a point, and where. */
export interface Own {
  readonly code: string;
  readonly written: KindFile;
  readonly place: Place;
}

/** Whose parameters it is read with, and whom its rules may look at. */
export type PointSetting = Omit<Joint, "onAbsent">;

/** What kind and point give together; the names and ids are the site's to add. */
export type Traits = Omit<Point, "id" | "code" | "site" | "item" | "device" | "kind"> & { readonly item: string };

/** Without a range of its own a sensor cannot be out of it. */
const boundless = 1e12;

/** The traits of a point: `own` is what its site says of it, `kind` what the catalogue says. */
export function traitsOf(own: Own, kind: Kind | undefined, setting: PointSetting): Traits {
  const written = { ...kind?.written, ...own.written };
  const placeOf = (key: keyof KindFile): Place =>
    below(kind !== undefined && own.written[key] === undefined ? kind.place : own.place, key);
  const decimals = written.decimals ?? 2;
  const resolution = written.resolution ?? Number((10 ** -decimals).toFixed(6));
  const owed = new Set<string>();
  const reader = readerOf(own, kind, resolution, {
    ...setting.reader,
    onLack: (missing) => {
      if (setting.company.self !== null) setting.waiting.add(setting.company.self.id);
      for (const { name, lack } of missing) if (lack === "owed") owed.add(name);
    },
  });
  const range = rangeOf(own, kind, reader);
  const report = reportOf(written, placeOf("report"), reader);
  const isPeriodKnown = reader.site !== null || written.report !== undefined;
  const gauge: Gauge = {
    unit: written.unit ?? "1",
    resolution,
    sensor: range.sensor,
    everyMs: report === "onChange" || !isPeriodKnown ? null : report.everyMs,
    isOwn:
      kind !== undefined &&
      (own.written.range ?? own.written.unit ?? own.written.resolution ?? own.written.decimals) !== undefined,
    isOwnPeriod: kind !== undefined && own.written.report !== undefined,
  };
  const joint: Joint = { ...setting, reader, onAbsent: () => undefined };
  const rules = ruleKeysOf(own, kind).flatMap((key) => {
    const draft = draftOf(own, kind, key, reader);
    return (draft && workOutRule(key, draft, { joint, gauge, latch: written.latch ?? false })) ?? [];
  });
  const { silentAfterMs, silence, learnSilence } = silencesOf(written, report, { placeOf, reader });
  const sampling = pointSamplingOf(
    written.sampling,
    { report, silentAfterMs },
    {
      place: placeOf("sampling"),
      reader,
      silence: (shorterMs) => (written.silence === undefined ? defaultSilence(shorterMs) : silence),
    },
  );
  const rhythm = { report: isPeriodKnown ? report : null, resolution, unit: gauge.unit };
  const quality = qualityOf(own, kind, rhythm, reader);
  return {
    name: textOf(written.name, own.code),
    unit: gauge.unit,
    resolution,
    decimals,
    range: { sensor: [...range.sensor], operator: [...range.operator] },
    overRange: written.overRange ?? "saturated",
    report,
    silentAfterMs,
    ...(learnSilence === undefined ? {} : { learnSilence }),
    silence,
    ...(sampling === undefined ? {} : { sampling }),
    ...(quality === undefined ? {} : { quality }),
    // A point with limits decides whether its site may be called normal, unless somebody says otherwise.
    isKey: written.isKey ?? (rules.length > 0 || owed.size > 0),
    rules,
    ...(owed.size === 0 ? {} : { notConfigured: [...owed] }),
    ...(written.zone === undefined ? {} : { zone: written.zone }),
    ...(written.isData === true ? { isData: true } : {}),
    ...(written.health === undefined ? {} : { health: written.health }),
    actionCard: written.actionCard ?? null,
    item: written.item ?? "",
  };
}

/** The site's reader with what this point and its kind add; a point's own parameters win over its kind's. */
function readerOf(own: Own, kind: Kind | undefined, resolution: number, reader: Reader): Reader {
  return withParameters(reader, [
    { written: { resolution }, place: own.place, isFixed: true },
    { written: own.written.parameters, place: below(own.place, "parameters") },
    ...(kind === undefined
      ? []
      : [{ written: kind.written.parameters, place: below(kind.place, "parameters"), isFixed: true }]),
  ]);
}

/** The two on the value itself come first. */
function ruleKeysOf(own: Own, kind: Kind | undefined): readonly string[] {
  const named = [...Object.keys(kind?.written.rules ?? {}), ...Object.keys(own.written.rules ?? {})];
  return [...new Set(["high", "low", ...named])];
}

function draftOf(own: Own, kind: Kind | undefined, key: string, reader: Reader): RuleDraft | undefined {
  const catalogue = kind?.written.rules?.[key];
  const base =
    kind === undefined || catalogue === undefined || catalogue === null
      ? undefined
      : draftRule(catalogue, below(below(kind.place, "rules"), key), reader);
  return overlayRule(base, own.written.rules?.[key], below(below(own.place, "rules"), key), reader);
}

interface Range {
  readonly sensor: readonly [number, number];
  readonly operator: readonly [number, number];
}

function rangeOf(own: Own, kind: Kind | undefined, reader: Reader): Range {
  const sensor = intervalOf("sensor", own, kind, reader) ?? ([-boundless, boundless] as const);
  const operator = intervalOf("operator", own, kind, reader) ?? sensor;
  if (operator !== sensor && (operator[0] < sensor[0] || operator[1] > sensor[1])) {
    const isOwn = own.written.range?.operator !== undefined || own.written.range?.sensor !== undefined;
    const place = below(below(isOwn || kind === undefined ? own.place : kind.place, "range"), "operator");
    reader.faults.add(
      place,
      `${operator[0]} to ${operator[1]} must lie within the sensor's ${sensor[0]} to ${sensor[1]}`,
    );
  }
  return { sensor, operator };
}

function intervalOf(
  key: "sensor" | "operator",
  own: Own,
  kind: Kind | undefined,
  reader: Reader,
): readonly [number, number] | undefined {
  const isOwn = own.written.range?.[key] !== undefined || kind === undefined;
  const source = isOwn ? own : kind;
  const place = below(below(source.place, "range"), key);
  const [from, to] = source.written.range?.[key] ?? [];
  const low = amountOf(from, place, reader);
  const high = amountOf(to, place, reader);
  if (low === undefined || high === undefined) return undefined;
  if (low.value < high.value) return [low.value, high.value];
  const suffix = low.isConstant && high.isConstant ? "" : ` (site ${reader.site})`;
  reader.faults.add(place, `${low.value} must lie below ${high.value}${suffix}`);
  return undefined;
}

function reportOf(written: KindFile, place: Place, reader: Reader): Point["report"] {
  const { report } = written;
  if (report === "onChange") return "onChange";
  if (typeof report === "object" && report.everyMs !== undefined) {
    return { everyMs: durationOf(report.everyMs, below(place, "everyMs"), reader, 1) ?? 10_000 };
  }
  // A catalogue may leave the period to its sites; a site may not.
  if (reader.site !== null) {
    reader.faults.addUnlessFaulty(place, "is missing: { everyMs: … } or onChange (how else is silence to be known?)");
  }
  return { everyMs: 10_000 };
}
