// The way of an act from the register to the journal: in order, one at a time, again while the disk refuses, and never lost.
import { beforeEach, expect, it } from "vitest";
import type { AuditEntry } from "../../contract/audit.ts";
import type { Person } from "../../contract/wall.ts";
import type { Audits } from "../../server/adapters/register/audit.ts";
import { type Audit, auditedRights, createAudit } from "../../server/app/audit.ts";
import { mayDo } from "../../server/domain/access.ts";
import { createLog } from "../../server/log.ts";

let kept: AuditEntry[];
let journalled: Set<string>;
let journal: string[];
let isDiskWell: boolean;
let isRegisterWell: boolean;
let atOnce: number;
let most: number;
let later: (() => void)[];
let at: number;
let audit: Audit;

const act = (id: string): void => void kept.push({ id, at, by: null, act: "a", target: id, before: null, after: null });

/** A register as a list. */
const register: Audits = {
  audited: (actor, deed, work) => {
    const done = work();
    if (!isRegisterWell) throw new Error("no room");
    if (done.ok) kept.push({ id: `${kept.length}`, at, ...actor, ...deed, before: done.before, after: done.after });
    return done;
  },
  waitingAudits: () => kept.filter(({ id }) => !journalled.has(id)),
  noteJournalled: (id) => {
    if (!isRegisterWell) throw new Error("no room");
    journalled.add(id);
  },
  listAudits: () => kept,
};

beforeEach(() => {
  kept = [];
  journalled = new Set();
  journal = [];
  later = [];
  isDiskWell = true;
  isRegisterWell = true;
  atOnce = 0;
  most = 0;
  at = 1_790_000_000_000;
  audit = createAudit({
    register,
    journal: async ({ id }) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await Promise.resolve();
      if (isDiskWell) journal.push(id);
      atOnce -= 1;
      return isDiskWell;
    },
    now: () => at,
    later: (look) => later.push(look),
    log: createLog("silent"),
  });
});

it("writes what waits in order, one at a time, also what comes while it writes", async () => {
  act("one");
  act("two");
  const looking = audit.look();
  act("three");
  await Promise.all([looking, audit.look(), audit.look()]);
  expect(journal).toEqual(["one", "two", "three"]);
  expect(most).toBe(1);
  expect(register.waitingAudits()).toEqual([]);
});

it("stops where the disk refuses, tries again later, and keeps the order", async () => {
  isDiskWell = false;
  act("one");
  act("two");
  await audit.look();
  expect([journal, later.length]).toEqual([[], 1]);
  isDiskWell = true;
  later[0]?.();
  await expect.poll(() => journal).toEqual(["one", "two"]);
});

it("writes an entry once though the register cannot note it yet", async () => {
  isRegisterWell = false;
  act("one");
  await audit.look();
  expect([journal, later.length]).toEqual([["one"], 1]);
  isRegisterWell = true;
  await audit.look();
  expect(journal).toEqual(["one"]);
  expect(register.waitingAudits()).toEqual([]);
});

it("writes nothing any more once it is stopped", async () => {
  act("one");
  audit.stop();
  await audit.look();
  expect([journal, later]).toEqual([[], []]);
});

it("writes refused acts at most once a second for each person, and counts those between", () => {
  const rights = auditedRights(mayDo, audit.note);
  const viewer: Person = { name: "wu", role: "viewer", tier: "city" };
  const ask = (person: Person | null) => rights(person, "administer", { isDemo: false });
  for (let time = 0; time < 5; time += 1) expect(ask(viewer)).toEqual({ ok: false, code: "NOT_ALLOWED" });
  ask({ ...viewer, name: "lin" });
  ask(null);
  expect(rights(viewer, "view", { isDemo: false })).toEqual({ ok: true });
  at += 1000;
  ask(viewer);
  expect(kept.map(({ by, act: done, target, after }) => [by?.name, done, target, after])).toEqual([
    ["wu", "act.refused", "administer", { count: 1 }],
    ["lin", "act.refused", "administer", { count: 1 }],
    ["wu", "act.refused", "administer", { count: 5 }],
  ]);
});

it("keeps a refusal a refusal where the register has no room for it", () => {
  isRegisterWell = false;
  const rights = auditedRights(mayDo, audit.note);
  const verdict = rights({ name: "wu", role: "viewer", tier: "city" }, "administer", { isDemo: false });
  expect(verdict).toEqual({ ok: false, code: "NOT_ALLOWED" });
});
