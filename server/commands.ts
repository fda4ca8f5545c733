// The commands beside the server: replay, verify, plan, journal, people and devices. Text in, text out; main gives the streams.
import { createReadStream, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { randomBytes } from "node:crypto";
import { createGunzip } from "node:zlib";
import type { JournalRecord } from "../contract/journal.ts";
import { tiers, type Plan, type Tier } from "../contract/plant.ts";
import { roles, type Role } from "../contract/wall.ts";
import { decodeNative } from "./adapters/dialects/native.ts";
import { readKept } from "./adapters/journal/kept.ts";
import { listSegments, readRecords } from "./adapters/journal/read.ts";
import type { PlacedRecord } from "./adapters/journal/records.ts";
import { chainTurns } from "./adapters/journal/chain.ts";
import { lockData } from "./adapters/lock.ts";
import { createRegister, type Register } from "./adapters/register.ts";
import { beginningOf } from "./commands/beginning.ts";
import { loadPlan } from "./config.ts";
import { carryVersions } from "./config/run-time-versions.ts";
import { exitCodes } from "./app/exit-codes.ts";
import { createLog } from "./log.ts";
import { createLoop } from "./loop.ts";
import type { MonitorState } from "./monitor/state.ts";
import { createMonitor } from "./monitor.ts";
import { createReplay, verifyRecords, type Difference, type ReplayLine } from "./replay.ts";
import { restore } from "./restore.ts";

/** Where a command writes. */
export interface Output {
  /** One line of the result. */
  readonly out: (line: string) => void;
  /** One line for the person who runs it. */
  readonly say: (line: string) => void;
}

function planOf(dir: string, { say }: Output): Plan | null {
  const loaded = loadPlan(dir);
  if (loaded.ok) return loaded.plan;
  for (const fault of loaded.faults) say(fault);
  say(`${loaded.faults.length} fault(s) in the configuration`);
  return null;
}

function parseLine(text: string): ReplayLine | string {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return "LINE_BAD_JSON";
  }
  if (typeof line !== "object" || line === null) return "LINE_BAD_SHAPE";
  const { topic, payload, receivedAt } = line as Record<string, unknown>;
  if (typeof topic !== "string" || payload === undefined) return "LINE_BAD_SHAPE";
  if (receivedAt !== undefined && (typeof receivedAt !== "number" || !Number.isFinite(receivedAt)))
    return "LINE_BAD_SHAPE";
  const whole = typeof payload === "string" ? payload : JSON.stringify(payload);
  return { topic, payload: Buffer.from(whole), receivedAt: receivedAt ?? null };
}

/** `replay`: judges lines `{"topic", "payload", "receivedAt"?}`; one transition a line out, a summary to the person. */
export async function runReplay(configDir: string, input: string, output: Output): Promise<number> {
  const plan = planOf(configDir, output);
  if (plan === null) return exitCodes.config;
  if (!existsSync(input)) {
    output.say(`there is no file ${input}`);
    return exitCodes.usage;
  }
  const file = createReadStream(input);
  const lines = createInterface({
    input: input.endsWith(".gz") ? file.pipe(createGunzip()) : file,
    crlfDelay: Infinity,
  });
  const replay = createReplay(createMonitor(), plan, decodeNative);
  const bad: Record<string, number> = {};
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === "") continue;
    const line = parseLine(text);
    if (typeof line === "string") {
      bad[line] = (bad[line] ?? 0) + 1;
      if (bad[line] === 1) output.say(`line ${number}: ${line}`);
    } else for (const transition of replay.feed(line)) output.out(JSON.stringify(transition));
  }
  const { refused, ...summary } = replay.summary();
  const span = (at: number | null): string => (at === null ? "nothing" : new Date(at).toISOString());
  output.say(
    `${summary.lines} messages from ${span(summary.from)} to ${span(summary.to)}: ${summary.transitions} transitions`,
  );
  for (const [code, count] of Object.entries({ ...bad, ...refused })) output.say(`  ${code}: ${count}`);
  if (summary.withoutReceivedAt > 0) {
    output.say(
      `  ${summary.withoutReceivedAt} lines without receivedAt: their newest ts served, and the future check is off for them`,
    );
  }
  return exitCodes.done;
}

function* noted(records: Iterable<PlacedRecord>, note: (record: JournalRecord) => void): Generator<PlacedRecord> {
  for (const placed of records) {
    note(placed.record);
    yield placed;
  }
}

function judged(state: MonitorState, records: Iterable<JournalRecord>): Difference {
  return verifyRecords(createMonitor(state, { isShortWayOpen: false }), records, decodeNative);
}

/** Without a state to begin with only the chain can be checked. */
function pass(records: Iterable<JournalRecord>): Difference {
  let inputs = 0;
  for (const { type } of records) if (type === "input") inputs += 1;
  return { inputs, changes: 0, transitions: 0, missing: 0, extra: 0, examples: [] };
}

/** `verify`: judges the journal anew, names what is missing or extra, and checks the chain of hashes. */
export function runVerify(dataDir: string, output: Output): number {
  const dir = join(dataDir, "journal");
  if (!existsSync(dir)) {
    output.say(`there is no journal in ${dataDir}`);
    return exitCodes.usage;
  }
  const chain = { broken: null as string | null };
  try {
    const { position, state, says, breaks, ...begun } = beginningOf(dataDir);
    for (const line of says) output.out(line);
    for (const reason of breaks) output.out(JSON.stringify({ kind: "condensed", reason }));
    const placed = noted(readRecords(dir, position), begun.note);
    const records = chainTurns(placed, begun.chain, (reason) => (chain.broken ??= reason));
    const found = state === null ? pass(records) : judged(state, records);
    for (const { kind, change } of found.examples) output.out(JSON.stringify({ kind, change }));
    if (chain.broken !== null) output.out(JSON.stringify({ kind: "chain", reason: chain.broken }));
    const unlike = begun.unlike();
    for (const reason of unlike) output.out(JSON.stringify({ kind: "condensed", reason }));
    const isWhole = chain.broken === null && state !== null && breaks.length + unlike.length === 0;
    output.out(
      `${found.inputs} inputs, ${found.changes} changes (${found.transitions} transitions): ${found.missing} missing, ${found.extra} extra`,
    );
    return found.missing + found.extra === 0 && isWhole ? exitCodes.done : exitCodes.found;
  } catch (error) {
    output.out(`the journal cannot be read to its end: ${(error as Error).message}`);
    return exitCodes.found;
  }
}

/** `journal`: every record as one line of JSON; payloads as text. */
export function runJournal(dataDir: string, output: Output): number {
  const dir = join(dataDir, "journal");
  if (!existsSync(dir)) {
    output.say(`there is no journal in ${dataDir}`);
    return exitCodes.usage;
  }
  // What was condensed has no place in the journal any more but that of its segment.
  for (const { record, segment } of readKept(dir)) output.out(JSON.stringify({ kept: segment, ...record }));
  for (const { record, start } of readRecords(dir, listSegments(dir)[0]?.start ?? 0)) {
    const isMessage = record.type === "input" && record.input.kind === "message";
    const shown = isMessage
      ? { ...record, input: { ...record.input, payload: Buffer.from(record.input.payload).toString("utf8") } }
      : record;
    output.out(JSON.stringify({ position: start, ...shown }));
  }
  return exitCodes.done;
}

function differences(before: Plan, after: Plan): readonly string[] {
  const lines: string[] = [];
  for (const key of ["sites", "items", "points", "devices"] as const) {
    const old = new Map(before[key].map((one) => [one.id, JSON.stringify(one)]));
    for (const one of after[key]) {
      const was = old.get(one.id);
      old.delete(one.id);
      if (was === undefined) lines.push(`+ ${key} ${one.id}`);
      else if (was !== JSON.stringify(one))
        lines.push(`~ ${key} ${one.id}\n    was ${was}\n    now ${JSON.stringify(one)}`);
    }
    for (const id of old.keys()) lines.push(`- ${key} ${id}`);
  }
  if (JSON.stringify(before.routing) !== JSON.stringify(after.routing)) lines.push("~ routing");
  const rest = ({ sites: _, items: __, points: ___, devices: ____, routing: _____, ...others }: Plan): string =>
    JSON.stringify(others);
  if (rest(before) !== rest(after)) lines.push("~ names, counties, sectors or action cards");
  return lines;
}

/** `plan`: shows how the configuration differs from the plan of record; with a name and a reason it imports it. */
export function runPlan(
  configDir: string,
  dataDir: string,
  act: { readonly by: string; readonly reason: string } | null,
  output: Output,
): number {
  const written = planOf(configDir, output);
  if (written === null) return exitCodes.config;
  const lock = lockData(dataDir);
  const log = createLog("warn");
  const { monitor, journal } = restore({
    dataDir,
    journalDir: join(dataDir, "journal"),
    segmentBytes: 64 << 20,
    syncMs: 100,
    decode: decodeNative,
    log,
  });
  try {
    const { plan, faults, gone } = carryVersions(written, monitor.state().plan);
    for (const fault of faults) output.say(fault);
    if (faults.length > 0) {
      output.say(`${faults.length} version(s) enabled at run time contradict the configuration: nothing was imported`);
      return exitCodes.config;
    }
    for (const line of gone) output.say(line);
    const lines = differences(monitor.state().plan, plan);
    for (const line of lines) output.out(line);
    output.say(
      lines.length === 0 ? "the plan of record is what the configuration says" : `${lines.length} difference(s)`,
    );
    if (lines.length === 0 || act === null) return exitCodes.done;
    const listener = { changed: () => {}, touched: () => {}, replanned: () => {}, turned: () => {} };
    const { number, seq } = monitor.state();
    const loop = createLoop({
      monitor,
      journal,
      listener,
      decode: decodeNative,
      digest: () => "",
      now: Date.now,
      soon: () => {},
      later: () => {},
      number,
      seq,
      log,
    });
    loop.plan(plan, act.by, act.reason);
    loop.drain();
    output.say(`imported by ${act.by}: ${act.reason}`);
    return exitCodes.done;
  } finally {
    journal.close();
    lock.release();
  }
}

function withRegister<T>(dataDir: string, work: (register: Register) => T): T {
  // People and devices may be entered before the server has ever run.
  mkdirSync(dataDir, { recursive: true });
  return work(createRegister({ file: join(dataDir, "register.db"), now: Date.now, random: randomBytes }));
}

/** `user list | add NAME ROLE TIER | remove NAME`: a password is generated and shown this once. */
export async function runUser(dataDir: string, words: readonly string[], output: Output): Promise<number> {
  const [verb, name = "", role = "dutyOfficer", tier = "city"] = words;
  return withRegister(dataDir, async (register) => {
    if (verb === "list") {
      for (const person of register.listPeople()) output.out(`${person.name}  ${person.role}  ${person.tier}`);
      return exitCodes.done;
    }
    if (verb === "remove") return register.removePerson(name) ? exitCodes.done : exitCodes.found;
    const isKnown = roles.includes(role as Role) && tiers.includes(tier as Tier);
    if (verb !== "add" || !isKnown) {
      output.say(`user list | add NAME [${roles.join("|")}] [${tiers.join("|")}] | remove NAME`);
      return exitCodes.usage;
    }
    const added = await register.addPerson({ name, role: role as Role, tier: tier as Tier });
    output.out(added.ok ? `${name}: password ${added.password}` : `${name}: ${added.fault}`);
    return added.ok ? exitCodes.done : exitCodes.found;
  });
}

/** `device list | add SITE DEVICE | remove SITE DEVICE`: a secret is generated and shown this once. */
export function runDevice(dataDir: string, words: readonly string[], output: Output): number {
  const [verb, site = "", device = ""] = words;
  return withRegister(dataDir, (register) => {
    if (verb === "list") {
      for (const one of register.listDevices())
        output.out(`${one.userName}  since ${new Date(one.createdAt).toISOString()}`);
      return exitCodes.done;
    }
    if (verb === "remove") return register.removeDevice(site, device) ? exitCodes.done : exitCodes.found;
    if (verb !== "add") {
      output.say("device list | add SITE DEVICE | remove SITE DEVICE");
      return exitCodes.usage;
    }
    const added = register.renewDevice(site, device);
    output.out(
      added.ok ? `user name ${added.userName}, password ${added.secret}` : `${site}/${device}: ${added.fault}`,
    );
    return added.ok ? exitCodes.done : exitCodes.found;
  });
}
