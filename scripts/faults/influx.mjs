// A real InfluxDB 1.x in a folder of its own, killed and started again at will.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endChild, freePort, keep, until } from "../bench/stand.mjs";

const database = "skyground";

/** Starts it with its database made. */
export async function startInflux() {
  const dir = mkdtempSync(join(tmpdir(), "skyground-influx-"));
  const port = await freePort();
  const file = join(dir, "influxdb.conf");
  writeFileSync(
    file,
    `reporting-enabled = false
bind-address = "127.0.0.1:${await freePort()}"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
`,
  );
  const url = `http://127.0.0.1:${port}`;
  let child = null;
  const start = async () => {
    child = keep(spawn("influxd", ["-config", file], { stdio: "ignore" }));
    await until("InfluxDB answers", async () => (await fetch(`${url}/ping`).catch(() => null))?.ok);
  };
  await start();
  await fetch(`${url}/query?q=${encodeURIComponent(`CREATE DATABASE ${database}`)}`, { method: "POST" });
  return {
    url,
    start,
    end: (signal) => endChild(child, signal),
    /** Rows of every series, each time once. */
    async countRows() {
      const query = encodeURIComponent("SELECT COUNT(value) FROM /.*/");
      const answer = await (await fetch(`${url}/query?db=${database}&q=${query}`)).json();
      const series = answer.results[0].series ?? [];
      return series.reduce((sum, { values }) => sum + values[0][1], 0);
    },
    async remove() {
      await endChild(child, "SIGKILL");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
