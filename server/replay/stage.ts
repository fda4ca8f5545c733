// What the journal tells of the surroundings of a point's samples: since when its rules are what they are, storms, and absences.
import type { JournalRecord } from "../../contract/journal.ts";
import type { Plan, Point, Rule } from "../../contract/plant.ts";
import type { SiteStatus } from "../../contract/wall.ts";
import type { CompiledRule } from "../monitor/plant.ts";
import { changedPlan } from "../monitor/rule-change.ts";

/** A storm of the point's site, event times; without end while it holds. */
export interface Storm {
  readonly from: number;
  readonly to: number;
}

/** Server time at which the point's device left, or was there again, or at which something may have been missed. */
export interface Presence {
  readonly at: number;
  readonly kind: "left" | "back" | "doubted";
}

/** What is known of one point's surroundings. */
export interface Stage {
  readonly take: (record: JournalRecord) => void;
  /** Its device came or went; it came also where it has sent something. */
  readonly link: (isOnline: boolean, at: number) => void;
  /** From when on a rule was what it is now; what was judged of it before is not judged again. */
  readonly sinceOf: (alarmId: string) => number;
  /** The point with each version of its rules in force from when on it was entered. */
  readonly asEntered: (point: Point) => Point;
  readonly storms: () => readonly Storm[];
  readonly presences: readonly Presence[];
}

/** The rule of a point by its identity in the plan. */
function keyOf({ id, direction }: Pick<Rule, "id" | "direction">): string {
  return `${id} ${direction}`;
}

function isSameRule(before: Point, after: Point, rule: Rule): boolean {
  const old = before.rules.find((one) => keyOf(one) === keyOf(rule));
  const of = (point: Point, its: Rule | undefined): string => JSON.stringify([{ ...point, rules: [] }, its]);
  return of(before, old) === of(after, rule);
}

/** Begins with nothing told yet. */
export function createStage(point: Point, rules: readonly CompiledRule[], newest: Storm | null): Stage {
  let was: Plan | null = null;
  const since = new Map<string, number>();
  const entered = new Map<string, number>();
  const storms: Storm[] = [];
  const presences: Presence[] = [];
  let openedAt: number | null = null;
  let turnAt = Infinity;
  let isLeft = false;
  const deviceOf = point.device;

  const takePlan = (plan: Plan, at: number): void => {
    const after = plan.points.find(({ id }) => id === point.id);
    const before = was?.points[0];
    was = after === undefined ? null : { ...plan, sites: [], points: [after] };
    if (after === undefined) return;
    for (const rule of after.rules) {
      // What was before the first plan that is read cannot be known: it stays as it was judged.
      if (before === undefined || !isSameRule(before, after, rule)) since.set(keyOf(rule), at);
    }
  };
  const takeSite = ({ id, sampling }: SiteStatus): void => {
    if (id !== point.site || sampling === undefined) return;
    if (sampling.profile === "storm") openedAt ??= Math.min(sampling.since, turnAt);
    else if (openedAt !== null) {
      storms.push({ from: openedAt, to: sampling.since });
      openedAt = null;
    }
  };
  const note = (kind: Presence["kind"], at: number): void => {
    if (kind !== "doubted") isLeft = kind === "left";
    presences.push({ at, kind });
  };
  const link = (isOnline: boolean, at: number): void => {
    if (isOnline === isLeft) note(isOnline ? "back" : "left", at);
  };

  return {
    take: (record) => {
      if (record.type === "end") turnAt = Infinity;
      else if (record.type === "change") {
        const { change } = record;
        // A storm begins with the instant whose alarm brought it, which its own turn tells just before.
        if (change.type === "alarm") turnAt = change.transition.at;
        else if (change.type === "site") takeSite(change.site);
      } else {
        const { input } = record;
        if (input.kind === "plan") takePlan(input.plan, input.at);
        else if (input.kind === "ruleChange" && input.change.source === point.id) {
          const { rule, direction, version } = input.change;
          const key = `${keyOf({ id: rule, direction })} ${version.version}`;
          if (!entered.has(key)) entered.set(key, input.at);
          was = was === null ? null : (changedPlan(was, input.change) ?? was);
        } else if (input.kind === "link" && `${input.site}/${input.device}` === deviceOf) link(input.online, input.at);
        else if (input.kind === "neighbour" && (input.name === "server" || input.name === "broker"))
          note("doubted", input.at);
      }
    },
    link,
    sinceOf: (alarmId) => {
      const rule = rules.find((one) => one.alarmId === alarmId)?.rule;
      return rule === undefined ? -Infinity : (since.get(keyOf(rule)) ?? -Infinity);
    },
    asEntered: (its) => ({
      ...its,
      rules: its.rules.map((rule) => ({
        ...rule,
        versions: rule.versions.map((version) => {
          const key = keyOf(rule);
          const from = Math.max(since.get(key) ?? -Infinity, entered.get(`${key} ${version.version}`) ?? -Infinity);
          return { ...version, validFrom: Math.max(version.validFrom, from) };
        }),
      })),
    }),
    storms: () => {
      const seen = openedAt === null ? storms : [...storms, { from: openedAt, to: Infinity }];
      // The newest is known to the instant.
      return newest === null ? seen : [...seen.slice(0, -1), newest];
    },
    presences,
  };
}
