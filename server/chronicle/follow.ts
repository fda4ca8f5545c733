// How the chronicle follows the journal: whole turns in order, each batch in one transaction with the place that it reaches.
import type { RecordedInput } from "../../contract/input.ts";
import type { RecordedChange } from "../../contract/journal.ts";
import type { IncidentNews } from "../../contract/series.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Chronicle, NewComing, NewStep, Place } from "../adapters/chronicle.ts";
import { readKept } from "../adapters/journal/kept.ts";
import { isJournalDamage, listSegments, readRecords } from "../adapters/journal/read.ts";
import type { PlacedRecord } from "../adapters/journal/records.ts";
import { compilePlant, type Plant } from "../monitor/plant.ts";
import { emptyState } from "../monitor/state.ts";
import { routeIn, siteOfIncident, siteOfStep } from "./route.ts";

/** What the follower is started with. */
export interface FollowerOptions {
  readonly journalDir: string;
  /** Days that steps are kept; 0: for ever. */
  readonly keepDays: number;
}

/** The follower. */
export interface Follower {
  /** Takes the next records in, up to a position; false where it has reached it. */
  readonly step: (upTo: number) => boolean;
}

const dayMs = 86_400_000;
/** Records of one transaction: some 20 ms of work, between which questions are answered. */
const recordsAtOnce = 20_000;
/** Steps that are kept at most, some 4 GB: years of a city that has its alarms in hand, and a bound for one that has not. */
const mostSteps = 5_000_000;

/** What turns have brought that is not taken in yet. */
interface Gathered {
  steps: NewStep[];
  incidents: IncidentNews[];
  comings: NewComing[];
  plan: string | null;
}

const nothing = (): Gathered => ({ steps: [], incidents: [], comings: [], plan: null });

/** Follows the journal into the chronicle; where the journal is another one, the chronicle begins anew. */
export function createFollower(chronicle: Chronicle, { journalDir, keepDays }: FollowerOptions): Follower {
  if (!isSameJournal(journalDir, chronicle.place())) chronicle.clear();
  const kept = chronicle.plan();
  let plant = compilePlant(kept === null ? emptyState().plan : (JSON.parse(kept) as Plan));
  let hasKept = chronicle.place().position > 0;
  let reading: { readonly records: Iterator<PlacedRecord>; readonly upTo: number; readonly from: number } | null = null;
  let droppedOn = 0;

  const dropOld = ({ lastAt }: Place): void => {
    const day = Math.floor((lastAt ?? 0) / dayMs);
    if (day === droppedOn) return;
    droppedOn = day;
    chronicle.drop(keepDays === 0 ? 0 : (lastAt ?? 0) - keepDays * dayMs, mostSteps);
  };

  /** What retention has condensed has no messages any more, and everything that the chronicle wants: taken in one go. */
  const takeKept = (): void => {
    const book = createBook(chronicle.place(), plant);
    for (const { record } of readKept(journalDir)) {
      if (record.type === "input") book.hear(record.input);
      else if (record.type === "change") book.see(record.change);
    }
    plant = book.plant();
    book.endTurn({ position: firstPosition(journalDir), endAt: -1, chain: "" });
    chronicle.take({ ...book.gathered(), place: book.place() });
  };

  return {
    step: (upTo) => {
      if (!hasKept) {
        takeKept();
        hasKept = true;
      }
      const from = chronicle.place().position;
      if (from >= upTo) return false;
      if (reading === null || reading.from !== from)
        reading = { records: readRecords(journalDir, from, upTo), upTo, from };
      const { records } = reading;
      const bound = reading.upTo;
      reading = null;
      const book = createBook(chronicle.place(), plant);
      const isEnd = !readTurns(records, book);
      plant = book.plant();
      chronicle.take({ ...book.gathered(), place: book.place() });
      dropOld(chronicle.place());
      const { position } = chronicle.place();
      if (!isEnd) reading = { records, upTo: bound, from: position };
      return !isEnd || (bound < upTo && position > from);
    },
  };
}

/** Leads a book through records until it has had enough of them at the end of a turn; false at the end of the journal. */
function readTurns(records: Iterator<PlacedRecord>, book: ReturnType<typeof createBook>): boolean {
  for (let read = 1; ; read += 1) {
    const next = records.next();
    if (next.done === true) return false;
    const { record, start, end } = next.value;
    if (record.type === "input") book.hear(record.input);
    else if (record.type === "change") book.see(record.change);
    else {
      book.endTurn({ position: end, endAt: start, chain: record.end.chain });
      if (read >= recordsAtOnce) return true;
    }
  }
}

/** Gathers turns: what stands before the last end of a turn counts, the rest comes again. */
function createBook(before: Place, plantBefore: Plant) {
  let place = before;
  let plant = plantBefore;
  const done: Gathered = nothing();
  let open: Gathered = nothing();
  let { firstAt, lastAt, seq, isServerUp } = before;

  const server = (at: number, isUp: boolean): void => {
    isServerUp = isUp;
    open.comings.push({ at, kind: "server", source: "server", isUp, why: null });
  };
  const settle = (): void => {
    done.steps.push(...open.steps);
    done.incidents.push(...open.incidents);
    done.comings.push(...open.comings);
    done.plan = open.plan ?? done.plan;
    open = nothing();
    place = { ...place, firstAt, lastAt, seq, isServerUp };
  };
  return {
    hear: (input: RecordedInput): void => {
      if (input.kind === "plan") {
        plant = compilePlant(input.plan);
        open.plan = JSON.stringify(input.plan);
      }
      if (input.kind === "neighbour" && input.name === "server") {
        // It was killed: the last thing that it wrote is the last time that it was there.
        if (input.state === "up" && isServerUp && lastAt !== null) server(lastAt, false);
        server(input.at, input.state === "up");
      }
      firstAt ??= input.at;
      lastAt = input.at;
    },
    see: (change: RecordedChange): void => {
      seq = change.seq;
      if (change.type === "alarm") {
        const step = change.transition;
        open.steps.push({ step, site: siteOfStep(step), route: routeIn(plant, step) });
      } else if (change.type === "incident") {
        const { id, entry } = change;
        open.incidents.push({ seq, incident: id, site: siteOfIncident(id), entry });
      } else if (change.type === "device" && change.device.state !== "unheard") {
        const { id, state, since, why = null } = change.device;
        open.comings.push({ at: since, kind: "device", source: id, isUp: state === "online", why });
      } else if (change.type === "neighbour") {
        const { name, state, since } = change.neighbour;
        if (name !== "broker" && name !== "historian") return;
        open.comings.push({ at: since, kind: name, source: name, isUp: state === "up", why: null });
      }
    },
    endTurn: (end: Pick<Place, "position" | "endAt" | "chain">): void => {
      place = { ...place, ...end };
      settle();
    },
    plant: () => plant,
    place: () => place,
    gathered: () => done,
  };
}

function firstPosition(dir: string): number {
  return listSegments(dir)[0]?.start ?? 0;
}

/** True where the journal has, at the place that the chronicle knows, what it had then. */
function isSameJournal(dir: string, { position, endAt, chain }: Place): boolean {
  if (endAt < 0) return position === 0;
  // Condensed meanwhile: what is kept of it is read anew.
  if (endAt < firstPosition(dir)) return false;
  try {
    const [found] = readRecords(dir, endAt, position);
    return found?.record.type === "end" && found.record.end.chain === chain;
  } catch (error) {
    // Cut short, or a segment that is no longer whole: what was read of it before stays true only where it can be seen.
    if (isJournalDamage(error)) return false;
    throw error;
  }
}
