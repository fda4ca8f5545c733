// The command `doctor`: the machine, the settings, the data and the neighbours, a line each; offline or beside a running server.
import { join } from "node:path";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";
import { loadPlan } from "../config.ts";
import type { ReadSettings } from "../config/settings.ts";
import { lookAtData } from "./doctor-data.ts";
import type { Found } from "./doctor-found.ts";
import { lookAtMachine } from "./doctor-machine.ts";
import { lookAtNeighbours } from "./doctor-neighbours.ts";

/** What the process alone knows. */
export interface DoctorWords {
  readonly dataDir: string;
  readonly nodeVersion: string;
}

function lookAtSettings(read: ReadSettings): readonly Found[] {
  if (!read.ok)
    return read.faults.map((fault) => ({ state: "bad", what: fault, todo: "correct it: see docs/operate.md" }));
  const loaded = loadPlan(read.settings.configDir);
  const settings: Found = { state: "ok", what: "the settings are valid" };
  if (!loaded.ok) {
    const faults = loaded.faults.map((fault): Found => ({
      state: "bad",
      what: fault,
      todo: "correct the configuration",
    }));
    return [settings, ...faults];
  }
  const { sites, points } = loaded.plan;
  return [settings, { state: "ok", what: `the configuration loads: ${sites.length} sites, ${points.length} points` }];
}

/** `doctor`: exit code 0 where nothing is bad; what is only worth a look does not count. */
export async function runDoctor(read: ReadSettings, words: DoctorWords, { out }: Output): Promise<number> {
  const found: Found[] = [
    ...lookAtMachine(words),
    ...lookAtSettings(read),
    ...lookAtData(words.dataDir, join(words.dataDir, "journal")),
    ...(read.ok ? await lookAtNeighbours(read.settings) : []),
  ];
  for (const { state, what, todo } of found) out(`${state.padEnd(5)} ${what}${todo === undefined ? "" : `: ${todo}`}`);
  const [bad, warn] = (["bad", "warn"] as const).map((state) => found.filter((one) => one.state === state).length);
  out(`${found.length} looked at, ${bad} bad, ${warn} to look at`);
  return bad === 0 ? exitCodes.done : exitCodes.found;
}
