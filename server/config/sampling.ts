// How often points speak in the profiles of their site, and what switches a profile on.
import type { Cadence, Occasion } from "../../contract/sampling.ts";
import type { Point, Site } from "../../contract/plant.ts";
import { durationOf, type Reader } from "./amount.ts";
import { below, element, type Place } from "./fault-list.ts";
import { membersOf, type Company } from "./members.ts";
import type { KindFile, OccasionFile, SiteSamplingFile } from "./schema.ts";

/** Three periods, as everywhere (semantics §6). */
export function usualSilence(everyMs: number): number {
  return Math.max(3 * everyMs, 30_000);
}

/** A profile asks for nothing slower than the one before it: what a point does anyway, it goes on doing. */
function cadenceOf(
  written: { readonly everyMs?: number | string } | undefined,
  calmer: Pick<Cadence, "everyMs" | "silentAfterMs">,
  { place, reader, silence }: CadenceSetting,
): Cadence {
  const everyMs = Math.min(
    calmer.everyMs,
    durationOf(written?.everyMs, below(place, "everyMs"), reader, 1) ?? calmer.everyMs,
  );
  const silentAfterMs = everyMs < calmer.everyMs ? usualSilence(everyMs) : calmer.silentAfterMs;
  const shorter = Math.min(calmer.silentAfterMs, silentAfterMs);
  return { everyMs, silentAfterMs: shorter, silence: silence(shorter) };
}

interface CadenceSetting {
  readonly place: Place;
  readonly reader: Reader;
  /** The ladder of a point that is silent after so long. */
  readonly silence: (silentAfterMs: number) => Point["silence"];
}

/** The cadences of a point; undefined where it speaks the same in all profiles, or by exception. */
export function pointSamplingOf(
  written: KindFile["sampling"],
  { report, silentAfterMs }: Pick<Point, "report" | "silentAfterMs">,
  setting: CadenceSetting,
): Point["sampling"] {
  if (written === undefined || report === "onChange") return undefined;
  const { place, reader } = setting;
  const usual = { everyMs: report.everyMs, silentAfterMs };
  const alert = cadenceOf(written.alert, usual, { ...setting, place: below(place, "alert") });
  const storm = cadenceOf(written.storm, alert, { ...setting, place: below(place, "storm") });
  const onDelayMs = durationOf(written.storm?.onDelayMs, below(below(place, "storm"), "onDelayMs"), reader);
  return {
    ...(written.alert === undefined ? {} : { alert }),
    ...(written.storm === undefined ? {} : { storm: { ...storm, ...(onDelayMs === undefined ? {} : { onDelayMs }) } }),
  };
}

/** A block of the pack or of the site, and where it is written. */
export interface SamplingBlock {
  readonly written: SiteSamplingFile | undefined;
  readonly place: Place;
}

interface SiteSetting {
  readonly site: string;
  readonly reader: Reader;
  readonly company: Company;
}

function causesOf(written: OccasionFile, place: Place, { site, reader, company }: SiteSetting): Occasion["when"] {
  return (written.when ?? []).flatMap(({ of, rule, atLeast }, index) => {
    const at = element(below(place, "when"), index, undefined);
    if (atLeast === undefined) {
      reader.faults.addUnlessFaulty(below(at, "atLeast"), "is missing");
      return [];
    }
    const named = rule === undefined ? {} : { rule };
    if (of === undefined) return [{ source: site, atLeast }];
    const { seats } = membersOf(of, below(at, "of"), company, reader.faults);
    return seats.map(({ id }) => ({ source: id, ...named, atLeast }));
  });
}

/** What switches the profiles of a site; the site's own words for a profile stand for its pack's. */
export function siteSamplingOf(blocks: readonly SamplingBlock[], setting: SiteSetting): Site["sampling"] {
  const found: NonNullable<Site["sampling"]> = {};
  for (const profile of ["alert", "storm"] as const) {
    const block = blocks.findLast(({ written }) => written?.[profile] !== undefined);
    const written = block?.written?.[profile];
    if (block === undefined || written === undefined) continue;
    const place = below(block.place, profile);
    const holdMs = durationOf(written.holdMs, below(place, "holdMs"), setting.reader);
    if (written.holdMs === undefined) setting.reader.faults.addUnlessFaulty(below(place, "holdMs"), "is missing");
    const when = causesOf(written, place, setting);
    // A site without a rain gauge has no storm of its own to tell.
    if (when.length > 0 && holdMs !== undefined) found[profile] = { when, holdMs };
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
