// Drafts over HTTP: whose they are, who has saved over whom, their back-tests as jobs, and their shadows.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { faults, type FaultCode } from "../../contract/faults.ts";
import type { RuleChange, RuleDraft } from "../../contract/rule-change.ts";
import type { BacktestJob, DraftSave } from "../../contract/rule-draft.ts";
import { hashOfChange, listShadows, saveBacktest, startShadow } from "../../server/adapters/trials.ts";
import { segmentName } from "../../server/adapters/journal/read.ts";
import { encodeInput } from "../../server/adapters/journal/records.ts";
import {
  createBacktestThreads,
  type BacktestEnd,
  type BacktestWork,
  type StartBacktest,
} from "../../server/app/backtest-thread.ts";
import { keepBacktests, type Backtests } from "../../server/app/backtests.ts";
import { createDrafts, draftIdOf, type Drafts } from "../../server/app/rule-drafts.ts";
import { createOwnerOf } from "../../server/app/rules.ts";
import { mayDo } from "../../server/domain/access.ts";
import { createLog } from "../../server/log.ts";
import { openHouse, type Browser, type House } from "../support/house.ts";
import { levelsOf, limit, planOf, point, rule } from "../support/plant.ts";
import { epoch } from "../support/room.ts";
import { newFolder } from "../support/server.ts";
import { createStand, type Stand } from "../support/stand.ts";

const levels = { blue: limit(50), red: limit(90) };
const plan = planOf([
  point("p", { rules: [rule("high", levels)] }),
  point("q", { site: "s2", rules: [rule("high", levels)] }),
]);
const id = "s1/p~limit~high";
const day = 86_400_000;

/** Back-tests that are ended by hand. */
interface HandTests {
  readonly start: StartBacktest;
  readonly works: BacktestWork[];
  progress: (share: number) => void;
  end: (end: BacktestEnd) => void;
  stops: number;
}

function handTests(): HandTests {
  const hand: HandTests = {
    works: [],
    progress: () => undefined,
    end: () => undefined,
    stops: 0,
    start: (work, progress) => {
      hand.works.push(work);
      hand.progress = progress;
      const ended = new Promise<BacktestEnd>((resolve) => {
        hand.end = resolve;
      });
      const stop = (): void => {
        hand.stops += 1;
        hand.end({ kind: "failed", failure: "crashed", detail: "stopped" });
      };
      return { ended, stop };
    },
  };
  return hand;
}

let folder: ReturnType<typeof newFolder>;
let stand: Stand;
let house: House;
let hand: HandTests;
let backtests: Backtests;
let drafts: Drafts;
let looks: number;
let isFull: boolean;
let now: number;

beforeEach(async () => {
  folder = newFolder();
  stand = createStand(plan);
  hand = handTests();
  now = epoch;
  looks = 0;
  isFull = false;
  mkdirSync(join(folder.path, "journal"));
  backtests = keepBacktests({ start: hand.start, log: createLog("silent"), now: () => now });
  const later: { drafts: Drafts | null } = { drafts: null };
  const desk = () => (later.drafts as Drafts).desk;
  house = await openHouse({
    drafts: {
      list: (person) => desk().list(person),
      view: (person, draft) => desk().view(person, draft),
      save: (caller, draft, saved) => desk().save(caller, draft, saved),
      remove: (caller, draft) => desk().remove(caller, draft),
      startBacktest: (caller, asked) => desk().startBacktest(caller, asked),
      findBacktest: (person, job) => desk().findBacktest(person, job),
      cancelBacktest: (caller, job) => desk().cancelBacktest(caller, job),
      startShadow: (caller, draft) => desk().startShadow(caller, draft),
      stopShadow: (caller, draft) => desk().stopShadow(caller, draft),
    },
  });
  const ownerOf = createOwnerOf({ monitor: stand.monitor, mayDo, isDemo: false });
  drafts = createDrafts({
    dataDir: folder.path,
    leastTestedMs: day,
    plan: () => plan,
    register: {
      ...house.register,
      removeDraft: (draft) => {
        if (isFull) throw new Error("the disk is full");
        return house.register.removeDraft(draft);
      },
    },
    record: (caller, deed, after) => {
      if (isFull) throw new Error("the disk is full");
      const { name, role } = caller.person;
      const done = () => ({ ok: true, before: null, after, result: null }) as const;
      house.register.audited({ by: { name, role } }, deed, done);
    },
    ownerOf: (source, person) => ownerOf(source, person, "changeRule"),
    maySee: (source, person) => ownerOf(source, person, "view") !== null,
    backtests,
    shadows: { look: () => (looks += 1), statusOf: () => null },
    log: createLog("silent"),
    now: () => now,
  });
  later.drafts = drafts;
  await house.enter({ name: "wen", role: "supervisor", tier: "city" });
  await house.enter({ name: "lu", role: "administrator", tier: "city" });
  await house.enter({ name: "east", role: "supervisor", tier: "county", scope: { sites: ["s2"] } });
  await house.enter({ name: "duty", role: "dutyOfficer", tier: "county" });
});

afterEach(async () => {
  await backtests.stop();
  await house.close();
  folder.remove();
});

function change(setpoint = 46, rest: Partial<RuleDraft> = {}): RuleDraft {
  const version = { version: 2, validFrom: 0, levels: levelsOf({ blue: limit(setpoint), red: limit(90) }) };
  return { source: "s1/p", rule: "limit", direction: "high", version, reason: "", ...rest };
}

function wanted(revision: number, rest: Partial<DraftSave> = {}): DraftSave {
  return { revision, state: "draft", isAtOnce: true, change: change(), ...rest };
}

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(who: Browser, method: string, path: string, body?: unknown): Promise<Said> {
  const response = await fetch(`${house.url}/api/rules/${path}`, {
    method,
    headers: { origin: house.url, cookie: who.cookie(), "content-type": "application/json" },
    ...(body === undefined
      ? method === "GET" || method === "DELETE"
        ? { headers: { origin: house.url, cookie: who.cookie() } }
        : { body: "{}" }
      : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Said["body"] };
}

const pathOf = (draft: string): string => `drafts/${encodeURIComponent(draft)}`;

function refusal(status: number, code: FaultCode): unknown {
  return { status, body: { code, message: faults[code] } };
}

async function begun(who: Browser): Promise<BacktestJob> {
  const { body } = await ask(who, "POST", "backtests", { draft: id, revision: 1, source: "journal" });
  return body["job"] as BacktestJob;
}

/** What has been promised runs to its end. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("a draft", () => {
  it("is seen by the second person at another desk, with who began it and who saved it last", async () => {
    const [wen, lu] = [await house.loggedIn("wen"), await house.loggedIn("lu")];
    expect(await ask(wen, "PUT", pathOf(id), wanted(0))).toMatchObject({
      status: 200,
      body: { draft: { revision: 1 } },
    });
    now += 1000;
    expect(await ask(lu, "PUT", pathOf(id), wanted(1, { state: "review" }))).toMatchObject({ status: 200 });
    const draft = {
      id,
      revision: 2,
      state: "review",
      author: "wen",
      changedBy: "lu",
      createdAt: epoch,
      changedAt: now,
    };
    expect(await ask(wen, "GET", "drafts")).toMatchObject({
      status: 200,
      body: { drafts: [draft], running: null, leastTestedMs: day, testedWithinMs: 7 * day },
    });
    expect(await ask(wen, "GET", pathOf(id))).toMatchObject({
      status: 200,
      body: { draft, report: null, tested: "none", job: null, shadow: null },
    });
  });

  it("is not saved over what somebody else has saved meanwhile", async () => {
    const [wen, lu] = [await house.loggedIn("wen"), await house.loggedIn("lu")];
    await ask(wen, "PUT", pathOf(id), wanted(0));
    expect(await ask(lu, "PUT", pathOf(id), wanted(0))).toEqual(refusal(409, "DRAFT_CHANGED"));
    await ask(wen, "PUT", pathOf(id), wanted(1, { change: change(47) }));
    expect(await ask(lu, "PUT", pathOf(id), wanted(1))).toEqual(refusal(409, "DRAFT_CHANGED"));
    expect(house.register.findDraft(id)?.change.version.levels.blue?.[0]?.setpoint).toBe(47);
  });

  it("is theirs who may change that site's rules, and does not exist for anybody else", async () => {
    const [wen, east, duty] = [await house.loggedIn("wen"), await house.loggedIn("east"), await house.loggedIn("duty")];
    await ask(wen, "PUT", pathOf(id), wanted(0));
    expect(await ask(east, "GET", "drafts")).toMatchObject({ status: 200, body: { drafts: [] } });
    for (const [method, path, body] of [
      ["GET", pathOf(id), undefined],
      ["PUT", pathOf(id), wanted(1)],
      ["DELETE", pathOf(id), undefined],
      ["POST", `${pathOf(id)}/shadow`, undefined],
      ["DELETE", `${pathOf(id)}/shadow`, undefined],
      ["POST", "backtests", { draft: id, revision: 1, source: "journal" }],
    ] as const)
      expect(await ask(east, method, path, body), `${method} ${path}`).toEqual(refusal(404, "NOT_FOUND"));
    expect(await ask(duty, "GET", "drafts")).toEqual(refusal(403, "NOT_ALLOWED"));
    expect(await ask(house.browser(), "GET", "drafts")).toEqual(refusal(401, "NOT_LOGGED_IN"));
    expect(house.register.findDraft(id)?.revision).toBe(1);
  });

  it("is of a rule that there is, under that rule's name, and in the words of a rule", async () => {
    const wen = await house.loggedIn("wen");
    const other = change(46, { rule: "rate" });
    expect(await ask(wen, "PUT", pathOf(draftIdOf(other)), wanted(0, { change: other }))).toEqual(
      refusal(404, "NOT_FOUND"),
    );
    expect(await ask(wen, "PUT", pathOf("s2/q~limit~high"), wanted(0))).toEqual(refusal(400, "COMMAND_INVALID"));
    expect(await ask(wen, "PUT", pathOf(id), { ...wanted(0), approver: "lu" })).toEqual(
      refusal(400, "COMMAND_INVALID"),
    );
    expect(house.register.listDrafts()).toEqual([]);
  });

  it("is in the record with every save and with its end, before and after", async () => {
    const wen = await house.loggedIn("wen");
    await ask(wen, "PUT", pathOf(id), wanted(0));
    await ask(wen, "DELETE", pathOf(id));
    expect(house.register.findDraft(id)).toBeNull();
    expect(await ask(wen, "DELETE", pathOf(id))).toEqual(refusal(404, "NOT_FOUND"));
    const entries = house.register.listAudits({ from: 0, to: Date.now() + 1, limit: 100, target: id });
    expect(entries.map(({ act, by, before, after }) => [act, by?.name, before === null, after === null])).toEqual([
      ["ruleDraft.remove", "wen", false, true],
      ["ruleDraft.save", "wen", true, false],
    ]);
  });

  it("goes once its version is enabled, and stays where another one of that number was", async () => {
    const wen = await house.loggedIn("wen");
    await ask(wen, "PUT", pathOf(id), wanted(0));
    const enabled = (setpoint: number): RuleChange => ({
      ...change(setpoint),
      version: { ...change(setpoint).version, approver: "lu" },
      author: "wen",
      reason: "r",
    });
    drafts.enabled(enabled(47));
    expect(house.register.findDraft(id)).not.toBeNull();
    // The rule is in force already: that its draft stays must not look like a refusal.
    isFull = true;
    drafts.enabled(enabled(46));
    isFull = false;
    expect(house.register.findDraft(id)).not.toBeNull();
    drafts.enabled(enabled(46));
    expect(house.register.findDraft(id)).toBeNull();
  });

  it("says from when on the journal can be tested against", async () => {
    const wen = await house.loggedIn("wen");
    expect((await ask(wen, "GET", "drafts")).body["journalFrom"]).toBeNull();
    const tick = encodeInput({ kind: "tick", number: 1, at: epoch - 5 });
    writeFileSync(join(folder.path, "journal", segmentName(0)), tick);
    expect((await ask(wen, "GET", "drafts")).body["journalFrom"]).toBe(epoch - 5);
  });
});

describe("a back-test of a draft", () => {
  it("is a job that goes on whoever looks, and counts for a week", async () => {
    const [wen, lu] = [await house.loggedIn("wen"), await house.loggedIn("lu")];
    await ask(wen, "PUT", pathOf(id), wanted(0));
    const asked = { draft: id, revision: 1, from: epoch - day, source: "historian" };
    const started = await ask(wen, "POST", "backtests", asked);
    expect(started).toMatchObject({ status: 200, body: { job: { state: "running", progress: 0, by: "wen" } } });
    expect(hand.works).toMatchObject([
      { change: { version: { validFrom: epoch, approver: null } }, from: epoch - day, to: null, source: "historian" },
    ]);
    hand.progress(0.5);
    const job = (started.body["job"] as BacktestJob).id;
    expect(await ask(lu, "GET", `backtests/${job}`)).toMatchObject({ body: { progress: 0.5 } });
    const [work] = hand.works as [BacktestWork];
    const hash = hashOfChange(work.change);
    const report = { format: 1, hash, change: work.change, against: 1, from: 0, to: day, samples: 1, ranAt: now };
    saveBacktest(folder.path, report as never);
    hand.end({ kind: "done", detail: null });
    await settled();
    const view = async () => (await ask(lu, "GET", pathOf(id))).body;
    expect(await view()).toMatchObject({
      tested: "yes",
      report: { hash },
      job: { id: job, state: "done", progress: 1 },
    });
    now += 7 * day;
    expect(await view()).toMatchObject({ tested: "yes" });
    now += 1;
    expect(await view()).toMatchObject({ tested: "old" });
    await ask(wen, "PUT", pathOf(id), wanted(1, { change: change(47) }));
    expect(await view()).toMatchObject({ tested: "none", report: null });
  });

  it("waits for nobody: a second one is refused while one runs, and told of whose it is only where one may see it", async () => {
    const [wen, east] = [await house.loggedIn("wen"), await house.loggedIn("east")];
    await ask(wen, "PUT", pathOf(id), wanted(0));
    const of2 = change(46, { source: "s2/q" });
    await ask(east, "PUT", pathOf(draftIdOf(of2)), wanted(0, { change: of2 }));
    const job = await begun(wen);
    const second = { draft: draftIdOf(of2), revision: 1, source: "journal" };
    expect(await ask(east, "POST", "backtests", second)).toEqual(refusal(409, "BACKTEST_RUNS"));
    expect((await ask(east, "GET", "drafts")).body["running"]).toMatchObject({ draft: "", by: "" });
    expect((await ask(wen, "GET", "drafts")).body["running"]).toMatchObject({ draft: id, by: "wen" });
    expect(await ask(east, "GET", `backtests/${job.id}`)).toEqual(refusal(404, "NOT_FOUND"));
    expect(await ask(east, "DELETE", `backtests/${job.id}`)).toEqual(refusal(404, "NOT_FOUND"));
    expect(hand.stops).toBe(0);
    hand.end({ kind: "done", detail: null });
    await settled();
    expect(await ask(east, "POST", "backtests", second)).toMatchObject({ status: 200 });
  });

  it("is of the revision that the person has before him, over a period that has a length", async () => {
    const wen = await house.loggedIn("wen");
    await ask(wen, "PUT", pathOf(id), wanted(0));
    const asked = { draft: id, revision: 2, source: "journal" };
    expect(await ask(wen, "POST", "backtests", asked)).toEqual(refusal(409, "DRAFT_CHANGED"));
    const backwards = { ...asked, revision: 1, from: epoch, to: epoch };
    expect(await ask(wen, "POST", "backtests", backwards)).toEqual(refusal(400, "QUERY_INVALID"));
    expect(hand.works).toEqual([]);
  });

  it("is not begun where that cannot be written down, and neither is a shadow", async () => {
    const wen = await house.loggedIn("wen");
    await ask(wen, "PUT", pathOf(id), wanted(0));
    isFull = true;
    expect(await ask(wen, "POST", "backtests", { draft: id, revision: 1, source: "journal" })).toMatchObject({
      status: 503,
    });
    expect(await ask(wen, "POST", `${pathOf(id)}/shadow`)).toMatchObject({ status: 503 });
    expect(backtests.running()).toBeNull();
    expect(listShadows(folder.path)).toEqual([]);
  });

  it("is cancelled, and then another one may run", async () => {
    const wen = await house.loggedIn("wen");
    await ask(wen, "PUT", pathOf(id), wanted(0));
    const { id: job } = await begun(wen);
    expect(await ask(wen, "DELETE", `backtests/${job}`)).toEqual({ status: 200, body: { ok: true } });
    await settled();
    expect(await ask(wen, "GET", `backtests/${job}`)).toMatchObject({ body: { state: "cancelled", endedAt: now } });
    expect((await begun(wen)).state).toBe("running");
  });
});

describe("the jobs", () => {
  const work: BacktestWork = { dataDir: "", change: {} as RuleChange, from: null, to: null, source: "journal" };
  const draft = { id, revision: 1 };
  const keep = (start: StartBacktest, mostMs?: number): Backtests =>
    keepBacktests({ start, log: createLog("silent"), now: () => now, ...(mostMs === undefined ? {} : { mostMs }) });
  const threadOf = (text: string, heapMib?: number): StartBacktest =>
    createBacktestThreads(new URL(`data:text/javascript,${encodeURIComponent(text)}`), heapMib);
  const endOf = async (start: StartBacktest): Promise<BacktestEnd> => start(work, () => undefined).ended;

  it("tell of a thread that has crashed, or has ended without a word", async () => {
    expect(await endOf(threadOf("throw new Error('broken')"))).toEqual({
      kind: "failed",
      failure: "crashed",
      detail: "broken",
    });
    expect(await endOf(threadOf(""))).toMatchObject({ failure: "crashed", detail: "it ended without an answer" });
    const jobs = keep(threadOf("throw new Error('broken')"));
    const job = jobs.start(draft, "wen", work);
    await expect
      .poll(() => jobs.find(job?.id ?? ""))
      .toMatchObject({ state: "failed", failure: "crashed", detail: "broken" });
    expect(jobs.running()).toBeNull();
  });

  it("tell of a thread that wants more memory than it may have", { timeout: 30_000 }, async () => {
    const greedy = "const all = []; for (;;) all.push(new Array(10_000).fill(0).map((_, n) => ({ n })));";
    expect(await endOf(threadOf(greedy, 16))).toMatchObject({ kind: "failed", failure: "tooLarge" });
  });

  it("hear how far a thread is, and end it where it takes too long", async () => {
    const slow =
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ kind: 'progress', share: 0.25 }); setInterval(() => {}, 1000);";
    const jobs = keep(threadOf(slow), 2000);
    const job = jobs.start(draft, "wen", work);
    await expect.poll(() => jobs.find(job?.id ?? "")?.progress, { timeout: 1900 }).toBe(0.25);
    await expect
      .poll(() => jobs.find(job?.id ?? ""), { timeout: 8000 })
      .toMatchObject({ state: "failed", failure: "tooLong" });
  });

  it("end with the house", async () => {
    const jobs = keep(threadOf("setInterval(() => {}, 1000)"));
    const job = jobs.start(draft, "wen", work);
    await jobs.stop();
    await settled();
    expect(jobs.find(job?.id ?? "")).toMatchObject({ state: "cancelled" });
  });
});

describe("a shadow of a draft", () => {
  it("starts and stops as the command's would, and ends with other levels and with the draft", async () => {
    const wen = await house.loggedIn("wen");
    await ask(wen, "PUT", pathOf(id), wanted(0));
    expect(await ask(wen, "DELETE", `${pathOf(id)}/shadow`)).toEqual(refusal(404, "NOT_FOUND"));
    expect(await ask(wen, "POST", `${pathOf(id)}/shadow`)).toMatchObject({ status: 200 });
    expect(listShadows(folder.path)).toMatchObject([{ content: { source: "s1/p", version: { version: 2 } } }]);
    expect(await ask(wen, "GET", pathOf(id))).toMatchObject({ body: { shadow: { status: null } } });
    // Only its reason: it judges as before.
    await ask(wen, "PUT", pathOf(id), wanted(1, { change: change(46, { reason: "fewer" }) }));
    expect(listShadows(folder.path)).toHaveLength(1);
    await ask(wen, "PUT", pathOf(id), wanted(2, { change: change(47) }));
    expect(listShadows(folder.path)).toEqual([]);
    await ask(wen, "POST", `${pathOf(id)}/shadow`);
    await ask(wen, "DELETE", pathOf(id));
    expect(listShadows(folder.path)).toEqual([]);
    expect(looks).toBeGreaterThan(3);
  });

  it("is the fourth at most", async () => {
    const wen = await house.loggedIn("wen");
    await ask(wen, "PUT", pathOf(id), wanted(0));
    for (const setpoint of [1, 2, 3, 4]) {
      const { version, ...rest } = change(setpoint);
      startShadow(folder.path, { ...rest, version: { ...version, approver: null }, author: "x", reason: "x" });
    }
    expect(await ask(wen, "POST", `${pathOf(id)}/shadow`)).toEqual(refusal(409, "SHADOWS_FULL"));
  });
});
