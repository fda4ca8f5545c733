// The desk of tables: what leaves the house says what it is, how whole it is, who took it, and where the record stood; each is an audit entry.
import { Readable } from "node:stream";
import { type Estimate, mostExportRows, type RecordExport, usualBuckets } from "../../contract/series.ts";
import type { SignedHead } from "../../contract/evidence.ts";
import type { Plan } from "../../contract/plant.ts";
import { zoneMs } from "../../contract/zone.ts";
import type { ExportDesk, ExportedFile } from "../adapters/http/exports.ts";
import type { Answered, PastDesk, Sight } from "../adapters/http/past.ts";
import type { Caller } from "../adapters/http/people.ts";
import { writeCsv } from "../adapters/register/csv.ts";
import type { ChronicleThread } from "../chronicle.ts";
import type { HistorianThread } from "../historian.ts";
import type { Log } from "../log.ts";
import type { SheetThread } from "../sheets.ts";
import type { Accounts } from "./accounts.ts";
import { type TableLanguage, word } from "./export-words.ts";
import { rowsOf, wantedOf } from "./past.ts";
import {
  alignedTo,
  bucketRows,
  bucketTable,
  type Cell,
  loadTable,
  type Pages,
  sampleTable,
  stepTable,
  type Table,
} from "./tables.ts";

/** What the desk stands on. */
export interface ExportsOptions {
  readonly past: PastDesk;
  readonly historian: Pick<HistorianThread, "history" | "samples">;
  readonly chronicle: Pick<ChronicleThread, "ask">;
  readonly plan: () => Plan;
  readonly record: Accounts["record"];
  readonly head: () => SignedHead | null;
  readonly sheets: SheetThread;
  readonly log: Pick<Log, "warn">;
  /** By which alarms go, epoch ms. */
  readonly now: () => number;
}

/** Tables that are streamed at once: each keeps the historian busy. */
const mostAtOnce = 3;
/** A page of a table is some 100 KB: whoever takes none for so long, at less than 2 KB a second, keeps its place from the others. */
const stalledMs = 60_000;
const byteOrderMark = "\u{feff}";

/** An instant in Beijing, to the millisecond where it has some. */
export function localTime(at: number): string {
  const text = new Date(at + zoneMs).toISOString().replace("T", " ");
  return text.slice(0, at % 1000 === 0 ? 19 : 23);
}

/** A part of a file's name: letters that every system takes. */
function fileTime(at: number): string {
  return localTime(at).slice(0, 16).replaceAll(/[-:]/gu, "").replace(" ", "T");
}

interface Sheet {
  readonly kind: "series" | "steps" | "load";
  readonly format: "csv" | "xlsx";
  readonly about: string;
  readonly from: number;
  readonly to: number;
  readonly head: readonly (readonly Cell[])[];
  readonly table: Table;
}

function csvCell(cell: Cell): string | number {
  if (cell === null) return "";
  return typeof cell === "object" ? localTime(cell.at) : cell;
}

async function* csvOf({ head, table }: Sheet): AsyncGenerator<string> {
  const rows = (cells: readonly (readonly Cell[])[]): string => writeCsv(cells.map((row) => row.map(csvCell)));
  yield byteOrderMark + rows([...head, [], table.columns].map((row) => (row.length === 0 ? [""] : row)));
  for await (const page of table.pages) if (page.length > 0) yield rows(page);
}

/** The pages as a stream that is closed, and never ends well, once nobody takes the next page: it may have no reader at all. */
function streamOf(pages: AsyncGenerator<string>, onStalled: () => void): Readable {
  const close = (): void => {
    onStalled();
    body.destroy();
  };
  let stalling = setTimeout(close, stalledMs);
  async function* watched(): AsyncGenerator<string> {
    clearTimeout(stalling);
    for await (const page of pages) {
      stalling = setTimeout(close, stalledMs);
      yield page;
      clearTimeout(stalling);
    }
    stalling = setTimeout(close, stalledMs);
  }
  // One page ahead and no more: what waits here unread says nothing of whether somebody reads.
  const body = Readable.from(watched(), { objectMode: true, highWaterMark: 1 });
  return body.once("close", () => clearTimeout(stalling));
}

function sizeOf(format: "csv" | "xlsx", rows: number, offer: number | null): Estimate | null {
  const most = mostExportRows[format];
  return rows <= most ? null : { rows, most, spanMs: null, bucketMs: offer };
}

/** Makes the desk. */
export function createExports(options: ExportsOptions): ExportDesk {
  const { past, historian, chronicle, plan, record, head, sheets, log, now } = options;
  let streaming = 0;

  const headOf = (language: TableLanguage, caller: Caller): readonly (readonly Cell[])[] => {
    const signed = head();
    const chain =
      signed === null
        ? [word("headNone", language)]
        : [`position ${signed.position}`, `seq ${signed.seq}`, `chain ${signed.chain}`, { at: signed.at }];
    return [
      [word("zoneName", language), word("zone", language)],
      [word("generated", language), { at: now() }],
      [word("by", language), caller.person.name],
      [word("head", language), ...chain],
    ];
  };

  const fileOf = async (sheet: Sheet, caller: Caller, query: object): Promise<Answered<ExportedFile>> => {
    const { kind, format, about, from, to } = sheet;
    const name = `skyground_${kind}_${about}_${fileTime(from)}_${fileTime(to)}.${format}`;
    // Written down before a byte leaves: what cannot be written down is not handed out.
    const note = (): void => record(caller, { act: "history.export", target: about }, { kind, ...query });
    if (format === "csv") {
      if (streaming >= mostAtOnce) return { ok: false, code: "OVERLOADED" };
      note();
      streaming += 1;
      const body = streamOf(csvOf(sheet), () => log.warn("a table was closed: nobody read on", { name }));
      body.once("close", () => (streaming -= 1));
      return { ok: true, value: { name, body } };
    }
    let rows = 0;
    const pages = async function* (): Pages {
      yield [...sheet.head, [], sheet.table.columns];
      for await (const page of sheet.table.pages) {
        rows += page.length;
        if (rows > mostExportRows.xlsx) return;
        yield page;
      }
    };
    const made = sheets({ name: kind, zoneMs, headAt: sheet.head.length + 1 }, pages());
    if (made === null) return { ok: false, code: "OVERLOADED" };
    const body = await made;
    const estimate = sizeOf("xlsx", rows, null);
    if (estimate !== null) return { ok: false, code: "QUERY_TOO_LARGE", estimate };
    note();
    return { ok: true, value: { name, body } };
  };

  return {
    async series(ids, query, { caller, sight }) {
      const { bucketMs, format, lang = "zh" } = query;
      const { from, to } = alignedTo(bucketMs, query);
      const until = Math.min(to, Math.max(from + 1, now()));
      const points = pointsOf(plan(), ids, sight);
      if (points === null) return { ok: false, code: "NOT_FOUND" };
      const raw = rowsOf(points, until - from);
      const rows = bucketMs === 0 ? raw : Math.min(raw, bucketRows(points.length, until - from, bucketMs));
      const fits = (width: number): boolean => bucketRows(points.length, until - from, width) <= mostExportRows[format];
      const estimate = sizeOf(format, rows, usualBuckets.find((width) => width > bucketMs && fits(width)) ?? null);
      if (estimate !== null) return { ok: false, code: "QUERY_TOO_LARGE", estimate };
      const known = await past.series(ids, { from, to: until, buckets: 500 }, sight);
      if (!known.ok) return known;
      const coverage = known.value.points.map(({ point, coveredMs, ofMs }): readonly Cell[] => [
        word("coverage", lang),
        point,
        `${Math.round(coveredMs / 1000)}/${Math.round(ofMs / 1000)}`,
      ]);
      const width = bucketMs === 0 ? word("raw", lang) : word("bucketOf", lang).replace("{s}", String(bucketMs / 1000));
      const wanted = { points, from, to, bucketMs, language: lang };
      const table = bucketMs === 0 ? sampleTable(historian, wanted) : bucketTable(historian, wanted);
      const lines = [
        [word("series", lang)],
        [word("range", lang), { at: from }, { at: to }],
        [word("aggregation", lang), width],
        ...coverage,
        ...headOf(lang, caller),
      ];
      const about = [...new Set(points.map(({ site }) => site))].join("-").slice(0, 60);
      return fileOf({ kind: "series", format, about, from, to, head: lines, table }, caller, { ...query, points: ids });
    },
    async steps(query, { caller, sight }) {
      const { from, to, format, lang = "zh" } = query;
      const wanted = wantedOf(query, sight.sites);
      if (wanted === null) return { ok: false, code: "NOT_FOUND" };
      const { total } = await chronicle.ask({ ask: "steps", wanted, before: 0, limit: 1 });
      const estimate = sizeOf(format, total, null);
      if (estimate !== null) return { ok: false, code: "QUERY_TOO_LARGE", estimate };
      const lines = [
        [word("steps", lang)],
        [word("range", lang), { at: from }, { at: to }],
        [word("filter", lang), filterText(query)],
        ...headOf(lang, caller),
      ];
      const table = stepTable(chronicle, wanted, lang);
      return fileOf({ kind: "steps", format, about: query.site ?? "all", from, to, head: lines, table }, caller, query);
    },
    async load(query, { caller, sight }) {
      const { from, to, tier, format, lang = "zh" } = query;
      const load = await past.load({ from, to, ...(tier === undefined ? {} : { tier }) }, sight);
      if (!load.ok) return load;
      const { report } = load.value;
      const lines = [
        [word("load", lang)],
        [word("range", lang), { at: report.from }, { at: report.to }],
        [word("tier", lang), tier ?? "-"],
        [word("overall", lang), word(report.grade, lang)],
        ...headOf(lang, caller),
      ];
      const table = loadTable(load.value, lang);
      return fileOf({ kind: "load", format, about: tier ?? "all", from, to, head: lines, table }, caller, query);
    },
  };
}

function pointsOf(plan: Plan, ids: readonly string[], sight: Sight) {
  const byId = new Map(plan.points.map((point) => [point.id, point]));
  const points = ids.flatMap((id) => (sight.seesPoint(id) ? (byId.get(id) ?? []) : []));
  return points.length === ids.length ? points : null;
}

function filterText({ site, source, level }: RecordExport): string {
  return [site, source, level].filter((one) => one !== undefined).join(" ") || "-";
}
