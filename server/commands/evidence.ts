// The command `evidence`: the pack of one alarm as a file, from a data directory, beside a running server or without one.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeNative } from "../adapters/dialects/native.ts";
import { readRecordKey } from "../adapters/journal/record-key.ts";
import { exitCodes } from "../app/exit-codes.ts";
import { type Output, withRegister } from "../commands.ts";
import { packEvidence, usualWindowMs } from "../evidence/pack.ts";

/** What is wanted, as it was typed. */
export interface EvidenceWords {
  readonly occurrence?: string | undefined;
  /** A number and `s`, `m`, `h` or `d`. */
  readonly window?: string | undefined;
  readonly output?: string | undefined;
  /** Who asks for it. */
  readonly by?: string | undefined;
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function windowOf(text: string | undefined): number | null {
  if (text === undefined) return usualWindowMs;
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/u.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (units[unit] ?? 0);
}

/** `evidence`: writes the pack and says how to check it. */
export function runEvidence(
  dataDir: string,
  alarm: string,
  words: EvidenceWords & { readonly version: string; readonly now: number },
  { say }: Output,
): number {
  const windowMs = windowOf(words.window);
  const occurrence = words.occurrence === undefined ? null : Number(words.occurrence);
  const isNumber = occurrence === null || (Number.isSafeInteger(occurrence) && occurrence > 0);
  if (words.output === undefined || windowMs === null || !isNumber) {
    say("evidence --data DIR ALARM_ID --output FILE [--occurrence N] [--window 1h] [--by NAME]");
    return exitCodes.usage;
  }
  const journalDir = join(dataDir, "journal");
  const key = readRecordKey(dataDir);
  if (!existsSync(journalDir) || key === null) {
    say(`there is no ${key === null ? "record key" : "journal"} in ${dataDir}`);
    return exitCodes.usage;
  }
  const { version, now: madeAt, by: madeBy = "console" } = words;
  const packed = packEvidence(
    { alarm, occurrence, windowMs, madeAt, madeBy, version },
    { journalDir, key, decode: decodeNative },
  );
  if (!packed.ok) {
    say(`${packed.code}: ${packed.detail}`);
    return exitCodes.found;
  }
  // First: what cannot be written down as handed out is not handed out.
  record(dataDir, alarm, { occurrence, windowMs, madeBy }, say);
  writeFileSync(words.output, packed.text);
  say(`${words.output}: ${packed.text.length} characters, signed with the key ${key.fingerprint}`);
  say(`check it anywhere: node scripts/verify-evidence.mjs ${words.output} --key ${key.fingerprint}`);
  return exitCodes.done;
}

/** The export is an act on the record, done from the machine's own console; a copy without a register has nowhere to say so. */
function record(dataDir: string, target: string, after: object, say: Output["say"]): void {
  if (!existsSync(join(dataDir, "register.db"))) {
    say(`there is no register in ${dataDir}: this export is in no record`);
    return;
  }
  withRegister(dataDir, (register) => {
    register.audited({ by: null }, { act: "evidence.export", target }, () => ({
      ok: true,
      before: null,
      after,
      result: null,
    }));
    register.close();
  });
}
