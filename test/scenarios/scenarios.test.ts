// Every scenario of the demo through the real pipeline, in seconds: what a wall hears is what the scenario promises.
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { verdictsOf } from "../../simulators/exercise/verdict.ts";
import { demoConfig } from "../support/demo.ts";
import { play, readScenario } from "../support/exercise.ts";

const scenarios = join(demoConfig, "scenarios");
const names = readdirSync(scenarios).map((file) => basename(file, ".yaml"));
const memory = "/dev/shm";

/** Thousands of alarms are each synced to the disk: how fast that is, is not the subject here. Containers give 64 MB of memory. */
function scratchDir(): string {
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= 2 ** 30 ? memory : tmpdir();
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(scratchDir(), "skyground-scenario-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each(names)(
  "%s brings the alarms that it promises, and its journal is judged the same again",
  async (name) => {
    const scenario = readScenario(join(scenarios, `${name}.yaml`));
    const { transitions, startMs, stored, verdict } = await play(scenario, folder);
    const verdicts = verdictsOf(scenario.expect, transitions, startMs);
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts.filter(({ isMet }) => !isMet)).toEqual([]);
    expect(stored).toBeGreaterThan(0);
    expect(verdict).toContain("0 missing, 0 extra");
  },
  120_000,
);
