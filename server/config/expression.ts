// Arithmetic on a site's design parameters, such as `1.1 * Lc`, worked out once when the configuration is read.

/** Pairs of key and value, ascending by key. */
export type Table = readonly (readonly [key: number, value: number])[];

/** What an expression may speak of. */
export interface Scope {
  readonly parameters: ReadonlyMap<string, number>;
  readonly tables: ReadonlyMap<string, Table>;
}

/** A parsed expression; `at` is the position in the text, from 1. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | { readonly kind: "negation"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[]; readonly at: number };

type Operator = "+" | "-" | "*" | "/";

/** An expression, or why the text is none. */
export type Parsed =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly message: string };

/** A number, or why there is none. */
export type Worked = { readonly ok: true; readonly value: number } | { readonly ok: false; readonly message: string };

/** Longer texts are refused: it bounds the depth of the recursion below. */
const longestText = 200;
const tokenPattern = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(\S))/uy;

interface Token {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  for (;;) {
    const match = tokenPattern.exec(text);
    if (match === null) return tokens;
    const [, number, name, sign] = match;
    const found = number ?? name ?? sign ?? "";
    const kind = number !== undefined ? "number" : name !== undefined ? "name" : "sign";
    tokens.push({ kind, text: found, at: tokenPattern.lastIndex - found.length + 1 });
  }
}

/** Parses a text; the first fault wins and names its position. */
export function parseExpression(text: string): Parsed {
  const quoted = (message: string): Parsed => ({ ok: false, message: `expression "${text}": ${message}` });
  if (text.length > longestText) {
    return { ok: false, message: `expression "${text.slice(0, 40)}…": longer than ${longestText} characters` };
  }
  const tokens = tokensOf(text);
  const end: Token = { kind: "end", text: "", at: text.length + 1 };
  let index = 0;
  let fault: string | undefined;

  // After a fault everything looks like the end, so that the descent unwinds by itself.
  const peek = (): Token => (fault === undefined ? (tokens[index] ?? end) : end);
  const take = (): Token => {
    const token = peek();
    index += 1;
    return token;
  };
  const isSign = (...signs: readonly string[]): boolean => peek().kind === "sign" && signs.includes(peek().text);
  const fail = (message: string, at: number): Expression => {
    fault ??= `${message} at position ${at}`;
    return { kind: "number", value: Number.NaN };
  };
  const wanted = (what: string): Expression => {
    const token = peek();
    return fail(token.kind === "end" ? `${what} is missing` : `${what} is wanted, "${token.text}" found`, token.at);
  };

  const sum = (): Expression => {
    let left = product();
    while (isSign("+", "-")) {
      const sign = take();
      left = { kind: "binary", operator: sign.text as Operator, left, right: product(), at: sign.at };
    }
    return left;
  };
  const product = (): Expression => {
    let left = factor();
    while (isSign("*", "/")) {
      const sign = take();
      left = { kind: "binary", operator: sign.text as Operator, left, right: factor(), at: sign.at };
    }
    return left;
  };
  const factor = (): Expression => {
    if (isSign("-")) {
      take();
      return { kind: "negation", of: factor() };
    }
    if (isSign("(")) {
      take();
      const inner = sum();
      if (!isSign(")")) return wanted(`")"`);
      take();
      return inner;
    }
    const token = peek();
    if (token.kind === "number") {
      take();
      return { kind: "number", value: Number(token.text) };
    }
    if (token.kind !== "name") return wanted("a number or a name");
    take();
    return isSign("(") ? call(token) : { kind: "name", name: token.text, at: token.at };
  };
  const call = (name: Token): Expression => {
    take();
    const given: Expression[] = [];
    if (!isSign(")")) {
      given.push(sum());
      while (isSign(",")) {
        take();
        given.push(sum());
      }
    }
    if (!isSign(")")) return wanted(`")"`);
    take();
    return { kind: "call", name: name.text, given, at: name.at };
  };

  const expression = sum();
  if (peek().kind !== "end") wanted("an operator");
  return fault === undefined ? { ok: true, expression } : quoted(fault);
}

/** Lengths of time, in ms, as every expression may speak of them: `20 * minute`. */
export const durations: ReadonlyMap<string, number> = new Map([
  ["second", 1000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);

/** The first argument of these is a table's name. */
const tableFunctions: ReadonlySet<string> = new Set(["lookup", "interpolate", "step"]);

/** The parameters that an expression speaks of; where it speaks of none its value is the same on every site. */
export function namesOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "number":
      return [];
    case "name":
      return durations.has(expression.name) ? [] : [expression.name];
    case "negation":
      return namesOf(expression.of);
    case "binary":
      return [...namesOf(expression.left), ...namesOf(expression.right)];
    case "call": {
      const [first, ...rest] = expression.given;
      const numbers = tableFunctions.has(expression.name) && first?.kind === "name" ? rest : expression.given;
      return numbers.flatMap(namesOf);
    }
  }
}

/** The value of a text in a scope, rounded to 1e-6 as limits are (semantics §1). */
export function workOut(text: string, scope: Scope): Worked {
  const parsed = parseExpression(text);
  return parsed.ok ? workOutParsed(text, parsed.expression, scope) : parsed;
}

/** The same of a text that is parsed already. */
export function workOutParsed(text: string, expression: Expression, scope: Scope): Worked {
  const result = evaluate(expression, scope);
  if (typeof result === "string") return { ok: false, message: `expression "${text}": ${result}` };
  // Beyond a thousand million a double has no such digits left to round.
  return { ok: true, value: Math.abs(result) < 1e9 ? Math.round(result * 1e6) / 1e6 : result };
}

/** A finite number, or the fault's words. */
function evaluate(expression: Expression, scope: Scope): number | string {
  switch (expression.kind) {
    case "number":
      return Number.isFinite(expression.value) ? expression.value : "a number is too large";
    case "name": {
      const value = durations.get(expression.name) ?? scope.parameters.get(expression.name);
      if (value !== undefined) return value;
      const known = [...scope.parameters.keys()].join(", ");
      return `unknown parameter ${expression.name} at position ${expression.at} (known: ${known === "" ? "none" : known})`;
    }
    case "negation": {
      const value = evaluate(expression.of, scope);
      return typeof value === "string" ? value : -value;
    }
    case "binary": {
      const left = evaluate(expression.left, scope);
      if (typeof left === "string") return left;
      const right = evaluate(expression.right, scope);
      if (typeof right === "string") return right;
      if (expression.operator === "/" && right === 0) return `division by zero at position ${expression.at}`;
      const value = calculate(expression.operator, left, right);
      return Number.isFinite(value) ? value : `the result at position ${expression.at} is too large`;
    }
    case "call":
      return callFunction(expression.name, expression.given, expression.at, scope);
  }
}

function calculate(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
  }
}

function callFunction(name: string, given: readonly Expression[], at: number, scope: Scope): number | string {
  if (name === "min" || name === "max") {
    if (given.length === 0) return `${name} at position ${at} wants at least one number`;
    const values: number[] = [];
    for (const each of given) {
      const value = evaluate(each, scope);
      if (typeof value === "string") return value;
      values.push(value);
    }
    return name === "min" ? Math.min(...values) : Math.max(...values);
  }
  if (name === "abs") {
    const [number, ...more] = given;
    if (number === undefined || more.length > 0) return `abs at position ${at} wants one number`;
    const value = evaluate(number, scope);
    return typeof value === "string" ? value : Math.abs(value);
  }
  if (!tableFunctions.has(name)) {
    return `unknown function ${name} at position ${at} (known: min, max, abs, lookup, interpolate, step)`;
  }
  return readTable(name, given, at, scope);
}

function readTable(name: string, given: readonly Expression[], at: number, scope: Scope): number | string {
  const [tableName, key, ...rest] = given;
  if (tableName?.kind !== "name" || key === undefined || rest.length > 0) {
    return `${name} at position ${at} wants a table's name and a number`;
  }
  const table = scope.tables.get(tableName.name);
  if (table === undefined) {
    const known = [...scope.tables.keys()].join(", ");
    return `unknown table ${tableName.name} at position ${tableName.at} (known: ${known === "" ? "none" : known})`;
  }
  const x = evaluate(key, scope);
  if (typeof x === "string") return x;
  const value =
    name === "lookup"
      ? table.find(([each]) => each === x)?.[1]
      : name === "step"
        ? table.findLast(([each]) => each <= x)?.[1]
        : interpolate(table, x);
  if (value !== undefined) return value;
  return `table ${tableName.name} has no row ${x} (rows: ${table.map(([each]) => each).join(", ")})`;
}

/** Straight between two rows; below the first and above the last row their own value (GB tables end with "< 30", "≥ 150"). */
function interpolate(table: Table, x: number): number | undefined {
  const above = table.findIndex(([key]) => key >= x);
  if (above === -1) return table.at(-1)?.[1];
  const upper = table[above];
  const lower = table[above - 1];
  if (upper === undefined || lower === undefined) return upper?.[1];
  return lower[1] + ((upper[1] - lower[1]) * (x - lower[0])) / (upper[0] - lower[0]);
}
