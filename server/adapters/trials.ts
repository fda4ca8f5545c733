// Rules on trial, as files of the data directory: the reports of back-tests, and the changes that run as shadows.
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { BacktestReport } from "../../contract/backtest.ts";
import type { RuleChange } from "../../contract/rule-change.ts";

/** A file that can be read: its name without its ending, and what it holds. */
export interface Kept<T> {
  readonly hash: string;
  readonly content: T;
}

/** Each shadow is a monitor of its own beside the live one: so many at most. */
export const mostShadows = 4;

const ending = ".json";

/** JSON with its keys in order, so that the same content has the same text whoever wrote it. */
function orderedText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(orderedText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${orderedText(one)}`)
    .join(",")}}`;
}

/**
 * SHA-256 over what a change would have judged: whose rule, which version, and its levels. Not over its author, its reason,
 * its approver and its valid-from: none of them changes what the past would have said, and some are known only later.
 */
export function hashOfChange({ source, rule, direction, version }: RuleChange): string {
  const judged = { source, rule, direction, version: version.version, levels: version.levels };
  return createHash("sha256").update(orderedText(judged)).digest("hex");
}

/** Whole or not at all: written beside, synced, then renamed; a power cut leaves the old file or the new one. */
function writeWhole(dir: string, hash: string, content: unknown): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${hash}${ending}`);
  const fd = openSync(`${file}.tmp`, "w");
  try {
    writeSync(fd, `${JSON.stringify(content, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.tmp`, file);
  const folder = openSync(dir, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return file;
}

/** Null where there is no such file, or somebody has spoilt it. */
function read(dir: string, hash: string): unknown {
  const file = join(dir, `${hash}${ending}`);
  if (!/^[0-9a-f]{64}$/u.test(hash) || !existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

function list<T>(dir: string): readonly Kept<T>[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .flatMap((name) => {
      const hash = name.slice(0, -ending.length);
      const content = read(dir, hash);
      return content === null ? [] : [{ hash, content: content as T }];
    });
}

const backtestsIn = (dataDir: string): string => join(dataDir, "backtests");
const shadowsIn = (dataDir: string): string => join(dataDir, "shadows");

/** Keeps a report under its hash, in the place of an earlier one of the same change; gives the file. */
export function saveBacktest(dataDir: string, report: BacktestReport): string {
  return writeWhole(backtestsIn(dataDir), report.hash, report);
}

/** The newest report of a change; null where it was never back-tested. */
export function findBacktest(dataDir: string, hash: string): BacktestReport | null {
  const report = read(backtestsIn(dataDir), hash) as BacktestReport | null;
  // A file that was renamed by hand is of another change.
  return report !== null && report.format === 1 && hashOfChange(report.change) === hash ? report : null;
}

/** Every report, by hash. */
export function listBacktests(dataDir: string): readonly Kept<BacktestReport>[] {
  return list<BacktestReport>(backtestsIn(dataDir));
}

/** Asks for a shadow; gives its hash. */
export function startShadow(dataDir: string, change: RuleChange): string {
  const hash = hashOfChange(change);
  writeWhole(shadowsIn(dataDir), hash, change);
  return hash;
}

/** Asks for a shadow no more; false where there is none. */
export function stopShadow(dataDir: string, hash: string): boolean {
  if (read(shadowsIn(dataDir), hash) === null) return false;
  rmSync(join(shadowsIn(dataDir), `${hash}${ending}`));
  return true;
}

/** The changes that shall run as shadows, by hash. */
export function listShadows(dataDir: string): readonly Kept<RuleChange>[] {
  return list<RuleChange>(shadowsIn(dataDir));
}
