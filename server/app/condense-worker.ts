// A thread that condenses one segment and ends: judging it anew takes seconds, and nothing live may wait for it.
import { parentPort, workerData } from "node:worker_threads";
import { decodeNative } from "../adapters/dialects/native.ts";
import { createLog } from "../log.ts";
import { condense, type CondenseWork } from "./condense.ts";

const port = parentPort;
if (port !== null) port.postMessage(await condense(workerData as CondenseWork, decodeNative, createLog("silent")));
