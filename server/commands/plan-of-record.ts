// The plan of record as a data directory has it, read beside a running server: the newest checkpoint's, then the journal's.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RecordedInput } from "../../contract/input.ts";
import type { Plan } from "../../contract/plant.ts";
import { openCheckpoints } from "../adapters/journal/checkpoint.ts";
import { readAll } from "../adapters/journal/kept.ts";
import { readRecords } from "../adapters/journal/read.ts";
import { createLog } from "../log.ts";
import { changedPlan } from "../monitor/rule-change.ts";

function planAfter(plan: Plan | null, input: RecordedInput): Plan | null {
  if (input.kind === "plan") return input.plan;
  return input.kind === "ruleChange" && plan !== null ? (changedPlan(plan, input.change) ?? plan) : plan;
}

/** Null where the data directory has no plan yet. */
export function planOfRecord(dataDir: string): Plan | null {
  const dir = join(dataDir, "journal");
  if (!existsSync(dir)) return null;
  const [checkpoint] = openCheckpoints(dataDir, createLog("silent")).load();
  let plan = (checkpoint?.state.plan as Plan | undefined) ?? null;
  const records = checkpoint === undefined ? readAll(dir) : readRecords(dir, checkpoint.mark.position);
  for (const { record } of records) plan = record.type === "input" ? planAfter(plan, record.input) : plan;
  return plan;
}
