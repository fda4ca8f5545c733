// The historian's own thread: reads the journal behind the loop, carries rows into the store, answers history.
import { parentPort, workerData } from "node:worker_threads";
import { join } from "node:path";
import { setImmediate as breathe, setTimeout as delay } from "node:timers/promises";
import type { History, HistoryQuery } from "../contract/wall.ts";
import { decodeNative } from "./adapters/dialects/native.ts";
import { createEmbeddedHistorian, type Extent } from "./adapters/historian/embedded.ts";
import { createFeed, type FeedStatus } from "./adapters/historian/feed.ts";
import type { Historian, Refused, SamplesPage, SamplesQuery } from "./adapters/historian/historian.ts";
import { createInfluxHistorian } from "./adapters/historian/influx.ts";
import type { Rows } from "./adapters/historian/rows.ts";
import type { Settings } from "./config/settings.ts";
import { createTurnReader } from "./historian-turns.ts";

/** What the thread is started with. */
export interface HistorianSetup {
  readonly journalDir: string;
  readonly dataDir: string;
  readonly historian: Settings["historian"];
}

/** What the server says to the thread. */
export type ToHistorian =
  | { readonly type: "readable"; readonly position: number }
  | { readonly type: "history"; readonly id: number; readonly query: HistoryQuery }
  | { readonly type: "samples"; readonly id: number; readonly query: SamplesQuery }
  | { readonly type: "dropBefore"; readonly at: number }
  | { readonly type: "stop" };

/** What the thread says to the server. */
export type FromHistorian =
  | { readonly type: "status"; readonly status: FeedStatus }
  | { readonly type: "figures"; readonly figures: Figures }
  | { readonly type: "refused"; readonly refused: Refused }
  | { readonly type: "trouble"; readonly what: string }
  | { readonly type: "history"; readonly id: number; readonly history: History }
  | { readonly type: "samples"; readonly id: number; readonly page: SamplesPage }
  | { readonly type: "failed"; readonly id: number; readonly reason: string }
  | { readonly type: "stopped" };

/** How far the store has come, and what the embedded one takes. */
export interface Figures extends Partial<Extent> {
  readonly cursor: number;
  /** When the server got the oldest row that waits, epoch ms; null when none is known to wait. */
  readonly behindSince: number | null;
}

const figuresMs = 5000;
type Told = (message: FromHistorian) => void;

/** The store, and what it takes where it knows. */
interface OpenedStore {
  readonly historian: Historian;
  readonly extent?: () => Extent;
  readonly dropBefore?: (at: number) => Promise<void>;
}

function openStore({ historian, dataDir }: HistorianSetup, tell: Told): OpenedStore {
  const { kind, url, version, memoryMib, keepDays, catchUpRows: _, ...rest } = historian;
  const onRefused = (refused: Refused): void => tell({ type: "refused", refused });
  if (kind === "embedded") {
    const onTrouble = (what: string): void => tell({ type: "trouble", what });
    const dir = join(dataDir, "historian");
    const embedded = createEmbeddedHistorian({ dir, memoryMib, keepDays, onRefused, onTrouble });
    return { historian: embedded, extent: embedded.extent, dropBefore: embedded.dropBefore };
  }
  if (url === undefined) throw new Error("the settings name no InfluxDB");
  const cursorFile = join(dataDir, "influx-cursor");
  return { historian: createInfluxHistorian({ ...rest, url, version, cursorFile, onRefused }) };
}

/** A store that is opened when it is first needed, and again after a failure: a damaged one is down, and alarms go on. */
function openedWhenNeeded(open: () => OpenedStore) {
  let store: OpenedStore | null = null;
  const use = async <T>(work: (opened: Historian) => Promise<T>): Promise<T> => work((store ??= open()).historian);
  return {
    cursor: () => use((opened) => opened.cursor()),
    write: (rows: Rows, cursor: number) => use((opened) => opened.write(rows, cursor)),
    history: (query: HistoryQuery) => use((opened) => opened.history(query)),
    samples: (query: SamplesQuery) => use((opened) => opened.samples(query)),
    figures: async (): Promise<Omit<Figures, "behindSince"> | null> =>
      store === null ? null : { cursor: await store.historian.cursor(), ...store.extent?.() },
    dropBefore: async (at: number) => store?.dropBefore?.(at),
    close: async () => store?.historian.close(),
  };
}

function run(setup: HistorianSetup, tell: Told): (message: ToHistorian) => void {
  let readable = 0;
  const { catchUpRows } = setup.historian;
  const store = openedWhenNeeded(() => openStore(setup, tell));
  const readTurns = createTurnReader(setup.journalDir, decodeNative);
  const feed = createFeed({
    historian: store,
    read: async (cursor, maxRows) => {
      // Between any two batches, lest questions wait until the journal has been caught up with.
      await breathe();
      const batch = readTurns(cursor, readable, maxRows);
      return { ...batch, waitingBytes: readable - batch.cursor };
    },
    ...(catchUpRows === 0 ? {} : { catchUpRows }),
    onStatus: (status) => tell({ type: "status", status }),
    now: Date.now,
    delay: async (ms, signal) => {
      await delay(ms, undefined, { signal });
    },
  });
  const tellFigures = (): void => {
    store.figures().then(
      (known) => known !== null && tell({ type: "figures", figures: { ...known, behindSince: feed.behindSince() } }),
      // A store that cannot say where it stands is down, and the feed tells why.
      () => undefined,
    );
  };
  const figures = setInterval(tellFigures, figuresMs);
  return (message) => {
    if (message.type === "readable") {
      readable = message.position;
      feed.wake();
      return;
    }
    if (message.type === "dropBefore") {
      store
        .dropBefore(message.at)
        .then(tellFigures, (error: unknown) =>
          tell({ type: "trouble", what: `old days could not be unlinked: ${(error as Error).message}` }),
        );
      return;
    }
    if (message.type === "history") {
      const { id, query } = message;
      store.history(query).then(
        (history) => tell({ type: "history", id, history }),
        (error: unknown) => tell({ type: "failed", id, reason: (error as Error).message }),
      );
      return;
    }
    if (message.type === "samples") {
      const { id, query } = message;
      store.samples(query).then(
        (page) => tell({ type: "samples", id, page }),
        (error: unknown) => tell({ type: "failed", id, reason: (error as Error).message }),
      );
      return;
    }
    clearInterval(figures);
    void feed
      .stop()
      .then(() => store.close())
      .finally(() => tell({ type: "stopped" }));
  };
}

if (parentPort !== null) {
  const port = parentPort;
  const hear = run(workerData as HistorianSetup, (message) => {
    port.postMessage(message);
    if (message.type === "stopped") port.close();
  });
  port.on("message", hear);
}
