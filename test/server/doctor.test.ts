// The doctor: a line for everything that it looks at, and each of them seen to fail.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDays } from "../../server/adapters/historian/embedded-days.ts";
import { openBatchLog } from "../../server/adapters/historian/embedded-log.ts";
import { openCheckpoints } from "../../server/adapters/journal/checkpoint.ts";
import { openJournal } from "../../server/adapters/journal/journal.ts";
import { listSegments } from "../../server/adapters/journal/read.ts";
import { openRecordKey, recordKeyFile } from "../../server/adapters/journal/record-key.ts";
import { createRegister } from "../../server/adapters/register.ts";
import { runDoctor } from "../../server/commands/doctor.ts";
import type { Environment } from "../../server/config/environment.ts";
import { readSettings, type Overrides } from "../../server/config/settings.ts";
import { createLog } from "../../server/log.ts";
import { makeEnding } from "../support/certificates.ts";
import { changeOf, messageOf } from "../support/journal-records.ts";
import { freePort } from "../support/ports.ts";
import { exampleConfig, newFolder } from "../support/server.ts";

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let servers: Server[];

beforeEach(async () => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  servers = [];
  mkdirSync(dataDir, { mode: 0o700 });
  const journal = openJournal({
    dir: join(dataDir, "journal"),
    segmentBytes: 1 << 20,
    syncMs: 10_000,
    log: createLog("silent"),
  });
  for (let turn = 1; turn <= 4; turn += 1) {
    journal.appendInputs([messageOf(turn)]);
    journal.appendTurn({ upTo: turn, seq: turn, changes: [changeOf(turn)], flags: [] });
  }
  const { position, upTo, seq, chain } = journal.mark();
  journal.close();
  openRecordKey(dataDir);
  createRegister({ file: join(dataDir, "register.db"), now: () => 1, random: randomBytes }).close();
  const state = { plan: { points: [] }, rest: 1, columns: {} };
  const checkpoint = { mark: { position, upTo, seq, chain }, state };
  await openCheckpoints(dataDir, createLog("silent")).save(checkpoint, Promise.resolve());
  const dir = join(dataDir, "historian");
  mkdirSync(dir);
  openBatchLog(join(dir, "recent.db"), false).close();
  openDays({ dir, onTrouble: () => undefined, isReadOnly: false }).close();
});

afterEach(async () => {
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  folder.remove();
});

/** The doctor's lines, and its exit code. */
async function doctor(
  environment: Environment = {},
  overrides: Overrides = {},
  nodeVersion = "20.19.0",
): Promise<{ readonly code: number; readonly lines: readonly string[]; readonly bad: readonly string[] }> {
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const own = { SKYGROUND_HTTP_PORT: String(httpPort), SKYGROUND_MQTT_PORT: String(mqttPort) };
  const read = readSettings({ ...own, ...environment }, { configDir: exampleConfig, dataDir, ...overrides });
  const lines: string[] = [];
  const code = await runDoctor(read, { dataDir, nodeVersion }, { out: (line) => lines.push(line), say: () => {} });
  return { code, lines, bad: lines.filter((line) => line.startsWith("bad")) };
}

/** A neighbour that answers by HTTP. */
async function neighbour(answer: (path: string, authorization: string) => readonly [number, string]): Promise<number> {
  const server = createServer((request, response) => {
    const [status, body] = answer(request.url ?? "", request.headers.authorization ?? "");
    response.writeHead(status).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("a healthy server", () => {
  it("has a line for everything, none of them bad, and leaves nothing behind", async () => {
    // SQLite's own files beside the register go with its last connection, which may be this process's.
    const files = (): readonly string[] =>
      readdirSync(dataDir, { recursive: true, encoding: "utf8" }).filter(
        (name) => !/^register\.db-(?:shm|wal)$/u.test(name),
      );
    const before = files();
    const { code, lines, bad } = await doctor();
    expect(bad).toEqual([]);
    expect(code).toBe(0);
    for (const words of [
      "Node 20.19.0",
      "GiB free",
      "the disk syncs 4 KiB",
      "kept by NTP",
      "the settings are valid",
      "the configuration loads: 1 sites",
      "only the server may read the data",
      "journal file(s) is whole: 4 turns",
      "1 checkpoint(s) can be read",
      "signed with the key",
      "the register opens: schema",
      "the embedded historian opens",
      "HTTP port",
      "MQTT port",
    ])
      expect(
        lines.filter((line) => line.includes(words)),
        words,
      ).toHaveLength(1);
    expect(files()).toEqual(before);
  });

  it("is looked at before it was ever started", async () => {
    rmSync(dataDir, { recursive: true });
    const { code, lines } = await doctor();
    expect(code).toBe(0);
    expect(lines.some((line) => line.includes("the first start makes it"))).toBe(true);
  });
});

describe("a broken thing", () => {
  it("is an old Node, a wrong setting, a wrong configuration", async () => {
    expect((await doctor({}, {}, "18.20.1")).bad[0]).toContain("install Node 20.19");
    expect((await doctor({ SKYGROUND_JOURNAL_SYNC_MS: "soon" })).bad[0]).toContain("SKYGROUND_JOURNAL_SYNC_MS");
    expect((await doctor({}, { configDir: folder.path })).code).toBe(1);
  });

  it("is a file with secrets that everybody may read", async () => {
    chmodSync(join(dataDir, "register.db"), 0o644);
    expect((await doctor()).bad).toEqual([expect.stringContaining("has the rights 644: chmod 600") as string]);
    chmodSync(join(dataDir, "register.db"), 0o600);
    chmodSync(dataDir, 0o755);
    expect((await doctor()).lines.some((line) => /^warn .*chmod 700/u.test(line))).toBe(true);
  });

  it("is the newest part of the journal, wherever a byte of it is flipped", async () => {
    const { file } = listSegments(join(dataDir, "journal"))[0] ?? { file: "" };
    const bytes = readFileSync(file);
    for (const place of [20, 200, 300]) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(bytes.readUInt8(place) ^ 1, place);
      writeFileSync(file, altered);
      expect((await doctor()).bad[0]).toContain("the journal: ");
    }
  });

  it("is a checkpoint that a start would leave alone", async () => {
    const name = readdirSync(dataDir).find((one) => one.endsWith(".checkpoint")) ?? "";
    writeFileSync(join(dataDir, name), "nothing");
    expect((await doctor()).lines.some((line) => line.startsWith("warn") && line.includes(name))).toBe(true);
  });

  it("is a record key, a register or a historian that does not open, and a register of a newer release", async () => {
    const broken = async (file: string, words: string): Promise<void> => {
      const before = readFileSync(file);
      writeFileSync(file, Buffer.alloc(8192, 7));
      expect((await doctor()).bad, file).toEqual([expect.stringContaining(words) as string]);
      writeFileSync(file, before);
    };
    await broken(join(dataDir, recordKeyFile), "the record key: ");
    // With what stands in their -wal SQLite would mend these two: the file is put in the place of all three.
    const replaced = async (file: string, words: string): Promise<void> => {
      for (const ending of ["", "-wal", "-shm"]) rmSync(`${file}${ending}`, { force: true });
      writeFileSync(file, Buffer.alloc(8192, 7), { mode: 0o600 });
      expect((await doctor()).bad, file).toEqual([expect.stringContaining(words) as string]);
      rmSync(file);
    };
    await replaced(join(dataDir, "historian", "recent.db"), "the historian: ");
    await replaced(join(dataDir, "register.db"), "the register: ");
    writeFileSync(join(dataDir, "register.db"), "", { mode: 0o600 });
    const db = new Database(join(dataDir, "register.db"));
    db.exec("PRAGMA user_version = 99");
    db.close();
    expect((await doctor()).bad).toEqual([expect.stringContaining("of a newer release") as string]);
  });

  it("is a port that another program has, but not one that our own server has", async () => {
    const port = await neighbour(() => [200, "hello"]);
    const other = await doctor({ SKYGROUND_HTTP_PORT: String(port) });
    expect(other.bad).toEqual([expect.stringContaining("taken by another program") as string]);
    const ours = await neighbour(() => [200, JSON.stringify({ live: true, neighbours: [] })]);
    const own = await doctor({ SKYGROUND_HTTP_PORT: String(ours) });
    expect(own.bad).toEqual([]);
    expect(own.lines.some((line) => line.includes("taken by the running server"))).toBe(true);
  });

  it("is a broker that is not reached, and one that shows no certificate", async () => {
    const away = await doctor({ SKYGROUND_MQTT_URL: `mqtt://127.0.0.1:${await freePort()}` });
    expect(away.bad).toEqual([expect.stringContaining("is not reached: ECONNREFUSED") as string]);
    const plain = await neighbour(() => [200, ""]);
    expect((await doctor({ SKYGROUND_MQTT_URL: `mqtt://127.0.0.1:${plain}` })).bad).toEqual([]);
    const tls = await doctor({ SKYGROUND_MQTT_URL: `mqtts://127.0.0.1:${plain}` });
    expect(tls.bad).toEqual([expect.stringContaining("shows no certificate") as string]);
  });

  it("is the server's own certificate that has ended; one that ends within 30 days is only to look at", async () => {
    const certificates = {
      over: await makeEnding(folder.path, "over", -1),
      soon: await makeEnding(folder.path, "soon", 20),
      good: await makeEnding(folder.path, "good", 90),
    };
    const port = await freePort();
    const lookAt = async (certFile: string, keyFile: string): Promise<string[]> => {
      const { lines } = await doctor({
        SKYGROUND_MQTTS_PORT: String(port),
        SKYGROUND_MQTTS_CERT_FILE: certFile,
        SKYGROUND_MQTTS_KEY_FILE: keyFile,
      });
      expect(lines.filter((line) => line.includes("MQTT over TLS port"))).toEqual([
        expect.stringMatching(/^ok .*free$/u),
      ]);
      return lines.filter((line) => line.includes("own certificate"));
    };
    const { over, soon, good } = certificates;
    expect(await lookAt(over.certFile, over.keyFile)).toEqual([
      "bad   the server's own certificate has ended: renew it",
    ]);
    expect(await lookAt(soon.certFile, soon.keyFile)).toEqual([
      expect.stringMatching(/^warn  the server's own certificate ends in (?:19|20) days: renew it$/u),
    ]);
    expect(await lookAt(good.certFile, good.keyFile)).toEqual([
      expect.stringMatching(/^ok .*ends in (?:89|90) days$/u),
    ]);
    // Of a chain the one that ends first.
    writeFileSync(good.certFile, Buffer.concat([good.cert, over.cert]));
    expect(await lookAt(good.certFile, good.keyFile)).toEqual([expect.stringMatching(/^bad /u)]);
  });

  it("is an InfluxDB that is away, or that refuses the token", async () => {
    const port = await neighbour((path, authorization) => {
      if (path === "/ping") return [204, ""];
      return [authorization === "Token right" ? 200 : 401, "{}"];
    });
    const influx = (url: string, token: string): Environment => ({
      SKYGROUND_HISTORIAN: "influx",
      SKYGROUND_INFLUX_URL: url,
      SKYGROUND_INFLUX_ORG: "o",
      SKYGROUND_INFLUX_BUCKET: "b",
      SKYGROUND_INFLUX_TOKEN: token,
    });
    expect((await doctor(influx(`http://127.0.0.1:${port}`, "right"))).bad).toEqual([]);
    const refused = await doctor(influx(`http://127.0.0.1:${port}`, "wrong"));
    expect(refused.bad).toEqual([expect.stringContaining("refuses the credentials: 401") as string]);
    const away = await doctor(influx(`http://127.0.0.1:${await freePort()}`, "right"));
    expect(away.bad).toEqual([expect.stringContaining("is not reached: ECONNREFUSED") as string]);
  });
});
