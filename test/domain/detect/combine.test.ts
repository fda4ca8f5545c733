// Expressions: Kleene's tables, all leaves, what holds, what doubt may do, and what a blind rule says (semantics §4).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Around, CombineCondition, Expression, Member, Quantity } from "../../../contract/condition.ts";
import { createCombine } from "../../../server/domain/detect/combine.ts";
import { vote } from "../../../server/domain/detect/vote.ts";
import { around, atOnce, badSince, from10, lead, member, silentSince } from "../../support/around.ts";

const combine = createCombine(vote);
const of = (expression: Expression): CombineCondition => ({ kind: "combine", expression, ...atOnce });
const is = (point: string): Expression => ({ violated: { point, ...from10 } });

/** The instant 0 at which each point is true, false, or unknown. */
type Truth = 1 | 0 | null;
const memberOf = (truth: Truth): Member => (truth === null ? silentSince(-1) : member(truth === 1 ? 11 : 5, 0));
const given = (truths: Readonly<Record<string, Truth>>): Around =>
  around(0, Object.fromEntries(Object.entries(truths).map(([name, truth]) => [name, memberOf(truth)])));

const run = (expression: Expression, ...instants: readonly Around[]): readonly Quantity[] =>
  lead(combine, of(expression), instants).quantities;
const judged = (expression: Expression, instant: Around): Quantity => run(expression, instant)[0] as Quantity;
const truths: readonly Truth[] = [1, 0, null];
const table = (expression: Expression): readonly (readonly (number | null)[])[] =>
  truths.map((a) => truths.map((b) => judged(expression, given({ a, b })).value));

describe("three-valued logic", () => {
  it("is Kleene's", () => {
    expect(table({ all: [is("a"), is("b")] })).toEqual([
      [1, 0, null],
      [0, 0, 0],
      [null, 0, null],
    ]);
    expect(table({ any: [is("a"), is("b")] })).toEqual([
      [1, 1, 1],
      [1, 0, null],
      [1, null, null],
    ]);
    expect(truths.map((a) => judged({ not: is("a") }, given({ a })).value)).toEqual([0, 1, null]);
    expect([judged({ all: [] }, given({})).value, judged({ any: [] }, given({})).value]).toEqual([1, 0]);
  });

  const names = ["a", "b", "c", "d"];
  const leaf = fc.constantFrom(...names).map(is);
  const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.record({ all: fc.array(tie("expression"), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie("expression"), { maxLength: 3 }) }),
      fc.record({ not: tie("expression") }),
    ),
  }));
  const truth = fc.constantFrom(...truths);
  const assignment = fc.record({ a: truth, b: truth, c: truth, d: truth });
  const same = (left: Expression, right: Expression, told: Readonly<Record<string, Truth>>): void =>
    expect(judged(left, given(told)).value).toBe(judged(right, given(told)).value);

  it("keeps De Morgan's laws, double negation, absorption, distribution and the order of parts", () => {
    fc.assert(
      fc.property(expression, expression, expression, assignment, (x, y, z, told) => {
        same({ not: { all: [x, y] } }, { any: [{ not: x }, { not: y }] }, told);
        same({ not: { any: [x, y] } }, { all: [{ not: x }, { not: y }] }, told);
        same({ not: { not: x } }, x, told);
        same({ all: [x, { any: [x, y] }] }, x, told);
        same({ any: [x, { all: [x, y] }] }, x, told);
        same({ all: [x, { any: [y, z] }] }, { any: [{ all: [x, y] }, { all: [x, z] }] }, told);
        same({ any: [x, { all: [y, z] }] }, { all: [{ any: [x, y] }, { any: [x, z] }] }, told);
        same({ all: [x, y, z] }, { all: [z, y, x] }, told);
        same({ any: [x, y, z] }, { any: [z, y, x] }, told);
      }),
    );
  });

  it("is monotonic: what is known stays so whatever the unknown turns out to be", () => {
    fc.assert(
      fc.property(expression, assignment, fc.constantFrom(...names), truth, (x, told, name, becomes) => {
        const before = judged(x, given({ ...told, [name]: null })).value;
        const after = judged(x, given({ ...told, [name]: becomes })).value;
        if (before !== null) expect(after).toBe(before);
      }),
    );
  });

  it("returns nothing that a doubtful input could make otherwise", () => {
    fc.assert(
      fc.property(expression, assignment, fc.constantFrom(...names), (x, told, name) => {
        const doubted = given(told);
        const seen: Around = {
          ...doubted,
          member: (point) =>
            point === name ? { ...doubted.member(point), quality: "suspect" } : doubted.member(point),
        };
        const quantity = judged(x, seen);
        const others = truths.map((one) => judged(x, given({ ...told, [name]: one })).value);
        if (told[name as "a"] !== null && quantity.mayReturn)
          expect(new Set(others)).toEqual(new Set([quantity.value]));
      }),
    );
  });
});

describe("the inputs of an expression", () => {
  it("are a limit on a point's latest value", () => {
    expect([9.9, 10].map((value) => judged(is("a"), around(0, { a: member(value, 0) })).value)).toEqual([0, 1]);
  });

  it("are a value among some, in steps of the point", () => {
    const open: Expression = { state: { point: "a", values: [1, 0.3] } };
    const value = (a: Member): number | null => judged(open, around(0, { a })).value;
    expect([1, 0.1 + 0.2, 2].map((one) => value(member(one, 0)))).toEqual([1, 1, 0]);
    expect(value(silentSince(5))).toBeNull();
    expect(value(member(1, 0, { isOutOfService: true }))).toBeNull();
  });

  it("are unknown while lost or out of service, but for silence and lag, which are known always", () => {
    const lost = [silentSince(0), silentSince(null), badSince(0), member(11, 0, { isOutOfService: true })];
    expect(lost.map((a) => judged(is("a"), around(0, { a })).value)).toEqual([null, null, null, null]);
    expect(lost.map((a) => judged({ silent: "a" }, around(0, { a })).value)).toEqual([1, 1, 0, 0]);
    expect(lost.map((a) => judged({ lagging: "a" }, around(0, { a })).value)).toEqual([0, 0, 0, 0]);
    const lagging = member(5, 0, { isLagging: true });
    expect(judged({ lagging: "a" }, around(0, { a: lagging }))).toMatchObject({ value: 1, quality: "good" });
  });

  it("are alarms at a level or higher, of one rule or of any", () => {
    const level = (source: string, rule: string | null): Expression => ({
      level: { source, rule, atLeast: "orange" },
    });
    const told = around(0, {}, { p: "yellow", "p limit": "orange", q: "red", r: "unknown" });
    const all = [level("p", null), level("p", "limit"), level("q", null), level("r", null), level("none", null)];
    expect(all.map((one) => judged(one, told).value)).toEqual([0, 1, 1, null, 0]);
    expect(judged(level("r", null), told)).toMatchObject({ note: "blind", values: { because: "r" } });
  });

  it("are votes, counted as the kind itself counts them", () => {
    const inner = { members: ["a", "b", "c"], violated: from10, need: 2, windowMs: 60_000 };
    const instants = [
      around(0, { a: member(11, 0), b: member(5, 0), c: member(5, 0) }),
      around(30_000, { a: member(11, 0), b: silentSince(30_000), c: member(5, 0) }),
      around(40_000, { a: member(5, 40_000), b: member(5, 40_000), c: member(5, 0) }),
      around(50_000, { a: member(5, 40_000), b: member(5, 40_000), c: member(11, 50_000) }),
      around(130_000, {}),
    ];
    const alone = lead(vote, inner, instants).quantities.map(({ value }) => value);
    expect(alone).toEqual([0, 1, 0, 1, 1]);
    expect(run({ vote: inner }, ...instants).map(({ value }) => value)).toEqual(alone);
    expect(run({ not: { vote: inner } }, ...instants).map(({ value }) => value)).toEqual([1, 0, 1, 0, 0]);
    const carried = judged({ vote: inner }, around(0, { a: member(11, 0), b: member(5, 0), c: member(11, 0) }));
    expect(carried.values).toEqual({ because: "a, c" });
    const blind = judged({ vote: inner }, around(0, {}));
    expect(blind).toMatchObject({ value: null, note: "blind", values: { because: "a, b, c" } });
  });

  it("bring the doubt of a vote with them", () => {
    const inner = { members: ["a", "b"], violated: from10, need: 1, windowMs: 0 };
    const suspect = (value: number): Around =>
      around(0, { a: member(value, 0, { quality: "suspect" }), b: member(5, 0) });
    expect(judged({ vote: inner }, suspect(11))).toMatchObject({ value: 1, quality: "suspect", mayReturn: false });
    expect(judged({ vote: inner }, suspect(5))).toMatchObject({ value: 0, quality: "suspect", mayReturn: false });
    expect(judged({ vote: { ...inner, need: 2 } }, suspect(5))).toMatchObject({ quality: "good", mayReturn: true });
    const lagging = around(0, { a: member(5, 0, { isLagging: true }), b: member(5, 0) });
    expect(judged({ vote: inner }, lagging)).toMatchObject({ value: 0, quality: "good", mayReturn: false });
    const good = around(0, { a: member(11, 0), b: member(5, 0) });
    expect(judged({ not: { vote: inner } }, good)).toMatchObject({ value: 0, quality: "good", mayReturn: true });
  });

  it("are named once each, wherever they stand", () => {
    const inner = { members: ["a", "e"], violated: from10, need: 1, windowMs: 0 };
    const whole: Expression = {
      all: [
        { any: [is("a"), { silent: "b" }, { lagging: "c" }] },
        { not: { hold: { state: { point: "d", values: [1] } }, forMs: 5 } },
        { vote: inner },
        { level: { source: "s", rule: null, atLeast: "blue" } },
        { level: { source: "s", rule: "limit", atLeast: "red" } },
      ],
    };
    expect(combine.members(of(whole))).toEqual(["a", "b", "c", "d", "e"]);
    expect(combine.sources(of(whole))).toEqual(["s"]);
  });
});

describe("a result", () => {
  it("names the inputs that made it so, true, false or unknown alike", () => {
    const three: Expression = { any: [is("a"), is("b"), { not: is("c") }] };
    expect(judged(three, given({ a: 1, b: 0, c: 0 }))).toEqual({
      value: 1,
      quality: "good",
      mayReturn: true,
      note: null,
      values: { because: "a, c" },
    });
    expect(judged(three, given({ a: 0, b: 0, c: 1 })).values).toEqual({ because: "a, b, c" });
    expect(judged(three, given({ a: null, b: 0, c: null }))).toEqual({
      value: null,
      quality: "good",
      mayReturn: false,
      note: "blind",
      values: { because: "a, c" },
    });
    expect(judged({ all: [is("a"), is("a")] }, given({ a: 1 })).values).toEqual({ because: "a" });
  });

  it("is marked by doubt where the doubt decides, and may not return then", () => {
    const pair: Expression = { all: [is("a"), is("b")] };
    const with2 = (a: Member, b: Member): Quantity => judged(pair, around(0, { a, b }));
    const suspect = (value: number): Member => member(value, 0, { quality: "suspect" });
    const over = member(99, 0, { quality: "saturated", saturated: "high" });
    const lagging = member(5, 0, { isLagging: true });
    expect(with2(member(11, 0), suspect(11))).toMatchObject({
      value: 1,
      quality: "suspect",
      mayReturn: false,
      note: null,
    });
    expect(with2(suspect(11), over)).toMatchObject({ value: 1, quality: "saturated" });
    expect(with2(member(11, 0), lagging)).toMatchObject({ value: 0, quality: "good", mayReturn: false });
    expect(with2(member(5, 0), suspect(5))).toMatchObject({ value: 0, quality: "good", mayReturn: true });
    // What is out of service says nothing, so that it marks nothing.
    const out = member(11, 0, { quality: "suspect", isOutOfService: true });
    expect(with2(out, lagging)).toMatchObject({ value: 0, quality: "good", mayReturn: false });
  });
});

describe("a hold", () => {
  const hold: Expression = { hold: is("a"), forMs: 60_000 };
  const known = (value: number, at: number): Around => around(at, { a: member(value, at) });
  const lost = (at: number): Around => around(at, { a: silentSince(30_000) });

  it("keeps what was last known for its time, marked, without proving a return", () => {
    const story = [known(11, 0), known(11, 10_000), lost(30_000), lost(89_999), lost(90_000)];
    expect(run(hold, ...story).map(({ value }) => value)).toEqual([1, 1, 1, 1, null]);
    expect(run(hold, ...story)[2]).toEqual({
      value: 1,
      quality: "suspect",
      mayReturn: false,
      note: "held",
      values: { because: "a" },
    });
    expect(run(hold, known(5, 0), lost(30_000))[1]).toMatchObject({ value: 0, mayReturn: false, note: "held" });
    expect(run(hold, known(5, 0), lost(30_000), lost(90_000))[2]).toMatchObject({ value: null, note: "blind" });
  });

  it("has nothing to keep before anything was known", () => {
    expect(run(hold, lost(30_000))[0]).toMatchObject({ value: null, note: "blind", values: { because: "a" } });
  });

  it("is mentioned only where the result rests on it", () => {
    const beside: Expression = { any: [hold, is("b")] };
    const both = around(0, { a: member(5, 0), b: member(11, 0) });
    const one = around(30_000, { a: silentSince(30_000), b: member(11, 30_000) });
    expect(run(beside, both, one)[1]).toMatchObject({ value: 1, note: null, mayReturn: true });
    // What was never known does not stand in for anything: it is the other one that is doubtful.
    const doubtful = around(30_000, { a: silentSince(30_000), b: { ...member(11, 30_000), quality: "suspect" } });
    expect(run(beside, doubtful)[0]).toMatchObject({ value: 1, quality: "suspect", note: null, mayReturn: false });
    const two: Expression = { all: [hold, { hold: is("b"), forMs: 60_000 }] };
    const bothOn = around(0, { a: member(11, 0), b: member(11, 0) });
    expect(run(two, bothOn, one)[1]).toMatchObject({ value: 1, note: "held", mayReturn: false });
  });

  it("says when it ends, while it stands in", () => {
    const end = (expression: Expression, at: number, ...story: readonly Around[]): number | null =>
      combine.dueAt(of(expression), lead(combine, of(expression), story).state, at);
    expect(end(hold, 0)).toBeNull();
    expect(end(hold, 30_000, lost(30_000))).toBeNull();
    expect(end(hold, 10_000, known(11, 10_000))).toBeNull();
    expect(end(hold, 30_000, known(11, 10_000), lost(30_000))).toBe(90_000);
    expect(end(hold, 90_000, known(11, 10_000), lost(30_000))).toBeNull();
    expect(end(hold, 90_000, known(11, 10_000), lost(30_000), lost(90_000))).toBeNull();
    const voted: Expression = { vote: { members: ["a"], violated: from10, need: 1, windowMs: 60_000 } };
    expect(end(voted, 10_000, known(11, 10_000))).toBeNull();
    expect(end(voted, 20_000, known(11, 10_000), known(5, 20_000))).toBe(80_000);
    expect(end({ all: [hold, voted] }, 20_000, known(11, 10_000), known(5, 20_000))).toBe(80_000);
  });

  it("is not made older by an instant of the past, and may hold another", () => {
    expect(run(hold, known(11, 50_000), known(11, 10_000), lost(100_000))[2]?.value).toBe(1);
    const nested: Expression = { hold: { hold: is("a"), forMs: 10_000 }, forMs: 60_000 };
    const story = [known(11, 0), lost(9999), lost(19_998), lost(19_999), lost(79_998), lost(79_999)];
    // The outer one counts from when the inner one knew no more.
    expect(run(nested, ...story).map(({ value }) => value)).toEqual([1, 1, 1, 1, 1, null]);
  });

  it("begins when its part is not known any more, and not anew while that lasts: how often others are heard does not matter", () => {
    const often = [known(11, 0), ...[30, 40, 50, 60, 70, 80].map((s) => lost(s * 1000)), lost(90_000), lost(95_000)];
    expect(run(hold, ...often).map(({ value }) => value)).toEqual([1, 1, 1, 1, 1, 1, 1, null, null]);
    const back = [known(11, 0), lost(30_000), known(5, 40_000), lost(80_000), lost(139_999), lost(140_000)];
    expect(run(hold, ...back).map(({ value }) => value)).toEqual([1, 1, 0, 0, 0, null]);
  });

  it("remembers also where another part decides, each in its own place", () => {
    const held = (point: string): Expression => ({ hold: is(point), forMs: 60_000 });
    const all: Expression = { all: [is("c"), held("a"), held("b")] };
    const before = around(0, { a: member(11, 0), b: member(5, 0), c: member(5, 0) });
    const after = around(30_000, { a: silentSince(30_000), b: silentSince(30_000), c: member(11, 30_000) });
    expect(run(all, before, after)[1]).toMatchObject({ value: 0, values: { because: "b" } });
  });

  it("returns the very same state where nothing changes", () => {
    const condition = of({ all: [hold, { vote: { members: ["b"], violated: from10, need: 1, windowMs: 0 } }] });
    const instant = around(5000, { a: member(11, 0), b: member(5, 0) });
    const { state } = lead(combine, condition, [instant, lost(30_000)]);
    expect(combine.step(condition, state, lost(40_000)).state).toBe(state);
    const other = combine.step(condition, state, around(40_000, { a: silentSince(30_000), b: member(11, 40_000) }));
    expect(other.state).not.toBe(state);
    expect(other.state.holds).toEqual(state.holds);
  });

  it("remembers what one input says while all else stays as it is", () => {
    const held = (point: string): Expression => ({ hold: is(point), forMs: 60_000 });
    const calm: Expression = { vote: { members: ["c"], violated: from10, need: 1, windowMs: 0 } };
    const seen = (at: number, a: Member): Around => around(at, { a, b: silentSince(0), c: member(5, 0) });
    const story = [seen(0, silentSince(0)), seen(10_000, member(11, 10_000)), seen(20_000, silentSince(20_000))];
    expect(run({ any: [held("a"), held("b"), calm] }, ...story).map(({ value }) => value)).toEqual([null, 1, 1]);
  });
});
