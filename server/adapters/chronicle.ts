// The chronicle: steps of alarms, work on incidents, and what came and went, found by time and by source; an index that follows the journal.
import type { Transition } from "../../contract/alarm.ts";
import type { Tier } from "../../contract/plant.ts";
import type { AlarmStep, IncidentNews, StepCount } from "../../contract/series.ts";
import { rankOf, type Level } from "../../contract/level.ts";
import type { Leaving } from "../../contract/wall.ts";
import { layOut, openChronicle, type Row } from "./chronicle/database.ts";

/** Up to where the journal is in here, and by what that place is known again. */
export interface Place {
  /** Right behind the last turn that was taken. */
  readonly position: number;
  /** Where the end of that turn stands, and its chain: another journal has something else there. */
  readonly endAt: number;
  readonly chain: string;
  /** The first and the last input that was judged, epoch ms; null before the first. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** The newest change. */
  readonly seq: number;
  /** Steps up to this one have been let go; 0 where none were. */
  readonly droppedUpTo: number;
  /** False before its first start, and from a stop until it started again. */
  readonly isServerUp: boolean;
}

/** Who owed an answer after a step, and whether its alarm latches: as the plan of that time had it. */
export interface Route {
  readonly tiers: readonly Tier[];
  readonly isLatching: boolean;
}

/** A step as it is taken in. */
export interface NewStep {
  readonly step: Transition;
  readonly site: string | null;
  readonly route: Route;
}

/** Something came or went. */
export interface NewComing {
  readonly at: number;
  readonly kind: "device" | "server" | "broker" | "historian";
  /** The device, or the kind again. */
  readonly source: string;
  readonly isUp: boolean;
  readonly why: Leaving | null;
}

/** What one or more turns bring. */
export interface Taken {
  readonly steps: readonly NewStep[];
  readonly incidents: readonly IncidentNews[];
  readonly comings: readonly NewComing[];
  /** The newest plan among them, as text. */
  readonly plan: string | null;
  readonly place: Place;
}

/** Which sites' steps are meant; null: all, and the city's own. */
export type Sites = readonly string[] | null;

/** Which steps are meant. */
export interface StepsWanted {
  readonly from: number;
  readonly to: number;
  readonly sites: Sites;
  readonly source?: string | undefined;
  readonly level?: Level | undefined;
}

/** The open chronicle. */
export interface Chronicle {
  readonly place: () => Place;
  readonly plan: () => string | null;
  /** Takes turns in, all of them or none; what is there already changes nothing. */
  readonly take: (taken: Taken) => void;
  /** Empties it: the journal is another one. */
  readonly clear: () => void;
  /** Lets go of what lies before an instant, and of the oldest above a number of steps. */
  readonly drop: (before: number, mostSteps: number) => void;
  /** Steps of these sources before an instant, oldest first, the newest so many; their whole number is not known. */
  readonly stepsOf: (sources: readonly string[], to: number, most: number) => readonly AlarmStep[];
  /** What came and went of these sources before an instant: from the last one before `from` on. */
  readonly comingsOf: (sources: readonly string[], from: number, to: number) => readonly NewComing[];
  readonly page: (wanted: StepsWanted, before: number, limit: number) => readonly AlarmStep[];
  readonly count: (wanted: StepsWanted) => number;
  /** Openings and rises by level, site or source. */
  readonly countBy: (wanted: StepsWanted, by: "raised" | "site" | "source") => readonly StepCount[];
  /** Steps after a `seq`, in order, with their routes. */
  readonly after: (seq: number, limit: number, sites: Sites) => readonly { step: AlarmStep; route: Route }[];
  /** What happened to incidents after a `seq`, in order. */
  readonly incidentsAfter: (seq: number, limit: number, sites: Sites) => readonly IncidentNews[];
  readonly close: () => void;
}

const beginning: Place = {
  position: 0,
  endAt: -1,
  chain: "",
  firstAt: null,
  lastAt: null,
  seq: 0,
  droppedUpTo: 0,
  isServerUp: false,
};
/** Sources that are counted by; nobody reads more. */
const mostCounts = 20;

const toStep = (row: Row): AlarmStep => ({
  ...(JSON.parse(row["step"] as string) as Transition),
  site: row["site"] as string | null,
});

/** What the step rose to, where it did: an opening, or a level above the one before. */
function raisedTo({ level, fromLevel }: Transition): Level | null {
  return rankOf(level) > rankOf(fromLevel) ? level : null;
}

const isWanted = `at >= ? AND at < ? AND (? IS NULL OR site IN (SELECT value FROM json_each(?)))
  AND (? IS NULL OR source = ?) AND (? IS NULL OR level = ? OR raised = ?)`;

function boundOf({ from, to, sites, source, level }: StepsWanted): unknown[] {
  const list = sites === null ? null : JSON.stringify(sites);
  const [of, at] = [source ?? null, level ?? null];
  return [from, to, list, list, of, of, at, at, at];
}

/** Opens the chronicle, making it where there is none. */
export function createChronicle(file: string): Chronicle {
  const db = openChronicle(file);
  const first = db.prepare("SELECT place FROM place").get() as Row | undefined;
  let place = first === undefined ? beginning : (JSON.parse(first["place"] as string) as Place);
  const write = createWriter(db);
  return {
    place: () => place,
    plan: () =>
      ((db.prepare("SELECT plan FROM plan").get() as Row | undefined)?.["plan"] as string | undefined) ?? null,
    take: (taken) => {
      write.take(taken);
      place = taken.place;
    },
    clear: () => {
      db.transaction(() => layOut(db)).immediate();
      place = beginning;
    },
    drop: (before, mostSteps) => {
      const droppedUpTo = Math.max(place.droppedUpTo, write.lastToDrop(before, mostSteps));
      const kept = { ...place, droppedUpTo };
      write.drop(kept, before);
      place = kept;
    },
    ...createReader(db),
    close: () => db.close(),
  };
}

type Database = ReturnType<typeof openChronicle>;

function createWriter(db: Database) {
  const placeAt = (place: Place): unknown =>
    db.prepare("INSERT OR REPLACE INTO place VALUES (1, ?)").run(JSON.stringify(place));
  const take = ({ steps, incidents, comings, plan, place }: Taken): void => {
    const insert = db.prepare("INSERT OR IGNORE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const { step, site, route } of steps) {
      const { seq, at, recordedAt, source, level } = step;
      const words = [JSON.stringify(step), JSON.stringify(route)];
      insert.run(seq, at, recordedAt, source.id, site, level, raisedTo(step), ...words);
    }
    const worked = db.prepare("INSERT OR IGNORE INTO incidents VALUES (?, ?, ?, ?)");
    for (const { seq, incident, site, entry } of incidents) worked.run(seq, incident, site, JSON.stringify(entry));
    const came = db.prepare("INSERT INTO comings (at, kind, source, isUp, why) VALUES (?, ?, ?, ?, ?)");
    for (const { at, kind, source, isUp, why } of comings) came.run(at, kind, source, isUp ? 1 : 0, why);
    if (plan !== null) db.prepare("INSERT OR REPLACE INTO plan VALUES (1, ?)").run(plan);
    placeAt(place);
  };
  return {
    take: (taken: Taken): void => db.transaction(() => take(taken)).immediate(),
    /** The newest `seq` that goes; all before it go with it, so that what is left has no hole. */
    lastToDrop(before: number, mostSteps: number): number {
      const old = db.prepare("SELECT max(seq) AS seq FROM steps WHERE recordedAt < ?").get(before) as Row;
      const over = db.prepare("SELECT seq FROM steps ORDER BY seq DESC LIMIT 1 OFFSET ?").get(mostSteps) as
        | Row
        | undefined;
      return Math.max(Number(old["seq"] ?? 0), Number(over?.["seq"] ?? 0));
    },
    drop: (place: Place, before: number): void =>
      db
        .transaction(() => {
          for (const table of ["steps", "incidents"])
            db.prepare(`DELETE FROM ${table} WHERE seq <= ?`).run(place.droppedUpTo);
          // The last one of each source stays: it says how things stood since.
          db.prepare(
            "DELETE FROM comings WHERE at < ? AND id NOT IN (SELECT max(id) FROM comings WHERE at < ? GROUP BY source)",
          ).run(before, before);
          placeAt(place);
        })
        .immediate(),
  };
}

type Reader = "stepsOf" | "comingsOf" | "page" | "count" | "countBy" | "after" | "incidentsAfter";

function createReader(db: Database): Pick<Chronicle, Reader> {
  const stepsOf = `SELECT step, site FROM steps WHERE source IN (SELECT value FROM json_each(?)) AND at < ?
    ORDER BY seq DESC LIMIT ?`;
  const comingsOf = `SELECT * FROM comings WHERE source = ? AND at < ? AND
    id >= coalesce((SELECT max(id) FROM comings WHERE source = ? AND at < ?), 0) ORDER BY id`;
  return {
    stepsOf: (sources, to, most) =>
      (db.prepare(stepsOf).all(JSON.stringify(sources), to, most) as Row[]).map(toStep).toReversed(),
    comingsOf: (sources, from, to) =>
      sources.flatMap((source) =>
        (db.prepare(comingsOf).all(source, to, source, from) as Row[]).map((row) => ({
          at: row["at"] as number,
          kind: row["kind"] as NewComing["kind"],
          source,
          isUp: row["isUp"] === 1,
          why: row["why"] as Leaving | null,
        })),
      ),
    page: (wanted, before, limit) =>
      (
        db
          .prepare(`SELECT step, site FROM steps WHERE ${isWanted} AND seq < ? ORDER BY seq DESC LIMIT ?`)
          .all(...boundOf(wanted), before, limit) as Row[]
      ).map(toStep),
    count: (wanted) =>
      (db.prepare(`SELECT count(*) AS n FROM steps WHERE ${isWanted}`).get(...boundOf(wanted)) as { n: number }).n,
    countBy: (wanted, by) =>
      (
        db
          .prepare(
            `SELECT ${by} AS of, count(*) AS n FROM steps WHERE ${isWanted} AND raised IS NOT NULL
            GROUP BY ${by} ORDER BY n DESC, of LIMIT ${mostCounts}`,
          )
          .all(...boundOf(wanted)) as Row[]
      ).map((row) => ({ of: (row["of"] as string | null) ?? "", count: row["n"] as number })),
    after: (seq, limit, sites) => {
      const list = sites === null ? null : JSON.stringify(sites);
      const rows = db
        .prepare(
          `SELECT step, site, route FROM steps WHERE seq > ? AND (? IS NULL OR site IN (SELECT value FROM json_each(?)))
          ORDER BY seq LIMIT ?`,
        )
        .all(seq, list, list, limit) as Row[];
      return rows.map((row) => ({ step: toStep(row), route: JSON.parse(row["route"] as string) as Route }));
    },
    incidentsAfter: (seq, limit, sites) => {
      const list = sites === null ? null : JSON.stringify(sites);
      const rows = db
        .prepare(
          `SELECT * FROM incidents WHERE seq > ? AND (? IS NULL OR site IN (SELECT value FROM json_each(?)))
          ORDER BY seq LIMIT ?`,
        )
        .all(seq, list, list, limit) as Row[];
      return rows.map((row) => ({
        seq: row["seq"] as number,
        incident: row["incident"] as string,
        site: row["site"] as string | null,
        entry: JSON.parse(row["entry"] as string) as IncidentNews["entry"],
      }));
    },
  };
}
