// The plan as the configuration has it, and whether that is the plan of record.
import type { Plan } from "../../contract/plant.ts";
import { carryVersions } from "../config/run-time-versions.ts";

/** The configuration is wrong: every fault is named, and the process ends with code 78. */
export interface ConfigFaults extends Error {
  readonly faults: readonly string[];
}

/** True where an error lists faults of the configuration. */
export function isConfigFaults(error: unknown): error is ConfigFaults {
  return error instanceof Error && error.name === "ConfigFaults";
}

/** True where the configuration differs by nothing but versions that were enabled at run time. */
export function isOfRecord(plan: Plan, written: Plan): boolean {
  const carried = carryVersions(written, plan);
  return carried.faults.length === 0 && JSON.stringify(plan) === JSON.stringify(carried.plan);
}

/** Reads the configuration, which takes its time; everything that it needs is loaded only then. */
export async function readPlan(configDir: string): Promise<Plan> {
  const { loadPlan } = await import("../config.ts");
  const loaded = loadPlan(configDir);
  if (loaded.ok) return loaded.plan;
  throw Object.assign(new Error("the configuration has faults"), { name: "ConfigFaults", faults: loaded.faults });
}
