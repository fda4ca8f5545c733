// The test command's own judgement: what a vitest run came to, and how the needed Debian packages get here.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly problem?: string;
}
interface OutcomeModule {
  readonly readOutcome: (file: string) => Outcome;
  readonly summaryLine: (outcome: Outcome) => string;
}

const root = join(import.meta.dirname, "..", "..");
const script = (name: string): string => pathToFileURL(join(root, "scripts", name)).href;
const { readOutcome, summaryLine } = (await import(script("outcome.mjs"))) as OutcomeModule;
const scratch = mkdtempSync(join(tmpdir(), "skyground-npm-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the real runner over these files and gives what we read from its report. */
function outcomeOf(name: string, files: Readonly<Record<string, string>>): Outcome {
  const folder = join(scratch, name);
  mkdirSync(folder);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "vitest.config.js"), "export default {};\n");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const begin = 'import { expect, it } from "vitest";\n';
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, `${file}.test.js`), begin + text);
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", "--root", folder, "--reporter=json", `--outputFile.json=${report}`];
  // Its own run, not a worker of ours.
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith("VITEST")));
  spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env });
  return readOutcome(report);
}

describe("the outcome", () => {
  it("counts what passed, failed and was skipped", () => {
    const outcome = outcomeOf("mixed", {
      good: 'it("a", () => expect(1).toBe(1));\nit("b", () => expect(1).toBe(1));',
      mixed: 'it("c", () => expect(1).toBe(2));\nit.skip("d", () => expect(1).toBe(1));\nit.todo("e");',
    });
    expect(outcome).toEqual({ passed: 2, failed: 1, skipped: 2 });
    expect(summaryLine(outcome)).toBe("2 passed, 1 failed, 2 skipped");
  });

  it("counts a file that cannot be loaded as failed", () => {
    const outcome = outcomeOf("broken", {
      good: 'it("a", () => expect(1).toBe(1));',
      broken: 'import "./nothing.js";\nit("b", () => expect(1).toBe(1));',
    });
    expect(outcome).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(summaryLine(outcome)).toBe("1 passed, 1 failed");
  });

  it("has a problem where no test ran or no report is there", () => {
    expect(outcomeOf("empty", {}).problem).toMatch(/No (?:test ran|usable test report)/);
    expect(readOutcome(join(scratch, "nowhere.json"))).toMatchObject({
      passed: 0,
      failed: 0,
      problem: expect.stringContaining("No usable"),
    });
  });
});

describe("the Debian packages", () => {
  /** Runs one expression with the room's functions in scope, with only these programs on the path. */
  function evaluate(expression: string, path: string): unknown {
    const code = `import * as debian from ${JSON.stringify(script("debian.mjs"))}; console.log(JSON.stringify(${expression}));`;
    const args = ["--input-type=module", "-e", code];
    const run = spawnSync(process.execPath, args, { encoding: "utf8", env: { PATH: path } });
    if (run.status !== 0) throw new Error(run.stderr);
    return JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "");
  }

  it("are all here while the tests run", () => {
    expect(evaluate("debian.missingPackages()", process.env["PATH"] ?? "")).toEqual([]);
  });

  it("are named where they are missing, in one line that installs them", () => {
    const missing = evaluate("debian.missingPackages()", join(scratch, "no-programs")) as string[];
    expect(missing).toEqual(expect.arrayContaining(["chromium", "mosquitto-clients", "influxdb", "victoria-metrics"]));
    const line = evaluate(`debian.installLine(${JSON.stringify(missing)})`, "") as string;
    expect(line).toBe(`sudo apt-get install -y --no-install-recommends ${missing.join(" ")}`);
    expect(evaluate("debian.mayInstall()", join(scratch, "no-programs"))).toBe(false);
  });

  it("are installed without questions and without starting a service, and leave no policy behind", () => {
    const programs = join(scratch, "programs");
    const policy = join(scratch, "policy-rc.d");
    const said = join(scratch, "said");
    mkdirSync(programs);
    const aptGet = [
      "#!/bin/sh",
      `echo "$DEBIAN_FRONTEND $*" >> ${said}`,
      `/bin/sh ${policy}; echo "policy $?" >> ${said}`,
    ];
    writeFileSync(join(programs, "apt-get"), `${aptGet.join("\n")}\nexit 1\n`);
    chmodSync(join(programs, "apt-get"), 0o755);
    const expression = `debian.installPackages(["chromium", "influxdb"], ${JSON.stringify(policy)})`;
    // The apt-get that is called here installs nothing and fails, so the answer must be no.
    expect(evaluate(expression, programs)).toBe(false);
    expect(readFileSync(said, "utf8").trim().split("\n")).toEqual([
      "noninteractive update",
      "policy 101",
      "noninteractive install -y --no-install-recommends chromium influxdb",
      "policy 101",
    ]);
    expect(existsSync(policy)).toBe(false);
  });

  it("leave a policy that was there as it was", () => {
    const policy = join(scratch, "own-policy");
    writeFileSync(policy, "#!/bin/sh\nexit 104\n");
    evaluate(`debian.installPackages(["chromium"], ${JSON.stringify(policy)})`, join(scratch, "no-programs"));
    expect(readFileSync(policy, "utf8")).toBe("#!/bin/sh\nexit 104\n");
  });
});
