// npm test: installs or names what the tests need, builds, runs every test once, and ends with "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installLine, installPackages, mayInstall, missingPackages } from "./debian.mjs";
import { readOutcome, summaryLine } from "./outcome.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const report = join(root, "test-results", "report.json");
const extra = process.argv.slice(2);
const inCi = ![undefined, "", "0", "false"].includes(process.env.CI);

/** Runs a command in the project's folder with our own streams; true when it ended well. */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

/** Says the last line and ends; a suite that did not run is a failure, whatever it counted. */
function end(outcome, exitCode) {
  console.log(summaryLine(outcome));
  process.exit(exitCode);
}

const nothing = { passed: 0, failed: 0, skipped: 0 };

const missing = missingPackages();
if (missing.length > 0) {
  console.log(`The tests need these Debian packages, which are not installed: ${missing.join(" ")}`);
  if (!mayInstall()) {
    console.error("They are not skipped. Install them, then run this again:");
    console.error(installLine(missing));
    end(nothing, 1);
  }
  console.log("Installing them now with apt-get; their services will not be started.");
  if (!installPackages(missing)) {
    console.error(`Installing failed. By hand: ${installLine(missing)}`);
    end(nothing, 1);
  }
}

// Some tests start the built server and open the built wall.
if (!run("npm", ["run", "--silent", "build"])) {
  console.error("The build failed, so no test ran.");
  end(nothing, 1);
}

mkdirSync(dirname(report), { recursive: true });
// A report of an earlier run must never be counted as this one's.
rmSync(report, { force: true });
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporting = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const ranWell = run(process.execPath, [vitest, "run", ...reporting, ...extra], {
  COVERAGE: extra.length === 0 ? "1" : "0",
});

const outcome = readOutcome(report);
if (outcome.problem) console.error(outcome.problem);
if (inCi && outcome.skipped > 0) console.error("A skipped test is a failure in CI.");
const isGood =
  ranWell && !outcome.problem && outcome.passed > 0 && outcome.failed === 0 && !(inCi && outcome.skipped > 0);
if (!ranWell && outcome.failed === 0) {
  console.error(
    "vitest failed beside its tests: coverage below its threshold, or an error outside a test (see above).",
  );
}
end(outcome, isGood ? 0 : 1);
