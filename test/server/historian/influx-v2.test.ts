// The v2 write path, against a real VictoriaMetrics and against a double of InfluxDB's documented error answers.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Refused } from "../../../server/adapters/historian/historian.ts";
import { createInfluxHistorian, type InfluxOptions } from "../../../server/adapters/historian/influx.ts";
import { columnsOf, type Row } from "../../support/historian-rows.ts";
import { startVictoria, type TestServer } from "../../support/influx.ts";
import { freePort } from "../../support/ports.ts";
import { row, start } from "./rules.ts";

let directory: string;
let cursors = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "historian-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function optionsFor(url: string, more: Partial<InfluxOptions> = {}): InfluxOptions {
  cursors += 1;
  const cursorFile = join(directory, `cursor-${cursors}.json`);
  return { url, version: "2", org: "city", bucket: "sky ground", token: "t0ken", cursorFile, ...more };
}

describe("the v2 write path of a real VictoriaMetrics", () => {
  let victoria: TestServer;
  // It refuses samples from more than two days ahead: these are of November 2023.
  const past = 1_700_000_000_000;

  beforeAll(async () => {
    victoria = await startVictoria();
  });

  afterAll(() => victoria?.remove());

  it("takes every row with its tags, its value and its millisecond", async () => {
    const historian = createInfluxHistorian(optionsFor(victoria.url));
    const rows = Array.from({ length: 12_000 }, (_, index): Row => {
      const sourceAt = past + index * 250;
      return {
        point: `hc-01/GD-201.${index % 3}`,
        sourceAt,
        receivedAt: sourceAt + 9,
        value: index / 8,
        quality: "good",
      };
    });
    await historian.write(columnsOf(rows), rows.length);
    await historian.close();
    await fetch(`${victoria.url}/internal/force_flush`);
    const exported = await fetch(`${victoria.url}/api/v1/export?match[]=sample_value&start=${past / 1000 - 1}`);
    const found = (await exported.text()).trim().split("\n").flatMap(samplesOf);
    const expected = rows.map(({ point, sourceAt, value }) => ({ point, site: "hc-01", sourceAt, value }));
    const byTime = (a: { sourceAt: number }, b: { sourceAt: number }): number => a.sourceAt - b.sourceAt;
    expect(found.toSorted(byTime)).toEqual(expected.toSorted(byTime));
  });
});

/** One exported series: its tags once, its values and times as two lists. */
function samplesOf(line: string) {
  const { metric, values, timestamps } = JSON.parse(line) as {
    metric: Record<string, string>;
    values: number[];
    timestamps: number[];
  };
  return timestamps.map((sourceAt, index) => ({
    point: metric["point"],
    site: metric["site"],
    sourceAt,
    value: values[index],
  }));
}

interface Heard {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly lines: readonly string[];
}

type Answer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | "silence";

describe("a double of InfluxDB's documented error answers", () => {
  const doubles: Server[] = [];

  afterEach(async () => {
    vi.restoreAllMocks();
    for (const double of doubles.splice(0)) {
      double.closeAllConnections();
      await new Promise((resolve) => double.close(resolve));
    }
  });

  async function startDouble(answerTo: (heard: Heard) => Answer) {
    const heard: Heard[] = [];
    const double = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const isZipped = request.headers["content-encoding"] === "gzip";
        const lines = (isZipped ? gunzipSync(body) : body).toString("utf8").split("\n");
        const one = { url: request.url ?? "", headers: request.headers, lines };
        heard.push(one);
        const answer = answerTo(one);
        if (answer === "silence") return;
        response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
        response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
      });
    });
    doubles.push(double);
    const port = await freePort();
    await new Promise<void>((resolve) => double.listen(port, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${port}`, heard };
  }

  const rows = Array.from({ length: 100 }, (_, index) => row("hc-01/LT-101", index * 1000, index));
  const isBad = (line: string): boolean => /value=(7|8|63),/.test(line);
  const malformed = { code: "invalid", message: "unable to parse 'sample,point=…': invalid number" };

  it("hears the bucket, the organization, the precision and the token, never in the address", async () => {
    const { url, heard } = await startDouble(({ url: address }) =>
      address.startsWith("/query") ? { status: 200, body: { results: [{ statement_id: 0 }] } } : { status: 204 },
    );
    const historian = createInfluxHistorian(optionsFor(url));
    await historian.write(columnsOf(rows), 100);
    await historian.history({ point: "hc-01/LT-101", from: start, to: start + 1000, buckets: 1 });
    expect(heard.map((one) => one.url)).toEqual([
      "/api/v2/write?org=city&bucket=sky%20ground&precision=ms",
      "/query?db=sky%20ground&epoch=ms",
    ]);
    expect(heard.map((one) => one.headers.authorization)).toEqual(["Token t0ken", "Token t0ken"]);
    expect(heard[0]?.lines).toHaveLength(100);
  });

  it.each([
    [401, { code: "unauthorized", message: "unauthorized access" }],
    [403, { code: "forbidden", message: "insufficient permissions for write" }],
    [404, { code: "not found", message: 'bucket "sky ground" not found' }],
    [429, { code: "too many requests", message: "rate limit exceeded" }],
    [500, { code: "internal error", message: "an internal error has occurred" }],
    [503, { code: "unavailable", message: "service unavailable" }],
  ])(
    "counts as away at %i: the write fails at once, the cursor stays, and the next attempt is ours",
    async (status, body) => {
      const said = [vi.spyOn(console, "error"), vi.spyOn(console, "warn"), vi.spyOn(console, "log")];
      let isAway = true;
      const { url, heard } = await startDouble(() =>
        isAway ? { status, body, headers: { "retry-after": "1" } } : { status: 204 },
      );
      const refused: Refused[] = [];
      const historian = createInfluxHistorian(optionsFor(url, { onRefused: (one) => refused.push(one) }));
      const failure = await historian.write(columnsOf(rows), 100).catch((error: unknown) => error);
      expect(failure).toMatchObject({ cause: { statusCode: status, message: body.message } });
      expect(heard).toHaveLength(1);
      expect(await historian.cursor()).toBe(0);
      isAway = false;
      await historian.write(columnsOf(rows), 100);
      expect(heard).toHaveLength(2);
      expect(heard[1]?.lines).toEqual(heard[0]?.lines);
      expect(await historian.cursor()).toBe(100);
      expect(refused).toEqual([]);
      for (const spy of said) expect(spy).not.toHaveBeenCalled();
    },
  );

  it("hears the same lines compressed, where compression is asked for", async () => {
    const { url, heard } = await startDouble(() => ({ status: 204 }));
    await createInfluxHistorian(optionsFor(url)).write(columnsOf(rows), 100);
    await createInfluxHistorian(optionsFor(url, { isCompressed: true })).write(columnsOf(rows), 100);
    expect(heard.map((one) => one.headers["content-encoding"])).toEqual([undefined, "gzip"]);
    expect(heard[1]?.lines).toEqual(heard[0]?.lines);
  });

  it("refuses a whole request at 400: all lines but the bad ones arrive, which are told one by one", async () => {
    const stored: string[] = [];
    const { url, heard } = await startDouble(({ lines }) => {
      if (lines.some(isBad)) return { status: 400, body: malformed };
      stored.push(...lines);
      return { status: 204 };
    });
    const refused: Refused[] = [];
    const historian = createInfluxHistorian(optionsFor(url, { onRefused: (one) => refused.push(one) }));
    await historian.write(columnsOf(rows), 100);
    expect(await historian.cursor()).toBe(100);
    expect(stored).toHaveLength(97);
    expect(refused.map(({ example }) => /value=(\d+),/.exec(example)?.[1])).toEqual(["7", "8", "63"]);
    expect(refused.every(({ reason }) => reason.includes("invalid number"))).toBe(true);
    expect(heard.length).toBeLessThan(50);
  });

  it("refuses some lines at 422, having stored the others: they are told of once, and nothing is sent again", async () => {
    const body = { code: "unprocessable entity", message: "partial write: field type conflict dropped=3" };
    const { url, heard } = await startDouble(() => ({ status: 422, body }));
    const refused: Refused[] = [];
    const historian = createInfluxHistorian(optionsFor(url, { onRefused: (one) => refused.push(one) }));
    await historian.write(columnsOf(rows), 100);
    expect(heard).toHaveLength(1);
    expect(refused.map((one) => one.rows)).toEqual([3]);
    expect(await historian.cursor()).toBe(100);
  });

  it("goes on past however many bad lines in a row, once a sound line shows that the store is well", async () => {
    const stored: string[] = [];
    const isOfBadKind = (line: string): boolean => / value=(\d|[1-8]\d),/u.test(line);
    const conflict = {
      code: "invalid",
      message: "field type conflict: input field value is type float, already exists",
    };
    const { url } = await startDouble(({ lines }) => {
      if (lines.some(isOfBadKind)) return { status: 400, body: conflict };
      stored.push(...lines);
      return { status: 204 };
    });
    const refused: Refused[] = [];
    const historian = createInfluxHistorian(optionsFor(url, { onRefused: (one) => refused.push(one) }));
    await historian.write(columnsOf(rows), 100);
    expect(await historian.cursor()).toBe(100);
    expect(stored.filter((line) => line.startsWith("sample"))).toHaveLength(10);
    expect(refused.reduce((sum, one) => sum + one.rows, 0)).toBe(90);
    expect(refused.every(({ reason, example }) => reason.includes("conflict") && example.includes("LT-101"))).toBe(
      true,
    );
  });

  it.each([
    [401, undefined, /it does not know our token or password \(401\)/u, 0],
    [429, "7", /it asks us to send less \(429\)/u, 7000],
    [503, "2", /it is not ready \(503\)/u, 2000],
    [500, undefined, /it has trouble of its own \(500\)/u, 0],
    [418, "soon", /it refuses \(418\)/u, 0],
  ])(
    "says what %i means, and how long the store wants to be left alone",
    async (status, after, words, retryAfterMs) => {
      const headers: Record<string, string> = after === undefined ? {} : { "retry-after": after };
      const { url } = await startDouble(() => ({ status, headers }));
      const failure = await createInfluxHistorian(optionsFor(url))
        .write(columnsOf(rows), 100)
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ message: expect.stringMatching(words), retryAfterMs });
    },
  );

  it("reads a date in Retry-After as well", async () => {
    const after = new Date(Date.now() + 60_000).toUTCString();
    const { url } = await startDouble(() => ({ status: 429, headers: { "retry-after": after } }));
    const failure = await createInfluxHistorian(optionsFor(url))
      .write(columnsOf(rows), 100)
      .catch((error: unknown) => error as { readonly retryAfterMs: number });
    expect(failure?.retryAfterMs).toBeGreaterThan(50_000);
    expect(failure?.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it("refuses every line at 400: then the store is at fault, nothing is counted as refused and the cursor stays", async () => {
    const { url, heard } = await startDouble(() => ({ status: 400, body: malformed }));
    const refused: Refused[] = [];
    const historian = createInfluxHistorian(optionsFor(url, { onRefused: (one) => refused.push(one) }));
    await expect(historian.write(columnsOf(rows), 100)).rejects.toThrow("write to InfluxDB");
    expect(refused).toEqual([]);
    expect(await historian.cursor()).toBe(0);
    expect(heard.length).toBeLessThan(60);
  });

  it("finds the request too large at 413: it comes again in smaller ones, each row once", async () => {
    const stored: string[] = [];
    const { url } = await startDouble(({ lines }) => {
      if (lines.length > 13) return { status: 413, body: { code: "request too large", message: "too large" } };
      stored.push(...lines);
      return { status: 204 };
    });
    const refused: Refused[] = [];
    const historian = createInfluxHistorian(optionsFor(url, { onRefused: (one) => refused.push(one) }));
    await historian.write(columnsOf(rows), 100);
    expect(stored).toHaveLength(100);
    expect(new Set(stored).size).toBe(100);
    expect(refused).toEqual([]);
  });

  it("never answers: writing and reading end with an error in time, and the next write gets through", async () => {
    let isSilent = true;
    const { url } = await startDouble(() => (isSilent ? "silence" : { status: 204 }));
    const historian = createInfluxHistorian(optionsFor(url, { timeoutMs: 200 }));
    const query = { point: "hc-01/LT-101", from: start, to: start + 1000, buckets: 1 };
    await expect(historian.write(columnsOf(rows), 100)).rejects.toThrow(/write to InfluxDB.*does not answer in time/u);
    await expect(historian.history(query)).rejects.toThrow("read from InfluxDB");
    isSilent = false;
    await historian.write(columnsOf(rows), 100);
    expect(await historian.cursor()).toBe(100);
  });

  it.each([
    ["an error inside a 200", { results: [{ error: "shard is closed" }] }],
    ["an error of the whole request", { error: "authorization failed" }],
    ["half an answer", { results: [{ series: [{ values: [[1, 1, 1, 1, 1, 1, 0]], partial: true }] }] }],
    ["something else than numbers", { results: [{ series: [{ values: [[1, "x", 1, 1, 1, 1, 0]] }] }] }],
  ])("answers a query with %s: an error, never a wrong curve", async (_, body) => {
    const { url } = await startDouble(() => ({ status: 200, body }));
    const historian = createInfluxHistorian(optionsFor(url));
    const query = { point: "hc-01/LT-101", from: start, to: start + 1000, buckets: 1 };
    await expect(historian.history(query)).rejects.toThrow("read from InfluxDB");
  });
});
