// The historian on InfluxDB 1.x, 2.x or whatever speaks its v2 write path; reads by InfluxQL, which all of them share.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpError, InfluxDB, type WriteApi } from "@influxdata/influxdb-client";
import { createCursorFile } from "./cursor-file.ts";
import { cutOf, exampleOf, sift, type Historian, type Refused } from "./historian.ts";
import { awayOf, createSieve } from "./influx-answers.ts";
import {
  bucketsOf,
  createLineWriter,
  identifier,
  samplesOf,
  samplesSelectOf,
  selectOf,
  throwFailure,
} from "./influx-lines.ts";

/** Which InfluxDB, and as whom. */
export interface InfluxOptions {
  /** `http://host:8086`, without a path of the API. */
  readonly url: string;
  /** "1" writes to `/write`, "2" to `/api/v2/write`; both read by `/query`. */
  readonly version: "1" | "2";
  /** Version 1: the database, made if missing. Version 2: the name mapped to the bucket. @default the bucket */
  readonly database?: string;
  readonly org?: string;
  readonly bucket?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** Where the journal position is kept that InfluxDB has acknowledged. */
  readonly cursorFile: string;
  /** For one request from its first byte to its last, ms. @default 10000 */
  readonly timeoutMs?: number;
  /** Compresses what is sent: for a thin line only, since it costs more processor than all else here. @default false */
  readonly isCompressed?: boolean;
  /** Told of rows that InfluxDB has refused for good. */
  readonly onRefused?: (refused: Refused) => void;
}

/** Lines of one request; about 600 KB, far below what any server refuses. */
const linesPerRequest = 5000;

/** Makes the historian; nothing is asked of InfluxDB before the first call. */
export function createInfluxHistorian(options: InfluxOptions): Historian {
  const database = options.database ?? options.bucket ?? "";
  const where = `InfluxDB at ${new URL(options.url).host}`;
  const cursorFile = createCursorFile(
    options.cursorFile,
    `${new URL(options.url).host} ${options.org ?? ""} ${database}`,
  );
  const lineOf = createLineWriter();
  const post = createPost(options, database);
  const ask = createAsk(options, database);

  /** Sends lines; a database that is not there yet is made, once, and only then, so that writing needs no admin rights. */
  const send = async (lines: readonly string[]): Promise<void> => {
    try {
      await post.send(lines);
    } catch (error) {
      if (options.version !== "1" || statusOf(error) !== 404) throw error;
      await ask(`CREATE DATABASE ${identifier(database)}`);
      await post.send(lines);
    }
  };

  const read = async <T>(select: string, listed: (answer: unknown) => T): Promise<T> => {
    try {
      return listed(await ask(select));
    } catch (cause) {
      // Nothing was ever written: the same answer as from any other empty store.
      if (cause instanceof Error && cause.message.startsWith("database not found")) return listed({});
      throw new Error(`read from ${where}`, { cause });
    }
  };

  return {
    cursor: () => cursorFile.read(),
    async write(rows, cursor) {
      const { storable, refused } = sift(rows);
      const lines = Array.from({ length: storable.count }, (_, place) => lineOf(storable, place));
      const sieve = createSieve(send);
      try {
        for (let at = 0; at < lines.length; at += linesPerRequest)
          await sieve.pass(lines.slice(at, at + linesPerRequest));
      } catch (cause) {
        throw awayOf(`write to ${where}`, cause);
      }
      await cursorFile.write(cursor);
      // Told only now: had anything failed before, the same rows would come again and be counted again.
      for (const one of [...refused, ...sieve.refused()]) options.onRefused?.(one);
    },
    async history(query) {
      const { bucketMs } = cutOf(query);
      return { point: query.point, bucketMs, buckets: await read(selectOf(query), bucketsOf) };
    },
    async samples(query) {
      return read(samplesSelectOf(query), (answer) => samplesOf(answer, query.limit));
    },
    close: () => post.close(),
  };
}

/** One request a call, with the client's own retries and timers off: every error must reach the feed. */
function createPost(options: InfluxOptions, database: string) {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const isHttps = new URL(options.url).protocol === "https:";
  const agent = isHttps ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const api = writeApiOf(options, database, agent, timeoutMs);
  return {
    async send(lines: readonly string[]): Promise<void> {
      // The client's timeout watches for silence only; this one also ends a peer that trickles. Both leave the
      // socket open, which is why the agent's sockets are closed after any failure.
      const timer = setTimeout(() => agent.destroy(), timeoutMs * 2);
      try {
        api.writeRecord(lines.join("\n"));
        await api.flush();
      } catch (error) {
        if (statusOf(error) === null) agent.destroy();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    async close(): Promise<void> {
      await api.close();
      agent.destroy();
    },
  };
}

function writeApiOf(options: InfluxOptions, database: string, agent: HttpAgent, timeout: number): WriteApi {
  const client = new InfluxDB({
    url: options.url,
    timeout,
    transportOptions: { agent },
    headers: authorizationOf(options),
  });
  const api = client.getWriteApi(options.org ?? "", options.bucket ?? database, "ms", {
    maxRetries: 0,
    flushInterval: 0,
    // A record is a whole chunk of lines, and flush() follows at once: the buffer must never send by itself.
    batchSize: 2,
    maxBatchBytes: Number.MAX_SAFE_INTEGER,
    gzipThreshold: options.isCompressed === true ? 1000 : Number.MAX_SAFE_INTEGER,
    // Handing the rejection back keeps the client from printing the error itself.
    writeFailed: async (error) => {
      throw error;
    },
  });
  if (options.version === "1") api.path = `/write?db=${encodeURIComponent(database)}&precision=ms`;
  return api;
}

function authorizationOf(options: InfluxOptions): Record<string, string> {
  if (options.token !== undefined && options.token !== "") return { authorization: `Token ${options.token}` };
  if (options.username === undefined || options.username === "") return {};
  // Never as `u` and `p` in the URL, which ends up in every log. InfluxDB before 1.8 knows no `Token user:password`.
  const pair = Buffer.from(`${options.username}:${options.password ?? ""}`).toString("base64");
  return { authorization: `Basic ${pair}` };
}

/** Asks InfluxQL and gives the answer; an HTTP error or an error inside the answer is thrown. */
function createAsk(options: InfluxOptions, database: string): (q: string) => Promise<unknown> {
  const address = `${options.url.replace(/\/+$/, "")}/query?db=${encodeURIComponent(database)}&epoch=ms`;
  return async (q) => {
    const response = await fetch(address, {
      method: "POST",
      headers: authorizationOf(options),
      body: new URLSearchParams({ q }),
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${exampleOf(text)}`);
    const answer = JSON.parse(text) as unknown;
    throwFailure(answer);
    return answer;
  };
}

function statusOf(error: unknown): number | null {
  return error instanceof HttpError ? error.statusCode : null;
}
