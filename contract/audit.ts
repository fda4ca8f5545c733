// One act on the register, people or settings, as the journal keeps it: who, what, before and after.
import type { Role } from "./wall.ts";

/** An act beside the alarms: alarms have their commands. */
export interface AuditEntry {
  /** Made where the act was done; the same entry told twice is written once. */
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  /** Null: the machine's own console. */
  readonly by: { readonly name: string; readonly role: Role } | null;
  /** The second person, where the act wants one. */
  readonly approver?: string;
  /** Object and verb, such as `device.rotate`. */
  readonly act: string;
  /** What it was done to, such as `hc-01/gw-1`. */
  readonly target: string;
  /** What stood before and after, without secrets; null where there was, or is, nothing. */
  readonly before: unknown;
  readonly after: unknown;
  readonly reason?: string;
  /** Address that the request came from. */
  readonly from?: string;
}

/** Who acts, from where, why, and who approved it. */
export type AuditActor = Pick<AuditEntry, "by" | "approver" | "reason" | "from">;
