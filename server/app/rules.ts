// New versions of rules while the server runs: announced, looked at, enabled by two persons, readable ever after (semantics §3).
import { createHmac } from "node:crypto";
import type { Approval } from "../../contract/command.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Announcement, RuleChange, RuleDraft, RuleEnable, RuleHistory } from "../../contract/rule-change.ts";
import type { BacktestReport } from "../../contract/backtest.ts";
import type { Plan, Point, Site } from "../../contract/plant.ts";
import type { Tested } from "../../contract/rule-draft.ts";
import type { ScopedSite } from "../../contract/scope.ts";
import type { Person, Reply } from "../../contract/wall.ts";
import type { Enabled, Previewed, RefusedRule, RuleDesk } from "../adapters/http/rules.ts";
import { findBacktest, hashOfChange } from "../adapters/trials.ts";
import type { NewVersion } from "../config/version-check.ts";
import type { Verdict } from "../domain/access.ts";
import type { Monitor } from "../monitor.ts";
import { ruleOf } from "../monitor/rule-change.ts";
import { inForceOf } from "../replay/trial.ts";

interface Checks {
  readonly faultsOfVersion: (added: NewVersion) => readonly string[];
}

/** What the desk stands on. */
export interface RulesOptions {
  readonly monitor: Pick<Monitor, "state" | "announce">;
  readonly enable: (change: RuleChange) => Promise<Reply>;
  /** The second person, by his password; or why he is not taken. */
  readonly approver: (approval: Approval) => Promise<Person | FaultCode>;
  readonly mayDo: (
    person: Person | null,
    act: "changeRule" | "view",
    context: { readonly isDemo: boolean; readonly site: ScopedSite },
  ) => Verdict;
  readonly isDemo: boolean;
  /** By which alarms go, epoch ms. */
  readonly now: () => number;
  /** What announcements are signed with, so that nobody has seen one that was not made. */
  readonly key: Uint8Array;
  /** The stored test of a change against the past; null: it has none, and is not enabled. @default none is wanted */
  readonly backTestOf?: (change: RuleChange) => object | null;
}

/** So late a valid-from may arrive: two persons need their time between looking and enabling. */
const graceMs = 60_000;

function changeOf(draft: RuleDraft, author: string, approver: string | null): RuleChange {
  const { source, rule, direction, reason } = draft;
  return { source, rule, direction, version: { ...draft.version, approver }, author, reason };
}

/** The announcement without what time alone changes: the same alarms at the same levels. */
function essenceOf({ steps, pending, marked, unknown }: Announcement): unknown {
  return [steps, pending.map(({ level }) => level), marked, unknown];
}

/** How old a back-test may be that a version is enabled by, ms (design: wall S7, 7 days). */
export const testedWithinMs = 7 * 86_400_000;

/** The plan that is judged by, over how long a time a test must have judged, ms, and the time, epoch ms. */
export interface TestRules {
  readonly plan: Plan;
  readonly leastTestedMs: number;
  readonly now: number;
}

/** Whether a report says enough of a change against the version that is in force now. */
export function testOf(report: BacktestReport | null, rules: TestRules, change: RuleChange): Tested {
  const { plan, leastTestedMs, now } = rules;
  if (report === null || report.samples === 0) return "none";
  if (report.to - report.from < leastTestedMs) return "short";
  const rule = ruleOf(plan, change);
  const isNew = rule !== undefined && rule.versions.every(({ version }) => version < change.version.version);
  if (!isNew || report.against !== (inForceOf(rule, change)?.version ?? null)) return "otherVersion";
  return now - report.ranAt > testedWithinMs ? "old" : "yes";
}

/** The stored back-test of a change that it may be enabled by; null: there is none that says enough. */
export function storedBacktest(
  { dataDir, ...rules }: TestRules & { readonly dataDir: string },
  change: RuleChange,
): BacktestReport | null {
  const report = findBacktest(dataDir, hashOfChange(change));
  return testOf(report, rules, change) === "yes" ? report : null;
}

/** Looks up the point or the site with these rules, where its site is this person's; null: as if there were none. */
export function createOwnerOf({
  monitor,
  mayDo,
  isDemo,
}: Pick<RulesOptions, "mayDo" | "isDemo"> & { readonly monitor: Pick<Monitor, "state"> }) {
  return (source: string, person: Person | null, act: "changeRule" | "view"): Point | Site | null => {
    const { plan } = monitor.state();
    const point = plan.points.find(({ id }) => id === source);
    const site = plan.sites.find(({ id }) => id === (point?.site ?? source));
    return site !== undefined && mayDo(person, act, { isDemo, site }).ok ? (point ?? site) : null;
  };
}

/** Makes the desk. */
export function createRules(options: RulesOptions): RuleDesk {
  const { monitor, now, key, backTestOf = () => ({}) } = options;

  const sign = (what: unknown): string => createHmac("sha256", key).update(JSON.stringify(what)).digest("hex");

  // The checks of the configuration are large, and a start has no need of them.
  const checks = (): Promise<Checks> => import("../config/version-check.ts");

  const ownerOf = createOwnerOf(options);

  const refusalOf = (change: RuleChange, { faultsOfVersion }: Checks): RefusedRule | null => {
    const { plan } = monitor.state();
    const rule = ruleOf(plan, change);
    const { version } = change;
    if (rule === undefined) return { ok: false, code: "NOT_FOUND" };
    if (rule.versions.some((one) => one.version >= version.version)) return { ok: false, code: "RULE_CHANGED" };
    if (version.validFrom < now() - graceMs) return { ok: false, code: "RULE_IN_THE_PAST" };
    const point = plan.points.find(({ id }) => id === change.source) ?? null;
    const faults = faultsOfVersion({ rule, version, point });
    return faults.length === 0 ? null : { ok: false, code: "RULE_INVALID", faults };
  };

  /** The announcement, and the word by which a person says that it was this one that he saw: of his draft, of what it does. */
  const announce = (person: Person, draft: RuleDraft, by: Checks): Previewed => {
    if (ownerOf(draft.source, person, "changeRule") === null) return { ok: false, code: "NOT_FOUND" };
    const change = changeOf(draft, person.name, null);
    const refused = refusalOf(change, by);
    if (refused !== null) return refused;
    const announcement = monitor.announce(change, now());
    if (announcement === null) return { ok: false, code: "RULE_CHANGED" };
    const seen = `${sign(["draft", change])}.${sign(["does", change, essenceOf(announcement)])}`;
    return { ok: true, announcement, seen };
  };

  const hasSeen = (previewed: Extract<Previewed, { ok: true }>, seen: string): FaultCode | null => {
    if (previewed.seen === seen) return null;
    const [draft] = previewed.seen.split(".");
    return seen.split(".")[0] === draft ? "RULE_ANNOUNCEMENT_CHANGED" : "RULE_NOT_ANNOUNCED";
  };

  const approverOf = async (person: Person, approval: Approval, source: string): Promise<Person | FaultCode> => {
    if (approval.name === person.name) return "APPROVER_NOT_ALLOWED";
    const approver = await options.approver(approval);
    if (typeof approver === "string") return approver;
    // Two names may be of one person in another spelling: what counts is who he is.
    const isAnother = approver.name !== person.name;
    const isTheirs = ownerOf(source, approver, "changeRule") !== null;
    return isAnother && isTheirs ? approver : "APPROVER_NOT_ALLOWED";
  };

  return {
    preview: async (person: Person, draft: RuleDraft): Promise<Previewed> => announce(person, draft, await checks()),
    enable: async (person: Person, { change: draft, approval, seen }: RuleEnable): Promise<Enabled> => {
      // Faults of the draft come before a password is asked for; what the plan says meanwhile is looked at once more below.
      const by = await checks();
      const first = announce(person, draft, by);
      if (!first.ok) return first;
      const approver = await approverOf(person, approval, draft.source);
      if (typeof approver === "string") return { ok: false, code: approver };
      const previewed = announce(person, draft, by);
      if (!previewed.ok) return previewed;
      const unseen = hasSeen(previewed, seen);
      if (unseen !== null) return { ok: false, code: unseen };
      const change = changeOf(draft, person.name, approver.name);
      if (backTestOf(change) === null) return { ok: false, code: "RULE_NOT_BACK_TESTED" };
      // From the announcement to here nothing else was judged: the change is the next input but for what falls due before it.
      const reply = await options.enable(change);
      return reply.ok ? { ok: true, seq: reply.seq, version: change.version.version } : { ok: false, code: reply.code };
    },
    versionsOf: (source: string, person: Person | null): RuleHistory | null => {
      const owner = ownerOf(source, person, "view");
      if (owner === null) return null;
      const rules = (owner.rules ?? []).map(({ id, direction, name, versions }) => ({
        rule: id,
        direction,
        ...(name === undefined ? {} : { name }),
        versions: versions.toSorted((a, b) => b.version - a.version),
      }));
      return { source, rules };
    },
  };
}
