// The wall's soak in its short form: that it runs, prints every figure beside its budget, and ends what it started; never a time.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

interface Result {
  readonly points: number;
  readonly rows: readonly {
    readonly what: string;
    readonly value: number | null;
    readonly budget: string | null;
    readonly isWithin: boolean | null;
  }[];
}
interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = join(import.meta.dirname, "..", "..");
const scratch = mkdtempSync(join(tmpdir(), "skyground-soak-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function soak(...words: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "scripts", "soak.mjs"), ...words], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

it("prints what the wall costs on every screen beside its budget, and leaves no server behind", async () => {
  const file = join(scratch, "soak.json");
  const { code, stdout, stderr } = await soak("--short", "--points", "900", "--rate", "900", "--json", file);
  expect(stderr).not.toContain("could not run");
  expect(code).toBe(0);
  const result = JSON.parse(readFileSync(file, "utf8")) as Result;
  expect(result.points).toBe(900);
  for (const screen of ["overview", "alarms", "site", "pond"]) {
    for (const figure of ["main thread", "long tasks", "fresh numbers"]) {
      expect(result.rows.map(({ what }) => what)).toContain(`${screen}: ${figure}`);
    }
  }
  for (const { what, value, budget, isWithin } of result.rows) {
    expect(value, what).toEqual(expect.any(Number));
    expect(isWithin === null).toBe(budget === null);
    expect(stdout).toContain(what);
  }
  expect(stdout).toMatch(/^(?:every budget is kept: within|over: .+)$/mu);
  // The trends at least: a blank page would be cheap too.
  expect(result.rows.find(({ what }) => what === "overview: fresh numbers")?.value).toBeGreaterThan(0);
  const url = /at (http:\/\/127\.0\.0\.1:\d+)/u.exec(stderr)?.[1] ?? "";
  await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
}, 240_000);

it("refuses a rate that it cannot give, before anything is started", async () => {
  const { code, stderr } = await soak("--rate", "0");
  expect(code).toBe(2);
  expect(stderr).toContain("--rate must be above 0");
});
