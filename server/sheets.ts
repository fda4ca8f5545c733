// The server's side of a workbook: a thread for each, one at a time, so that none holds up what is live.
import { Worker } from "node:worker_threads";
import type { SheetSetup } from "./sheet-worker.ts";

/** Makes workbooks; null while another one is being made. */
export type SheetThread = (setup: SheetSetup) => Promise<Buffer> | null;

/** The thread may take so much memory, MiB: a hundred thousand rows of ten cells are some 300 MiB of XML and objects. */
const mostHeapMib = 768;

function runThread(workerData: SheetSetup): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./sheet-worker.js", import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: mostHeapMib },
    });
    worker.once("message", (bytes: Uint8Array) => resolve(Buffer.from(bytes)));
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the workbook's thread ended without an answer")));
  });
}

/** Makes the desk. */
export function createSheetThread(): SheetThread {
  let isBusy = false;
  return (setup) => {
    if (isBusy) return null;
    isBusy = true;
    return runThread(setup).finally(() => {
      isBusy = false;
    });
  };
}
