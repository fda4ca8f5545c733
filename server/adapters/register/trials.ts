// The trials of the register: each that came to its end, with its report.
import type { TrialReport } from "../../../contract/conformance.ts";
import type { RegisterDatabase, Row } from "./database.ts";
import type { RegisterOptions } from "./entries.ts";

/** The trials' part of the register. */
export interface Trials {
  /** Keeps a report that is done. */
  keepTrial(site: string, device: string, report: TrialReport): void;
  /** The newest report of a device; null where it was never on trial. */
  lastTrial(site: string, device: string): TrialReport | null;
}

/** Reports kept for each device. */
const mostTrials = 20;

/** The trials of an open register. */
export function createTrials(db: RegisterDatabase, { random }: RegisterOptions): Trials {
  const insert = db.prepare("INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?)");
  const removeOldest = db.prepare(
    `DELETE FROM trials WHERE id IN (SELECT id FROM trials WHERE site = ? AND device = ?
     ORDER BY startedAt DESC, rowid DESC LIMIT -1 OFFSET ?)`,
  );
  const newest = db.prepare(
    "SELECT report FROM trials WHERE site = ? AND device = ? ORDER BY startedAt DESC, rowid DESC LIMIT 1",
  );
  return {
    keepTrial(site, device, report) {
      const id = Buffer.from(random(12)).toString("base64url");
      const passed = report.passed === true ? 1 : 0;
      insert.run(id, site, device, report.startedAt, report.endedAt, passed, JSON.stringify(report));
      removeOldest.run(site, device, mostTrials);
    },
    lastTrial(site, device) {
      const row = newest.get(site, device) as Row | undefined;
      return row === undefined ? null : (JSON.parse(row["report"] as string) as TrialReport);
    },
  };
}
