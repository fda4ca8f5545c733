// A pack of evidence: one occurrence of one alarm with the whole turns of the journal that it rests on, bounded and signed.
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  canonicalText,
  type EvidenceContent,
  type EvidencePack,
  type EvidenceSample,
  packText,
} from "../../contract/evidence.ts";
import type { RecordedInput } from "../../contract/input.ts";
import type { Source } from "../../contract/alarm.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Decode } from "../../contract/sample.ts";
import { headsAround, headsFile } from "../adapters/journal/heads.ts";
import { chainOver } from "../adapters/journal/inspect.ts";
import { isJournalDamage, listSegments, positionBefore } from "../adapters/journal/read.ts";
import type { RecordKey } from "../adapters/journal/record-key.ts";
import { sealBytes } from "../adapters/journal/records.ts";
import { readBytes, readTurns, type Turn } from "../adapters/journal/turns.ts";
import { findJudged, findSteps, type PlacedStep } from "./find.ts";
import { readingOf } from "./reading.ts";

/** What is asked for. */
export interface EvidenceRequest {
  readonly alarm: string;
  /** Null: the newest. */
  readonly occurrence: number | null;
  readonly windowMs: number;
  readonly madeAt: number;
  readonly madeBy: string;
  readonly version: string;
}

/** The pack's file as text, or why there is none. */
export type Packed =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly code: "ALARM_NOT_FOUND" | "EVIDENCE_TOO_LARGE" | "EVIDENCE_RECORD_DAMAGED";
      readonly detail: string;
    };

/** Where the evidence comes from. */
export interface EvidenceSources {
  readonly journalDir: string;
  readonly key: Pick<RecordKey, "publicKey" | "sign">;
  readonly decode: Decode;
  /** Whole turns of the journal, bytes; in the file they take a third more. @default 64 MiB */
  readonly mostBytes?: number;
}

/** The window that is looked at where nobody asks for another: an hour before each step, and an hour behind it. */
export const usualWindowMs = 3_600_000;
const usualMostBytes = 64 << 20;

/** Points whose samples belong to an alarm. */
function pointsOf(source: Source, plan: Plan | null): ReadonlySet<string> {
  const { kind, id } = source;
  if (kind === "point") return new Set([id]);
  if (kind === "neighbour" || kind === "wall") return new Set();
  const points = plan?.points ?? [];
  return new Set(points.filter((point) => point[kind] === id).map((point) => point.id));
}

interface Wanted {
  readonly alarm: string;
  readonly occurrence: number;
  readonly points: ReadonlySet<string>;
  readonly causes: ReadonlySet<number>;
  readonly steps: ReadonlySet<number>;
  /** Sites of the points: a message of another one need not be decoded. */
  readonly sites: readonly string[];
  readonly isNear: (at: number) => boolean;
  readonly decode: Decode;
}

/** What of a turn belongs to the pack. */
interface Taken {
  readonly acts: EvidenceContent["acts"][number][];
  readonly causes: EvidenceContent["causes"][number][];
  readonly incidents: NonNullable<EvidenceContent["incidents"]>[number][];
  readonly samples: EvidenceSample[];
  isStep: boolean;
}

function sampleOf(
  input: Extract<RecordedInput, { kind: "message" }>,
  position: number,
  turn: Turn,
  wanted: Wanted,
): EvidenceSample | null {
  if (!wanted.sites.some((site) => input.topic.includes(`/${site}/`))) return null;
  const decoded = wanted.decode(input.topic, input.payload);
  if (!decoded.ok || decoded.message.kind !== "telemetry") return null;
  const { site, readings } = decoded.message;
  const values = readings
    .map(({ code, sourceAt, value }) => ({ point: `${site}/${code}`, sourceAt, value }))
    .filter(({ point }) => wanted.points.has(point));
  if (values.length === 0) return null;
  const { number, at, topic, origin } = input;
  const flags = turn.seal.flags.find(([of]) => of === number)?.[1] ?? [];
  const from = origin === undefined ? {} : { origin: { dialect: origin.dialect, topic: origin.topic } };
  return { position, number, at, topic, values, flags, ...from };
}

function takeOf(turn: Turn, wanted: Wanted): Taken {
  const taken: Taken = { acts: [], causes: [], incidents: [], samples: [], isStep: false };
  for (const { record, start: position } of turn.records) {
    if (record.type === "change") {
      taken.isStep ||= wanted.steps.has(position);
      const { change } = record;
      // What a step does to an incident is written right behind it, in the same turn.
      const isOfStep = taken.isStep && change.type === "incident" && change.entry.alarm === wanted.alarm;
      if (isOfStep) taken.incidents.push({ position, id: change.id, entry: change.entry });
      continue;
    }
    if (record.type !== "input") continue;
    const { input } = record;
    const { number, at } = input;
    if (input.kind === "message") {
      const sample = wanted.isNear(at) || wanted.causes.has(number) ? sampleOf(input, position, turn, wanted) : null;
      if (sample !== null) taken.samples.push(sample);
      else if (wanted.causes.has(number)) taken.causes.push({ position, number, at, kind: input.kind });
    } else if (input.kind === "command") {
      const { request } = input.command;
      const isAlarm = "alarm" in request && request.alarm === wanted.alarm;
      const isPoint = "point" in request && wanted.points.has(request.point);
      // An act at rest names no occurrence (0), nor does a reading: those belong to it by their time.
      const isOwn = isAlarm && request.occurrence === wanted.occurrence;
      const isAbout = isOwn || ((isPoint || (isAlarm && request.occurrence === 0)) && wanted.isNear(at));
      if (isAbout || wanted.causes.has(number)) taken.acts.push({ position, number, at, command: input.command });
    } else if (wanted.causes.has(number)) taken.causes.push({ position, number, at, kind: input.kind });
  }
  return taken;
}

/** Where reading begins: one file before the first that is wanted, so that the chain before every turn is known. */
function beginning(dir: string, position: number): number {
  const segments = listSegments(dir);
  const own = segments.findLastIndex(({ start }) => start <= position);
  return segments[Math.max(0, own - 1)]?.start ?? 0;
}

/** Gathers the turns that hold something of the alarm, bounded. */
function createGatherer(dir: string, mostBytes: number) {
  const kept = new Map<number, EvidenceContent["turns"][number] & { readonly end: number }>();
  let bytes = 0;
  return {
    turns: () => [...kept.values()].toSorted((a, b) => a.position - b.position),
    /** Why the turn cannot be kept; null where it is. */
    keep: (turn: Turn): Extract<Packed, { ok: false }> | null => {
      const { start, end, before, seal } = turn;
      if (kept.has(start)) return null;
      bytes += end - start;
      if (bytes > mostBytes) {
        const detail = `the turns that it rests on have more than ${mostBytes >> 20} MiB: ask for a smaller window`;
        return { ok: false, code: "EVIDENCE_TOO_LARGE", detail };
      }
      const whole = readBytes(dir, start, end);
      const body = whole.subarray(0, whole.length - sealBytes(seal));
      if (before === null || chainOver(before, body) !== seal.chain) {
        return {
          ok: false,
          code: "EVIDENCE_RECORD_DAMAGED",
          detail: `the turn at position ${start} does not fit its seal`,
        };
      }
      kept.set(start, { position: start, before, bytes: whole.toString("base64"), end });
      return null;
    },
  };
}

/** Makes the pack of an alarm's occurrence. */
export function packEvidence(request: EvidenceRequest, sources: EvidenceSources): Packed {
  try {
    const steps = findSteps(sources.journalDir, request.alarm, request.occurrence);
    if (steps.length === 0) {
      return { ok: false, code: "ALARM_NOT_FOUND", detail: `the journal has no such occurrence of ${request.alarm}` };
    }
    return gather(request, steps, sources);
  } catch (error) {
    if (!isJournalDamage(error)) throw error;
    return { ok: false, code: "EVIDENCE_RECORD_DAMAGED", detail: error.message };
  }
}

function gather(request: EvidenceRequest, steps: readonly PlacedStep[], sources: EvidenceSources): Packed {
  const { journalDir: dir, key, decode, mostBytes = usualMostBytes } = sources;
  const { alarm, windowMs } = request;
  const transitions = steps.map(({ transition }) => transition);
  const [first, last] = [transitions[0], transitions.at(-1)];
  if (first === undefined || last === undefined) throw new Error("an alarm without a step");
  const { plan, rules } = findJudged(dir, steps);
  const points = pointsOf(first.source, plan);
  const times = transitions.map(({ recordedAt }) => recordedAt);
  const wanted: Wanted = {
    alarm,
    occurrence: first.occurrence,
    points,
    causes: new Set(transitions.map(({ cause }) => cause)),
    steps: new Set(steps.map(({ position }) => position)),
    sites: [...new Set([...points].map((id) => id.split("/")[0] ?? ""))],
    isNear: (at) => times.some((time) => Math.abs(at - time) <= windowMs),
    decode,
  };
  const gatherer = createGatherer(dir, mostBytes);
  for (const { position } of rules) {
    for (const turn of readTurns(dir, beginning(dir, position))) {
      if (turn.end <= position) continue;
      const refused = gatherer.keep(turn);
      if (refused !== null) return refused;
      break;
    }
  }
  const all: Omit<Taken, "isStep"> = { acts: [], causes: [], incidents: [], samples: [] };
  const lastStep = steps.at(-1)?.position ?? 0;
  const from = Math.min(positionBefore(dir, first.recordedAt - windowMs), steps[0]?.position ?? 0);
  for (const turn of readTurns(dir, beginning(dir, from))) {
    const [begin] = turn.records;
    const at = begin?.record.type === "input" ? begin.record.input.at : 0;
    if (turn.start > lastStep && at > last.recordedAt + windowMs) break;
    if (turn.end <= from) continue;
    const taken = takeOf(turn, wanted);
    const { acts, causes, incidents, samples, isStep } = taken;
    if (!isStep && acts.length + causes.length + samples.length === 0) continue;
    const refused = gatherer.keep(turn);
    if (refused !== null) return refused;
    all.acts.push(...acts);
    all.causes.push(...causes);
    all.incidents.push(...incidents);
    all.samples.push(...samples);
  }
  const turns = gatherer.turns();
  const ends = new Set(turns.map(({ end }) => end));
  const heads = headsAround(join(dir, headsFile), ends, turns[0]?.position ?? 0, turns.at(-1)?.end ?? 0);
  const { madeAt, madeBy, version } = request;
  const content: EvidenceContent = {
    format: "skyground-evidence",
    formatVersion: 1,
    about: { system: "SkyGround", version, madeAt, madeBy, timeZone: "+08:00", windowMs },
    alarm: { id: alarm, occurrence: first.occurrence, source: first.source, rule: first.rule },
    transitions: steps,
    ...all,
    rules,
    turns: turns.map(({ position, before, bytes }) => ({ position, before, bytes })),
    heads,
    reading: readingOf(transitions),
  };
  return { ok: true, text: `${canonicalText(signPack(content, key))}\n` };
}

/** Content with its hash and its signature. */
export function signPack(content: EvidenceContent, key: EvidenceSources["key"]): EvidencePack {
  const sha256 = createHash("sha256").update(canonicalText(content)).digest("hex");
  const signature = { algorithm: "Ed25519", key: key.publicKey, value: key.sign(packText(sha256)) } as const;
  return { content, sha256, signature };
}
