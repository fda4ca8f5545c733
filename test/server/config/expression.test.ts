// The arithmetic of the configuration: what it works out, how it names its faults, and that nothing breaks it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namesOf, parseExpression, workOut, type Scope } from "../../../server/config/expression.ts";

const scope: Scope = {
  parameters: new Map([
    ["L0", 50],
    ["slope", 0.01],
    ["H", 42],
    ["grade", 4],
  ]),
  tables: new Map([
    [
      "min_beach",
      [
        [3, 70],
        [4, 50],
        [5, 40],
      ],
    ],
    [
      "min_phreatic",
      [
        [30, 2],
        [60, 4],
        [100, 6],
      ],
    ],
    ["empty", []],
  ]),
};

function valueOf(text: string, where: Scope = scope): number | string {
  const worked = workOut(text, where);
  return worked.ok ? worked.value : worked.message;
}

describe("workOut", () => {
  it.each([
    ["50", 50],
    [" 1.2 * L0 ", 60],
    ["1.2*3", 3.6],
    ["2 + 3 * 4", 14],
    ["(2 + 3) * 4", 20],
    ["10 - 4 - 3", 3],
    ["24 / 4 / 2", 3],
    ["--2", 2],
    ["-L0 + 1", -49],
    ["2 * -3", -6],
    ["1e3 + 2.5E-1", 1000.25],
    ["L0 + 1.0 / slope", 150],
    ["min(3, 1, 2)", 1],
    ["max(L0, slope * 1000, -7)", 50],
    ["lookup(min_beach, grade)", 50],
    ["lookup(min_beach, grade - 1)", 70],
    ["interpolate(min_phreatic, H)", 2.8],
    ["interpolate(min_phreatic, 60)", 4],
    ["interpolate(min_phreatic, 12)", 2],
    ["interpolate(min_phreatic, 400)", 6],
    ["0.1 + 0.2", 0.3],
  ])("makes of %s the number %d", (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  it.each([
    ["", 'expression "": a number or a name is missing at position 1'],
    ["1 +", 'expression "1 +": a number or a name is missing at position 4'],
    ["1 + * 2", 'expression "1 + * 2": a number or a name is wanted, "*" found at position 5'],
    ["1 2", 'expression "1 2": an operator is wanted, "2" found at position 3'],
    ["(1 + 2", 'expression "(1 + 2": ")" is missing at position 7'],
    ["max(1, 2", 'expression "max(1, 2": ")" is missing at position 9'],
    ["50 %", 'expression "50 %": an operator is wanted, "%" found at position 4'],
    ["1.2.3", 'expression "1.2.3": an operator is wanted, "." found at position 4'],
    ["L1", 'expression "L1": unknown parameter L1 at position 1 (known: L0, slope, H, grade)'],
    ["toString", 'expression "toString": unknown parameter toString at position 1 (known: L0, slope, H, grade)'],
    ["1 / (L0 - 50)", 'expression "1 / (L0 - 50)": division by zero at position 3'],
    ["9e300 * 9e300", 'expression "9e300 * 9e300": the result at position 7 is too large'],
    ["1e999", 'expression "1e999": a number is too large'],
    ["max()", 'expression "max()": max at position 1 wants at least one number'],
    ["min(1, L1)", 'expression "min(1, L1)": unknown parameter L1 at position 8 (known: L0, slope, H, grade)'],
    [
      "sqrt(2)",
      'expression "sqrt(2)": unknown function sqrt at position 1 (known: min, max, abs, lookup, interpolate, step)',
    ],
    ["lookup(3, 4)", `expression "lookup(3, 4)": lookup at position 1 wants a table's name and a number`],
    ["lookup(min_beach)", `expression "lookup(min_beach)": lookup at position 1 wants a table's name and a number`],
    [
      "lookup(beach, 4)",
      'expression "lookup(beach, 4)": unknown table beach at position 8 (known: min_beach, min_phreatic, empty)',
    ],
    ["lookup(min_beach, 9)", 'expression "lookup(min_beach, 9)": table min_beach has no row 9 (rows: 3, 4, 5)'],
    ["lookup(min_beach, x)", /unknown parameter x at position 19/u],
    ["interpolate(empty, 1)", 'expression "interpolate(empty, 1)": table empty has no row 1 (rows: )'],
    ["x + 1", /unknown parameter x/u],
    ["1 + x", /unknown parameter x/u],
    ["-x", /unknown parameter x/u],
  ])("refuses %j and says where", (text, message) => {
    const found = valueOf(text);
    if (typeof message === "string") expect(found).toBe(message);
    else expect(found).toMatch(message);
  });

  it("says that there are no parameters where there are none", () => {
    const bare: Scope = { parameters: new Map(), tables: new Map() };
    expect(valueOf("a", bare)).toBe('expression "a": unknown parameter a at position 1 (known: none)');
    expect(valueOf("lookup(t, 1)", bare)).toBe(
      'expression "lookup(t, 1)": unknown table t at position 8 (known: none)',
    );
  });

  it("refuses a text that is too long before it looks at it", () => {
    expect(valueOf("(".repeat(100_000))).toBe(`expression "${"(".repeat(40)}…": longer than 200 characters`);
  });

  it("gives a finite number or its own fault, whatever the text", () => {
    const scrap = fc.constantFrom(
      "(",
      ")",
      ",",
      "+",
      "-",
      "*",
      "/",
      "1",
      "0",
      "1e308",
      "L0",
      "max",
      "lookup",
      "min_beach",
      "é",
      "\u{1F30A}",
      " ",
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 250 }),
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(scrap, { maxLength: 60 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const worked = workOut(text, scope);
        if (worked.ok) expect(Number.isFinite(worked.value)).toBe(true);
        else expect(worked.message).toMatch(/^expression "/u);
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with arithmetic on every expression that is built from its grammar", () => {
    interface Built {
      readonly text: string;
      readonly value: number;
    }
    const { built } = fc.letrec<{ readonly built: Built }>((tie) => ({
      built: fc.oneof(
        { maxDepth: 4 },
        fc.integer({ min: 0, max: 99 }).map((value): Built => ({ text: String(value), value })),
        fc.constant<Built>({ text: "L0", value: 50 }),
        fc.tuple(tie("built"), fc.constantFrom("+", "-", "*"), tie("built")).map(([left, sign, right]): Built => ({
          text: `(${left.text} ${sign} ${right.text})`,
          value:
            sign === "+"
              ? left.value + right.value
              : sign === "-"
                ? left.value - right.value
                : left.value * right.value,
        })),
        tie("built").map((of): Built => ({ text: `-${of.text}`, value: -of.value })),
        fc
          .tuple(tie("built"), tie("built"))
          .map(([a, b]): Built => ({ text: `max(${a.text},${b.text})`, value: Math.max(a.value, b.value) })),
      ),
    }));
    fc.assert(
      fc.property(
        built.filter(({ text, value }) => text.length <= 200 && Math.abs(value) < 1e9),
        ({ text, value }) => {
          expect(valueOf(text)).toBeCloseTo(value, 6);
        },
      ),
    );
  });
});

describe("namesOf", () => {
  it.each([
    ["1 + 2 * -3", []],
    ["max(1, 2)", []],
    ["20 * minute", []],
    ["L0", ["L0"]],
    ["-L0", ["L0"]],
    ["1 + max(1, L0)", ["L0"]],
    ["lookup(min_beach, 3)", []],
    ["interpolate(min_phreatic, H) / slope", ["H", "slope"]],
  ])("finds in %s: %j", (text, expected) => {
    const parsed = parseExpression(text);
    expect(parsed.ok && namesOf(parsed.expression)).toEqual(expected);
  });
});
