// The bench page: every finding in words, the report's phases, and what a person may begin, in both languages.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { advices, type BenchView, type CheckResult, checkNames, type TrialReport } from "../../contract/conformance.ts";
import { faults } from "../../contract/faults.ts";
import type { Answer, BenchApi } from "../../dashboard/src/api.ts";
import { foundText } from "../../dashboard/src/screens/onboard/found.ts";
import Onboard from "../../dashboard/src/screens/onboard/Onboard.vue";
import Report from "../../dashboard/src/screens/onboard/Report.vue";
import { createWords, type Language, wordsKey } from "../../dashboard/src/text/words.ts";
import { startTrial } from "../../server/domain/trial.ts";
import { judgeTrial } from "../../server/domain/conformance.ts";

const at = Date.UTC(2026, 9, 1, 2);
const languages = ["zh", "en"] as const satisfies readonly Language[];
const found = (check: CheckResult["check"], values: CheckResult["found"]): CheckResult => ({
  check,
  verdict: "failed",
  advice: null,
  found: values,
});

const checks = judgeTrial(startTrial(at), { dialect: "native", points: [] });
const report: TrialReport = {
  device: "plant-1/gw-1",
  phase: "waiting",
  startedAt: at,
  phaseEndsAt: null,
  endedAt: null,
  messages: 3,
  values: 6,
  passed: null,
  checks,
};

describe("a finding", () => {
  it("says each number with its unit, each instant with its date, and each code in words", () => {
    const [zh, en] = languages.map((language) => createWords(language));
    if (zh === undefined || en === undefined) throw new Error("two languages");
    expect(foundText(found("clock", { medianMs: -250, messages: 40 }), en)).toBe("median lag −250 ms · messages 40");
    expect(foundText(found("clock", { medianMs: 61_000 }), zh)).toBe("中位偏差 61 s");
    expect(foundText(found("certificate", { endsAt: at }), en)).toBe("ends 2026-10-01 10:00:00");
    expect(foundText(found("certificate", { security: "certificate" }), zh)).toBe("安全 客户端证书");
    const codes = { count: 2, codes: "MESSAGE_BAD_JSON, MESSAGE_TOO_LARGE", example: "{" };
    expect(foundText(found("format", codes), en)).toBe(
      `count 2 · why ${faults.MESSAGE_BAD_JSON.en}, ${faults.MESSAGE_TOO_LARGE.en} · example {`,
    );
    expect(foundText(found("points", { names: "" }), zh)).toBe("");
  });
});

describe("the advices", () => {
  it("say in both languages what to do", () => {
    for (const [name, { zh, en }] of Object.entries(advices)) {
      expect(zh, name).toMatch(/\p{Script=Han}/u);
      expect(en, name).toMatch(/^[A-Z][^\p{Script=Han}]+$/u);
    }
  });
});

describe("the report", () => {
  const show = (changes: Partial<TrialReport>, isRunning = true, language: Language = "zh"): VueWrapper =>
    mount(Report, {
      props: { report: { ...report, ...changes }, isRunning, now: at },
      global: { provide: { [wordsKey as symbol]: createWords(language) } },
    });
  const said = (wrapper: VueWrapper, id: string): string => wrapper.find(`[data-testid="${id}"]`).text();

  it.each<[string, Partial<TrialReport>, boolean, string, string | null]>([
    ["waits", {}, true, "等待网关连接", null],
    ["listens", { phase: "listening", phaseEndsAt: at + 59_100 }, true, "正在监听", "剩余 60 s"],
    ["listens long", { phase: "listening", phaseEndsAt: at + 900_000 }, true, "正在监听", "剩余 15 min"],
    ["is about to cut", { phase: "cut", phaseEndsAt: at + 9000 }, true, "将在下一条报文时断开连接", "最多 9 s"],
    ["has cut", { phase: "cut", phaseEndsAt: at - 1, checks: [] }, true, "连接已由平台断开，稍后恢复", "最多 0 s"],
    ["waits for the return", { phase: "returning", phaseEndsAt: at + 1 }, true, "等待网关重连并补传", "最多 1 s"],
    ["has passed", { phase: "done", passed: true }, false, "试验结束：通过", null],
    ["has not passed", { phase: "done", passed: false }, false, "试验结束：未通过", null],
    ["was lost", { phase: "cut", phaseEndsAt: at }, false, "服务器曾重启，试验中断，没有结论：请重新试验", null],
  ])("says that it %s", (_what, changes, isRunning, phase, left) => {
    const wrapper = show(changes, isRunning);
    expect(said(wrapper, "phase")).toBe(phase);
    expect(wrapper.find('[role="status"]').text()).toBe(phase);
    expect(wrapper.find('[role="timer"]').exists() ? said(wrapper, "left") : null).toBe(left);
  });

  it("has a line for each check, whose shape tells the verdict", () => {
    for (const language of languages) {
      const verdicts = ["passed", "warned", "failed", "waiting", "notApplicable"] as const;
      const every = checkNames.map((check, index) => ({
        ...found(check, {}),
        verdict: verdicts[index % 5] ?? "passed",
      }));
      const rows = show({ checks: every }, true, language).findAll("tbody tr");
      expect(rows).toHaveLength(checkNames.length);
      expect(new Set(rows.map((row) => row.find("path").attributes("d"))).size).toBe(verdicts.length);
    }
  });
});

describe("the page", () => {
  const view: BenchView = {
    site: "plant-1",
    device: "gw-1",
    dialect: "native",
    stage: "trial",
    isOnTrial: false,
    lastTrial: null,
    at,
    connection: {
      userName: "plant-1.gw-1",
      plainPort: 1883,
      tlsPort: null,
      trialTopics: ["trial/topic"],
      openTopics: ["open/topic"],
      example: "{}",
    },
    report: null,
  };
  let page: VueWrapper | null = null;
  afterEach(() => {
    page?.unmount();
    page = null;
    history.replaceState(null, "", "/");
  });

  async function open(
    shown: BenchView,
    acted: Answer<BenchView> | Promise<Answer<BenchView>> = { ok: true, value: shown },
  ) {
    const asked: string[] = [];
    const api = {
      session: async () => ({ ok: true, value: { person: { name: "works", role: "enterprise", tier: "enterprise" } } }),
      logout: async () => ({ ok: true, value: null }),
      benchDevices: async () => ({ ok: true, value: { devices: [shown, { ...shown, device: "gw-2" }] } }),
      benchView: async ({ device }) => ({ ok: true, value: { ...shown, device } }),
      benchAct: async (_device, act) => {
        asked.push(act);
        return acted;
      },
    } satisfies Partial<BenchApi> as unknown as BenchApi;
    page = mount(Onboard, { props: { api }, global: { provide: { [wordsKey as symbol]: createWords("en") } } });
    const opened = page;
    await vi.waitFor(() => expect(opened.find(".about").exists()).toBe(true));
    return { page: opened, asked, has: (id: string) => opened.find(`[data-testid="${id}"]`).exists() };
  }

  it("lets a device on trial begin, shows a refusal in words, and names it in the address", async () => {
    const refused = await open(view, { ok: false, code: "TRIAL_RUNS" });
    expect(location.pathname).toBe("/onboard/plant-1/gw-1");
    await refused.page.find('[data-testid="start"]').trigger("click");
    await vi.waitFor(() => expect(refused.page.text()).toContain(faults.TRIAL_RUNS.en));
    expect(refused.asked).toEqual(["start"]);
  });

  it("says of a device nothing at another that was chosen meanwhile", async () => {
    let say: (answer: Answer<BenchView>) => void = () => undefined;
    const bench = await open(view, new Promise<Answer<BenchView>>((resolve) => (say = resolve)));
    await bench.page.find('[data-testid="start"]').trigger("click");
    await bench.page.find('[data-testid="device-plant-1/gw-2"]').trigger("click");
    say({ ok: false, code: "TRIAL_RUNS" });
    await flushPromises();
    expect(bench.page.text()).not.toContain(faults.TRIAL_RUNS.en);
    expect(bench.has("start")).toBe(true);
  });

  it("offers to end a trial that runs, and none where the device is open", async () => {
    const running = await open({ ...view, isOnTrial: true, report });
    expect([running.has("stop"), running.has("start")]).toEqual([true, false]);
    running.page.unmount();
    const opened = await open({ ...view, stage: "open", report: { ...report, phase: "done", passed: true } });
    expect([opened.has("stop"), opened.has("start"), opened.has("opened")]).toEqual([false, false, true]);
  });

  it("says behind an external broker that no trial can be heard, and waits for nothing", async () => {
    const deaf = await open({ ...view, connection: { ...view.connection, plainPort: null } });
    expect(deaf.page.find('[data-testid="deaf"]').text()).toBe(faults.TRIAL_NEEDS_BROKER.en);
    expect([deaf.has("start"), deaf.has("connection")]).toEqual([false, false]);
  });

  it("asks for a login again after logging out", async () => {
    const { page: opened, has } = await open(view);
    await opened.find('[data-testid="logout"]').trigger("click");
    await vi.waitFor(() => expect(has("login-name")).toBe(true));
    expect(opened.find(".page").attributes("inert")).toBeDefined();
  });
});
