// The InfluxDB historian against a real InfluxDB 1.6.7: the common rules, bad lines, a closed server, and a server gone.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Historian, Refused } from "../../../server/adapters/historian/historian.ts";
import { createInfluxHistorian, type InfluxOptions } from "../../../server/adapters/historian/influx.ts";
import { startInflux, type TestServer } from "../../support/influx.ts";
import { columnsOf } from "../../support/historian-rows.ts";
import { describeRules, expectedBuckets, row, start } from "./rules.ts";

const hour = 3_600_000;
let server: TestServer;
let directory: string;
let databases = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "historian-"));
  server = await startInflux();
});

afterAll(async () => {
  await server?.remove();
  await rm(directory, { recursive: true, force: true });
});

/** A name with every character that could break out of a URL or a statement. */
function newDatabase(): string {
  databases += 1;
  return `sky "ground" & 天地眼 ${databases}`;
}

function optionsFor(database: string, more: Partial<InfluxOptions> = {}): InfluxOptions {
  const cursorFile = join(directory, `cursor-${databases}.json`);
  return { url: server.url, version: "1", database, cursorFile, timeoutMs: 20_000, ...more };
}

async function influxQl(q: string, database = "", headers: Record<string, string> = {}): Promise<string> {
  const address = `${server.url}/query?epoch=ms&db=${encodeURIComponent(database)}`;
  const response = await fetch(address, { method: "POST", headers, body: new URLSearchParams({ q }) });
  return response.text();
}

describeRules("the InfluxDB 1 historian", () => {
  const refused: Refused[] = [];
  const options = optionsFor(newDatabase(), { onRefused: (one) => refused.push(one) });
  let historian = createInfluxHistorian(options);
  const reopen = async (): Promise<Historian> => {
    await historian.close();
    historian = createInfluxHistorian(options);
    return historian;
  };
  return Promise.resolve({ historian, refused, reopen });
});

describe("what InfluxDB holds", () => {
  it("is one measurement with point and site as tags, the quality as a word, and both times in milliseconds", async () => {
    const database = newDatabase();
    await createInfluxHistorian(optionsFor(database)).write(columnsOf([row("hc-01/GD-201.a", 7, 31.5, "suspect")]), 1);
    const answer = JSON.parse(await influxQl("SELECT * FROM sample", database)) as {
      results: { series: { name: string; columns: string[]; values: unknown[][] }[] }[];
    };
    const series = answer.results[0]?.series[0];
    expect(series?.name).toBe("sample");
    const cells = Object.fromEntries(series?.columns.map((name, index) => [name, series.values[0]?.[index]]) ?? []);
    expect(cells).toEqual({
      time: start + 7,
      point: "hc-01/GD-201.a",
      site: "hc-01",
      value: 31.5,
      quality: "suspect",
      qualityRank: 2,
      receivedAt: start + 47,
    });
  });

  it("is the same when it was sent compressed", async () => {
    const historian = createInfluxHistorian(optionsFor(newDatabase(), { isCompressed: true }));
    const rows = Array.from({ length: 300 }, (_, index) => row("hc-01/LT-101", index, index));
    await historian.write(columnsOf(rows), 300);
    const query = { point: "hc-01/LT-101", from: start, to: start + hour, buckets: 1 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
  });
});

describe("lines that InfluxDB refuses", () => {
  it("are counted with an example, the neighbours are stored and the cursor moves: a field of another type", async () => {
    const database = newDatabase();
    await influxQl(`CREATE DATABASE "${database.replaceAll('"', '\\"')}"`);
    // Field types hold for a shard, which is a week: only the rows of this week are refused.
    const foreign = `sample,point=x,site=y value="a text" ${start}`;
    await fetch(`${server.url}/write?db=${encodeURIComponent(database)}&precision=ms`, {
      method: "POST",
      body: foreign,
    });
    const refused: Refused[] = [];
    const historian = createInfluxHistorian(optionsFor(database, { onRefused: (one) => refused.push(one) }));
    const later = 14 * 24 * hour;
    await historian.write(columnsOf([row("hc-01/A", 0, 1), row("hc-01/A", later, 2), row("hc-01/A", 1, 3)]), 3);
    expect(await historian.cursor()).toBe(3);
    expect(refused.reduce((sum, { rows }) => sum + rows, 0)).toBe(2);
    expect(refused[0]?.reason).toContain("field type conflict");
    expect(refused[0]?.example).toContain("sample,point=hc-01/A");
    const { buckets } = await historian.history({
      point: "hc-01/A",
      from: start + hour,
      to: start + 2 * later,
      buckets: 1,
    });
    expect(buckets.map(({ last, count }) => [last, count])).toEqual([[2, 1]]);
  });

  it("are counted, the neighbours are stored and the cursor moves: older than the database keeps", async () => {
    const database = newDatabase();
    await influxQl(`CREATE DATABASE "${database.replaceAll('"', '\\"')}" WITH DURATION 1d`);
    const refused: Refused[] = [];
    const historian = createInfluxHistorian(optionsFor(database, { onRefused: (one) => refused.push(one) }));
    const now = Date.now();
    const fresh = { ...row("hc-01/A", 0, 2), sourceAt: now, receivedAt: now };
    await historian.write(columnsOf([{ ...row("hc-01/A", 0, 1), sourceAt: 1_000_000_000_000 }, fresh]), 2);
    expect(await historian.cursor()).toBe(2);
    expect(refused.map(({ rows }) => rows)).toEqual([1]);
    expect(refused[0]?.reason).toContain("retention policy");
    const { buckets } = await historian.history({ point: "hc-01/A", from: now - hour, to: now + hour, buckets: 1 });
    expect(buckets.map(({ last }) => last)).toEqual([2]);
  });
});

describe("the cursor file", () => {
  const target = (): string => JSON.stringify(`${new URL(server.url).host}  db`);

  it("starts again at 0 for another InfluxDB, and when it cannot be understood", async () => {
    const cursorFile = join(directory, "cursor-moved.json");
    const at = (database: string): Promise<number> =>
      createInfluxHistorian({ ...optionsFor(database), cursorFile }).cursor();
    await writeFile(cursorFile, `{"cursor":77,"target":${target()}}`);
    expect(await at("db")).toBe(77);
    expect(await at("another")).toBe(0);
    for (const broken of [
      "",
      "{",
      "null",
      `{"cursor":"77","target":${target()}}`,
      `{"cursor":-3,"target":${target()}}`,
    ]) {
      await writeFile(cursorFile, broken);
      expect(await at("db"), broken).toBe(0);
    }
  });

  it("is written only after InfluxDB has acknowledged", async () => {
    const options = optionsFor(newDatabase());
    const historian = createInfluxHistorian(options);
    await historian.write(columnsOf([row("hc-01/A", 0, 1)]), 1);
    await server.stop();
    await expect(historian.write(columnsOf([row("hc-01/A", 1, 1)]), 2)).rejects.toThrow(
      "write to InfluxDB at 127.0.0.1",
    );
    expect(JSON.parse(await readFile(options.cursorFile, "utf8"))).toMatchObject({ cursor: 1 });
    await expect(historian.history({ point: "hc-01/A", from: start, to: start + 9, buckets: 1 })).rejects.toThrow(
      "read from InfluxDB",
    );
    await server.start();
    await historian.write(columnsOf([row("hc-01/A", 1, 1)]), 2);
    expect(await createInfluxHistorian(options).cursor()).toBe(2);
  });

  it("makes a write fail that it cannot hold", async () => {
    const cursorFile = join(directory, "no-folder");
    await writeFile(cursorFile, "a file where a folder must be");
    const historian = createInfluxHistorian(optionsFor(newDatabase(), { cursorFile: join(cursorFile, "cursor.json") }));
    await expect(historian.write(columnsOf([row("hc-01/A", 0, 1)]), 1)).rejects.toThrow("write the cursor file");
  });
});

describe("an InfluxDB that asks for a name and a password", () => {
  let closed: TestServer;

  beforeAll(async () => {
    closed = await startInflux({ isClosed: true });
    const q = "CREATE USER duty WITH PASSWORD 'p@ss:wörd' WITH ALL PRIVILEGES";
    const response = await fetch(`${closed.url}/query`, { method: "POST", body: new URLSearchParams({ q }) });
    expect(response.status).toBe(200);
  });

  afterAll(() => closed?.remove());

  it("takes rows from who knows them, and for all others counts as away: nothing is lost", async () => {
    const common = { ...optionsFor(newDatabase()), url: closed.url };
    const stranger = createInfluxHistorian({ ...common, username: "duty", password: "wrong" });
    const nameless = createInfluxHistorian(common);
    const member = createInfluxHistorian({ ...common, username: "duty", password: "p@ss:wörd" });
    const rows = [row("hc-01/A", 0, 1)];
    const query = { point: "hc-01/A", from: start, to: start + 9, buckets: 1 };
    await expect(stranger.write(columnsOf(rows), 1)).rejects.toThrow("write to InfluxDB");
    await expect(nameless.write(columnsOf(rows), 1)).rejects.toThrow("write to InfluxDB");
    expect(await stranger.cursor()).toBe(0);
    await expect(stranger.history(query)).rejects.toThrow("read from InfluxDB");
    await member.write(columnsOf(rows), 1);
    expect((await member.history(query)).buckets).toEqual(expectedBuckets(rows, query));
  });
});
