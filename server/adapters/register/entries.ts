// What every part of the register is given, and the ways in which it refuses.
import type { PasswordCost } from "./password.ts";

/** Why somebody or something was not entered. */
export type RegisterFault =
  | "nameInvalid"
  | "roleInvalid"
  | "nameTaken"
  | "nameUnknown"
  | "passwordInvalid"
  | "entryInvalid"
  | "enterpriseUnknown"
  | "siteUnknown"
  | "retired"
  | "certificateTaken"
  | "passwordCommon";
/** Not entered, and why. */
export interface NotRegistered {
  readonly ok: false;
  readonly fault: RegisterFault;
}

/** Entered or changed: what stood before (null: nothing) and what stands now. */
export interface Registered<T> {
  readonly ok: true;
  readonly before: T | null;
  readonly after: T;
}

/** What the register needs. */
export interface RegisterOptions {
  /** Path of the SQLite file; made, readable by its owner only, where there is none. */
  readonly file: string;
  /** Epoch ms. */
  readonly now: () => number;
  /** So many bytes that nobody can guess. */
  readonly random: (bytes: number) => Uint8Array;
  /** @default 32 MiB and some 0.2 s a guess */
  readonly passwordCost?: PasswordCost;
}
