// Passwords: how they are made up, and the one-way function that is all we keep of them.
import { scrypt, timingSafeEqual } from "node:crypto";

/** How dear one guess is: scrypt's N, r and p. */
export interface PasswordCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** A password as it is kept. */
export interface PasswordHash {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly cost: PasswordCost;
}

/** 32 MiB and some 0.2 s a guess: the middle of the equivalent settings that OWASP's password cheat sheet names. */
export const defaultPasswordCost: PasswordCost = { n: 2 ** 15, r: 8, p: 3 };

const HASH_BYTES = 32;
/** Crockford's base 32: no I, L, O, U, so that it can be read out over the telephone. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** The hash of a password, worked out in libuv's pool: the loop goes on while it takes its time. */
export function hashPassword(password: string, salt: Uint8Array, cost: PasswordCost): Promise<PasswordHash> {
  const { n, r, p } = cost;
  // The same characters can be typed in several encodings; a keyboard must not lock anybody out.
  const typed = password.normalize("NFKC");
  return new Promise((resolve, reject) => {
    scrypt(typed, salt, HASH_BYTES, { N: n, r, p, maxmem: 256 * n * r }, (error, hash) => {
      if (error === null) resolve({ salt, hash, cost });
      else reject(error);
    });
  });
}

/** True where the password is the one that was hashed; takes the same time either way. */
export async function isPassword(password: string, kept: PasswordHash): Promise<boolean> {
  const { hash } = await hashPassword(password, kept.salt, kept.cost);
  return hash.length === kept.hash.length && timingSafeEqual(hash, kept.hash);
}

/** A password of 80 random bits in four groups of four. */
export function makePassword(random: (bytes: number) => Uint8Array): string {
  const letters = Array.from(random(16), (byte) => alphabet.charAt(byte % alphabet.length));
  return [0, 4, 8, 12].map((start) => letters.slice(start, start + 4).join("")).join("-");
}
