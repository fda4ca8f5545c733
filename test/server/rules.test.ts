// Rules over HTTP, from the preview to the plan of record: who may, what must be seen first, and what is refused.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Approval } from "../../contract/command.ts";
import { faults, type FaultCode } from "../../contract/faults.ts";
import type { BacktestReport } from "../../contract/backtest.ts";
import type { RuleChange, RuleDraft } from "../../contract/rule-change.ts";
import type { Person } from "../../contract/wall.ts";
import { createHttp, type Http } from "../../server/adapters/http.ts";
import { hashOfChange, saveBacktest } from "../../server/adapters/trials.ts";
import { createRules, storedBacktest, type RulesOptions } from "../../server/app/rules.ts";
import { mayDo } from "../../server/domain/access.ts";
import { createLog } from "../../server/log.ts";
import { createMonitor } from "../../server/monitor.ts";
import { verifyRecords } from "../../server/replay.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { levelsOf, limit, planOf, point, rule } from "../support/plant.ts";
import { epoch } from "../support/room.ts";
import { newFolder } from "../support/server.ts";
import { createStand, type Stand } from "../support/stand.ts";

const id = "s1/p~limit~high";
const plan = planOf([
  point("p", { silentAfterMs: 3_600_000, rules: [rule("high", { blue: limit(50), red: limit(90) })] }),
]);
const people: Readonly<Record<string, Person>> = {
  wen: { name: "wen", role: "administrator", tier: "city" },
  lu: { name: "lu", role: "administrator", tier: "county" },
  duty: { name: "duty", role: "dutyOfficer", tier: "county" },
};
const approval: Approval = { name: "lu", password: "right" };
const reason = "new design";

let stand: Stand;
let http: Http;
let base: string;
let now: number;

async function start(changed: Partial<RulesOptions> = {}): Promise<void> {
  const never = () => {
    throw new Error("nobody asks");
  };
  const rules = createRules({
    monitor: stand.monitor,
    enable: (change) => {
      const reply = stand.loop.ruleChange(change);
      stand.turn();
      return reply;
    },
    approver: async ({ name, password }) => (password === "right" && people[name]) || "LOGIN_FAILED",
    mayDo,
    isDemo: false,
    now: () => now,
    key: new Uint8Array(32),
    ...changed,
  });
  http = createHttp({
    host: "127.0.0.1",
    port: 0,
    log: createLog("silent"),
    isDemo: false,
    now: () => now,
    dashboardDir: null,
    map: null,
    login: never,
    logout: never,
    person: (token) => people[token] ?? null,
    health: never,
    metrics: never,
    plan: never,
    devices: never,
    history: never,
    rules,
    mayDo,
  });
  base = `http://127.0.0.1:${(await http.start()).port}`;
}

beforeEach(() => {
  stand = createStand(plan);
  now = epoch;
});

afterEach(() => http.stop());

function draft(setpoint: number, rest: Partial<RuleDraft> = {}, number = 2): RuleDraft {
  const version = { version: number, validFrom: now, levels: levelsOf({ blue: limit(setpoint), red: limit(90) }) };
  return { source: "s1/p", rule: "limit", direction: "high", version, reason, ...rest };
}

const headers = (who: string) => ({
  "content-type": "application/json",
  "x-skyground": "1",
  cookie: `skyground=${who}`,
});

async function post(
  path: string,
  body: unknown,
  who = "wen",
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${base}/api/rules/${path}`, {
    method: "POST",
    headers: headers(who),
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function get(source: string, who = "duty"): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${base}/api/rules/${encodeURIComponent(source)}`, { headers: headers(who) });
  return { status: response.status, body: await response.json() };
}

function refusal(status: number, code: FaultCode): unknown {
  return { status, body: { code, message: faults[code] } };
}

async function value(said: number): Promise<void> {
  stand.pass(1);
  now += 1000;
  await Promise.all([stand.offer("p", said), Promise.resolve(stand.turn())]);
}

async function seenOf(change: RuleDraft, who = "wen"): Promise<string> {
  const { body } = await post("preview", change, who);
  return String(body["seen"]);
}

describe("a change of a rule over HTTP", () => {
  it("is announced, enabled by two persons, told to every wall, and judged by from then on", async () => {
    await start();
    await value(40);
    const change = draft(30);
    const previewed = await post("preview", change);
    expect(previewed).toMatchObject({
      status: 200,
      body: { announcement: { steps: [{ alarm: id, from: null, to: "blue" }], pending: [], marked: [], unknown: [] } },
    });
    expect(stand.monitor.state().plan).toEqual(plan);
    const enabled = await post("enable", { change, approval, seen: previewed.body["seen"] });
    expect(enabled).toMatchObject({ status: 200, body: { ok: true, version: 2 } });
    expect(stand.replans()).toBe(1);
    expect(stand.monitor.state().alarms.get(id)).toBeUndefined();
    await value(40);
    expect(stand.monitor.state().alarms.get(id)).toMatchObject({ ruleVersion: 2, alarm: { level: "blue" } });
    expect(verifyRecords(createMonitor(), stand.journal.records, decodeNative)).toMatchObject({ missing: 0, extra: 0 });
  });

  it("stays readable with everything that ever was in force, newest first, to whoever may look", async () => {
    await start();
    const change = draft(30);
    await post("enable", { change, approval, seen: await seenOf(change) });
    expect(await get("s1/p")).toMatchObject({
      status: 200,
      body: {
        source: "s1/p",
        rules: [
          {
            rule: "limit",
            direction: "high",
            versions: [
              { version: 2, validFrom: epoch, author: "wen", approver: "lu", reason },
              { version: 1, validFrom: 0, approver: null },
            ],
          },
        ],
      },
    });
    expect(await get("s1")).toMatchObject({ status: 200, body: { source: "s1", rules: [] } });
    expect(await get("s1/none")).toEqual(refusal(404, "NOT_FOUND"));
    expect(await get("s1/p", "nobody")).toEqual(refusal(401, "NOT_LOGGED_IN"));
  });

  it("is an administrator's, and takes a second one beside him", async () => {
    await start();
    const change = draft(30);
    expect(await post("preview", change, "duty")).toEqual(refusal(403, "NOT_ALLOWED"));
    expect(await post("preview", change, "nobody")).toEqual(refusal(401, "NOT_LOGGED_IN"));
    expect(await post("enable", {}, "duty")).toEqual(refusal(403, "NOT_ALLOWED"));
    const seen = await seenOf(change);
    const by = (name: string, password = "right") => post("enable", { change, approval: { name, password }, seen });
    expect(await by("wen")).toEqual(refusal(400, "APPROVER_NOT_ALLOWED"));
    expect(await by("duty")).toEqual(refusal(400, "APPROVER_NOT_ALLOWED"));
    expect(await by("lu", "wrong")).toEqual(refusal(401, "LOGIN_FAILED"));
    expect(await by("lu")).toMatchObject({ status: 200 });
  });

  it("does not take the same person for another because his name is spelt otherwise", async () => {
    await start({ approver: async () => people["wen"] as Person });
    const change = draft(30);
    const seen = await seenOf(change);
    const twice = { change, approval: { name: "WEN", password: "right" }, seen };
    expect(await post("enable", twice)).toEqual(refusal(400, "APPROVER_NOT_ALLOWED"));
  });

  it("is not enabled unseen: neither without its announcement, nor with that of another change or another person", async () => {
    await start();
    const change = draft(30);
    const others = ["x", await seenOf(draft(31)), await seenOf(change, "lu")];
    for (const seen of others) {
      expect(await post("enable", { change, approval, seen })).toEqual(refusal(409, "RULE_NOT_ANNOUNCED"));
    }
    expect(stand.monitor.state().plan).toEqual(plan);
  });

  it("is looked at again where it would now do something else, not where only time has passed", async () => {
    await start();
    await value(10);
    const change = draft(30);
    const seen = await seenOf(change);
    await value(40);
    expect(await post("enable", { change, approval, seen })).toEqual(refusal(409, "RULE_ANNOUNCEMENT_CHANGED"));
    await value(10);
    now += 30_000;
    expect(await post("enable", { change, approval, seen })).toMatchObject({ status: 200 });
  });

  it("is not enabled twice, nor below a version that is there", async () => {
    await start();
    const change = draft(30);
    const seen = await seenOf(change);
    await post("enable", { change, approval, seen });
    expect(await post("enable", { change, approval, seen })).toEqual(refusal(409, "RULE_CHANGED"));
    expect(await post("preview", draft(30, {}, 1))).toEqual(refusal(409, "RULE_CHANGED"));
    expect(await post("preview", draft(30, { source: "s1/none" }))).toEqual(refusal(404, "NOT_FOUND"));
  });

  it("is refused where another one came between the last look and its turn", async () => {
    await start({ enable: async () => ({ ok: false, code: "RULE_CHANGED" }) });
    const change = draft(30);
    const seen = await seenOf(change);
    expect(await post("enable", { change, approval, seen })).toEqual(refusal(409, "RULE_CHANGED"));
  });

  it("is refused where the plan changes while the second person types", async () => {
    await start({
      approver: async () => {
        await stand.loop.ruleChange({ ...draft(35), author: "x", version: { ...draft(35).version, approver: "y" } });
        return people["lu"] as Person;
      },
    });
    const change = draft(30);
    const seen = await seenOf(change);
    const waiting = post("enable", { change, approval, seen });
    while (stand.turn().length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await waiting).toEqual(refusal(409, "RULE_CHANGED"));
  });

  it("is never valid from a time that has passed, but for the minute that two persons need", async () => {
    await start();
    const change = draft(30);
    now += 60_000;
    expect(await post("preview", change)).toMatchObject({ status: 200 });
    now += 1;
    expect(await post("preview", change)).toEqual(refusal(400, "RULE_IN_THE_PAST"));
  });

  it("is told every fault of its numbers", async () => {
    await start();
    const outside = "limit version 2: blue: 95 m must lie below red 90 m (direction high, site s1)";
    expect(await post("preview", draft(95))).toEqual({
      status: 400,
      body: { code: "RULE_INVALID", message: faults.RULE_INVALID, faults: [outside] },
    });
    const wanted = { change: draft(95), approval, seen: "x" };
    expect(await post("enable", wanted)).toMatchObject({ body: { code: "RULE_INVALID" } });
  });

  it("is refused with words that do not belong to it: neither an author, nor a level, nor a word of a condition", async () => {
    await start();
    const good = draft(30);
    const wrong = [
      { ...good, author: "somebody" },
      { ...good, version: { ...good.version, approver: "somebody" } },
      { ...good, version: { ...good.version, levels: { purple: [limit(1)] } } },
      { ...good, version: { ...good.version, levels: { red: [{ ...limit(1), note: "x" }] } } },
      { ...good, version: { ...good.version, levels: { red: [] } } },
      { ...good, version: { ...good.version, levels: { red: [{ ...limit(1), deadband: -1 }] } } },
      { ...good, reason: "" },
    ];
    for (const body of wrong) expect(await post("preview", body)).toEqual(refusal(400, "COMMAND_INVALID"));
    const huge = JSON.stringify(good).replace('"setpoint":30', '"setpoint":1e999');
    const response = await fetch(`${base}/api/rules/preview`, { method: "POST", headers: headers("wen"), body: huge });
    expect(await response.json()).toMatchObject({ code: "COMMAND_INVALID" });
  });

  it("wants its test against the past where there is somebody to ask for one", async () => {
    await start({ backTestOf: ({ version }) => (version.version === 3 ? {} : null) });
    const untested = draft(30);
    const seen = await seenOf(untested);
    expect(await post("enable", { change: untested, approval, seen })).toEqual(refusal(409, "RULE_NOT_BACK_TESTED"));
    const tested = draft(30, {}, 3);
    expect(await post("enable", { change: tested, approval, seen: await seenOf(tested) })).toMatchObject({
      status: 200,
    });
  });

  it("takes a test for one that judged samples, over a day, within a week, against the version in force", () => {
    const folder = newFolder();
    const change = { ...draft(30), author: "wen" } as RuleChange;
    const day = 86_400_000;
    const found = (rest: Partial<BacktestReport>, leastTestedMs = day): number | undefined => {
      const report = {
        format: 1,
        hash: hashOfChange(change),
        change,
        against: 1,
        from: 0,
        to: day,
        samples: 1,
        ranAt: epoch,
        ...rest,
      };
      saveBacktest(folder.path, report as BacktestReport);
      return storedBacktest({ dataDir: folder.path, plan, leastTestedMs, now: epoch + 7 * day }, change)?.samples;
    };
    expect(storedBacktest({ dataDir: folder.path, plan, leastTestedMs: 0, now: epoch }, change)).toBeNull();
    expect(found({})).toBe(1);
    expect(found({ samples: 0 }, 0)).toBeUndefined();
    expect(found({ from: 1 })).toBeUndefined();
    expect(found({ from: 1 }, day - 1)).toBe(1);
    expect(found({ against: 7 })).toBeUndefined();
    expect(found({ ranAt: epoch - 1 })).toBeUndefined();
    folder.remove();
  });

  it("is not done where it cannot be written down", async () => {
    await start();
    const change = draft(30);
    const seen = await seenOf(change);
    stand.journal.refuses.add("appendInputs");
    expect(await post("enable", { change, approval, seen })).toEqual(refusal(503, "JOURNAL_UNAVAILABLE"));
    expect(stand.monitor.state().plan).toEqual(plan);
  });
});
