// The data directory: rights, the newest part of the record, checkpoints, key, register and the embedded historian's files.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { attachmentsDir, listKept } from "../adapters/incidents/attachments.ts";
import { lookAtCheckpoints } from "../adapters/journal/checkpoint.ts";
import { openDays } from "../adapters/historian/embedded-days.ts";
import { openBatchLog } from "../adapters/historian/embedded-log.ts";
import { chainOver } from "../adapters/journal/inspect.ts";
import { listSegments } from "../adapters/journal/read.ts";
import { readRecordKey, recordKeyFile } from "../adapters/journal/record-key.ts";
import { sealBytes } from "../adapters/journal/records.ts";
import { readBytes, readTurns } from "../adapters/journal/turns.ts";
import { readRegisterVersion } from "../adapters/register/copy.ts";
import { registerVersion } from "../adapters/register/database.ts";
import { attempt, type Found } from "./doctor-found.ts";

/** Files with secrets: nobody but the server may read them. */
const secrets = ["register.db", "incidents.db", recordKeyFile, "credentials.json"];

function lookAtRights(dataDir: string): readonly Found[] {
  const rights = (file: string): string => (statSync(file).mode & 0o777).toString(8);
  const isOpen = (file: string): boolean => (statSync(file).mode & 0o077) !== 0;
  const files = secrets.map((name) => join(dataDir, name)).filter((file) => existsSync(file) && isOpen(file));
  const faults = files.map((file): Found => ({
    state: "bad",
    what: `${file} has the rights ${rights(file)}`,
    todo: `chmod 600 ${file}`,
  }));
  if (isOpen(dataDir))
    faults.push({ state: "warn", what: `${dataDir} has the rights ${rights(dataDir)}`, todo: `chmod 700 ${dataDir}` });
  return faults.length > 0 ? faults : [{ state: "ok", what: "only the server may read the data" }];
}

/** The chain of the newest file: the whole record is for `verify`. */
function lookAtJournal(dir: string): Found {
  const segments = listSegments(dir);
  const last = segments.at(-1);
  if (last === undefined)
    return { state: "warn", what: "the journal is empty", todo: "nothing: a first start writes it" };
  let [turns, end] = [0, last.start];
  for (const { start, end: next, before, seal } of readTurns(dir, last.start)) {
    const body = readBytes(dir, start, next - sealBytes(seal));
    if (before !== null && chainOver(before, body) !== seal.chain)
      throw new Error(`at position ${start}: the seal does not fit`);
    [turns, end] = [turns + 1, next];
  }
  const behind = last.start + statSync(last.file).size - end;
  const what = `the newest of ${segments.length} journal file(s) is whole: ${turns} turns`;
  return behind === 0
    ? { state: "ok", what }
    : { state: "ok", what: `${what}, and ${behind} bytes of one that is open or torn` };
}

function lookAtSaved(dataDir: string): Found {
  const looked = lookAtCheckpoints(dataDir);
  const broken = looked.filter(({ fault }) => fault !== null);
  const [first] = broken;
  if (first !== undefined) {
    const what = `${first.file}: ${first.fault}`;
    return { state: "warn", what, todo: "remove it: the next start reads more of the journal instead" };
  }
  const usable = looked.filter(({ mark }) => mark !== null);
  if (usable.length > 0) return { state: "ok", what: `${usable.length} checkpoint(s) can be read` };
  return { state: "warn", what: "there is no checkpoint", todo: "nothing: the next start reads the whole journal" };
}

function lookAtRegister(file: string): Found {
  if (!existsSync(file))
    return {
      state: "warn",
      what: "there is no register",
      todo: "enter people and devices: npm run user, npm run device",
    };
  const version = readRegisterVersion(file);
  const what = `the register opens: schema ${version} of ${registerVersion}`;
  if (version > registerVersion) return { state: "bad", what, todo: "it is of a newer release: install that one" };
  return version === registerVersion
    ? { state: "ok", what }
    : { state: "warn", what, todo: "nothing: the next start brings it up to date" };
}

function lookAtHistorian(dir: string): Found {
  const troubles: string[] = [];
  const log = openBatchLog(join(dir, "recent.db"), true);
  log.close();
  const days = openDays({ dir, onTrouble: (what) => troubles.push(what), isReadOnly: true });
  const count = days.list().length;
  days.close();
  const [trouble] = troubles;
  if (trouble !== undefined) return { state: "warn", what: trouble, todo: "see docs/historian.md" };
  return { state: "ok", what: `the embedded historian opens: ${count} day file(s)` };
}

/** Files beside incidents: each is called by its hash, and what it holds is only looked at when somebody asks for it. */
function lookAtAttachments(dir: string): Found {
  const files = listKept(dir);
  const strange = files.find((file) => !/^([0-9a-f]{2})[/\\]\1[0-9a-f]{62}$/u.test(file));
  if (strange === undefined) return { state: "ok", what: `${files.length} file(s) beside incidents` };
  const what = `${join(dir, strange)} is no file of an incident`;
  return { state: "warn", what, todo: "see who put it there, and remove it" };
}

/** Looks at the data. */
export function lookAtData(dataDir: string, journalDir: string): readonly Found[] {
  if (!existsSync(dataDir))
    return [{ state: "warn", what: `there is no ${dataDir} yet`, todo: "nothing: the first start makes it" }];
  const historianDir = join(dataDir, "historian");
  const hasHistorian = existsSync(historianDir) && readdirSync(historianDir).includes("recent.db");
  const filesDir = join(dataDir, attachmentsDir);
  const restore = "stop the server, run verify, and restore a backup";
  return [
    ...attempt("the rights", "see that the data belong to whoever runs the server", () => lookAtRights(dataDir)),
    ...(existsSync(journalDir) ? attempt("the journal", restore, () => lookAtJournal(journalDir)) : []),
    ...attempt("the checkpoints", "see that the folder may be read", () => lookAtSaved(dataDir)),
    ...attempt("the record key", "restore it from a backup: heads signed by another key are doubted", () => {
      const key = readRecordKey(dataDir);
      if (key === null)
        return { state: "warn", what: "there is no record key", todo: "nothing: the next start makes one" };
      return { state: "ok", what: `the record is signed with the key ${key.fingerprint}` };
    }),
    ...attempt("the register", "restore it from a backup", () => lookAtRegister(join(dataDir, "register.db"))),
    ...(existsSync(filesDir)
      ? attempt("the files of incidents", "see that the folder may be read", () => lookAtAttachments(filesDir))
      : []),
    ...(hasHistorian
      ? attempt("the historian", "see docs/historian.md: it can be made anew from the journal", () =>
          lookAtHistorian(historianDir),
        )
      : []),
  ];
}
