// The alarm console and the sheet of the shift on the page, over a socket that is turned by hand.
import { flushPromises } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Call, Send } from "../../dashboard/src/api/call.ts";
import type { Snapshot } from "../../contract/wall.ts";
import { holdTime, mountApp, type Mounted } from "./mounted.ts";
import {
  alarmOf,
  answer,
  answered,
  deafCall,
  deafSend,
  incidentOf,
  owes,
  planOf,
  pointOf,
  snapshotOf,
} from "./support.ts";

let app: Mounted;
let send: Send;
let call: Call;

function open(path: string): void {
  app = mountApp(path, { call, send: (...sent) => send(...sent) });
}
beforeEach(() => {
  holdTime();
  call = deafCall;
  send = deafSend;
});
afterEach(() => {
  app.end();
  vi.useRealTimers();
});

const seen: Mounted["seen"] = (id) => app.seen(id);
const press: Mounted["press"] = (key, part) => app.press(key, part);
let seq = 0;
function hear(part: Partial<Snapshot>): Promise<void> {
  seq += 1;
  return app.look(snapshotOf(seq, part));
}
const sentOf = (event: string) => app.hand.sent.filter((each) => each.event === event).map(({ values }) => values[0]);
const supervisor = { name: "lu", role: "supervisor", tier: "city" } as const;
const rows = () => app.page.findAll(".screen [data-testid=alarm-row]");
const rowIds = () => rows().map((row) => row.attributes("data-alarm")?.split("~")[0]);

describe("the list of the console", () => {
  it("keeps few rows in the page, however many alarms are open, and never loses the chosen one", async () => {
    open("/alarms");
    const alarms = Array.from({ length: 5000 }, (_, nth) => alarmOf(`a/${nth}`, "yellow", { openedAt: nth + 1 }));
    await hear({ alarms });
    expect(seen("alarm-count").text()).toBe("共 5000 条");
    expect(rows().length).toBeLessThan(30);
    for (let nth = 0; nth < 4; nth += 1) await press("j");
    expect(location.search).toBe("?alarm=a%2F3%7Ehigh");
    const before = app.page.find("[aria-selected=true][role=row]").attributes("data-alarm");
    await hear({ alarms: [...alarms, alarmOf("b/P1", "red", { openedAt: 9 })] });
    expect(app.page.find("[aria-selected=true][role=row]").attributes("data-alarm")).toBe(before);
  });

  it("lets new ones wait behind a pill while a hand works in it, and says how many are red", async () => {
    open("/alarms");
    await hear({ alarms: [alarmOf("a/1", "blue")] });
    await press("j");
    await hear({ alarms: [alarmOf("a/1", "blue"), alarmOf("a/2", "red")] });
    expect(rowIds()).toEqual(["a/1"]);
    expect(seen("fresh").text()).toBe("新预警 1（红1） ↑");
    await seen("fresh").trigger("click");
    expect(rowIds()).toEqual(["a/2", "a/1"]);
  });

  it("keeps its filter in the URL, over a reload, and offers to clear it where nothing is left", async () => {
    open("/alarms?level=red&state=owed");
    await hear({
      alarms: [alarmOf("a/1", "red"), alarmOf("a/2", "blue"), alarmOf("a/3", "red", { tiers: [answered("city")] })],
    });
    expect(rowIds()).toEqual(["a/1"]);
    expect(seen("filter-owed").text()).toContain("1");
    await press("u");
    expect(location.search).toBe("?level=red");
    expect(rowIds()).toEqual(["a/1", "a/3"]);
    await seen("search").setValue("不存在");
    expect(seen("alarms-empty").text()).toContain("没有符合条件的预警");
    await seen("clear-filter").trigger("click");
    expect(rowIds()).toHaveLength(3);
    expect(location.search).toBe("");
  });

  it("says what a filter holds back while an answer is owed to it, also where the list is not empty", async () => {
    open("/alarms?level=blue");
    await hear({ alarms: [alarmOf("a/1", "blue"), alarmOf("a/2", "red"), alarmOf("a/3", "yellow")] });
    expect(rowIds()).toEqual(["a/1"]);
    expect(seen("held-back").text()).toContain("筛选之外还有 2 条未确认（红1 黄1）");
    await seen("held-back").find("button").trigger("click");
    expect(rowIds()).toHaveLength(3);
    expect(seen("held-back").exists()).toBe(false);
  });

  it("says at the field what an act still wants, and keeps what was written until it has arrived", async () => {
    open("/alarms?alarm=a%2F1~high");
    await hear({ person: supervisor, alarms: [alarmOf("a/1", "yellow", { direction: "high" })] });
    await press("h");
    await seen("act-form").trigger("submit");
    await app.page.vm.$nextTick();
    expect(app.page.find("#act-reason-fault").text()).toBe("必填");
    expect(document.activeElement?.id).toBe("act-reason");
    expect(sentOf("shelve")).toEqual([]);
    await seen("act-reason").setValue("变送器校验");
    await seen("act-form").trigger("submit");
    expect(sentOf("shelve")).toMatchObject([{ reason: "变送器校验", forMs: 3_600_000 }]);
    answer(app.hand, "shelve", null, { ok: false, code: "OVERLOADED" });
    await vi.waitFor(() => expect([...app.live.commands.views.value.values()][0]?.state).toBe("refused"));
    expect((seen("act-reason").element as HTMLInputElement).value).toBe("变送器校验");
    await seen("act-form").trigger("submit");
    answer(app.hand, "shelve", null, { ok: true, seq: seq + 1 });
    await vi.waitFor(() => expect(seen("act-form").exists()).toBe(false));
  });

  it("acknowledges one event together with Shift+A, never its reds, and says so", async () => {
    open("/alarms");
    const of = (id: string, level: "red" | "orange") => alarmOf(id, level, { group: "a#1" });
    await hear({ alarms: [of("a/1", "orange"), of("a/2", "orange"), of("a/3", "red"), alarmOf("b/1", "orange")] });
    await press("A", { shiftKey: true });
    expect(seen("batch-notice").text()).toContain("先选一条");
    await press("j");
    await press("A", { shiftKey: true });
    expect(sentOf("acknowledge")).toMatchObject([{ alarm: "a/1~high" }, { alarm: "a/2~high" }]);
    expect(seen("batch-notice").text()).toBe("同一事件 2 条已发送确认 · 红色不可批量确认：1 条须逐条接警");
  });

  it("shows its load with since when it counts, and the flood as the server says it", async () => {
    open("/alarms");
    await hear({
      alarms: [alarmOf("a/1", "red", { openedAt: Date.now() - 60_000 })],
      floods: [{ tier: "city", since: Date.now() - 61_000 }],
    });
    expect(seen("load-rate").text()).toBe("近 10 min 1 条");
    expect(seen("load-since").text()).toMatch(/自 19:40:0\d 起计/u);
    expect(seen("load-flood").text()).toContain("报警泛滥 01:01");
    expect(seen("load-top").text()).toBe("无");
  });
});

describe("an incident on the console", () => {
  const alarm = alarmOf("a/P1", "red", { tiers: [answered("city"), owes("county", "red")] });
  const incident = incidentOf(alarm, { step: "received", owner: "lu" });
  const show = async (part: Partial<Snapshot> = {}, path = "/alarms") => {
    open(path);
    await hear({ person: supervisor, alarms: [alarm], incidents: [incident], ...part });
    await press("j");
  };

  it("is verified with a verdict and words; what lacks is said at its field; and nothing runs ahead of the stream", async () => {
    await show();
    expect(seen("incident-head").text()).toBe("事件 接警 · 负责 lu · 1 条预警");
    await seen("incident-verify").trigger("click");
    await app.page.find("[data-testid=incident-form]").trigger("submit");
    expect(app.page.findAll("[data-testid=incident-form] .fault")).toHaveLength(2);
    expect(seen("incident-note").attributes("aria-describedby")).toBe("incident-note-fault");
    await seen("verdict-falseAlarm").setValue(true);
    await seen("incident-note").setValue("校验气");
    await app.page.find("[data-testid=incident-form]").trigger("submit");
    expect(sentOf("verify")).toMatchObject([
      { incident: incident.id, revision: 1, verdict: "falseAlarm", note: "校验气" },
    ]);
    expect(seen("incident-head").text()).toContain("事件 接警");
    answer(app.hand, "verify", null, { ok: true, seq: 1 });
    await vi.waitFor(() => expect(seen("incident-form").exists()).toBe(false));
  });

  it("that somebody else has moved on is told by whom and when, and the words are kept to decide anew", async () => {
    await show();
    await seen("incident-verify").trigger("click");
    await seen("verdict-trueAlarm").setValue(true);
    await seen("incident-note").setValue("看过");
    await app.page.find("[data-testid=incident-form]").trigger("submit");
    const entry = {
      at: Date.now(),
      kind: "verified",
      actor: { kind: "person", id: "wen", tier: "county" },
      text: "",
      detail: "falseAlarm",
      alarm: null,
    } as const;
    answer(app.hand, "verify", null, {
      ok: false,
      code: "INCIDENT_CHANGED",
      incident: { ...incident, revision: 2, entries: [entry] },
    });
    await vi.waitFor(() =>
      expect(seen("incident-notice").text()).toBe("事件已变化：wen 19:40:07 已核实，请看最新状态后再定"),
    );
    expect((seen("incident-note").element as HTMLTextAreaElement).value).toBe("看过");
  });

  it("keeps what is being written of another one when an answer to the one before comes late", async () => {
    const other = alarmOf("b/P1", "red", { openedAt: 1, tiers: [answered("city")] });
    const alarms = [alarm, other];
    const incidents = [incident, incidentOf(other, { id: "i2", step: "received", owner: "lu" })];
    await show({ alarms, incidents });
    const [first, second] = app.page.findAll(".screen [data-testid=alarm-row]");
    await first?.trigger("click");
    await seen("incident-verify").trigger("click");
    await seen("verdict-trueAlarm").setValue(true);
    await seen("incident-note").setValue("看过");
    await app.page.find("[data-testid=incident-form]").trigger("submit");
    await second?.trigger("click");
    await seen("incident-verify").trigger("click");
    await seen("incident-note").setValue("另一件");
    answer(app.hand, "verify", null, { ok: true, seq: 1 });
    await flushPromises();
    expect((seen("incident-note").element as HTMLTextAreaElement).value).toBe("另一件");
  });

  it("keeps a note that is being written of another one, and tells nothing of the field before", async () => {
    const other = alarmOf("b/P1", "red", { openedAt: 1, tiers: [answered("city")] });
    const incidents = [incident, incidentOf(other, { id: "i2", step: "received", owner: "lu" })];
    await show({ alarms: [alarm, other], incidents }, "/alarms?tab=book");
    const [first, second] = app.page.findAll(".screen [data-testid=alarm-row]");
    await first?.trigger("click");
    await seen("book-note").setValue("一");
    await app.page.find("form.note").trigger("submit");
    await second?.trigger("click");
    await seen("book-note").setValue("二");
    answer(app.hand, "note", null, { ok: true, seq: 1 });
    await flushPromises();
    expect((seen("book-note").element as HTMLTextAreaElement).value).toBe("二");
    await seen("book-note").setValue("");
    await app.page.find("form.note").trigger("submit");
    expect(app.page.find("form.note .fault").exists()).toBe(true);
    await first?.trigger("click");
    expect(app.page.find("form.note .fault").exists()).toBe(false);
  });

  it("says why it cannot be archived yet when X is pressed", async () => {
    await show();
    await press("x");
    expect(seen("incident-notice").text()).toBe("红、橙预警仍在，不能归档");
    expect(sentOf("archive")).toEqual([]);
  });

  it("takes notes and files beside it: a file is sent, then attached by its hash", async () => {
    const hash = "b".repeat(64);
    const shares: number[] = [];
    send = (path, file, onProgress) => {
      expect([path, file.name]).toEqual(["/api/attachments", "a.txt"]);
      onProgress(0.5);
      shares.push(0.5);
      return Promise.resolve({ ok: true, value: { hash, bytes: 3, mediaType: "text/plain" } as never });
    };
    await show({}, "/alarms?tab=book");
    await seen("book-note").setValue("已电话通知");
    await app.page.find("form.note").trigger("submit");
    expect(sentOf("note")).toMatchObject([{ incident: incident.id, text: "已电话通知" }]);
    answer(app.hand, "note", null, { ok: true, seq: 1 });
    await vi.waitFor(() => expect((seen("book-note").element as HTMLTextAreaElement).value).toBe(""));
    const files = [new File(["abc"], "a.txt", { type: "text/plain" })];
    await seen("incident-files").trigger("drop", { dataTransfer: { files } });
    await vi.waitFor(() =>
      expect(sentOf("attach")).toMatchObject([
        { incident: incident.id, hash, name: "a.txt", bytes: 3, mediaType: "text/plain" },
      ]),
    );
    expect(shares).toEqual([0.5]);
  });

  it("says of a file that does not fit, or did not arrive, which and why", async () => {
    await show({}, "/alarms?tab=book");
    await seen("incident-files").trigger("drop", { dataTransfer: { files: [new File([], "leer.txt")] } });
    await vi.waitFor(() => expect(seen("file-notice").text()).toContain("leer.txt：附件不合格"));
    await seen("incident-files").trigger("drop", { dataTransfer: { files: [new File(["x"], "x.txt")] } });
    await vi.waitFor(() => expect(seen("file-notice").text()).toBe("x.txt：无法连接服务器"));
  });

  it("has the steps of the action card ticked by the server's word alone", async () => {
    const card = { red: { zh: "疏散", en: "Evacuate" }, blue: { zh: "核对", en: "Check" } };
    const plan = { ...planOf([pointOf("a/P1", { actionCard: "gas" })]), actionCards: { gas: card } };
    await show({ plan }, "/alarms?tab=card");
    const box = () => app.page.find("#card-step-3").element as HTMLInputElement;
    await app.page.find("#card-step-3").trigger("click");
    expect(sentOf("cardStep")).toMatchObject([{ incident: incident.id, card: "gas", step: 3 }]);
    expect(box().checked).toBe(false);
    await hear({ plan, person: supervisor, alarms: [alarm], incidents: [{ ...incident, cardSteps: ["gas 3"] }] });
    expect(box().checked).toBe(true);
    expect(box().disabled).toBe(true);
  });

  it("is none for a blue alarm, and the buttons say that there is none", async () => {
    open("/alarms");
    await hear({ person: supervisor, alarms: [alarmOf("a/P1", "blue")] });
    await press("j");
    expect(seen("incident-head").text()).toBe("蓝级预警不立事件");
    await seen("incident-verify").trigger("click");
    expect(seen("incident-notice").text()).toBe("尚无事件，不能核实");
  });
});

describe("the keys of a console", () => {
  it("leave Space to the browser where nothing turns", async () => {
    open("/handover");
    await hear({ person: supervisor });
    const event = new KeyboardEvent("keydown", { key: " ", bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
    expect(location.search).toBe("");
  });

  it("do nothing behind the help but stop the horn, and closing it gives the focus back", async () => {
    open("/alarms?alarm=a%2F1~high");
    await hear({ person: supervisor, alarms: [alarmOf("a/1", "yellow", { direction: "high" })] });
    const button = seen("filter-mine").element as HTMLButtonElement;
    button.focus();
    await press("?");
    expect(document.activeElement).not.toBe(button);
    await press("a");
    expect(sentOf("acknowledge")).toEqual([]);
    await press("Escape");
    expect(seen("key-help").exists()).toBe(false);
    await app.page.vm.$nextTick();
    expect(document.activeElement).toBe(button);
    await press("a");
    expect(sentOf("acknowledge")).toHaveLength(1);
  });
});

describe("what lies over a page", () => {
  const reached = () =>
    app.page
      .findAll("button, input, a, main")
      .filter(({ element }) => element.closest("[inert], [role=dialog]") === null)
      .map((one) => one.attributes("data-testid"));

  it("leaves nothing behind it in reach but the banner, on the canvas and on a console", async () => {
    for (const path of ["/", "/alarms", "/handover"]) {
      open(path);
      await hear({ person: supervisor, alarms: [alarmOf("a/P1", "red")] });
      expect(reached().length).toBeGreaterThan(4);
      await press("?");
      expect(reached()).toEqual(["banner"]);
      await press("Escape");
      await press("k", { ctrlKey: true });
      expect(reached()).toEqual(["banner"]);
      app.end();
    }
    open("/");
  });

  it("is closed by Escape from the banner too", async () => {
    open("/handover");
    await hear({ person: supervisor });
    await press("k", { ctrlKey: true });
    expect(seen("go-to").exists()).toBe(true);
    await press("Escape");
    expect(seen("go-to").exists()).toBe(false);
  });

  it("gives way to the alarm that the banner shows", async () => {
    open("/handover");
    await hear({ person: supervisor, alarms: [alarmOf("a/P1", "red")] });
    await press("?");
    await seen("banner").trigger("click");
    expect([location.pathname, seen("key-help").exists()]).toEqual(["/alarms", false]);
  });

  it("is one page at a time: no screen stands hidden behind a console", async () => {
    open("/handover");
    await hear({ person: supervisor });
    for (const id of ["banner", "person", "language"]) expect(app.page.findAll(`[data-testid=${id}]`)).toHaveLength(1);
  });
});

describe("the sheet of the shift", () => {
  const officer = { name: "wen", role: "dutyOfficer", tier: "city" } as const;
  const show = async (part: Partial<Snapshot>) => {
    open("/handover");
    await hear({ person: officer, ...part });
    await vi.dynamicImportSettled();
    await app.page.vm.$nextTick();
  };
  const ctrlEnter = () => press("Enter", { ctrlKey: true });

  it("is taken over by name: it says what will ask again, wants a word where a red is unacknowledged, and asks once more", async () => {
    await show({ alarms: [alarmOf("a/P1", "red"), alarmOf("b/P1", "blue", { tiers: [answered("city")] })] });
    expect(seen("handover-will").text()).toContain("2 条未结预警将再次提醒");
    await ctrlEnter();
    expect(seen("handover-note-fault").text()).toContain("写明已知情况");
    await seen("handover-note").setValue("县级已到场");
    await ctrlEnter();
    expect(seen("handover-ask").text()).toContain("wen 于此刻接班，2 条预警再次提醒？");
    expect(sentOf("handover")).toEqual([]);
    await ctrlEnter();
    expect(sentOf("handover")).toMatchObject([{ tier: "city", note: "县级已到场" }]);
    const handover = { tier: "city", at: Date.now(), by: "wen", note: "县级已到场", asked: 2 };
    app.hand.hear("changes", { after: seq, upTo: seq + 1, items: [{ type: "handover", seq: seq + 1, handover }] });
    answer(app.hand, "handover", null, { ok: true, seq: seq + 1 });
    await vi.waitFor(() =>
      expect(seen("handover-notice").text()).toContain("wen 已接班，19:40:07；2 条预警已再次提醒"),
    );
    expect(seen("handover-last").text()).toContain("留言：县级已到场");
  });

  it("names who has taken over only when the stream does, and never who did before", async () => {
    const handovers = [{ tier: "city" as const, at: Date.now() - 60_000, by: "lu", note: null, asked: 3 }];
    await show({ handovers });
    await ctrlEnter();
    await ctrlEnter();
    answer(app.hand, "handover", null, { ok: true, seq: seq + 1 });
    await vi.waitFor(() => expect(seen("handover-notice").text()).toBe("发送中…"));
    await vi.waitFor(() => expect(app.live.commands.views.value.size).toBe(0));
    await app.page.vm.$nextTick();
    expect(seen("handover-notice").text()).toBe("发送中…");
    const handover = { tier: "city" as const, at: Date.now(), by: "wen", note: null, asked: 0 };
    app.hand.hear("changes", { after: seq, upTo: seq + 1, items: [{ type: "handover", seq: seq + 1, handover }] });
    await vi.waitFor(() => expect(seen("handover-notice").text()).toContain("wen 已接班"));
  });

  it("lets the on-coming officer log in at the seat, and says where that is refused", async () => {
    const asked: unknown[] = [];
    call = {
      ...deafCall,
      post: (path, body) => {
        asked.push([path, body]);
        return Promise.resolve(
          asked.length === 1 ? { ok: false, code: "LOGIN_FAILED" } : { ok: true, value: { person: officer } as never },
        );
      },
    };
    await show({});
    await seen("handover-change").trigger("click");
    await seen("handover-name").setValue("lu");
    await seen("handover-password").setValue("x");
    await app.page.find("form.login").trigger("submit");
    await vi.waitFor(() => expect(app.page.find("#handover-login-fault").text()).toBe("用户名或密码错误"));
    await seen("handover-password").setValue("y");
    const { connects } = app.hand;
    await app.page.find("form.login").trigger("submit");
    await vi.waitFor(() => expect(app.page.find("form.login").exists()).toBe(false));
    expect(asked[1]).toEqual(["/api/login", { name: "lu", password: "y" }]);
    expect(app.hand.connects).toBeGreaterThan(connects);
  });

  it("says that nothing is open, what is not connected, and who took over last", async () => {
    const handovers = [
      { tier: "city" as const, at: Date.now() - 60_000, by: "lu", note: null, asked: 3 },
      { tier: "county" as const, at: Date.now() - 120_000, by: "an", note: null, asked: 0 },
    ];
    await show({ handovers });
    expect(seen("handover-empty").text()).toContain("本班无未结事项");
    expect(seen("handover-sound").text()).toContain("读取失败");
    expect(seen("handover-last").text()).toContain("lu · 19:39:07");
    expect(seen("handover-last").text()).toContain("县区 · an");
  });

  it("prints with P, but not while somebody is typing", async () => {
    const print = vi.fn();
    vi.stubGlobal("print", print);
    await show({});
    await press("p");
    expect(print).toHaveBeenCalledTimes(1);
    seen("handover-note").element.dispatchEvent(new KeyboardEvent("keydown", { key: "p", bubbles: true }));
    expect(print).toHaveBeenCalledTimes(1);
  });
});
