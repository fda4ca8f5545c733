// Both desks of the rules, put together: the rules of the plan of record, and the drafts of what they shall be.
import { randomBytes } from "node:crypto";
import type { Settings } from "../config/settings.ts";
import type { DraftDesk } from "../adapters/http/rule-drafts.ts";
import type { RuleDesk } from "../adapters/http/rules.ts";
import type { Register } from "../adapters/register.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import type { Monitor } from "../monitor.ts";
import type { Accounts } from "./accounts.ts";
import { createBacktestThreads } from "./backtest-thread.ts";
import { keepBacktests } from "./backtests.ts";
import { createDrafts } from "./rule-drafts.ts";
import { createOwnerOf, createRules, storedBacktest, type RulesOptions } from "./rules.ts";
import type { Shadows } from "./shadows.ts";
import type { Undo } from "./undo.ts";

/** What they stand on. */
export interface RuleDesksOptions {
  readonly settings: Pick<Settings, "dataDir" | "isDemo" | "leastTestedMs">;
  readonly monitor: Monitor;
  readonly loop: Pick<Loop, "ruleChange">;
  readonly register: Register;
  readonly people: Pick<Accounts, "record" | "mayDo">;
  readonly approver: RulesOptions["approver"];
  readonly maySeeSite: (person: Parameters<Accounts["mayDo"]>[0], site: string) => boolean;
  readonly shadows: Shadows;
  /** By which alarms go, epoch ms. */
  readonly now: () => number;
  readonly log: Log;
}

/** Builds them; a back-test that runs ends with the house. */
export function openRuleDesks(options: RuleDesksOptions, undo: Undo): { rules: RuleDesk; drafts: DraftDesk } {
  const { settings, monitor, loop, register, people, approver, maySeeSite, shadows, now, log } = options;
  const { dataDir, isDemo, leastTestedMs } = settings;
  const { mayDo } = people;
  const plan = () => monitor.state().plan;
  const backtests = keepBacktests({ start: createBacktestThreads(), log, now: Date.now });
  undo.add("backtests", backtests.stop);
  const ownerOf = createOwnerOf({ monitor, mayDo, isDemo });
  const drafts = createDrafts({
    dataDir,
    leastTestedMs,
    plan,
    register,
    record: people.record,
    ownerOf: (source, person) => ownerOf(source, person, "changeRule"),
    maySee: (source, person) => maySeeSite(person, source.split("/")[0] as string),
    backtests,
    shadows,
    log,
    now: Date.now,
  });
  const rules = createRules({
    monitor,
    enable: async (change) => {
      const reply = await loop.ruleChange(change);
      if (reply.ok) drafts.enabled(change);
      return reply;
    },
    approver,
    mayDo,
    isDemo,
    now,
    key: randomBytes(32),
    backTestOf: (change) => storedBacktest({ dataDir, plan: plan(), leastTestedMs, now: Date.now() }, change),
  });
  return { rules, drafts: drafts.desk };
}
