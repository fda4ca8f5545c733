// The trials of the register: each that was begun, with its report as it was last.
import type { TrialReport } from "../../../contract/conformance.ts";
import { atomically, type RegisterDatabase, type Row } from "./database.ts";
import type { RegisterOptions } from "./entries.ts";

/** The trials' part of the register. */
export interface Trials {
  /** Keeps the report of a trial, in the place of what was kept of the same trial before. */
  keepTrial(site: string, device: string, report: TrialReport): void;
  /** The newest report of a device, not done where a restart ended the trial; null where it was never on trial. */
  lastTrial(site: string, device: string): TrialReport | null;
  /** The newest report of a trial that came to its end. */
  lastEnded(site: string, device: string): TrialReport | null;
}

/** Reports kept for each device. */
const mostTrials = 20;

/** The trials of an open register. */
export function createTrials(db: RegisterDatabase, { random }: RegisterOptions): Trials {
  const insert = db.prepare("INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?)");
  const removeEarlier = db.prepare("DELETE FROM trials WHERE site = ? AND device = ? AND startedAt = ?");
  const removeOldest = db.prepare(
    `DELETE FROM trials WHERE id IN (SELECT id FROM trials WHERE site = ? AND device = ?
     ORDER BY startedAt DESC, rowid DESC LIMIT -1 OFFSET ?)`,
  );
  const newest = db.prepare(
    `SELECT report FROM trials WHERE site = ? AND device = ? AND (? = 0 OR endedAt IS NOT NULL)
     ORDER BY startedAt DESC, rowid DESC LIMIT 1`,
  );
  const reportOf = (row: Row | undefined): TrialReport | null =>
    row === undefined ? null : (JSON.parse(row["report"] as string) as TrialReport);
  return {
    keepTrial: (site, device, report) =>
      atomically(db, () => {
        const id = Buffer.from(random(12)).toString("base64url");
        const passed = report.passed === true ? 1 : 0;
        removeEarlier.run(site, device, report.startedAt);
        insert.run(id, site, device, report.startedAt, report.endedAt, passed, JSON.stringify(report));
        removeOldest.run(site, device, mostTrials);
      }),
    lastTrial: (site, device) => reportOf(newest.get(site, device, 0) as Row | undefined),
    lastEnded: (site, device) => reportOf(newest.get(site, device, 1) as Row | undefined),
  };
}
