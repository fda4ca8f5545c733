// The faults in their short form: that each case breaks what it says, counts what came of it, and ends what it started.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

interface Row {
  readonly fault: string;
  readonly times: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly missing: number | null;
  readonly extra: number | null;
  readonly rows?: number;
  readonly rowsWanted?: number;
}
interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = join(import.meta.dirname, "..", "..");
const scratch = mkdtempSync(join(tmpdir(), "skyground-faults-test-"));
let running: ChildProcess | null = null;
afterAll(() => {
  running?.kill("SIGTERM");
  rmSync(scratch, { recursive: true, force: true });
});

function faults(...words: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "scripts", "faults", "main.mjs"), ...words], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running = child;
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

it("loses nothing that was acknowledged, judges nothing twice, and has every row in InfluxDB", async () => {
  const file = join(scratch, "faults.json");
  const asked = ["--only", "kill,two,mosquitto,influx", "--kills", "2", "--times", "1", "--seed", "7"];
  const { code, stdout, stderr } = await faults(...asked, "--json", file);
  expect(stderr).not.toContain("NOT KEPT");
  expect(code).toBe(0);
  const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: readonly Row[] };
  expect(rows.map(({ fault, times }) => `${times} ${fault}`)).toEqual([
    "2 kill -9 of the server",
    "1 a second server on the data directory",
    "1 Mosquitto SIGTERM and start",
    "1 Mosquitto SIGKILL and start",
    "1 InfluxDB kill -9 and start",
  ]);
  for (const row of rows) {
    expect(row, row.fault).toMatchObject({ lost: 0, missing: 0, extra: 0 });
    expect(row.acknowledged, row.fault).toBeGreaterThan(500);
    expect(stdout).toContain(row.fault);
  }
  expect(rows.at(-1)?.rows).toBe(rows.at(-1)?.rowsWanted);
}, 240_000);

it("breaks payloads and packets, and says how long each dialect took", async () => {
  const file = join(scratch, "fuzz.json");
  const asked = ["--only", "fuzz", "--fuzz-runs", "400", "--seed", "7", "--json", file];
  const { code, stdout, stderr } = await faults(...asked);
  expect(stderr).not.toContain("NOT KEPT");
  expect(code).toBe(0);
  const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: readonly (Row & { readonly note: string })[] };
  const times = rows.map(({ fault, times: count }) => `${count} ${fault}`);
  expect(times).toContain("400 fuzz: 'hj212' never throws, answers within bounds, and reads on");
  expect(times).toContain("400 fuzz: 'native' never throws, answers within bounds, and reads on");
  expect(times).toContain("40 fuzz: survives 40 broken packets, and its other device loses nothing");
  for (const { note } of rows) expect(note).toMatch(/^\d+\.\d s$/u);
  expect(stdout).toContain("'sparkplug' grows with its size");
}, 120_000);

it("names a case that there is not, and what there is", async () => {
  const { code, stderr } = await faults("--only", "earthquake");
  expect(code).toBe(1);
  expect(stderr).toContain("no case earthquake");
  expect(stderr).toContain("kill -9");
});
