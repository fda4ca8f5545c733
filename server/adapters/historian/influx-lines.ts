// How rows become line protocol, and how a query becomes InfluxQL: the only two places where text is put together.
import { escape } from "@influxdata/influxdb-client";
import type { Bucket, HistoryQuery } from "../../../contract/wall.ts";
import { cutOf, qualityOfRank, type SamplesPage, type SamplesQuery } from "./historian.ts";
import type { Rows } from "./rows.ts";

/** The measurement that holds every sample. */
export const measurement = "sample";

/** Beyond the largest plan nothing is gained by remembering more. */
const maxKnownPoints = 500_000;

/**
 * Makes lines of rows, with the time in ms. The quality is stored twice: as the word, for a person and for Grafana, and as
 * its rank, because InfluxQL cannot find the worst of words.
 */
export function createLineWriter(): (rows: Rows, place: number) => string {
  const known = new Map<string, string>();
  const seriesOf = (point: string): string => {
    const remembered = known.get(point);
    if (remembered !== undefined) return remembered;
    const site = point.split("/", 1)[0] ?? "";
    const tags = site === "" ? "" : `,site=${tagOf(site)}`;
    const series = `${measurement},point=${tagOf(point)}${tags}`;
    if (known.size >= maxKnownPoints) known.clear();
    known.set(point, series);
    return series;
  };
  return ({ names, point, sourceAt, receivedAt, value, quality }, place) => {
    const rank = quality[place] ?? 0;
    return (
      `${seriesOf(names.list[point[place] ?? -1] ?? "")} value=${value[place]},quality="${qualityOfRank(rank)}",` +
      `qualityRank=${rank}i,receivedAt=${receivedAt[place]}i ${sourceAt[place]}`
    );
  };
}

/** A backslash at the end of a tag would escape the comma after it; no register allows one, yet none may break a line. */
function tagOf(text: string): string {
  return escape.tag(text.replace(/\\+$/, ""));
}

/** The InfluxQL for one point's buckets; empty buckets are left out by the store (`fill(none)`). */
export function selectOf(query: HistoryQuery): string {
  const { from, to, bucketMs } = cutOf(query);
  return (
    'SELECT min("value"), max("value"), mean("value"), last("value"), count("value"), max("qualityRank") ' +
    `FROM "${measurement}" WHERE "point" = ${quoted(query.point)} AND time >= ${from}ms AND time < ${to}ms ` +
    `GROUP BY time(${bucketMs}ms, ${from % bucketMs}ms) fill(none)`
  );
}

/** The InfluxQL for one point's samples: one more than wanted, which says where the next ones begin. */
export function samplesSelectOf({ point, from, to, limit }: SamplesQuery): string {
  return (
    `SELECT "receivedAt", "value", "qualityRank" FROM "${measurement}" WHERE "point" = ${quoted(point)} ` +
    `AND time >= ${Math.ceil(from)}ms AND time < ${Math.ceil(to)}ms ORDER BY time LIMIT ${limit + 1}`
  );
}

/** An InfluxQL string literal. Escaped, not bound, because InfluxDB 2 documents no parameters for its /query. */
function quoted(text: string): string {
  const body = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n");
  return `'${body}'`;
}

/** An InfluxQL identifier. */
export function identifier(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** The buckets in an answer of /query (`epoch=ms`); throws where it is an error or incomplete. */
export function bucketsOf(answer: unknown): Bucket[] {
  return valuesOf(answer).map(bucketOf);
}

/** The samples in an answer, likewise. */
export function samplesOf(answer: unknown, limit: number): SamplesPage {
  const samples = valuesOf(answer).map((cells) => {
    const [at, receivedAt, value, rank]: unknown[] = Array.isArray(cells) ? cells : [];
    const sourceAt = numberOf(at);
    return { sourceAt, receivedAt: numberOf(receivedAt), value: numberOf(value), quality: qualityOfRank(rank) };
  });
  return { samples: samples.slice(0, limit), next: samples[limit]?.sourceAt ?? null };
}

/** Throws what an answer says of a failure. */
export function throwFailure(answer: unknown): void {
  const failure = fieldOf(answer, "error") ?? fieldOf(listOf(answer, "results")[0], "error");
  if (typeof failure === "string") throw new Error(failure);
}

function valuesOf(answer: unknown): unknown[] {
  throwFailure(answer);
  const result: unknown = listOf(answer, "results")[0];
  const series: unknown = listOf(result, "series")[0];
  // The server cuts long answers (`max-row-limit`) and says so: half a curve must not look like a whole one.
  if (fieldOf(result, "partial") === true || fieldOf(series, "partial") === true) throw new Error("the answer was cut");
  return listOf(series, "values");
}

function bucketOf(cells: unknown): Bucket {
  const [at, min, max, mean, last, count, worst]: unknown[] = Array.isArray(cells) ? cells : [];
  return {
    at: numberOf(at),
    min: numberOf(min),
    max: numberOf(max),
    mean: numberOf(mean),
    last: numberOf(last),
    count: numberOf(count),
    quality: qualityOfRank(worst),
  };
}

function numberOf(cell: unknown): number {
  if (typeof cell !== "number") throw new Error(`a number was expected, not ${JSON.stringify(cell)}`);
  return cell;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function listOf(value: unknown, name: string): unknown[] {
  const list: unknown = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}
