// The vitest runner that judges mutants: each test runs once as it is, then once for each living mutant that it reached.
import { setMaxListeners } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { getFn } from "vitest/suite";
import { VitestTestRunner } from "vitest/runners";

/** Calls of a switch, beside ten times those of the plain run, after which a mutant's loop counts as endless. */
const allowance = 200_000;

const stateFile = process.env.SKYGROUND_MUTANTS;
const state = JSON.parse(readFileSync(stateFile, "utf8"));

/** What the mutated files ask: whether a mutant is on. Counts, so that no loop runs for ever. */
function createSwitch() {
  let [on, calls, most] = [-1, 0, Infinity];
  let reached = new Set();
  function turn() {
    calls += 1;
    if (calls > most) throw new Error("endless");
  }
  return {
    turn,
    is(id) {
      turn();
      if (on < 0) reached.add(id);
      return id === on;
    },
    /** Switches to a mutant, or with -1 to none; gives the calls since the last switch and the mutants reached. */
    set(id, atMost = Infinity) {
      const before = { calls, reached, isEndless: calls > most };
      [on, calls, most, reached] = [id, 0, atMost, new Set()];
      return before;
    },
  };
}

globalThis.skygroundMutants = createSwitch();
const mutants = globalThis.skygroundMutants;
if (state.only !== null) mutants.set(state.only, 50_000_000);

async function fails(run) {
  try {
    await run();
    return false;
  } catch {
    return true;
  }
}

/** Collects into the state file: who was killed, by an endless loop or a failed test, and who was reached, and when. */
// oxlint-disable-next-line import/no-default-export -- vitest takes a runner only so
export default class MutantRunner extends VitestTestRunner {
  #alive = new Set(state.alive);
  #found = { killed: {}, endless: [], reached: [], early: [], failed: [], skipped: [] };
  #reached = new Set();

  async runTask(test) {
    const run = getFn(test);
    // Each run listens to the test's signal.
    setMaxListeners(0, test.context.signal);
    if (state.only !== null) return run();
    // What was reached before the first test, was reached by the loading of a file: only a new loading can judge it.
    const early = mutants.set(-1).reached;
    this.#found.early.push(...[...early].filter((id) => this.#alive.has(id)));
    const began = performance.now();
    await run();
    const tookMs = performance.now() - began;
    const { calls, reached } = mutants.set(-1);
    for (const id of reached) this.#reached.add(id);
    if (tookMs > state.longestMs) {
      this.#found.skipped.push(test.name);
      return;
    }
    for (const id of reached) if (this.#alive.has(id)) await this.#judge(id, run, test, calls);
    // A test that a mutant leaves in pieces would kill all that follow.
    await run();
    mutants.set(-1);
  }

  async #judge(id, run, test, calls) {
    mutants.set(id, 10 * calls + allowance);
    const isKilled = await fails(run);
    const { isEndless } = mutants.set(-1);
    if (!isKilled && !isEndless) return;
    this.#alive.delete(id);
    if (isEndless) this.#found.endless.push(id);
    else this.#found.killed[id] = test.name;
  }

  onAfterRunTask(test) {
    super.onAfterRunTask(test);
    if (test.result?.state === "fail") this.#found.failed.push(`${test.name}: ${test.result.errors?.[0]?.message}`);
  }

  onAfterRunFiles(files) {
    super.onAfterRunFiles(files);
    const broken = files.filter((file) => file.result?.state === "fail").map((file) => file.name);
    const found = { ...this.#found, reached: [...this.#reached], broken };
    writeFileSync(`${stateFile}.found`, JSON.stringify(found));
  }
}
