// The server's signing key: made at the first start, kept in the data directory, told by its fingerprint.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { syncFolder } from "./kept.ts";

/** The key, ready to sign. */
export interface RecordKey {
  /** The raw public key, 32 bytes, hex. */
  readonly publicKey: string;
  /** SHA-256 over the raw public key, hex: short enough to be read out on the telephone and written into a contract. */
  readonly fingerprint: string;
  /** Ed25519 over the text as UTF-8, hex. */
  readonly sign: (text: string) => string;
}

/** The key's file in the data directory. */
export const recordKeyFile = "record-key.pem";
/** What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410 4). */
const derPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** SHA-256 over a raw public key, hex. */
export function fingerprintOfKey(publicKey: string): string {
  return createHash("sha256").update(Buffer.from(publicKey, "hex")).digest("hex");
}

function keyOf(privateKey: KeyObject): RecordKey {
  const der = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const publicKey = der.subarray(derPrefix.length).toString("hex");
  return {
    publicKey,
    fingerprint: fingerprintOfKey(publicKey),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString("hex"),
  };
}

/** The key of a data directory; null where it has none yet. Throws where the file is no such key. */
export function readRecordKey(dataDir: string): RecordKey | null {
  const file = join(dataDir, recordKeyFile);
  if (!existsSync(file)) return null;
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType !== "ed25519") throw new Error(`a key of the kind ${key.asymmetricKeyType}`);
    return keyOf(key);
  } catch (cause) {
    throw new Error(`read the record key ${file}`, { cause });
  }
}

/** The key of a data directory, made where it has none yet. */
export function openRecordKey(dataDir: string): RecordKey {
  const known = readRecordKey(dataDir);
  if (known !== null) return known;
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, recordKeyFile);
  const { privateKey } = generateKeyPairSync("ed25519");
  // Written aside and renamed: a power cut leaves the whole key or none.
  const fd = openSync(`${file}.tmp`, "w", 0o600);
  try {
    writeSync(fd, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.tmp`, file);
  // Its name too: heads that are on the disk before it would be of a key that nobody has.
  syncFolder(dataDir);
  return keyOf(privateKey);
}

/** True where the text was signed with the private half of this key; a key or signature in another spelling is none. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  if (!/^[0-9a-f]{64}$/u.test(publicKey) || !/^[0-9a-f]{128}$/u.test(signature)) return false;
  const key = createPublicKey({
    key: Buffer.concat([derPrefix, Buffer.from(publicKey, "hex")]),
    type: "spki",
    format: "der",
  });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, "hex"));
}
