// The journal's turns as rows for the historian: whole turns only, and the values as they were judged.
import type { CommandInput, Flag, MessageInput, RecordedInput } from "../contract/input.ts";
import { qualities, type Decode, type Quality } from "../contract/sample.ts";
import { createKnownCodes, createPlainReader, type KnownCodes } from "./adapters/dialects/plain.ts";
import type { Batch } from "./adapters/historian/feed.ts";
import { createPointNames, createRows, type RowBuffer } from "./adapters/historian/rows.ts";
import { listSegments, readRecords } from "./adapters/journal/read.ts";
import type { PlacedRecord } from "./adapters/journal/records.ts";

/** Points and topics that are remembered; beyond the largest plan (440,000 points nationwide) nothing is gained. */
const maxKnownNames = 500_000;
const ranks = new Map<Quality, number>(qualities.map((quality, rank) => [quality, rank]));
const goodRank = qualities.indexOf("good");
const unknownRank = qualities.indexOf("unknown");

/** What is known of a site: its points by their codes, twice, for the two ways of reading a message. */
interface Site {
  readonly name: string;
  readonly places: Map<string, number>;
  readonly codes: KnownCodes;
}

/** Reads whole turns of the journal as rows, going on where it stands: no segment is opened again for each batch. */
export function createTurnReader(
  dir: string,
  decode: Decode,
): (cursor: number, upTo: number, maxRows: number) => Batch {
  let records: Iterator<PlacedRecord> | null = null;
  let standsAt = -1;
  let readsUpTo = -1;
  let rowsOf = createRowsOf(decode);
  let rows = rowsOf.buffer();
  return (cursor, upTo, maxRows) => {
    if (rowsOf.size() > maxKnownNames) {
      rowsOf = createRowsOf(decode);
      rows = rowsOf.buffer();
    }
    rows.clear();
    const first = listSegments(dir)[0]?.start ?? 0;
    let behind = Math.max(cursor, first);
    if (behind >= upTo) return { rows, cursor, isEnd: true };
    if (records === null || standsAt !== cursor) {
      records = readRecords(dir, behind, upTo);
      readsUpTo = upTo;
    }
    let reading = records;
    // Given back only when the batch is whole: after an error the next call begins again at its own cursor.
    records = null;
    const inputs: (MessageInput | CommandInput)[] = [];
    for (;;) {
      const next = reading.next();
      if (next.done === true) {
        if (readsUpTo >= upTo) return { rows, cursor: behind, isEnd: true };
        // It ends where the journal ended when it was begun, which has grown since; a turn cut short there comes whole now.
        inputs.length = 0;
        reading = readRecords(dir, behind, upTo);
        readsUpTo = upTo;
        continue;
      }
      const { record, end } = next.value;
      if (record.type === "input" && hasValues(record.input)) inputs.push(record.input);
      if (record.type !== "end") continue;
      const flags = new Map(record.end.flags);
      for (const one of inputs) rowsOf.add(one, flags.get(one.number), rows);
      inputs.length = 0;
      behind = end;
      if (rows.count < maxRows) continue;
      records = reading;
      standsAt = behind;
      return { rows, cursor: behind, isEnd: false };
    }
  };
}

/** True for what may bring values: messages, and the commands among which are the readings of people. */
function hasValues(input: RecordedInput): input is MessageInput | CommandInput {
  return input.kind === "message" || input.kind === "command";
}

/** The rows of messages and manual readings, as judged: flags say where the judgement differs from the message. */
function createRowsOf(decode: Decode) {
  const names = createPointNames();
  const sites = new Map<string, Site>();
  /** Topics of telemetry that was decoded before: of their next messages the plain ones need no decoding. */
  const topics = new Map<string, Site>();
  const plain = createPlainReader();

  const siteOf = (name: string): Site => {
    const known = sites.get(name);
    if (known !== undefined) return known;
    const site = { name, places: new Map<string, number>(), codes: createKnownCodes() };
    sites.set(name, site);
    return site;
  };
  const placeOf = (site: Site, code: string): number => {
    const known = site.places.get(code);
    if (known !== undefined) return known;
    const place = names.placeOf(`${site.name}/${code}`);
    site.places.set(code, place);
    site.codes.learn(code, place);
    return place;
  };
  const addPlain = (site: Site, { payload, at }: MessageInput, into: RowBuffer): boolean => {
    const count = plain.read(payload, site.codes);
    const sourceAt = plain.sourceAt();
    for (let value = 0; value < count; value += 1) {
      into.add(plain.places[value] ?? 0, sourceAt, at, plain.values[value] ?? 0, goodRank);
    }
    return count >= 0;
  };
  const addDecoded = (
    { topic, payload, at }: MessageInput,
    flags: readonly Flag[] | undefined,
    into: RowBuffer,
  ): void => {
    const decoded = decode(topic, payload);
    if (!decoded.ok || decoded.message.kind !== "telemetry") return;
    const site = siteOf(decoded.message.site);
    topics.set(topic, site);
    const judged = new Map(flags?.map((flag) => [flag[0], flag]));
    for (const [place, { code, sourceAt, value, quality }] of decoded.message.readings.entries()) {
      const point = placeOf(site, code);
      const flag = judged.get(place);
      if (flag !== undefined) {
        const rank = qualities[flag[3]] === undefined ? unknownRank : flag[3];
        if (flag[1] === 1) into.add(point, flag[4], at, flag[2], rank);
      } else if (value !== null && sourceAt !== null) {
        into.add(point, sourceAt, at, value, ranks.get(quality) ?? unknownRank);
      }
    }
  };

  /** A manual reading is stored as it was judged; one that was refused has no flag. */
  const addReading = ({ command, at }: CommandInput, flags: readonly Flag[] | undefined, into: RowBuffer): void => {
    const flag = flags?.[0];
    if (command.act !== "reading" || flag === undefined) return;
    into.add(names.placeOf(command.request.point), flag[4], at, flag[2], flag[3]);
  };

  return {
    size: () => names.list.length + topics.size,
    buffer: () => createRows(names, 32_768),
    add: (message: MessageInput | CommandInput, flags: readonly Flag[] | undefined, into: RowBuffer): void => {
      if (message.kind === "command") return addReading(message, flags, into);
      const site = flags === undefined ? topics.get(message.topic) : undefined;
      if (site === undefined || !addPlain(site, message, into)) addDecoded(message, flags, into);
    },
  };
}
