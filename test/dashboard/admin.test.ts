// Administration: what a dialog asks before it sends, where a refusal stands, and what the tables and forms make of what is typed.
import { mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { shallowRef } from "vue";
import type { AlarmView } from "../../contract/alarm.ts";
import type { AuditEntry } from "../../contract/audit.ts";
import { faults as faultTexts } from "../../contract/faults.ts";
import type { Routing } from "../../contract/plant.ts";
import type { Person } from "../../contract/wall.ts";
import { createAdminApi } from "../../dashboard/src/api/admin.ts";
import { type Answer, createCall } from "../../dashboard/src/api/call.ts";
import { useReading, type Reading } from "../../dashboard/src/api/reading.ts";
import ActDialog from "../../dashboard/src/screens/admin/ActDialog.vue";
import ArcTable from "../../dashboard/src/screens/admin/ArcTable.vue";
import {
  auditChanges,
  auditCsv,
  fieldTime,
  instantOf,
  isKnownAct,
  knownActs,
} from "../../dashboard/src/screens/admin/audit-rows.ts";
import { namesOf, namesText, optionsOf, optionsText } from "../../dashboard/src/screens/admin/device-entry.ts";
import { dutyRows } from "../../dashboard/src/screens/admin/duty-matrix.ts";
import { type Act, changesOf, isName, numberOf } from "../../dashboard/src/screens/admin/form.ts";
import { kioskLine } from "../../dashboard/src/screens/admin/kiosk.ts";
import { scopeText, sentScope } from "../../dashboard/src/screens/admin/scope-text.ts";
import { arcRows } from "../../dashboard/src/screens/admin/seat-text.ts";
import { tableFault } from "../../dashboard/src/screens/admin/table-faults.ts";
import { tabOfPath, tabsFor } from "../../dashboard/src/screens/admin/tabs.ts";
import { liveKey, type Live } from "../../dashboard/src/live.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import { zh } from "../../dashboard/src/text/zh.ts";
import { alarmOf, planOf } from "./support.ts";

const words = createWords("zh");
const alarms = shallowRef(new Map<string, AlarmView>());
const live = { alarms, person: shallowRef(null) } as unknown as Live;
const provide = { [wordsKey as symbol]: words, [liveKey as symbol]: live };
let shown: VueWrapper | null = null;
afterEach(() => {
  shown?.unmount();
  shown = null;
});

describe("a dialog of an act", () => {
  type Said = Parameters<Act>[0];
  function open(props: object, answers: readonly Answer<unknown>[]) {
    const sent: Said[] = [];
    const act: Act = async (said) => {
      sent.push(said);
      return answers[sent.length - 1] ?? { ok: true, value: null };
    };
    const dialog = mount(ActDialog, {
      attachTo: document.body,
      props: { title: "T", submit: "S", act, ...props },
      global: { provide },
    });
    shown = dialog;
    const field = (name: string) => dialog.find(`[data-testid="field-${name}"]`);
    return {
      dialog,
      sent,
      field,
      fault: (name: string) => {
        const fault = dialog.find(`[data-testid="fault-${name}"]`);
        return fault.exists() ? fault.text() : null;
      },
      submit: async () => {
        await dialog.find("form").trigger("submit");
        await vi.waitFor(() =>
          expect(dialog.find('[data-testid="act-submit"]').attributes("disabled")).toBeUndefined(),
        );
      },
    };
  }

  it("lies over the banner, so it says what waits for an answer, and lets the horn be stopped", async () => {
    const { dialog } = open({}, []);
    const keys: string[] = [];
    const hear = ({ key }: KeyboardEvent): void => void keys.push(key);
    window.addEventListener("keydown", hear);
    expect(dialog.find('[data-testid="owed-line"]').text()).toBe("");
    alarms.value = new Map([["a", alarmOf("a/P1", "red")]]);
    await dialog.vm.$nextTick();
    expect(dialog.find('[data-testid="owed-line"]').text()).toBe("未确认 红1");
    for (const key of ["a", "s", " "]) {
      dialog
        .find('[data-testid="act-submit"]')
        .element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
    expect(keys).toEqual(["s"]);
    window.removeEventListener("keydown", hear);
    alarms.value = new Map();
  });

  it("sends nothing without its reason, and says so beside the field", async () => {
    const { sent, field, fault, submit, dialog } = open({ reason: "required" }, []);
    await submit();
    expect(sent).toEqual([]);
    expect(fault("reason")).toBe(zh["admin.fault.reason"]);
    const described = field("reason").attributes("aria-describedby") ?? "";
    expect(dialog.find(`#${described}`).text()).toBe(zh["admin.fault.reason"]);
    await field("reason").setValue("  because ");
    await submit();
    expect(sent).toEqual([{ reason: "because" }]);
    expect(dialog.emitted("done")).toEqual([[null]]);
  });

  it("sends nothing where nothing is changed", async () => {
    const { sent, submit } = open({ changes: [] }, []);
    await submit();
    expect(sent).toEqual([]);
  });

  it("asks for a second administrator when the server does, and never keeps a password that was refused", async () => {
    const { sent, field, fault, submit } = open({}, [
      { ok: false, code: "APPROVER_REQUIRED" },
      { ok: false, code: "LOGIN_FAILED" },
    ]);
    expect(field("approver").exists()).toBe(false);
    await submit();
    expect(fault("approver")).toBe(faultTexts.APPROVER_REQUIRED.zh);
    await field("approver").setValue("second");
    await field("approval").setValue("secret");
    await submit();
    expect(sent).toEqual([{}, { approval: { name: "second", password: "secret" } }]);
    expect(fault("approval")).toBe(faultTexts.LOGIN_FAILED.zh);
    expect((field("approval").element as HTMLInputElement).value).toBe("");
    await submit();
    expect(sent).toHaveLength(2);
  });

  it("says a refusal that is of no field as a whole, with what the server says besides", async () => {
    const { dialog, submit } = open({}, [
      { ok: false, code: "ENTRY_INVALID", faults: ["topic: is missing"] },
      { ok: false, code: null },
    ]);
    await submit();
    const refusal = dialog.find('[data-testid="act-refusal"]');
    expect(refusal.text()).toContain(faultTexts.ENTRY_INVALID.zh);
    expect(refusal.text()).toContain("topic: is missing");
    await submit();
    expect(refusal.text()).toBe(zh["login.failedToReach"]);
  });
});

describe("a reading", () => {
  it("keeps what it read while it fails, counts the tries, and tells what is not there from what is refused", async () => {
    const answers: Answer<number>[] = [
      { ok: true, value: 1 },
      { ok: false, code: null },
      { ok: false, code: null },
      { ok: false, code: "NOT_FOUND" },
      { ok: false, code: "NOT_ALLOWED" },
    ];
    let reading: Reading<number> | undefined;
    shown = mount({
      setup: () => {
        reading = useReading(
          async () => answers.shift() ?? { ok: true as const, value: 2 },
          0,
          () => 1000,
        );
        return () => null;
      },
    });
    const now = (): Reading<number> => {
      if (reading === undefined) throw new Error("it is set up");
      return reading;
    };
    await vi.waitFor(() => expect(now().value.value).toBe(1));
    await now().read();
    await now().read();
    expect([now().value.value, now().state.value, now().failed.value]).toEqual([1, "failed", { at: 1000, tries: 2 }]);
    await now().read();
    expect([now().value.value, now().state.value, now().failed.value]).toEqual([null, "absent", null]);
    await now().read();
    expect(now().state.value).toBe("refused");
  });
});

describe("the calls", () => {
  it("name an entry by its parts, and give the sentences of a refusal", async () => {
    const asked: unknown[] = [];
    const body = { code: "TABLE_INVALID", faults: ["line 2: x"] };
    const fetching = (async (path: string, init: RequestInit) => {
      asked.push([path, init.method ?? "GET"]);
      return new Response(JSON.stringify(body), { status: 400 });
    }) as unknown as typeof fetch;
    const api = createAdminApi(createCall(fetching));
    expect(await api.importTable("sites", "id")).toEqual({ ok: false, ...body });
    await api.onDevice({ site: "a/b", device: "c" }, "rotate", {});
    await api.save("devices", {}, false);
    expect(asked).toEqual([
      ["/api/register/import?kind=sites", "POST"],
      ["/api/register/devices/a%2Fb/c/rotate", "POST"],
      ["/api/register/devices", "PUT"],
    ]);
  });
});

describe("the parts", () => {
  const person = (role: Person["role"]): Person => ({ name: "x", role, tier: "city" });
  it("are all an administrator's, those that only read also a supervisor's, and nobody else's", () => {
    const names = (who: Person | null): readonly string[] => tabsFor(who).map(({ name }) => name);
    expect(names(person("administrator"))).toHaveLength(11);
    expect(names(person("supervisor"))).toEqual(["points", "routing", "retention", "audit", "about", "account"]);
    expect(names(person("dutyOfficer"))).toEqual([]);
    expect(names(null)).toEqual([]);
  });
  it("are named by the address; one that is not theirs is the first that is", () => {
    const tabs = tabsFor(person("supervisor"));
    expect(tabOfPath("/admin/audit", tabs)?.name).toBe("audit");
    expect(tabOfPath("/admin/people", tabs)?.name).toBe("points");
    expect(tabOfPath("/admin", [])).toBeNull();
  });
});

describe("what is typed", () => {
  it("is shown as what it would change", () => {
    const before = [
      ["a", "1"],
      ["b", "2"],
    ] as const;
    expect(
      changesOf(before, [
        ["a", "1"],
        ["b", "3"],
      ]),
    ).toEqual([{ label: "b", before: "2", after: "3" }]);
    expect(changesOf([], before)).toHaveLength(2);
  });
  it("is a name, a number, names a line each, and options as JSON, or it is refused", () => {
    expect(["gw-1", "-gw", "GW", ""].map(isName)).toEqual([true, false, false, false]);
    expect(["1.5", "", " ", "x", "0"].map(numberOf)).toEqual([1.5, null, null, null, 0]);
    expect(namesOf("T=1=LT-1\n\n a b = P ")).toEqual({ "T=1": "LT-1", "a b": "P" });
    expect([namesOf("no equals"), namesOf("=x")]).toEqual([null, null]);
    expect(namesOf(namesText({ "T=1": "LT-1" }))).toEqual({ "T=1": "LT-1" });
    expect([optionsOf(""), optionsOf("[1]"), optionsOf("{"), optionsOf('{"a":1}')]).toEqual([{}, null, null, { a: 1 }]);
    expect([optionsText({}), optionsOf(optionsText({ a: 1 }))]).toEqual(["", { a: 1 }]);
  });
  it("becomes a scope only where it names something", () => {
    const index = createPlanIndex(planOf());
    expect(sentScope({})).toEqual({});
    expect(sentScope({ sites: ["a"] })).toEqual({ scope: { sites: ["a"] } });
    expect(scopeText(words, index, undefined)).toBe("全市");
    expect(scopeText(words, index, { counties: ["county-a", "gone"], towns: ["镇"] })).toBe("a县、gone · 镇");
  });
});

describe("the faults of a table", () => {
  const english = createWords("en");

  it("are taken apart into line, column and what is wrong, in the language that is on", () => {
    const said = "line 3, column lng: must be number";
    expect(tableFault(said, english)).toEqual({ line: 3, column: "lng", what: "must be a number" });
    expect(tableFault(said, words)).toEqual({ line: 3, column: "lng", what: "须为数字" });
    expect(tableFault("line 1: the column town is missing", words)).toMatchObject({ line: 1, column: "town" });
    expect(tableFault("and 12 more", words)).toEqual({ line: null, column: null, what: "另有 12 处错误未列出" });
  });

  it("have words in Chinese for everything that the server says of a table, with what it names in them", () => {
    const said: readonly (readonly [string, string])[] = [
      ["the file is not UTF-8 text", "文件不是 UTF-8 文本"],
      ["the first line must name the columns id, name_zh", "首行须写明各列：id, name_zh"],
      ["6000 lines: at most 5000 at once", "共 6000 行，一次最多 5000 行"],
      ["line 1, column id: stands twice", "此列出现两次"],
      ["line 1, column x: is unknown", "没有这样的列"],
      ["line 2: 2 cells, 3 columns", "本行 2 格，应为 3 格"],
      ["line 4: e stands in line 3 already", "e 与第 3 行重复"],
      ['line 2, column id: must match pattern "^[a-z]$"', "格式不符，须匹配 ^[a-z]$"],
      ["line 2, column max_per_second: must be integer", "须为整数"],
      ["line 2, column dialect: must be one of native, json", "不在可选值内：native, json"],
      ["line 2, column name_zh: must not have fewer than 1 characters", "过短或为空，至少 1 个字符"],
      ["line 2, column name_zh: must not have more than 80 characters", "过长，最多 80 个字符"],
      ["line 2, column lng: must be <= 180", "过大，上限为 180"],
      ["line 2, column lng: must be >= -180", "过小，下限为 -180"],
      ["line 2, column options: must be object", "须为 JSON 对象"],
      ["line 2, column site: the site is not in the register", "站点未登记，请先登记站点"],
      ["line 2, column 3: a quote that is never closed", "引号没有闭合"],
      ["line 2, column 3: a carriage return without a line feed", "回车符之后缺少换行符"],
      ["line 2, column x: must be odd", "不符合此列的要求（must be odd）"],
    ];
    expect(said.map(([fault]) => tableFault(fault, words).what)).toEqual(said.map(([, text]) => text));
  });
});

describe("the seat of a wall", () => {
  it("is too far where body type takes less than 16 minutes of arc, and the table says what to do", () => {
    const near = { pictureWidthM: 1.9, seatDistanceM: 4, density: "near" } as const;
    const verdicts = Object.fromEntries(arcRows(near).map(({ type, verdict }) => [type, verdict]));
    expect(verdicts).toMatchObject({ small: "short", body: "thin", h2: "thin", kpi: "good" });
    const text = (seat: Parameters<typeof arcRows>[0]): string =>
      mount(ArcTable, { props: { seat }, global: { provide } }).text();
    expect(text(near)).toContain(zh["admin.arc.far"]);
    expect(text({ ...near, density: "far" })).not.toContain("S1 ");
    expect(text({ ...near, seatDistanceM: 12 })).toContain(zh["admin.arc.farNotEnough"]);
    expect(text({ ...near, seatDistanceM: 12, density: "far" })).toContain(zh["admin.arc.closer"]);
  });
  it("begins with a browser that sounds without a gesture", () => {
    expect(kioskLine("https://x")).toMatch(
      /^chromium --kiosk --app=https:\/\/x\/wall\/s1 .*--autoplay-policy=no-user-gesture-required/u,
    );
  });
});

describe("the routing", () => {
  it("has a hole where a tier answers at a lower level and not above it, and where nobody is named", () => {
    const office = { zh: "室", en: "Office" };
    const duty = (tier: "enterprise" | "county") => ({ tier, withinMs: 1000, department: office });
    const duties: Routing["process"] = {
      blue: [duty("enterprise")],
      yellow: [duty("enterprise"), duty("county")],
      orange: [duty("enterprise")],
      red: [{ tier: "enterprise", withinMs: 1000 }, duty("county")],
    };
    const faultsOf = Object.fromEntries(
      dutyRows(duties).map(({ level, cells }) => [
        level,
        cells.flatMap(({ tier, fault }) => (fault === null ? [] : [`${tier} ${fault}`])),
      ]),
    );
    expect(faultsOf).toEqual({ red: ["enterprise nameless"], orange: ["county hole"], yellow: [], blue: [] });
  });
});

describe("the audit", () => {
  const entry: AuditEntry = {
    id: "1",
    at: Date.UTC(2026, 10, 23, 11, 40),
    by: { name: "=cmd", role: "administrator" },
    act: "device.rotate",
    target: "a/b",
    before: { x: 1, same: "s" },
    after: { x: 2, same: "s" },
    reason: 'said "so", twice',
  };
  it("shows only what is otherwise", () => {
    expect(auditChanges(entry)).toEqual([{ field: "x", before: "1", after: "2" }]);
    expect(auditChanges({ ...entry, before: null, after: null })).toEqual([]);
  });
  it("leaves as a table that no spreadsheet runs", () => {
    const [head, line] = auditCsv([entry]).split("\r\n");
    expect(head).toBe("\uFEFFat,by,role,approver,act,target,reason,from,before,after,id");
    expect(line).toContain("2026-11-23 19:40:00,'=cmd,administrator,,device.rotate");
    expect(line).toContain('"said ""so"", twice"');
  });
  it("asks in Beijing time", () => {
    expect(fieldTime(entry.at)).toBe("2026-11-23T19:40");
    expect(instantOf("2026-11-23T19:40")).toBe(entry.at);
    expect([instantOf(""), instantOf("2026-13-45T00:00")]).toEqual([null, null]);
  });
  it("has words for every act that it knows", () => {
    expect(knownActs.filter((act) => !Object.hasOwn(zh, `admin.act.${act}`))).toEqual([]);
    expect([isKnownAct("wall.seat"), isKnownAct("else.what")]).toEqual([true, false]);
  });
});
