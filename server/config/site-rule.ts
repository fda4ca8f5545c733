// Compound rules of a site: its pack's, with its own laid over them, made where what they look at is there.
import type { Rule } from "../../contract/plant.ts";
import type { Joint } from "./combine.ts";
import { below, type Place } from "./fault-list.ts";
import { overlayRule, workOutRule, type RuleDraft } from "./rule.ts";
import type { RulesFile } from "./schema.ts";

/** The rules of a site; each block is laid over those before it. */
export function workOutSiteRules(
  blocks: readonly { readonly written: RulesFile | undefined; readonly place: Place }[],
  setting: Omit<Joint, "onAbsent">,
): readonly Rule[] {
  const drafts = new Map<string, RuleDraft | undefined>();
  for (const { written, place } of blocks) {
    for (const [key, rule] of Object.entries(written ?? {})) {
      drafts.set(key, overlayRule(drafts.get(key), rule, below(place, key), setting.reader));
    }
  }
  const joint: Joint = { ...setting, onAbsent: () => undefined };
  return [...drafts].flatMap(
    ([key, draft]) => (draft && workOutRule(key, draft, { joint, gauge: null, latch: false })) ?? [],
  );
}
