// What the births of an edge node have told: names, aliases and types of its metrics and of those of its devices.
import { Buffer } from "node:buffer";

/** A metric as a birth describes it. */
export interface Described {
  readonly name: string;
  readonly alias: string | null;
  readonly datatype: number;
}

/** The metrics of the edge node itself, or of one device. */
export interface Known {
  /** By the alias, or by the name where that is sent; null where neither was in a birth. */
  readonly of: (metric: { readonly name: string | null; readonly alias: string | null }) => Described | null;
}

/** The births of one session. An owner is a device; the empty text is the edge node itself. */
export interface Births {
  readonly begin: (bdSeq: string | null) => void;
  readonly bear: (owner: string, metrics: readonly Described[]) => void;
  readonly die: (owner: string) => void;
  readonly end: () => void;
  readonly isAlive: () => boolean;
  readonly bdSeq: () => string | null;
  /** False where an edge node would have more metrics, or longer names, than are remembered; `isNew`: of a new session. */
  readonly isRoomFor: (owner: string, metrics: readonly Described[], isNew: boolean) => boolean;
  /** Null where no birth is known. */
  readonly of: (owner: string) => Known | null;
  readonly metricsOf: (owner: string) => readonly Described[];
  /** What another reader can go on from; the same object as long as nothing has changed. */
  readonly memory: () => unknown;
}

const mostMetrics = 50_000;
/** Of all names and aliases: a topic level may have 64 KB and a name four times that, so that counting them alone bounds nothing. */
const mostChars = 16 * 1024 * 1024;
/** A memory is 1 MiB at most: of a larger edge node no births are kept, and it is asked for them after a restart. */
const maxMemoryBytes = 1024 * 1024;

/** A birth as it is kept: owner, and name, alias and type of each metric. */
type KeptMetric = readonly [name: string, alias: string | null, datatype: number];
type KeptBirth = readonly [owner: string, metrics: readonly KeptMetric[]];

/** How much is remembered. */
interface Size {
  readonly metrics: number;
  readonly chars: number;
}

interface Birth extends Known {
  readonly metrics: readonly Described[];
  readonly size: Size;
}

const empty: Size = { metrics: 0, chars: 0 };

/** A birth takes room even without a metric. */
function sizeOf(owner: string, metrics: readonly Described[]): Size {
  const chars = metrics.reduce((sum, { name, alias }) => sum + name.length + (alias?.length ?? 0), owner.length);
  return { metrics: metrics.length + 1, chars };
}

function birthOf(owner: string, metrics: readonly Described[]): Birth {
  const byName = new Map(metrics.map((one) => [one.name, one]));
  const byAlias = new Map(metrics.flatMap((one) => (one.alias === null ? [] : [[one.alias, one] as const])));
  return {
    metrics,
    size: sizeOf(owner, metrics),
    // A name says more than an alias: some gateways send both (Tahu), and the name is what people entered.
    of: ({ name, alias }) => (name === null ? byAlias.get(alias ?? "") : byName.get(name)) ?? null,
  };
}

/** Goes on from what an earlier reader kept, as far as it may be that. */
export function createBirths(memory: unknown): Births {
  const before = keptOf(memory);
  const births = new Map(before.births.map(([owner, metrics]) => [owner, birthOf(owner, metrics.map(describe))]));
  let { bdSeq, isAlive } = before;
  let remembered: unknown = null;
  let all = [...births.values()].reduce((sum, { size }) => plus(sum, size, 1), empty);
  const change = (isNowAlive: boolean): void => {
    isAlive = isNowAlive;
    remembered = null;
  };
  const remember = (): unknown => {
    // As text it is larger still.
    if (all.chars > maxMemoryBytes) return tooLarge(bdSeq);
    const kept: KeptBirth[] = [...births].map(([owner, { metrics }]) => [
      owner,
      metrics.map(({ name, alias, datatype }) => [name, alias, datatype]),
    ]);
    const whole = { bdSeq, isAlive, births: kept };
    return Buffer.byteLength(JSON.stringify(whole)) <= maxMemoryBytes ? whole : tooLarge(bdSeq);
  };
  const forget = (owner: string): boolean => {
    all = plus(all, births.get(owner)?.size ?? empty, -1);
    return births.delete(owner);
  };
  return {
    begin: (number) => {
      births.clear();
      all = empty;
      bdSeq = number;
      change(true);
    },
    bear: (owner, metrics) => {
      forget(owner);
      const birth = birthOf(owner, metrics);
      births.set(owner, birth);
      all = plus(all, birth.size, 1);
      change(isAlive);
    },
    die: (owner) => {
      if (forget(owner)) change(isAlive);
    },
    end: () => {
      births.clear();
      all = empty;
      change(false);
    },
    isAlive: () => isAlive,
    bdSeq: () => bdSeq,
    isRoomFor: (owner, described, isNew) => {
      const others = isNew ? empty : plus(all, births.get(owner)?.size ?? empty, -1);
      const { metrics, chars } = plus(others, sizeOf(owner, described), 1);
      return metrics <= mostMetrics && chars <= mostChars;
    },
    of: (owner) => births.get(owner) ?? null,
    metricsOf: (owner) => births.get(owner)?.metrics ?? [],
    memory: () => (remembered ??= remember()),
  };
}

function plus(a: Size, b: Size, times: 1 | -1): Size {
  return { metrics: a.metrics + times * b.metrics, chars: a.chars + times * b.chars };
}

/** It is asked for its births after a restart. */
function tooLarge(bdSeq: string | null): Kept {
  return { bdSeq, isAlive: false, births: [] };
}

function describe([name, alias, datatype]: KeptMetric): Described {
  return { name, alias, datatype };
}

interface Kept {
  readonly bdSeq: string | null;
  readonly isAlive: boolean;
  readonly births: readonly KeptBirth[];
}

const nothing: Kept = { bdSeq: null, isAlive: false, births: [] };

/** All of it, or nothing: half a birth would leave a half that nobody asks for. */
function keptOf(memory: unknown): Kept {
  if (typeof memory !== "object" || memory === null) return nothing;
  const { bdSeq, isAlive, births } = memory as Readonly<Record<string, unknown>>;
  const isWhole =
    (bdSeq === null || typeof bdSeq === "string") &&
    typeof isAlive === "boolean" &&
    Array.isArray(births) &&
    births.every(isKeptBirth);
  return isWhole ? { bdSeq, isAlive, births } : nothing;
}

function isKeptBirth(value: unknown): value is KeptBirth {
  if (!Array.isArray(value)) return false;
  const [owner, metrics] = value as unknown[];
  return typeof owner === "string" && Array.isArray(metrics) && metrics.every(isKeptMetric);
}

function isKeptMetric(value: unknown): value is KeptMetric {
  if (!Array.isArray(value)) return false;
  const [name, alias, datatype] = value as unknown[];
  return typeof name === "string" && (alias === null || typeof alias === "string") && typeof datatype === "number";
}
