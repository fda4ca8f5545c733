// A device's secret: made once, and kept as nothing but hashes.
import { createHash, pbkdf2Sync } from "node:crypto";
import type { RegisterDatabase } from "./database.ts";
import type { RegisterOptions } from "./entries.ts";

/**
 * Makes a secret and keeps its hash. 128 random bits cannot be guessed however fast the hash is, so SHA-256 does: a device
 * that reconnects after a power cut together with a thousand others must not cost 0.2 s each, as a password of human
 * making has to. Mosquitto knows its own kind of hash only, and it can be made now or never.
 */
export function makeSecret(
  db: RegisterDatabase,
  { now, random }: RegisterOptions,
  { site, device }: { readonly site: string; readonly device: string },
): string {
  const secret = Buffer.from(random(16)).toString("base64url");
  db.prepare(
    "INSERT INTO credentials (site, device, kind, hash, createdAt, mosquitto) VALUES (?, ?, 'secret', ?, ?, ?)",
  ).run(site, device, sha256(secret), now(), mosquittoHash(secret, random(12)));
  return secret;
}

/** SHA-256. */
export function sha256(text: string | Uint8Array): Buffer {
  return createHash("sha256").update(text).digest();
}

/** `$7$`: PBKDF2 over SHA-512 with Mosquitto's own count; of 128 random bits no count makes guessing any harder. */
function mosquittoHash(secret: string, salt: Uint8Array): string {
  const digest = pbkdf2Sync(secret, salt, 101, 64, "sha512");
  return `$7$101$${Buffer.from(salt).toString("base64")}$${digest.toString("base64")}`;
}
