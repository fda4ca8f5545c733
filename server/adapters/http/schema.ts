// How a body or a query is checked against the contract's schemas.
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";

/**
 * The contract's schemas decide: unknown fields are refused, and only the numbers of a query string are turned into
 * numbers. Not the type provider's own compiler, which takes an empty text for 0 and 1.5 for the integer 1.
 */
export const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (input: unknown) => {
    const value = httpPart === "querystring" ? withNumbers(input, schema) : input;
    return validator.Check(value) ? { value } : { error: new Error(`${httpPart} does not fit its schema`) };
  };
};

function withNumbers(query: unknown, schema: TSchema): unknown {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  const entries = Object.entries(query as Record<string, unknown>).map(([name, value]) => {
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    const isNumber = type === "number" || type === "integer";
    return [name, isNumber && typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}
