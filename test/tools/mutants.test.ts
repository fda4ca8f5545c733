// The mutation test's own judgement: which changes it makes, that every one is switched on and noticed, and who is explained.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

interface Mutant {
  readonly id: number;
  readonly file: string;
  readonly line: string;
  readonly from: string;
  readonly to: string;
}
type Entry = Omit<Mutant, "id">;
interface Tools {
  readonly mutantsOf: (file: string, text: string) => readonly Mutant[];
  readonly withSwitches: (file: string, text: string, mutants: readonly Mutant[]) => string;
  readonly explainedIn: (markdown: string) => readonly Entry[];
  readonly entryOf: (mutant: Entry) => string;
  readonly verdictOf: (
    survivors: readonly Mutant[],
    explained: readonly Entry[],
  ) => { readonly unexplained: readonly Mutant[]; readonly stale: readonly Entry[] };
}

const root = join(import.meta.dirname, "..", "..");
const load = (name: string): Promise<Partial<Tools>> =>
  import(pathToFileURL(join(root, "scripts", "mutants", name)).href) as Promise<Partial<Tools>>;
const { mutantsOf, withSwitches, explainedIn, entryOf, verdictOf } = {
  ...(await load("operators.mjs")),
  ...(await load("schemata.mjs")),
  ...(await load("explained.mjs")),
} as Tools;

const changesOf = (text: string): readonly string[] =>
  mutantsOf("a.ts", text).map(({ from, to }) => `${from} => ${to === "" ? "nothing" : to}`);

describe("the mutants of a text", () => {
  it("move boundaries, turn comparisons round and let either side of an operator decide", () => {
    expect(changesOf("f = a < b;").slice(1)).toEqual(["a < b => a <= b", "a < b => a >= b"]);
    expect(changesOf("f = a && b;").slice(1)).toEqual(["a && b => a || b", "a && b => a", "a && b => b"]);
    expect(changesOf("f = a ?? b;").slice(1)).toEqual(["a ?? b => a", "a ?? b => b"]);
  });

  it("leave out statements, overriding fields, filters and the caution of a chain", () => {
    expect(changesOf("f(x);")).toEqual(["f(x); => nothing"]);
    expect(changesOf("const f = { ...a, b };")).toEqual(["...a => nothing", "b => nothing"]);
    expect(changesOf("const f = a.filter(b);")).toEqual(["a.filter(b) => a"]);
    expect(changesOf("const f = a?.b.c;")).toEqual(["a?.b.c => a.b.c"]);
  });

  it("change numbers by one, and touch neither types nor imports", () => {
    expect(changesOf("const f = 1_000;")).toEqual(["1_000 => 1001", "1_000 => 999"]);
    expect(changesOf('import { a } from "./a.ts";\ntype A = 1 | { readonly b: 2 };')).toEqual([]);
  });

  it("stand behind switches in a text that is as it was while none is on", () => {
    const text = "let n = 0; for (const x of [1, 2, 3]) if (x > 1) n += x; else n -= 1;";
    const mutants = mutantsOf("a.ts", text).map((mutant, id) => ({ ...mutant, id }));
    const body = withSwitches("a.ts", text, mutants).replace(/^const __mutants = [^;]+;/, "");
    // oxlint-disable-next-line typescript/no-implied-eval -- a text of this test's own making
    const run = new Function("__mutants", `${body} return n;`) as (switches: object) => unknown;
    const resultOf = (on: number): unknown => run({ is: (id: number) => id === on, turn: () => {} });
    expect(resultOf(-1)).toBe(4);
    // In [0, 2, 3] too the first is not above 1, and nothing else is alike.
    const alike = mutants.filter(({ id }) => resultOf(id) === 4);
    expect(alike.map(({ from, to }) => [from, to])).toEqual([["1", "0"]]);
    expect(mutants.length).toBeGreaterThan(15);
  });
});

describe("the explained survivors", () => {
  const markdown =
    "### `server/domain/a.ts`\n\nBoth are one.\n- `if (a < b) f();`: `a < b` → `a <= b`\n- `g();`: `g();` → without it\n";

  it("are read from the docs as a run prints them", () => {
    const [first, second] = explainedIn(markdown);
    expect(first).toEqual({ file: "server/domain/a.ts", line: "if (a < b) f();", from: "a < b", to: "a <= b" });
    expect([first, second].map((one) => entryOf(one as Entry))).toEqual(markdown.split("\n").slice(3, 5));
    expect(explainedIn("# other\n- `a`: `b` → `c`")).toEqual([]);
  });

  it("let a run pass only where every survivor is one of them, and every one of them survives", () => {
    const explained = explainedIn(markdown);
    const survivors = explained.map((one, id) => ({ ...one, id }));
    expect(verdictOf(survivors, explained)).toEqual({ unexplained: [], stale: [] });
    expect(verdictOf(survivors, explained.slice(1))).toEqual({ unexplained: [survivors[0]], stale: [] });
    expect(verdictOf(survivors.slice(1), explained)).toEqual({ unexplained: [], stale: [explained[0]] });
  });
});

it("leaves no mutant of a small file alive without an explanation", () => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith("VITEST")));
  const args = [join(root, "scripts", "mutants.mjs"), "--own", "server/domain/detect/pair.ts"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", env });
  expect(stdout).toMatch(/0 unexplained, 0 stale/);
  expect(stdout).toMatch(/^all +\d\d +\d\d +0 +\d +0 +0 /m);
  expect(status).toBe(0);
}, 120_000);
