// Small plants for tests: a plan of record from a few words, everything else at harmless values.
import type { Condition, Limit } from "../../contract/condition.ts";
import type { Plan, Point, Rollup, Routing, Rule, RuleVersion } from "../../contract/plant.ts";
import type { Level } from "../../contract/level.ts";
import type { RuleChange } from "../../contract/rule-change.ts";

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** A limit at a setpoint; no delay, no deadband unless told. */
export function limit(setpoint: number, rest: Partial<Omit<Limit, "kind" | "setpoint">> = {}): Limit {
  return {
    kind: "limit",
    setpoint,
    deadband: 0,
    onDelayMs: 0,
    onSamples: 1,
    offDelayMs: 0,
    provenance: { from: "product-default", clause: "test", isConfirmed: false },
    ...rest,
  };
}

/** A condition of another kind, true from 1 on; no delay, no deadband unless told. */
export function condition<K extends Condition["kind"]>(
  kind: K,
  rest: Omit<Extract<Condition, { kind: K }>, keyof Limit> & Partial<Omit<Limit, "kind">>,
): Extract<Condition, { kind: K }> {
  return { ...limit(1), ...rest, kind } as unknown as Extract<Condition, { kind: K }>;
}

/** The levels of a version, one condition each. */
export function levelsOf(limits: Partial<Record<Level, Condition | readonly Condition[]>>): RuleVersion["levels"] {
  return Object.fromEntries(Object.entries(limits).map(([level, of]) => [level, "kind" in of ? [of] : [...of]]));
}

/** One version of a rule. */
export function version(number: number, validFrom: number, limits: Parameters<typeof levelsOf>[0]): RuleVersion {
  return { version: number, validFrom, approver: null, levels: levelsOf(limits) };
}

/** A rule named after its direction, with one version from the beginning of time unless told otherwise. */
export function rule(
  direction: Rule["direction"],
  limits: Parameters<typeof levelsOf>[0],
  rest: Partial<Pick<Rule, "latch" | "versions" | "id" | "mayMark">> = {},
): Rule {
  return { id: "limit", direction, latch: false, versions: [version(1, 0, limits)], ...rest };
}

/** A new version of the rule `high` of `s1/p`, valid from then on, unless told otherwise. */
export function changeOf(
  number: number,
  validFrom: number,
  limits: Parameters<typeof levelsOf>[0],
  rest: Partial<Pick<RuleChange, "source" | "rule" | "direction">> = {},
): RuleChange {
  return {
    source: "s1/p",
    rule: "limit",
    direction: "high",
    version: { ...version(number, validFrom, limits), approver: "approver-1" },
    author: "author-1",
    reason: "new design",
    ...rest,
  };
}

/** A point of site `s1`, item `s1/i1`, device `s1/d1`, heard every 10 s. */
export function point(code: string, rest: Partial<Point> = {}): Point {
  const site = rest.site ?? "s1";
  return {
    id: `${site}/${code}`,
    code,
    site,
    item: `${site}/i1`,
    device: `${site}/d1`,
    kind: "level",
    name: { zh: code, en: code },
    unit: "m",
    resolution: 0.01,
    decimals: 2,
    range: { sensor: [-1000, 1000], operator: [-1000, 1000] },
    overRange: "saturated",
    report: { everyMs: 10 * second },
    silentAfterMs: 30 * second,
    silence: {},
    isKey: true,
    rules: [],
    actionCard: null,
    ...rest,
  };
}

/** Who answers in tests: the routing of the product, with round numbers. */
export const routing: Routing = {
  process: {
    blue: [{ tier: "enterprise", withinMs: 30 * minute }],
    yellow: [
      { tier: "enterprise", withinMs: 15 * minute },
      { tier: "county", withinMs: 15 * minute },
    ],
    orange: [
      { tier: "enterprise", withinMs: 10 * minute },
      { tier: "county", withinMs: 10 * minute },
      { tier: "city", withinMs: 10 * minute },
    ],
    red: [
      { tier: "enterprise", withinMs: 5 * minute },
      { tier: "township", withinMs: 5 * minute },
      { tier: "county", withinMs: 5 * minute },
      { tier: "city", withinMs: 5 * minute },
    ],
  },
  data: {
    blue: [{ tier: "enterprise", withinMs: 30 * minute }],
    yellow: [
      { tier: "enterprise", withinMs: 15 * minute },
      { tier: "county", withinMs: 30 * minute },
    ],
    orange: [
      { tier: "enterprise", withinMs: 10 * minute },
      { tier: "county", withinMs: 10 * minute },
      { tier: "city", withinMs: 10 * minute },
    ],
    red: [
      { tier: "enterprise", withinMs: 10 * minute },
      { tier: "county", withinMs: 10 * minute },
      { tier: "city", withinMs: 10 * minute },
    ],
  },
  reAlarmUnacknowledgedMs: { yellow: 15 * minute, orange: 10 * minute, red: 5 * minute },
  reAlarmAcknowledgedMs: { yellow: 8 * hour, orange: 2 * hour, red: 30 * minute },
};

/** The statutory ladder (GB 39496-2020 5.5.4). */
export function ladder(carry: "none" | "one" | "each"): Rollup {
  return { kind: "ladder", need: { yellow: 4, orange: 3, red: 2 }, carry, clause: "GB 39496-2020 5.5.4" };
}

/** What a plan of a test is made of beside its points. */
export interface PlanOptions {
  readonly itemRollup?: Rollup;
  readonly siteRollup?: Rollup;
  readonly routing?: Routing;
  readonly lateAfterMs?: number;
  /** Rules of sites, by site. */
  readonly siteRules?: Readonly<Record<string, readonly Rule[]>>;
  /** Devices that report no point. */
  readonly devices?: readonly string[];
}

/** A plan with the sites, items and devices that its points name. */
export function planOf(points: readonly Point[], options: PlanOptions = {}): Plan {
  const text = { zh: "测试", en: "test" };
  const unique = (all: readonly string[]): string[] => [...new Set(all)];
  const sites = unique(points.map((one) => one.site));
  const items = unique(points.map((one) => one.item));
  const devices = unique([...points.map((one) => one.device), ...(options.devices ?? [])]);
  const siteOf = (id: string): string => id.slice(0, id.indexOf("/"));
  return {
    city: { id: "city", name: text },
    counties: unique(sites.map((site) => `county-${site}`)).map((id) => ({ id, name: text })),
    sectors: [{ id: "test", name: text, outline: "square" }],
    sites: sites.map((id) => ({
      id,
      name: text,
      shortName: text,
      county: `county-${id}`,
      town: text,
      sector: "test",
      lng: 115,
      lat: 22,
      rollup: options.siteRollup ?? { kind: "worstOf" },
      items: items.filter((item) => siteOf(item) === id),
      devices: devices.filter((device) => siteOf(device) === id),
      facts: [],
      ...(options.siteRules?.[id] === undefined ? {} : { rules: [...options.siteRules[id]] }),
    })),
    items: items.map((id) => ({
      id,
      site: siteOf(id),
      name: text,
      rollup: options.itemRollup ?? { kind: "worstOf" },
      points: points.filter((one) => one.item === id).map((one) => one.id),
    })),
    points: [...points],
    devices: devices.map((id) => ({ id, site: siteOf(id), code: id.slice(id.indexOf("/") + 1) })),
    routing: options.routing ?? routing,
    actionCards: {},
    lateAfterMs: options.lateAfterMs ?? 10 * minute,
  };
}
