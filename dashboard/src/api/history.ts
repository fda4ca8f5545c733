// What the screen of history asks: points over time, steps of alarms, their load, tables to take away, and embeds.
import type { Embed, EmbedAdd, EmbedTrend, MadeEmbed } from "../../../contract/embed.ts";
import type { Level } from "../../../contract/level.ts";
import type { Tier } from "../../../contract/plant.ts";
import type { LoadAnswer, SeriesAnswer, StepsPage } from "../../../contract/series.ts";
import type { Answer, Call, FileAnswer } from "./call.ts";

/** A time, epoch ms. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Which steps are meant. */
export interface StepsFilter {
  readonly site?: string | undefined;
  readonly source?: string | undefined;
  readonly level?: Level | undefined;
}

/** The calls of the screen. */
export interface HistoryApi {
  readonly series: (points: readonly string[], range: Range, buckets: number) => Promise<Answer<SeriesAnswer>>;
  readonly steps: (range: Range, filter: StepsFilter, before: number | null) => Promise<Answer<StepsPage>>;
  readonly load: (range: Range, tier: Tier | null) => Promise<Answer<LoadAnswer>>;
  readonly embeds: () => Promise<Answer<readonly Embed[]>>;
  readonly addEmbed: (wanted: EmbedAdd) => Promise<Answer<MadeEmbed>>;
  readonly revokeEmbed: (id: string) => Promise<Answer<unknown>>;
  /** A table as a file; `onBytes` is told how much has come. */
  readonly take: (path: string, onBytes: (bytes: number) => void) => Promise<Answer<FileAnswer>>;
}

/** Steps of one page. */
export const pageSteps = 100;
/** A year of eight points may take the server some seconds. */
const withinMs = 35_000;

/** The words of a question; what is not said is left out. */
export function queryOf(values: Readonly<Record<string, string | number | null | undefined>>): string {
  const said = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
}

/** The calls. */
export function createHistoryApi({ ask, file, get: read, post }: Call): HistoryApi {
  const get = <T>(path: string, values: Parameters<typeof queryOf>[0]): Promise<Answer<T>> =>
    ask(`${path}?${queryOf(values)}`, {}, withinMs);
  return {
    series: (points, { from, to }, buckets) => get("/api/series", { points: points.join(","), from, to, buckets }),
    steps: ({ from, to }, filter, before) => get("/api/steps", { from, to, ...filter, before, limit: pageSteps }),
    load: ({ from, to }, tier) => get("/api/kpi", { from, to, tier }),
    embeds: () => read("/api/embeds"),
    addEmbed: (wanted) => post("/api/embeds", wanted),
    revokeEmbed: (id) => post("/api/embeds/revoke", { id }),
    take: file,
  };
}

/** What a token of a trend opens. */
export function askEmbed(
  { ask }: Pick<Call, "ask">,
  token: string,
  hours: number,
  point: string | null,
): Promise<Answer<EmbedTrend>> {
  const headers = { authorization: `Bearer ${token}` };
  return ask(`/api/embed/trend?${queryOf({ hours, point })}`, { headers }, withinMs);
}
