// What the form of a mark asks for, and what is wrong with what was written.
import type { FormAct } from "./acts.ts";

/** What was written into a form before anybody has. */
export const emptyForm = {
  reason: "",
  hours: 1,
  days: 1,
  order: "",
  measure: "",
  rule: "",
  measured: "",
  name: "",
  password: "",
};

/** A field that is written into. */
export type MarkField = Exclude<keyof typeof emptyForm, "hours" | "days">;

const fieldsOf: Readonly<Record<FormAct, readonly MarkField[]>> = {
  shelve: ["reason"],
  outOfService: ["reason", "order", "measure"],
  suppress: ["reason", "rule"],
  returnByHand: ["reason", "measured"],
};

/** The fields of an act's form, in their order; a second person gives name and password. */
export function markFields(act: FormAct, isApproved: boolean): readonly MarkField[] {
  return [...fieldsOf[act], ...(isApproved ? (["name", "password"] as const) : [])];
}

/** How many characters the server takes. */
export const mostOf: Readonly<Record<MarkField, number>> = {
  reason: 500,
  order: 200,
  measure: 500,
  rule: 200,
  measured: 20,
  name: 64,
  password: 200,
};

/** The text of a field's label. */
export const labelOf = {
  reason: "act.why",
  order: "act.order",
  measure: "act.measure",
  rule: "act.ruleName",
  measured: "act.measured",
  name: "act.approverName",
  password: "act.approverPassword",
} as const satisfies Readonly<Record<MarkField, string>>;

/** What is wrong with a field, null where nothing is; a rule that was changed needs no measurement. */
export function wrongWith(
  field: MarkField,
  written: string,
  isRuleChanged: boolean,
): "incident.field.required" | "act.notANumber" | null {
  const text = written.trim();
  if (text === "") return field === "measured" && isRuleChanged ? null : "incident.field.required";
  return field === "measured" && !Number.isFinite(Number(text)) ? "act.notANumber" : null;
}
