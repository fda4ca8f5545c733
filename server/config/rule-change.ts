// A drafted change of a rule, read from a file: the change, or every fault of it.
import { readFileSync } from "node:fs";
import { Compile } from "typebox/compile";
import { ruleChangeSchema, type RuleChange } from "../../contract/rule-change.ts";

/** What a file holds. */
export type ReadRuleChange =
  | { readonly ok: true; readonly change: RuleChange }
  | { readonly ok: false; readonly faults: readonly string[] };

const validator = Compile(ruleChangeSchema);
const mostFaults = 10;

/** Reads a change from a file of JSON. */
export function readRuleChange(file: string): ReadRuleChange {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return { ok: false, faults: [`${file}: ${(error as Error).message}`] };
  }
  if (validator.Check(content)) return { ok: true, change: content };
  const faults = validator
    .Errors(content)
    .slice(0, mostFaults)
    .map(
      ({ instancePath, message }) => `${file}: ${instancePath === "" ? "the whole" : instancePath.slice(1)} ${message}`,
    );
  return { ok: false, faults: [...new Set(faults)] };
}
