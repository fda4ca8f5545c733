// The commands beside the server: replay, plan, journal, people and devices. Text in, text out; main gives the streams.
import { createReadStream, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { randomBytes } from "node:crypto";
import { createGunzip } from "node:zlib";
import { tiers, type Plan, type Tier } from "../contract/plant.ts";
import type { Scope } from "../contract/scope.ts";
import { type Person, roles, type Role } from "../contract/wall.ts";
import { decodeNative } from "./adapters/dialects/native.ts";
import { readKept } from "./adapters/journal/kept.ts";
import { listSegments, readRecords } from "./adapters/journal/read.ts";
import { lockData } from "./adapters/lock.ts";
import { createRegister, type Register } from "./adapters/register.ts";
import type { NotRegistered } from "./adapters/register/entries.ts";
import { loadPlan } from "./config.ts";
import { carryVersions } from "./config/run-time-versions.ts";
import { exitCodes } from "./app/exit-codes.ts";
import { createLog } from "./log.ts";
import { createLoop } from "./loop.ts";
import { createMonitor } from "./monitor.ts";
import { createReplay, type ReplayLine } from "./replay.ts";
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

/** Opens the register for one piece of work. */
export function withRegister<T>(dataDir: string, work: (register: Register) => T): T {
  // People and devices may be entered before the server has ever run.
  mkdirSync(dataDir, { recursive: true });
  return work(createRegister({ file: join(dataDir, "register.db"), now: Date.now, random: randomBytes }));
}

const limits = ["counties", "towns", "sectors", "sites"] as const;
/** What `user` is asked: its words, and names between commas that limit a person. */
type UserWords = { readonly words: readonly string[] } & { readonly [Limit in (typeof limits)[number]]?: string };

/** A list without names stays one, and is refused: it must not become the whole city. */
function scopeOf(asked: UserWords): Scope | undefined {
  const given = limits.flatMap((limit) => {
    const names = asked[limit]?.split(",").map((name) => name.trim());
    return names === undefined ? [] : [[limit, names.filter((name) => name !== "")] as const];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** `user list | add NAME ROLE TIER | reset NAME | remove NAME`: a password is generated and shown this once. */
export async function runUser(dataDir: string, asked: UserWords, output: Output): Promise<number> {
  const [verb, name = "", role = "dutyOfficer", tier = "city"] = asked.words;
  const scope = scopeOf(asked);
  return withRegister(dataDir, async (register) => {
    if (verb === "list") {
      for (const { name: who, scope: of = {}, lockedAt, ...person } of register.listAccounts()) {
        const parts = Object.entries(of).map(([limit, names]) => `${limit} ${names.join(",")}`);
        output.out([who, person.role, person.tier, ...parts, ...(lockedAt === null ? [] : ["locked"])].join("  "));
      }
      return exitCodes.done;
    }
    const isKnown = roles.includes(role as Role) && tiers.includes(tier as Tier);
    if ((verb !== "add" && verb !== "reset" && verb !== "remove") || !isKnown) {
      output.say(`user list | add NAME [${roles.join("|")}] [${tiers.join("|")}] | reset NAME | remove NAME`);
      output.say(`  where not the whole city: ${limits.map((limit) => `--${limit} A,B`).join(" ")}`);
      return exitCodes.usage;
    }
    const done = await enterFromConsole(register, verb, {
      name,
      role: role as Role,
      tier: tier as Tier,
      ...(scope === undefined ? {} : { scope }),
    });
    if (verb !== "remove" || !done.ok)
      output.out(done.ok ? `${name}: password ${done.password}` : `${name}: ${done.fault}`);
    return done.ok ? exitCodes.done : exitCodes.found;
  });
}

/** The machine's own console is nobody's account: what is done there is in the record without a name. */
async function enterFromConsole(
  register: Register,
  verb: "add" | "reset" | "remove",
  person: Person,
): Promise<{ readonly ok: true; readonly password: string } | NotRegistered> {
  const { name } = person;
  const made = await register.newPassword(name);
  if (!made.ok) return made;
  const done = register.audited({ by: null }, { act: `person.${verb}`, target: name }, () => {
    const before = register.findAccount(name);
    const unknown: NotRegistered = { ok: false, fault: "nameUnknown" };
    const written =
      verb === "add"
        ? register.enterPerson(person, made.kept, false)
        : verb === "reset"
          ? register.keepPassword(name, made.kept, false)
          : register.removePerson(name)
            ? ({ ok: true } as const)
            : unknown;
    return written.ok ? { ok: true, before, after: register.findAccount(name), result: made.shown ?? "" } : written;
  });
  return done.ok ? { ok: true, password: done.result } : done;
}
