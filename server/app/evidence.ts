// The desk of the record: heads from the keeper, packs from a thread of their own.
import type { EvidenceDesk } from "../adapters/http/evidence.ts";
import { usualWindowMs } from "../evidence/pack.ts";
import { createEvidenceThread } from "../evidence.ts";
import type { HeadKeeper } from "./heads.ts";

/** Makes the desk. */
export function createEvidenceDesk(dataDir: string, version: string, heads: Pick<HeadKeeper, "latest">): EvidenceDesk {
  const pack = createEvidenceThread(dataDir);
  return {
    head: heads.latest,
    pack: (alarm, { occurrence = null, windowMs = usualWindowMs }, person) =>
      pack({ alarm, occurrence, windowMs, madeAt: Date.now(), madeBy: person.name, version }),
  };
}
