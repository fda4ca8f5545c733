// The desk of the record: heads from the keeper, packs from a thread of their own, each of which is itself in the record.
import type { EvidenceDesk } from "../adapters/http/evidence.ts";
import { usualWindowMs } from "../evidence/pack.ts";
import { createEvidenceThread, type EvidenceThread } from "../evidence.ts";
import type { Accounts } from "./accounts.ts";
import type { HeadKeeper } from "./heads.ts";

/** What the desk stands on. */
export interface EvidenceDeskOptions {
  readonly dataDir: string;
  readonly version: string;
  readonly heads: Pick<HeadKeeper, "latest">;
  readonly record: Accounts["record"];
  /** @default a thread for each pack */
  readonly pack?: EvidenceThread;
}

/** Makes the desk. A pack that cannot be written down as handed out is not handed out. */
export function createEvidenceDesk(options: EvidenceDeskOptions): EvidenceDesk {
  const { dataDir, version, heads, record, pack = createEvidenceThread(dataDir) } = options;
  return {
    head: heads.latest,
    pack(alarm, { occurrence = null, windowMs = usualWindowMs }, caller) {
      const made = pack({ alarm, occurrence, windowMs, madeAt: Date.now(), madeBy: caller.person.name, version });
      return (
        made?.then((packed) => {
          if (packed.ok) record(caller, { act: "evidence.export", target: alarm }, { occurrence, windowMs });
          return packed;
        }) ?? null
      );
    },
  };
}
