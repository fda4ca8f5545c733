// The server's side of a pack of evidence: a thread for each, one at a time, so that no reading holds up what is live.
import { Worker } from "node:worker_threads";
import type { EvidenceRequest, Packed } from "./evidence/pack.ts";
import type { EvidenceSetup } from "./evidence-worker.ts";

/** Makes packs; null while another one is being made. */
export type EvidenceThread = (request: EvidenceRequest) => Promise<Packed> | null;

/** The thread may take so much memory, MiB: a pack of 64 MiB of turns is some 90 MiB of text, twice. */
const mostHeapMib = 768;

function runThread(setup: EvidenceSetup): Promise<Packed> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./evidence-worker.js", import.meta.url), {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: mostHeapMib },
    });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the evidence's thread ended without an answer")));
  });
}

/** Makes the desk of a data directory. */
export function createEvidenceThread(dataDir: string): EvidenceThread {
  let isBusy = false;
  return (request) => {
    if (isBusy) return null;
    isBusy = true;
    return runThread({ dataDir, request }).finally(() => (isBusy = false));
  };
}
