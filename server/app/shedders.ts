// What gives way on a full disk: exports, reports of back-tests, old messages, and old days of the embedded historian; nothing else.
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { HistorianThread } from "../historian.ts";
import type { Found, Shedders } from "./disk.ts";
import type { RetentionKeeper } from "./retention.ts";

/** Folders of a data directory whose files can all be made again. */
const folders = { exports: ["exports"], reports: ["backtests"] } as const;
const dayMs = 86_400_000;
/** However full the disk is, messages and history of so many days stay. */
const leastDays = 30;

/** The oldest file of some folders. */
function oldestOf(dataDir: string, names: readonly string[]): Found | null {
  const files = names
    .map((name) => join(dataDir, name))
    .filter((dir) => existsSync(dir))
    .flatMap((dir) => readdirSync(dir, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, stat: statSync(file, { throwIfNoEntry: false }) }))
    .flatMap(({ file, stat }) => (stat === undefined ? [] : [{ file, bytes: stat.size, at: stat.mtimeMs }]))
    .toSorted((a, b) => a.at - b.at);
  const [oldest] = files;
  if (oldest === undefined) return null;
  const { file, bytes } = oldest;
  return { target: relative(dataDir, file), bytes, drop: () => rmSync(file, { force: true }) };
}

/** Makes the list of what may go. */
export function createShedders(options: {
  readonly dataDir: string;
  readonly retention: Pick<RetentionKeeper, "look" | "wouldCondense">;
  readonly historian: Pick<HistorianThread, "figures" | "dropBefore">;
  readonly now: () => number;
}): Shedders {
  const { dataDir, retention, historian, now } = options;
  return {
    exports: () => oldestOf(dataDir, folders.exports),
    reports: () => oldestOf(dataDir, folders.reports),
    messages: () =>
      retention.wouldCondense(leastDays)
        ? {
            target: "journal",
            bytes: 0,
            isToldByItself: true,
            drop: () => retention.look(leastDays, `the disk is nearly full: older than ${leastDays} days`),
          }
        : null,
    history: () => {
      const oldestAt = historian.figures()?.oldestAt ?? null;
      if (oldestAt === null || oldestAt + dayMs > now() - leastDays * dayMs) return null;
      const target = `historian/${new Date(oldestAt).toISOString().slice(0, 10)}.db`;
      const bytes = statSync(join(dataDir, target), { throwIfNoEntry: false })?.size ?? 0;
      return { target, bytes, drop: () => historian.dropBefore(oldestAt + dayMs) };
    },
  };
}
