// The console of the rules: its tree, its fields and what they understand, its faults in words, its two versions side by side.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import { nextTick, ref, shallowRef } from "vue";
import type { Condition } from "../../contract/condition.ts";
import type { Announcement, RuleDraft } from "../../contract/rule-change.ts";
import type { DraftList, DraftView, StoredDraft } from "../../contract/rule-draft.ts";
import type { Person } from "../../contract/wall.ts";
import { callKey, createCall } from "../../dashboard/src/api/call.ts";
import { createRulesApi, type RulesApi } from "../../dashboard/src/api/rules.ts";
import { hitOption } from "../../dashboard/src/charts/hit-option.ts";
import { liveKey, type Live } from "../../dashboard/src/live.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { routeKey, type Route } from "../../dashboard/src/screens/route.ts";
import { parseAmount, parseSpan, parseValues } from "../../dashboard/src/screens/rules/amount.ts";
import { faultsOfLevels, placedFault } from "../../dashboard/src/screens/rules/check.ts";
import { diffOf, linesOfVersion } from "../../dashboard/src/screens/rules/diff.ts";
import { useEnabling } from "../../dashboard/src/screens/rules/enable.ts";
import {
  fieldsOf,
  kindsFor,
  newCondition,
  ownKinds,
  valueAt,
  withValue,
} from "../../dashboard/src/screens/rules/fields.ts";
import Rules from "../../dashboard/src/screens/rules/Rules.vue";
import { leafOf, linesOf, mostLeaves, treeOf } from "../../dashboard/src/screens/rules/tree.ts";
import { callingOf } from "../../dashboard/src/screens/told.ts";
import { thinSpace } from "../../dashboard/src/text/number.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import { limitOf, planOf, pointOf, ruleOf, versionOf } from "./support.ts";

const words = createWords("zh");
const now = 1_790_000_000_000;
const point = pointOf("a/P1");
const index = createPlanIndex(planOf([point, pointOf("b/P1", { kind: "gas", rules: [ruleOf({ direction: "low" })] })]));
const id = "a/P1~high~high";

describe("the tree", () => {
  const tree = treeOf(index, words, { drafts: [], now });

  it("leads from sector over the kind of point to each rule, with its version and where it is on its way", () => {
    expect(
      tree.map(({ name, kinds }) => [name, kinds.map((kind) => [kind.id, kind.leaves.map((leaf) => leaf.id)])]),
    ).toEqual([
      [
        "行业",
        [
          ["one/level", [id]],
          ["one/gas", ["b/P1~high~low"]],
        ],
      ],
    ]);
    expect(leafOf(tree, id)).toMatchObject({ version: 1, state: "inForce", draft: null, siteName: "a厂" });
    expect(leafOf(tree, "a/none~high~high")).toBeNull();
    const states = [versionOf({ levels: {} }), versionOf({ validFrom: now + 1 })].map((version) => {
      const plan = planOf([pointOf("a/P1", { rules: [ruleOf({ versions: [version] })] })]);
      return leafOf(treeOf(createPlanIndex(plan), words, { drafts: [], now }), id)?.state;
    });
    expect(states).toEqual(["off", "notYet"]);
  });

  it("shows what stands open, everything that a search finds, and says how much more there is", () => {
    const textOf = (open: readonly string[], search: string) =>
      linesOf(tree, new Set(open), search).map((line) => (line.kind === "leaf" ? line.leaf.id : line.id));
    expect(textOf([], "")).toEqual(["one"]);
    expect(textOf(["one", "one/gas"], "")).toEqual(["one", "one/level", "one/gas", "b/P1~high~low"]);
    expect(textOf([], "B厂 p1")).toEqual(["one", "one/gas", "b/P1~high~low"]);
    expect(textOf([], "nothing")).toEqual([]);
    const many = planOf(Array.from({ length: mostLeaves + 3 }, (_, nth) => pointOf(`a/P${nth}`)));
    const lines = linesOf(treeOf(createPlanIndex(many), words, { drafts: [], now }), new Set(["one", "one/level"]), "");
    expect(lines.at(-1)).toMatchObject({ kind: "more", count: 3 });
  });
});

describe("a number that is typed", () => {
  it.each([
    ["25", "m", 25],
    [" 2.5 m ", "m", 2.5],
    ["250 cm", "m", 2.5],
    ["２５％", "%", 25],
    ["0.46 1", "%", 46],
    ["\u22123,", "m", null],
    ["25 ℃", "°C", 25],
    ["77 °F", "°C", 25],
    ["5 m3/h", "m³/h", 5],
    ["5 kPa", "m", null],
    ["", "m", null],
    ["\u22123", "m", -3],
  ] as const)("%j in %s is %s", (text, unit, value) => {
    const typed = parseAmount(text, unit);
    expect(typed.ok ? typed.value : null).toBe(value);
  });

  it("is refused by its unit, and otherwise as no number", () => {
    expect(parseAmount("5 kPa", "m")).toEqual({ ok: false, fault: "unit", unit: "m" });
    expect(parseAmount("five", "m")).toMatchObject({ fault: "number" });
  });

  it.each([
    ["90 s", 90_000],
    ["1.5 min", 90_000],
    ["2 小时", 7_200_000],
    ["1 d", 86_400_000],
    ["500 ms", 500],
    ["0", 0],
    ["10", null],
    ["-1 s", null],
  ] as const)("%j is a span of %s ms: a bare number is none", (text, value) => {
    const typed = parseSpan(text);
    expect(typed.ok ? typed.value : null).toBe(value);
  });

  it("stands among others with commas between them", () => {
    expect(parseValues("1, 2、3")).toEqual([1, 2, 3]);
    expect(parseValues("1, x")).toBeNull();
    expect(parseValues(" ")).toBeNull();
  });
});

describe("the fields of a condition", () => {
  const about = { unit: "m", ...callingOf(index, words) };

  it("are those of its kind, and each can be read and changed", () => {
    for (const kind of ownKinds) {
      const condition = newCondition(kind, "high");
      for (const { path } of fieldsOf(condition, about)) {
        expect(valueAt(condition, path), `${kind} ${path}`).toBeDefined();
        const changed = withValue(condition, path, 7);
        expect(valueAt(changed, path)).toBe(7);
        expect(valueAt(withValue(changed, path, valueAt(condition, path)), path)).toEqual(valueAt(condition, path));
      }
    }
    expect(fieldsOf(newCondition("rate", "high"), about).find(({ path }) => path === "setpoint")?.unit).toBe("m/h");
    expect(fieldsOf(newCondition("state", "none"), about).map(({ path }) => path)).not.toContain("setpoint");
    expect(fieldsOf(newCondition("accumulate", "high"), about)[0]).toMatchObject({ path: "setpoint", type: "span" });
  });

  it("of a rule over several points are its numbers alone: what it looks at is the configuration's", () => {
    const vote = {
      ...limitOf(1),
      kind: "vote",
      members: ["a/P1"],
      violated: { direction: "high", setpoint: 5 },
      need: 1,
      windowMs: 0,
    } as const satisfies Condition;
    expect(fieldsOf(vote, about).map(({ path }) => path)).toEqual(["onDelayMs", "onSamples", "offDelayMs"]);
    expect([kindsFor("none"), kindsFor("low").includes("state")]).toEqual([["state"], false]);
  });
});

describe("the faults of a draft", () => {
  const check = (levels: Parameters<typeof faultsOfLevels>[0], direction: "high" | "low" | "none" = "high") =>
    Object.fromEntries(faultsOfLevels(levels, { direction, point, words }));

  it("stand at their fields, in words", () => {
    expect(check({ blue: [limitOf(10)], red: [limitOf(40)] })).toEqual({});
    expect(check({ blue: [limitOf(50)], red: [limitOf(40)] })).toEqual({
      "blue.0.setpoint": `须低于红的 40${thinSpace}m`,
    });
    expect(check({ blue: [limitOf(10)], red: [limitOf(40)] }, "low")).toEqual({
      "blue.0.setpoint": `须高于红的 40${thinSpace}m`,
    });
    expect(check({ red: [limitOf(140)] })).toEqual({ "red.0.setpoint": `超出量程 0 至 100${thinSpace}m` });
    expect(check({ red: [limitOf(40, { deadband: 40 })] })["red.0.deadband"]).toContain("回差过大");
    expect(check({ blue: [limitOf(10)], red: [limitOf(10, { onDelayMs: 1 })] })).toEqual({});
    expect(Object.keys(check({ blue: [limitOf(10)], red: [limitOf(10)] }))).toEqual(["blue.0.setpoint"]);
  });

  it("of the server find their fields too", () => {
    expect(placedFault("limit version 2: yellow[1].deadband: 45 m leaves no value")).toEqual([
      "yellow.1.deadband",
      "45 m leaves no value",
    ]);
    expect(placedFault("limit version 2: red: rate does not fit")).toEqual(["red.0.setpoint", "rate does not fit"]);
    expect(placedFault("limit version 2: validFrom: must be later")).toEqual(["validFrom", "must be later"]);
    expect(placedFault("something else")).toEqual(["", "something else"]);
  });
});

it("two versions stand side by side, and what differs is marked", () => {
  const about = { words, rule: ruleOf(), told: { unit: "m", ...callingOf(index, words) } };
  const old = linesOfVersion(versionOf(), about);
  const next = linesOfVersion({ ...versionOf(), levels: { red: [limitOf(45)] } }, about);
  const changed = diffOf(old, next).filter(({ isChanged }) => isChanged);
  expect(changed.map(({ key, new: text }) => [key, text === ""])).toEqual([
    ["red.0", false],
    ...["orange", "yellow", "blue"].flatMap((level) => [
      [`${level}.0`, true],
      [`${level}.0.source`, true],
    ]),
  ]);
  expect(changed[0]).toMatchObject({ label: "红" });
  expect(diffOf(old, old).every(({ isChanged }) => !isChanged)).toBe(true);
});

it("a thumbnail has an upright for each version that raised, told apart without colour", () => {
  const base = { from: 0, to: 100, bucketMs: 1, gapMs: 10, range: [0, 1], buckets: [] } as const;
  const linesIn = (option: object): unknown =>
    (option as { series: { markLine: { data: unknown } }[] }).series[0]?.markLine.data;
  expect(linesIn(hitOption({ ...base, activeAt: null, candidateAt: 50 }))).toMatchObject([
    { xAxis: 50, lineStyle: { type: "solid" } },
  ]);
  expect(linesIn(hitOption({ ...base, activeAt: 60, candidateAt: null }))).toMatchObject([
    { xAxis: 60, lineStyle: { type: [2, 4] } },
  ]);
});

const announcement = (to: "blue" | "red"): Announcement => ({
  steps: [{ alarm: id, from: null, to }],
  pending: [],
  marked: [],
  unknown: [],
});

function apiOf(part: Partial<RulesApi>): RulesApi {
  const away = async () => ({ ok: false, code: null }) as const;
  return {
    drafts: away,
    draft: away,
    save: away,
    remove: away,
    startBacktest: away,
    cancelBacktest: away,
    shadow: away,
    preview: away,
    enable: away,
    history: away,
    ...part,
  };
}

describe("enabling", () => {
  const draft: RuleDraft = {
    source: "a/P1",
    rule: "high",
    direction: "high",
    version: { version: 2, validFrom: now, levels: {} },
    reason: "r",
  };
  const approval = { name: "lu", password: "x" };

  it("asks once more and enables only what was seen: otherwise the new consequences are shown", async () => {
    const said: string[] = [];
    let does: "blue" | "red" = "blue";
    const api = apiOf({
      preview: async () => ({ ok: true, value: { announcement: announcement(does), seen: `seen ${does}` } }),
      enable: async ({ seen }) => {
        said.push(seen);
        return { ok: true, value: { version: 2 } };
      },
    });
    const enabling = useEnabling(api, () => draft);
    await enabling.enable(approval);
    expect(said).toEqual([]);
    await enabling.look();
    does = "red";
    await enabling.enable(approval);
    expect([said, enabling.refusal.value, enabling.announced.value]).toEqual([
      [],
      "RULE_ANNOUNCEMENT_CHANGED",
      announcement("red"),
    ]);
    await enabling.enable(approval);
    expect([said, enabling.done.value, enabling.announced.value]).toEqual([["seen red"], 2, null]);
  });

  it("keeps the refusal and every fault of it", async () => {
    const enabling = useEnabling(
      apiOf({ preview: async () => ({ ok: false, code: "RULE_INVALID", faults: ["limit version 2: red: no"] }) }),
      () => draft,
    );
    await enabling.look();
    expect([enabling.refusal.value, enabling.faults.value]).toEqual(["RULE_INVALID", ["limit version 2: red: no"]]);
    enabling.forget();
    expect([enabling.refusal.value, enabling.faults.value]).toEqual([undefined, []]);
  });
});

describe("another rule that is looked at meanwhile", () => {
  const draft: RuleDraft = {
    source: "a/P1",
    rule: "high",
    direction: "high",
    version: { version: 2, validFrom: now, levels: {} },
    reason: "r",
  };

  it("is never announced with the consequences of the one before", async () => {
    let say: (answer: Awaited<ReturnType<RulesApi["preview"]>>) => void = () => undefined;
    const enabling = useEnabling(apiOf({ preview: () => new Promise((resolve) => (say = resolve)) }), () => draft);
    const looking = enabling.look();
    enabling.forget();
    say({ ok: true, value: { announcement: announcement("red"), seen: "s" } });
    await looking;
    expect([enabling.announced.value, enabling.isBusy.value]).toEqual([null, false]);
  });

  it("is not said to be enabled, nor refused, with the one before", async () => {
    let say: (answer: Awaited<ReturnType<RulesApi["enable"]>>) => void = () => undefined;
    const api = apiOf({
      preview: async () => ({ ok: true, value: { announcement: announcement("red"), seen: "s" } }),
      enable: () => new Promise((resolve) => (say = resolve)),
    });
    let looksAt = draft;
    const enabling = useEnabling(api, () => looksAt);
    for (const answer of [
      { ok: true, value: { version: 2 } },
      { ok: false, code: "DRAFT_CHANGED" },
    ] as const) {
      looksAt = draft;
      await enabling.look();
      const sending = enabling.enable({ name: "lu", password: "x" });
      await flushPromises();
      looksAt = { ...draft, source: "b/P1" };
      enabling.forget();
      say(answer);
      await sending;
      expect([enabling.done.value, enabling.refusal.value]).toEqual([null, undefined]);
    }
  });
});

describe("the screen", () => {
  let page: VueWrapper | null = null;
  afterEach(() => {
    page?.unmount();
    page = null;
    sessionStorage.clear();
  });

  const stored: StoredDraft = {
    id,
    revision: 3,
    state: "review",
    isAtOnce: true,
    change: {
      source: "a/P1",
      rule: "high",
      direction: "high",
      version: { version: 2, validFrom: 0, levels: { red: [limitOf(45)] } },
      reason: "fewer",
    },
    author: "wen",
    changedBy: "lu",
    createdAt: now,
    changedAt: now,
  };
  const list: DraftList = { drafts: [stored], journalFrom: now, running: null, leastTestedMs: 1, testedWithinMs: 1 };
  const view: DraftView = { draft: stored, report: null, tested: "none", job: null, shadow: null };

  interface Asked {
    readonly method: string;
    readonly path: string;
    readonly body: unknown;
  }

  type Said = readonly [status: number, body: unknown];
  let goTo: (rule: string) => void;
  async function show(answers: (asked: Asked) => Said | Promise<Said>, person: Person | null): Promise<Asked[]> {
    const said: Asked[] = [];
    const fetching = (async (path: string, init: RequestInit = {}) => {
      const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
      const asked = { method: init.method ?? "GET", path, body };
      said.push(asked);
      const [status, answer] = await answers(asked);
      return new Response(JSON.stringify(answer), { status });
    }) as typeof fetch;
    const query = shallowRef<Readonly<Record<string, string>>>({ rule: id });
    goTo = (rule) => (query.value = { ...query.value, rule });
    const route = {
      path: shallowRef("/rules"),
      query,
      set: (name: string, value: string | null) => {
        query.value = { ...query.value, [name]: value ?? "" };
      },
    } as unknown as Route;
    const live = { index: ref(index), person: ref(person), now: ref(now), alarms: ref(new Map()) };
    page = mount(Rules, {
      attachTo: document.body,
      global: {
        provide: {
          [liveKey as symbol]: live as unknown as Live,
          [wordsKey as symbol]: words,
          [callKey as symbol]: createCall(fetching),
          [routeKey as symbol]: route,
        },
      },
    });
    await expect.poll(() => said.length === 0 || page?.text().includes("正在读取") === false).toBe(true);
    await nextTick();
    return said;
  }
  const textOf = (test: string): string => page?.find(`[data-testid="${test}"]`).text() ?? "";
  const wen: Person = { name: "wen", role: "supervisor", tier: "city" };
  const answers = ({ method, path }: Asked): readonly [number, unknown] => {
    if (path === "/api/rules/drafts") return [200, list];
    if (method === "PUT") return [409, { code: "DRAFT_CHANGED" }];
    return [200, view];
  };

  it("shows the draft that somebody else has saved, and that it waits for a review", async () => {
    await show(answers, wen);
    await expect.poll(() => textOf("draft-about")).toContain("评审 · 起草 wen · lu 于");
    expect(textOf(`rule-${id}`)).toContain("v1 生效 · 评审");
    const field = page?.find('[data-testid="field-red.0.setpoint"]').element;
    expect(field instanceof HTMLInputElement && field.value).toBe("45");
  });

  it("sends what was typed in the register's unit, and says why it was not saved", async () => {
    const said = await show(answers, wen);
    await expect.poll(() => textOf("draft-about")).not.toBe("");
    await page?.find('[data-testid="field-red.0.setpoint"]').setValue("4400 cm");
    expect(textOf("unsaved")).not.toBe("");
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "s", ctrlKey: true }));
    await expect.poll(() => textOf("rules-notice")).toBe("未保存：草稿已被他人修改或删除，请重新打开");
    const sent = said.find(({ method }) => method === "PUT")?.body;
    expect(sent).toMatchObject({ revision: 3, state: "review", change: { version: { version: 2 } } });
    expect(JSON.stringify(sent)).toContain('"setpoint":44,');
  });

  it("says nothing of a rule at the next one, and throws away nothing that was typed there", async () => {
    let say: () => void = () => undefined;
    const waited = new Promise<void>((resolve) => (say = resolve));
    await show(async (asked) => {
      if (asked.method === "DELETE") await waited;
      return answers(asked);
    }, wen);
    await expect.poll(() => textOf("draft-about")).not.toBe("");
    await page?.find('[data-testid="remove-draft"]').trigger("click");
    goTo("b/P1~high~low");
    await nextTick();
    await page?.find('[data-testid="field-red.0.setpoint"]').setValue("33");
    say();
    await flushPromises();
    expect(textOf("rules-notice")).toBe("");
    expect(textOf("unsaved")).not.toBe("");
  });

  it("is read only, and says why, to who has not logged in and to whom the server refuses", async () => {
    expect(await show(answers, null)).toEqual([]);
    await expect.poll(() => textOf("rules-read-only")).toContain("未登录");
    page?.unmount();
    await show(() => [403, { code: "NOT_ALLOWED" }], { ...wen, role: "viewer" });
    await expect.poll(() => textOf("rules-read-only")).toContain("无权操作");
    expect(page?.find('[data-testid="save-draft"]').exists()).toBe(false);
  });

  it("says since when it cannot read, and goes on with what it has", async () => {
    await show(() => [503, { code: "OVERLOADED" }], wen);
    await expect
      .poll(() => page?.find('[data-testid="rules-failure"]').text())
      .toMatch(/^读取失败 · [\d:]{8} · 重试中 \(1\)$/u);
    expect(page?.find('[data-testid="rules-tree"]').exists()).toBe(true);
  });
});

it("every call names its draft whole, slashes and all", async () => {
  const paths: string[] = [];
  const fetching = (async (path: string, init: RequestInit = {}) => {
    paths.push(`${init.method ?? "GET"} ${path}`);
    return new Response("{}");
  }) as typeof fetch;
  const api = createRulesApi(createCall(fetching));
  await api.draft(id);
  await api.remove(id);
  await api.shadow(id, "start");
  await api.shadow(id, "stop");
  await api.cancelBacktest("j/1");
  const name = "a%2FP1~high~high";
  expect(paths).toEqual([
    `GET /api/rules/drafts/${name}`,
    `DELETE /api/rules/drafts/${name}`,
    `POST /api/rules/drafts/${name}/shadow`,
    `DELETE /api/rules/drafts/${name}/shadow`,
    "DELETE /api/rules/backtests/j%2F1",
  ]);
});
