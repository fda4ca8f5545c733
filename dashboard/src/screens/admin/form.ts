// What the forms of administration share: where a fault stands, what would change, and what a text must look like.
import { type InjectionKey, type ShallowRef } from "vue";
import type { FaultCode } from "../../../../contract/faults.ts";
import type { Answer } from "../../api/call.ts";

/** What is wrong with the fields of a form, by their names. */
export type FieldFaults = Readonly<Record<string, string>>;
/** Where a dialog hands the faults to its fields. */
export const fieldFaultsKey: InjectionKey<Readonly<ShallowRef<FieldFaults>>> = Symbol("field faults");

/** The field that a refusal is about. */
export type Places = Readonly<Partial<Record<FaultCode, string>>>;

/** A second administrator's name and password. */
export interface ApprovalEntry {
  readonly name: string;
  readonly password: string;
}

/** What a dialog asks beside its fields; only what was given is there. */
export interface Said {
  readonly reason?: string;
  readonly approval?: ApprovalEntry;
}

/** An act as a dialog does it. */
export type Act = (said: Said) => Promise<Answer<unknown>>;

/** One thing that would be otherwise. */
export interface Change {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** A text of an entry, with what it is called. */
export type Told = readonly (readonly [label: string, text: string])[];

/** What would be otherwise, thing by thing; both lists have the same things in the same order. */
export function changesOf(before: Told, after: Told): readonly Change[] {
  return after.flatMap(([label, text], place) => {
    const was = before[place]?.[1] ?? "";
    return was === text ? [] : [{ label, before: was, after: text }];
  });
}

/** The faults that are there. */
export function faultsOf(checks: Readonly<Record<string, string | null>>): FieldFaults {
  return Object.fromEntries(Object.entries(checks).filter((entry): entry is [string, string] => entry[1] !== null));
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,63}$/u;

/** True where a text may name an enterprise, a site, a device or a wall. */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** The number that a text is; null where it is none. */
export function numberOf(text: string | number): number | null {
  const number = Number(text);
  return String(text).trim() !== "" && Number.isFinite(number) ? number : null;
}
