// What was, put together: the chronicle's thread beside the historian's, and the desks of charts, tables, embeds and the feed.
import { join } from "node:path";
import type { SignedHead } from "../../contract/evidence.ts";
import type { Plan } from "../../contract/plant.ts";
import type { HttpOptions } from "../adapters/http.ts";
import { type ChronicleThread, startChronicle } from "../chronicle.ts";
import type { Settings } from "../config/settings.ts";
import type { HistorianThread } from "../historian.ts";
import type { Log } from "../log.ts";
import type { Owners } from "./owners.ts";
import { createPast } from "./past.ts";
import { createSheetThread } from "../sheets.ts";
import type { Accounts } from "./accounts.ts";
import { createEmbeds, type EmbedsOptions } from "./embeds.ts";
import { createExports } from "./exports.ts";
import type { Undo } from "./undo.ts";

/** What it stands on. */
export interface KeepPastOptions {
  readonly settings: Pick<Settings, "dataDir" | "journal">;
  readonly historian: HistorianThread;
  readonly plan: () => Plan;
  readonly owners: Pick<Owners, "sitesOf" | "maySeePoint">;
  /** By which alarms go, epoch ms. */
  readonly now: () => number;
  readonly log: Log;
  readonly onDeath: (error: Error) => void;
  readonly record: Accounts["record"];
  readonly head: () => SignedHead | null;
  readonly register: EmbedsOptions["register"];
}

/** What was, as the house needs it. */
export interface Past {
  readonly desk: NonNullable<HttpOptions["past"]>;
  readonly chronicle: Pick<ChronicleThread, "readable" | "position" | "seq">;
}

/** Starts the chronicle and makes the desks. */
export function keepPast({ settings, log, onDeath, register, ...options }: KeepPastOptions, undo: Undo): Past {
  const { dataDir, journal } = settings;
  const setup = {
    journalDir: join(dataDir, "journal"),
    file: join(dataDir, "chronicle.db"),
    keepDays: journal.keepDays,
  };
  const chronicle = startChronicle({ setup, log, onDeath });
  undo.add("chronicle", chronicle.stop);
  const past = createPast({ ...options, chronicle });
  const exports = createExports({ ...options, past, chronicle, sheets: createSheetThread(), log });
  const { plan, record, now: clock } = options;
  const embeds = createEmbeds({ register, past, plan, record, now: Date.now, clock });
  return { desk: { ...past, exports, embeds }, chronicle };
}
