// Words that several parts of the configuration are written with: amounts, texts, levels, members.
import { Type, type Static } from "typebox";
import { levels, type Level } from "../../contract/level.ts";

// Every key is optional here, so that a file with one broken value can still be cross-checked everywhere else.
// Where two types are allowed, JSON Schema's `type: [a, b]` gives one plain fault where a union would give three.
export const strict = { additionalProperties: false } as const;
export const identifier = "^[A-Za-z][A-Za-z0-9_]*$";
export const whole = Type.Optional(Type.Integer({ minimum: 1 }));
export const string = Type.Optional(Type.String());
export const flag = Type.Optional(Type.Boolean());

/** A code or an id: `101` may stand without quotes. */
export const label = Type.Unsafe<string | number>({ type: ["string", "integer"] });
/** A text in both languages, or one that serves for both. */
export const text = Type.Unsafe<string | { readonly zh?: string; readonly en?: string }>({
  type: ["string", "object"],
  properties: { zh: { type: "string" }, en: { type: "string" } },
  ...strict,
});
/** A number, or an expression on the parameters. */
export const amount = Type.Unsafe<number | string>({ type: ["number", "string"] });
/** Milliseconds, or an expression such as `20 * minute`. */
export const duration = Type.Unsafe<number | string>({ type: ["number", "string"], minimum: 0 });

/** Something for each level. */
export function eachLevel<T extends Type.TSchema>(schema: T): Type.TUnsafe<EachLevel<Static<T>>> {
  const properties = Object.fromEntries(levels.map((level) => [level, Type.Optional(schema)]));
  return Type.Unsafe<EachLevel<Static<T>>>(Type.Object(properties, strict));
}

export const parametersSchema = Type.Record(Type.String({ pattern: identifier }), amount, strict);

/** Texts as written. */
export type TextFile = Static<typeof text>;
/** An amount as written. */
export type AmountFile = number | string;
/** Something written for each level. */
export type EachLevel<T> = { readonly [level in Level]?: T };
