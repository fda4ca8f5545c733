// The server's side of a workbook: a thread for each, one at a time, so that none holds up what is live.
import { Worker } from "node:worker_threads";
import type { SheetCell, SheetSetup } from "./sheet-worker.ts";

/** Rows as they come: what goes to the thread at once is copied at once, so a page is a few milliseconds of the loop's time. */
export type SheetPages = AsyncIterable<readonly (readonly SheetCell[])[]>;

/** Makes workbooks; null, and no page is asked for, while another one is being made. */
export type SheetThread = (setup: SheetSetup, pages: SheetPages) => Promise<Buffer> | null;

/** The thread may take so much memory, MiB: a hundred thousand rows of ten cells are some 300 MiB of XML and objects. */
const mostHeapMib = 768;

async function runThread(program: URL, workerData: SheetSetup, pages: SheetPages): Promise<Buffer> {
  const worker = new Worker(program, { workerData, resourceLimits: { maxOldGenerationSizeMb: mostHeapMib } });
  const made = new Promise<Buffer>((resolve, reject) => {
    worker.once("message", (bytes: Uint8Array) => resolve(Buffer.from(bytes)));
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the workbook's thread ended without an answer")));
  });
  const sent = (async () => {
    for await (const page of pages) worker.postMessage(page);
    worker.postMessage(null);
  })();
  try {
    await Promise.race([made, sent]);
    return await made;
  } finally {
    for (const one of [made, sent]) one.catch(() => undefined);
    await worker.terminate();
  }
}

/** Makes the desk; another program than the workbook's own only in tests. */
export function createSheetThread(program: URL = new URL("./sheet-worker.js", import.meta.url)): SheetThread {
  let isBusy = false;
  return (setup, pages) => {
    if (isBusy) return null;
    isBusy = true;
    return runThread(program, setup, pages).finally(() => {
      isBusy = false;
    });
  };
}
