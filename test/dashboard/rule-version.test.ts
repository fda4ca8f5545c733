// A rule that was enabled at run time, on the wall: its site's rules and events and its alarm's detail say who answers for it.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Snapshot } from "../../contract/wall.ts";
import { holdTime, mountApp, type Mounted } from "./mounted.ts";
import { alarmOf, limitOf, planOf, pointOf, ruleOf, snapshotOf, versionOf } from "./support.ts";

let app: Mounted;

function open(path: string): void {
  app = mountApp(path);
}
const seen: Mounted["seen"] = (id) => app.seen(id);
const hear = (part: Partial<Snapshot>): Promise<void> => app.look(snapshotOf(1, part));

beforeEach(() => {
  holdTime();
});
afterEach(() => {
  app.end();
  vi.useRealTimers();
});

it("says of a rule that was enabled at run time who wrote and approved it, since when and why, and so does its alarm", async () => {
  open("/site/a?tab=rules");
  const enabled = { version: 2, validFrom: 1, author: "wen", approver: "lu", reason: "新设计" };
  const versions = [
    versionOf({ levels: { red: [limitOf(40)] } }),
    versionOf({ ...enabled, levels: { red: [limitOf(30)] } }),
  ];
  const plan = planOf([pointOf("a/LT", { rules: [ruleOf({ versions })] })]);
  const { id, direction } = ruleOf({ versions });
  const alarm = alarmOf("a/LT", "red", { rule: id, direction, ruleVersion: 2 });
  await hear({ plan, alarms: [alarm] });
  const told = "起草 wen · 批准 lu · 自 1970-01-01 08:00 起生效 · 理由：新设计";
  expect(seen("rules-head").text()).toBe(`高限 · v2 · ${told}`);
  await seen("site-tab-events").trigger("click");
  expect(seen("events-row").text()).toContain(`规则第 2 版 · ${told}`);
  await seen("events-row").trigger("click");
  await seen("alarm-tab-basis").trigger("click");
  expect(seen("rule-version").text()).toContain(`v2 · ${told}`);
});
