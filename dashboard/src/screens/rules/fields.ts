// The fields of each kind of condition: what may be typed, in which unit, and where in the condition it stands.
import type { Condition, OwnCondition } from "../../../../contract/condition.ts";
import type { Level } from "../../../../contract/level.ts";
import { unitOfSetpoint, type Told } from "../../text/condition.ts";
import type { TextKey } from "../../text/words.ts";

/** The words of fields and choices: none has a slot. */
type Label = Extract<TextKey, `rules.${"field" | "per" | "method"}.${string}` | "site.rules.high" | "site.rules.low">;

/** One field of a condition. */
export interface Field {
  /** Where it stands in the condition, such as `while.setpoint`. */
  readonly path: string;
  readonly label: Label;
  readonly type: "amount" | "span" | "count" | "values" | "flag" | "choice";
  /** Of an amount; empty for a pure number. */
  readonly unit: string;
  /** Of a choice: its values and their words. */
  readonly choices: readonly { readonly value: string | number; readonly label: Label }[];
  /** The least that is taken. */
  readonly least: number;
}

/** The kinds on a point's own samples, in the order in which they are offered. */
export const ownKinds = [
  "limit",
  "rate",
  "sum",
  "deviation",
  "cusum",
  "accumulate",
  "forecast",
  "state",
] as const satisfies readonly OwnCondition["kind"][];

function field(type: Field["type"], path: string, label: Label, part: Partial<Field> = {}): Field {
  return { type, path, label, unit: "", choices: [], least: -Infinity, ...part };
}

const sides: Field["choices"] = [
  { value: "high", label: "site.rules.high" },
  { value: "low", label: "site.rules.low" },
];
const perChoices: Field["choices"] = [
  { value: 1000, label: "rules.per.s" },
  { value: 60_000, label: "rules.per.min" },
  { value: 3_600_000, label: "rules.per.h" },
  { value: 86_400_000, label: "rules.per.d" },
];
const windowField = field("span", "windowMs", "rules.field.window", { least: 1 });

/** What only this kind has. */
function ownFields(condition: Condition, unit: string): readonly Field[] {
  switch (condition.kind) {
    case "state":
      return [field("values", "values", "rules.field.values")];
    case "rate":
      return [
        field("choice", "method", "rules.field.method", {
          choices: [
            { value: "difference", label: "rules.method.difference" },
            { value: "regression", label: "rules.method.regression" },
          ],
        }),
        windowField,
        field("choice", "perMs", "rules.field.per", { choices: perChoices }),
        ...(condition.method === "regression"
          ? [field("count", "minSamples", "rules.field.minSamples", { least: 2 })]
          : []),
        field("flag", "isAbsolute", "rules.field.absolute"),
      ];
    case "sum":
      return [windowField];
    case "deviation":
      return [field("count", "hours", "rules.field.hours", { least: 2 })];
    case "cusum":
      return [
        field("amount", "target", "rules.field.target", { unit }),
        field("amount", "sigma", "rules.field.sigma", { unit, least: 1e-6 }),
        field("amount", "allowance", "rules.field.allowance", { unit: "σ", least: 0 }),
      ];
    case "accumulate":
      return [
        windowField,
        field("choice", "while.direction", "rules.field.whileSide", { choices: sides }),
        field("amount", "while.setpoint", "rules.field.while", { unit }),
        ...(condition.reset === null ? [] : [field("amount", "reset.setpoint", "rules.field.reset", { unit })]),
      ];
    case "forecast":
      return [
        windowField,
        ...(condition.target === null ? [] : [field("amount", "target", "rules.field.target", { unit })]),
        field("count", "minSamples", "rules.field.minSamples", { least: 2 }),
        field("amount", "noise", "rules.field.noise", { unit, least: 0 }),
        field("amount", "minR2", "rules.field.minR2", { least: 0 }),
        field("span", "horizonMs", "rules.field.horizon", { least: 1 }),
      ];
    case "limit":
    case "vote":
    case "pair":
    case "combine":
    case "missingEvent":
    case "geofence":
      // What a rule over several points looks at is written in the configuration: a version changes its numbers.
      return [];
  }
}

/** Every field of a condition, its setpoint first. A truth has neither setpoint nor deadband. */
export function fieldsOf(condition: Condition, about: Pick<Told, "unit" | "unitOf">): readonly Field[] {
  const unit = unitOfSetpoint(condition, about);
  const isSpan = unit === "ms";
  const type = isSpan ? "span" : "amount";
  const measured =
    unit === null
      ? []
      : [
          field(type, "setpoint", "rules.field.setpoint", { unit: isSpan ? "" : unit }),
          field(type, "deadband", "rules.field.deadband", { unit: isSpan ? "" : unit, least: 0 }),
        ];
  return [
    ...measured,
    ...ownFields(condition, about.unit),
    field("span", "onDelayMs", "rules.field.onDelay", { least: 0 }),
    field("count", "onSamples", "rules.field.onSamples", { least: 1 }),
    field("span", "offDelayMs", "rules.field.offDelay", { least: 0 }),
  ];
}

/** What stands at a path. */
export function valueAt(condition: Condition, path: string): unknown {
  return path.split(".").reduce<unknown>((part, key) => (part as Record<string, unknown> | null)?.[key], condition);
}

/** The condition with something else at a path. */
export function withValue(condition: Condition, path: string, value: unknown): Condition {
  const set = (part: unknown, [key = "", ...rest]: readonly string[]): unknown => {
    const known = part as Record<string, unknown>;
    return { ...known, [key]: rest.length === 0 ? value : set(known[key], rest) };
  };
  return set(condition, path.split(".")) as Condition;
}

const hourMs = 3_600_000;

/** A new condition of a kind, with numbers that say nothing yet of the plant: each must be looked at. */
export function newCondition(kind: OwnCondition["kind"], direction: "high" | "low" | "none"): OwnCondition {
  const timing = {
    setpoint: kind === "state" ? 1 : 0,
    deadband: 0,
    onDelayMs: 0,
    onSamples: 1,
    offDelayMs: 0,
    provenance: { from: "unstated", clause: "", isConfirmed: false },
  } as const;
  const side = direction === "low" ? "low" : "high";
  switch (kind) {
    case "limit":
      return { kind, ...timing };
    case "state":
      return { kind, values: [1], ...timing };
    case "rate":
      return {
        kind,
        method: "difference",
        windowMs: hourMs,
        minSamples: 2,
        perMs: hourMs,
        isAbsolute: false,
        ...timing,
      };
    case "sum":
      return { kind, windowMs: hourMs, ...timing };
    case "deviation":
      return { kind, hours: 720, ...timing };
    case "cusum":
      return { kind, target: 0, sigma: 1, allowance: 0.5, ...timing };
    case "accumulate":
      return { kind, windowMs: 24 * hourMs, while: { direction: side, setpoint: 0 }, reset: null, ...timing };
    case "forecast":
      return {
        kind,
        method: "line",
        windowMs: 24 * hourMs,
        minSamples: 3,
        target: 0,
        noise: 0,
        minR2: 0.8,
        horizonMs: 72 * hourMs,
        ...timing,
      };
  }
}

/** The kinds that fit a direction: a truth has none, everything else has one. */
export function kindsFor(direction: "high" | "low" | "none"): readonly OwnCondition["kind"][] {
  return direction === "none" ? ["state"] : ownKinds.filter((kind) => kind !== "state");
}

/** The place of a condition, as faults name it. */
export function placeOf(level: Level, nth: number): string {
  return `${level}.${nth}`;
}
