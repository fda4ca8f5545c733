// The command `shadow`: asks a running server to let a drafted change run live and silent, or to stop it.
import { hashOfChange, listShadows, mostShadows, startShadow, stopShadow } from "../adapters/trials.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";
import { readRuleChange } from "../config/rule-change.ts";
import { readTrial } from "./backtest.ts";
import { planOfRecord } from "./plan-of-record.ts";

const usage = "shadow --data DIR list | start CHANGE.json | stop CHANGE.json";

function list(dataDir: string, { out }: Output): number {
  for (const { hash, content } of listShadows(dataDir)) {
    const { source, rule, direction, version } = content;
    out(`${source}  ${rule} ${direction}  version ${version.version}  ${hash.slice(0, 12)}`);
  }
  return exitCodes.done;
}

function start(dataDir: string, file: string, { out, say }: Output): number {
  const plan = planOfRecord(dataDir);
  if (plan === null) {
    say(`there is no plan of record in ${dataDir}: start the server once`);
    return exitCodes.usage;
  }
  const tried = readTrial(file, plan);
  if ("says" in tried) {
    for (const line of tried.says) say(line);
    return tried.code;
  }
  const known = listShadows(dataDir).filter(({ hash }) => hash !== hashOfChange(tried.change));
  if (known.length >= mostShadows) {
    say(`${mostShadows} shadows run already: stop one of them first`);
    return exitCodes.found;
  }
  startShadow(dataDir, tried.change);
  out("a running server takes it up within 10 s; its differences are shown under `shadows` at /api/health");
  return exitCodes.done;
}

function stop(dataDir: string, file: string, { out, say }: Output): number {
  const read = readRuleChange(file);
  if (!read.ok) {
    for (const fault of read.faults) say(fault);
    return exitCodes.config;
  }
  if (!stopShadow(dataDir, hashOfChange(read.change))) {
    say("no shadow of this change was asked for: `shadow list` shows those that are");
    return exitCodes.found;
  }
  out("stopped: a running server lets go of it within 10 s");
  return exitCodes.done;
}

/** `shadow list | start CHANGE.json | stop CHANGE.json`. */
export function runShadow(dataDir: string, words: readonly string[], output: Output): number {
  const [verb, file] = words;
  if (verb === "list") return list(dataDir, output);
  if (verb === "start" && file !== undefined) return start(dataDir, file, output);
  if (verb === "stop" && file !== undefined) return stop(dataDir, file, output);
  output.say(usage);
  return exitCodes.usage;
}
