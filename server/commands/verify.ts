// The command `verify`: looks at every byte of a record and at what was signed of it, then judges it anew and compares.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { JournalRecord } from "../../contract/journal.ts";
import { decodeNative } from "../adapters/dialects/native.ts";
import type { Anchor } from "../adapters/journal/anchors.ts";
import { lookAtCheckpoints } from "../adapters/journal/checkpoint.ts";
import { headsFile, readHeads } from "../adapters/journal/heads.ts";
import { inspectJournal, type Finding, type Inspected } from "../adapters/journal/inspect.ts";
import type { TurnMark } from "../adapters/journal/journal.ts";
import { readKept } from "../adapters/journal/kept.ts";
import { isJournalDamage, readRecords } from "../adapters/journal/read.ts";
import { fingerprintOfKey, readRecordKey } from "../adapters/journal/record-key.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";
import { createMonitor } from "../monitor.ts";
import type { MonitorState } from "../monitor/state.ts";
import { verifyRecords, type Difference } from "../replay.ts";
import { beginningOf } from "./beginning.ts";

/** What a third party has kept, as it was typed. */
export interface VerifyWords {
  /** Signed heads that were kept elsewhere. */
  readonly heads?: string | undefined;
  /** The fingerprint of the key that they must be signed with. */
  readonly key?: string | undefined;
}

/** So many findings are named; more are counted. */
const mostNamed = 50;

const beside = (kind: Finding["kind"], file: string, record: string, reason: string): Finding => ({
  kind,
  file,
  position: null,
  record,
  reason,
  next: null,
});

/** Heads of a file as anchors; those that do not hold are told. */
function anchorsIn(
  path: string,
  file: string,
  key: string | null,
  tell: (finding: Finding) => void,
): readonly Anchor[] {
  return readHeads(path).flatMap((line): readonly Anchor[] => {
    const where = `line ${line.line}`;
    if (!line.ok) {
      tell(beside("head", file, where, line.reason));
      return [];
    }
    const { position, upTo, seq, chain, key: signedBy } = line.head;
    if (key !== null && fingerprintOfKey(signedBy) !== key) {
      tell(beside("head", file, where, `it is signed with another key: ${fingerprintOfKey(signedBy)}`));
      return [];
    }
    return [{ position, upTo, seq, chain, file, where, kind: "head" }];
  });
}

/** Files of the folder that are no segment: the heads, and what a crash has left, whose length stands in its name. */
function lookBeside(dir: string, tell: (finding: Finding) => void): void {
  for (const name of readdirSync(dir).toSorted()) {
    const [, length] = /^torn-\d+-(\d+)\.bin$/u.exec(name) ?? [];
    if (length !== undefined) {
      const { size } = statSync(join(dir, name));
      if (size !== Number(length)) tell(beside("file", name, "the file as a whole", `it has ${size} bytes now`));
    } else if (!/^(?:kept-)?\d{16}\.log$/u.test(name) && name !== headsFile) {
      tell(beside("file", name, "the file as a whole", "it is no file of a journal"));
    }
  }
}

/** Of what was condensed the seals are kept, and with them what was signed there; tells how many fit. */
function lookAtCondensed(dir: string, anchors: readonly Anchor[], tell: (finding: Finding) => void): number {
  const nameOf = ({ chain, upTo, seq }: Pick<Anchor, "chain" | "upTo" | "seq">): string => `${chain} ${upTo} ${seq}`;
  const wanted = new Set(anchors.map(nameOf));
  const seen = new Set<string>();
  for (const { record } of wanted.size === 0 ? [] : readKept(dir)) {
    if (record.type !== "end") continue;
    const name = nameOf(record.end);
    if (wanted.has(name)) seen.add(name);
  }
  const others = anchors.filter((anchor) => !seen.has(nameOf(anchor)));
  for (const { kind, file, position, where } of others) {
    const reason = "no turn of what was condensed ends so: the record was rewritten";
    tell({ kind, file, position, record: where, reason, next: null });
  }
  return anchors.length - others.length;
}

/** Every finding of a data directory, in the order of the record, and what was looked at. */
export function inspectData(
  dataDir: string,
  words: VerifyWords,
  tell: (finding: Finding) => void,
  from?: TurnMark,
): Inspected {
  const dir = join(dataDir, "journal");
  const key = words.key ?? readRecordKey(dataDir)?.fingerprint ?? null;
  lookBeside(dir, tell);
  const anchors: Anchor[] = [...anchorsIn(join(dir, headsFile), headsFile, key, tell)];
  if (words.heads !== undefined) anchors.push(...anchorsIn(words.heads, words.heads, key, tell));
  for (const { file, mark, fault } of lookAtCheckpoints(dataDir)) {
    if (fault !== null) tell(beside("checkpoint", file, "the file as a whole", fault));
    else if (mark !== null) anchors.push({ ...mark, file, where: "its place", kind: "checkpoint" });
  }
  const firstWhole = from?.position ?? 0;
  const behind = lookAtCondensed(
    dir,
    anchors.filter(({ position }) => position <= firstWhole),
    tell,
  );
  const inspected = inspectJournal({
    dir,
    ...(from === undefined ? {} : { from }),
    anchors: anchors.toSorted((a, b) => a.position - b.position),
    onFinding: tell,
  });
  return { ...inspected, anchored: inspected.anchored + behind };
}

function* recordsFrom(dir: string, position: number, note: (record: JournalRecord) => void): Generator<JournalRecord> {
  for (const { record } of readRecords(dir, position)) {
    note(record);
    yield record;
  }
}

/** Where to begin; or why that cannot be told. */
function begin(dataDir: string): ReturnType<typeof beginningOf> | string {
  try {
    return beginningOf(dataDir);
  } catch (error) {
    if (!isJournalDamage(error)) throw error;
    return error.message;
  }
}

function judge(state: MonitorState, records: Iterable<JournalRecord>): Difference {
  return verifyRecords(createMonitor(state, { isShortWayOpen: false }), records, decodeNative);
}

/** Without a state to begin with nothing can be judged anew. */
function count(records: Iterable<JournalRecord>): Difference {
  let inputs = 0;
  for (const { type } of records) if (type === "input") inputs += 1;
  return { inputs, changes: 0, transitions: 0, missing: 0, extra: 0, examples: [] };
}

/** Whose signatures these are: with the key of the folder alone, whoever changed the record may have changed the key as well. */
function keySaid(dataDir: string, { heads, key }: VerifyWords): string {
  const own = readRecordKey(dataDir)?.fingerprint;
  if (key !== undefined) return `heads are held against the key that was given, ${key}`;
  const whose = own === undefined ? "any key, since none is here" : `the key of this folder, ${own}`;
  const advice = heads === undefined ? "--heads and --key" : "--key";
  return `heads are held against ${whose}: give ${advice} to hold them against what was kept elsewhere`;
}

/** `verify`: every damage by its place and its record, then what is missing or extra; the last line is the verdict. */
export function runVerify(dataDir: string, words: VerifyWords, output: Output): number {
  const dir = join(dataDir, "journal");
  if (!existsSync(dir) || (words.heads !== undefined && !existsSync(words.heads))) {
    output.say(existsSync(dir) ? `there is no file ${words.heads}` : `there is no journal in ${dataDir}`);
    return exitCodes.usage;
  }
  let findings = 0;
  const beginning = begin(dataDir);
  if (typeof beginning === "string") {
    output.out(`what was condensed cannot be read to its end: ${beginning}`);
    return exitCodes.found;
  }
  const { position, chain, state } = beginning;
  for (const line of beginning.says) output.say(line);
  const tell = (finding: Finding): void => {
    findings += 1;
    if (findings <= mostNamed) output.out(JSON.stringify(finding));
  };
  const condensed = (reason: string): void => tell(beside("condensed", "kept", "what was condensed", reason));
  for (const reason of beginning.breaks) condensed(reason);
  const inspected = inspectData(dataDir, words, tell, { position, ...chain });
  if (findings > mostNamed) output.out(`${findings - mostNamed} more`);
  const { turns, end, unsealed, anchored } = inspected;
  output.say(`${end} bytes, ${turns} turns, ${anchored} signed heads and checkpoints that fit; ${findings} finding(s)`);
  output.say(keySaid(dataDir, words));
  if (unsealed > 0) output.say(`${unsealed} input(s) behind the last seal: the next start judges them`);
  try {
    const records = recordsFrom(dir, position, beginning.note);
    const found = state === null ? count(records) : judge(state, records);
    for (const reason of beginning.unlike()) condensed(reason);
    for (const { kind, change } of found.examples) output.out(JSON.stringify({ kind, change }));
    output.out(
      `${found.inputs} inputs, ${found.changes} changes (${found.transitions} transitions): ${found.missing} missing, ${found.extra} extra`,
    );
    return found.missing + found.extra + findings === 0 && state !== null ? exitCodes.done : exitCodes.found;
  } catch (error) {
    output.out(`the journal cannot be judged to its end: ${(error as Error).message}`);
    return exitCodes.found;
  }
}
