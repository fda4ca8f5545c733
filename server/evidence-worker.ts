// The thread of one pack of evidence: reads the journal beside the loop, answers once, and ends.
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { decodeNative } from "./adapters/dialects/native.ts";
import { readRecordKey } from "./adapters/journal/record-key.ts";
import { type EvidenceRequest, packEvidence, type Packed } from "./evidence/pack.ts";

/** What the thread is started with. */
export interface EvidenceSetup {
  readonly dataDir: string;
  readonly request: EvidenceRequest;
}

function run({ dataDir, request }: EvidenceSetup): Packed {
  const key = readRecordKey(dataDir);
  if (key === null) throw new Error(`there is no record key in ${dataDir}`);
  return packEvidence(request, { journalDir: join(dataDir, "journal"), key, decode: decodeNative });
}

parentPort?.postMessage(run(workerData as EvidenceSetup));
