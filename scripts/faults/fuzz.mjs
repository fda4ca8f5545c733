// Broken bytes: every dialect and the embedded broker under mutated messages, by the very tests that CI runs with fewer.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A connection costs what ten payloads cost. */
const payloadsPerPacket = 10;
const lastLines = 6;

/** Runs one test file in a process of its own; what each of its tests came to. */
function runTests(file, environment, say) {
  const scratch = mkdtempSync(join(tmpdir(), "skyground-fuzz-"));
  const report = join(scratch, "report.json");
  const words = [
    "run",
    "--project",
    "server",
    file,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const child = spawn(process.execPath, [join(root, "node_modules", "vitest", "vitest.mjs"), ...words], {
    cwd: root,
    // Asked for within a run that gathers coverage, it would take that run's folder away.
    env: { ...process.env, NO_COLOR: "1", COVERAGE: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const lines = output.split("\n").filter((line) => line.trim() !== "");
      for (const line of lines.slice(-lastLines)) say(line.trim());
      try {
        const { testResults } = JSON.parse(readFileSync(report, "utf8"));
        resolve({ code, tests: testResults.flatMap(({ assertionResults }) => assertionResults) });
      } catch (cause) {
        reject(new Error(`${file} ended with ${code}: ${lines.slice(-lastLines).join("; ")}`, { cause }));
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    });
  });
}

const seconds = (ms) => `${((ms ?? 0) / 1000).toFixed(1)} s`;

/** Payloads for each dialect, a tenth as many packets for the broker. */
export async function fuzz({ fuzzRuns, seed, say }) {
  const files = [
    ["test/server/dialects-fuzz.test.ts", fuzzRuns],
    ["test/server/mqtt-fuzz.test.ts", Math.ceil(fuzzRuns / payloadsPerPacket)],
  ];
  const rows = [];
  for (const [file, times] of files) {
    const environment = { FUZZ_RUNS: String(times), FUZZ_SEED: String(seed) };
    const { code, tests } = await runTests(file, environment, say);
    // What counts no payloads, such as the time for a large one, is run once.
    const timesOf = (title) => (/never throws|broken packets/u.test(title) ? times : 1);
    for (const { title, status, duration, failureMessages } of tests) {
      const examples = failureMessages.map((message) => message.slice(0, 500));
      const isGood = status === "passed";
      rows.push({
        fault: `fuzz: ${title}`,
        times: timesOf(title),
        isGood,
        said: status,
        examples,
        note: seconds(duration),
      });
    }
    if (code !== 0 && rows.every(({ isGood }) => isGood))
      rows.push({ fault: `fuzz: ${file}`, times, isGood: false, said: `exit code ${code}`, examples: [] });
  }
  return rows;
}
