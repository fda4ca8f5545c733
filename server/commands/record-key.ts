// The command `record-key`: which key signs the record of this data directory.
import { openRecordKey } from "../adapters/journal/record-key.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";

/** `record-key`: the fingerprint, to be written down elsewhere, and the public key itself; made where there is none yet. */
export function runRecordKey(dataDir: string, { out }: Output): number {
  const { fingerprint, publicKey } = openRecordKey(dataDir);
  out(`fingerprint ${fingerprint}`);
  out(`Ed25519 public key ${publicKey}`);
  return exitCodes.done;
}
