// Runs tests over mutants with one vitest: who is killed, by which test, who is reached by none, and who survives.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVitest } from "vitest/node";
import { withSwitches } from "./schemata.mjs";

const quiet = { onInit() {} };

function plugin(root, sources) {
  const texts = new Map();
  for (const { file, text, mutants } of sources) texts.set(join(root, file), withSwitches(file, text, mutants));
  return {
    name: "mutants",
    enforce: "pre",
    load: (id) => texts.get(id.split("?")[0]),
  };
}

/**
 * Judges the mutants of these sources. `run` goes with one test file through those still alive; `reload` judges one that
 * the loading of test files reaches (a constant, or what a test file works out once), by loading some of them anew. Every mutant ends with a `status`.
 */
export async function createJudge({ root, sources }) {
  const folder = mkdtempSync(join(tmpdir(), "skyground-mutants-"));
  const stateFile = join(folder, "state.json");
  process.env.SKYGROUND_MUTANTS = stateFile;
  const options = {
    config: false,
    root,
    watch: false,
    include: ["test/domain/**/*.test.ts"],
    runner: join(import.meta.dirname, "runner.mjs"),
    reporters: [quiet],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 600_000,
  };
  const vitest = await createVitest("test", options, { plugins: [plugin(root, sources)], logLevel: "error" });
  const mutants = new Map(sources.flatMap((source) => source.mutants).map((mutant) => [mutant.id, mutant]));
  /** Mutants that the loading of a test file reached, and the files that did. */
  const early = new Map();

  const living = () => [...mutants.values()].filter(({ status }) => status === "survived" || status === "uncovered");

  async function runFile(testFile, only, longestMs) {
    const alive = living().map(({ id }) => id);
    writeFileSync(stateFile, JSON.stringify({ alive, only, longestMs }));
    rmSync(`${stateFile}.found`, { force: true });
    const [specification] = await vitest.globTestSpecifications([testFile]);
    if (specification === undefined) throw new Error(`${testFile} is not a test of the domain`);
    await vitest.runTestSpecifications([specification]);
    return JSON.parse(readFileSync(`${stateFile}.found`, "utf8"));
  }

  async function run(testFile, longestMs) {
    const found = await runFile(testFile, null, longestMs);
    const failed = [...found.failed, ...found.broken];
    if (failed.length > 0) throw new Error(`${testFile} fails, or cannot be run twice:\n  ${failed.join("\n  ")}`);
    for (const id of found.early) early.set(id, new Set([...(early.get(id) ?? []), testFile]));
    for (const id of [...found.reached, ...found.early]) {
      const mutant = mutants.get(id);
      if (mutant.status === "uncovered") mutant.status = "survived";
    }
    for (const id of found.endless) mutants.get(id).status = "endless";
    for (const [id, test] of Object.entries(found.killed)) {
      Object.assign(mutants.get(Number(id)), { status: "killed", by: `${testFile}: ${test}` });
    }
    return found;
  }

  /** Loads these tests anew with one mutant on from the beginning, until one of them fails. */
  async function reload(mutant, testFiles) {
    for (const testFile of testFiles) {
      if (!early.get(mutant.id).has(testFile)) continue;
      const { failed, broken } = await runFile(testFile, mutant.id, Infinity);
      if (failed.length + broken.length === 0) continue;
      Object.assign(mutant, { status: "killed", by: `${testFile}: loading it` });
      return;
    }
  }

  for (const mutant of mutants.values()) mutant.status = "uncovered";
  return {
    living,
    run,
    loaded: () => living().filter(({ id }) => early.has(id)),
    reload,
    async close() {
      await vitest.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
