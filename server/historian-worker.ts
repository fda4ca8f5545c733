// The historian's own thread: reads the journal behind the loop, carries rows into the store, answers history.
import { parentPort, workerData } from "node:worker_threads";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Flag } from "../contract/input.ts";
import { qualities, type Decode } from "../contract/sample.ts";
import type { History, HistoryQuery } from "../contract/wall.ts";
import { decodeNative } from "./adapters/dialects/native.ts";
import { createEmbeddedHistorian } from "./adapters/historian/embedded.ts";
import { createFeed, type Batch, type FeedStatus } from "./adapters/historian/feed.ts";
import type { Historian, Refused, Row } from "./adapters/historian/historian.ts";
import { createInfluxHistorian } from "./adapters/historian/influx.ts";
import { listSegments, readRecords } from "./adapters/journal/read.ts";
import type { Settings } from "./config/settings.ts";

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
  | { readonly type: "stop" };

/** What the thread says to the server. */
export type FromHistorian =
  | { readonly type: "status"; readonly status: FeedStatus }
  | { readonly type: "refused"; readonly refused: Refused }
  | { readonly type: "history"; readonly id: number; readonly history: History }
  | { readonly type: "failed"; readonly id: number; readonly reason: string }
  | { readonly type: "stopped" };

/** The rows of one message, as judged: flags say where the judgement differs from the message. */
export function rowsOf(
  decode: Decode,
  topic: string,
  payload: Uint8Array,
  at: number,
  flags: readonly Flag[],
): readonly Row[] {
  const decoded = decode(topic, payload);
  if (!decoded.ok || decoded.message.kind !== "telemetry") return [];
  const { site, readings } = decoded.message;
  const judged = new Map(flags.map((flag) => [flag[0], flag]));
  return readings.flatMap((reading, place) => {
    const flag = judged.get(place);
    const point = `${site}/${reading.code}`;
    if (flag !== undefined) {
      const quality = qualities[flag[3]] ?? "unknown";
      return flag[1] === 0 ? [] : [{ point, sourceAt: flag[4], receivedAt: at, value: flag[2], quality }];
    }
    if (reading.value === null || reading.sourceAt === null) return [];
    return [{ point, sourceAt: reading.sourceAt, receivedAt: at, value: reading.value, quality: reading.quality }];
  });
}

/** Whole turns after a cursor: their rows, and the position behind them. */
export function readTurns(dir: string, cursor: number, upTo: number, maxRows: number, decode: Decode): Batch {
  const first = listSegments(dir)[0]?.start ?? 0;
  const rows: Row[] = [];
  const messages: { topic: string; payload: Uint8Array; at: number; number: number }[] = [];
  let behind = Math.max(cursor, first);
  if (behind >= upTo) return { rows, cursor, isEnd: true };
  for (const { record, end } of readRecords(dir, behind, upTo)) {
    if (record.type === "input" && record.input.kind === "message") messages.push(record.input);
    if (record.type !== "end") continue;
    const flags = new Map(record.end.flags);
    for (const one of messages.splice(0)) {
      rows.push(...rowsOf(decode, one.topic, one.payload, one.at, flags.get(one.number) ?? []));
    }
    behind = end;
    if (rows.length >= maxRows) return { rows, cursor: behind, isEnd: false };
  }
  return { rows, cursor: behind, isEnd: true };
}

function openStore(setup: HistorianSetup, onRefused: (refused: Refused) => void): Historian {
  const { kind, url, version, ...rest } = setup.historian;
  if (kind === "embedded") return createEmbeddedHistorian({ file: join(setup.dataDir, "historian.db"), onRefused });
  if (url === undefined) throw new Error("the settings name no InfluxDB");
  return createInfluxHistorian({ ...rest, url, version, cursorFile: join(setup.dataDir, "influx-cursor"), onRefused });
}

/** A store that is opened when it is first needed, and again after a failure: a damaged one is down, and alarms go on. */
function openedWhenNeeded(open: () => Historian): Historian {
  let store: Historian | null = null;
  const use = async <T>(work: (opened: Historian) => Promise<T>): Promise<T> => work((store ??= open()));
  return {
    cursor: () => use((opened) => opened.cursor()),
    write: (rows, cursor) => use((opened) => opened.write(rows, cursor)),
    history: (query) => use((opened) => opened.history(query)),
    close: async () => store?.close(),
  };
}

function run(setup: HistorianSetup, tell: (message: FromHistorian) => void): (message: ToHistorian) => void {
  let readable = 0;
  const store = openedWhenNeeded(() => openStore(setup, (refused) => tell({ type: "refused", refused })));
  const feed = createFeed({
    historian: store,
    read: async (cursor, maxRows) => readTurns(setup.journalDir, cursor, readable, maxRows, decodeNative),
    onStatus: (status) => tell({ type: "status", status }),
    now: Date.now,
    delay: async (ms, signal) => {
      await delay(ms, undefined, { signal });
    },
  });
  return (message) => {
    if (message.type === "readable") {
      readable = message.position;
      feed.wake();
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
