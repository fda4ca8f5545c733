// Who owes an answer at which level, by when and by which department: routing.yaml laid over the built-in table.
import { levels, type Level } from "../../contract/level.ts";
import { tiers, type Plan, type Routing, type Tier } from "../../contract/plant.ts";
import type { Text } from "../../contract/faults.ts";
import { below, element, type FaultList, type Place } from "./fault-list.ts";
import type { OverlayFile, RoutingFile } from "./schema.ts";
import { textOf } from "./text.ts";
import type { EachLevel } from "./written.ts";

const minute = 60_000;
const hour = 60 * minute;

type Duties = Routing["process"];
type DutiesFile = NonNullable<RoutingFile["process"]>;
type Departments = { readonly [tier in Tier]?: Text };
/** Duties as far as one layer says them; departments still to be found. */
type LayerDuties = EachLevel<Duties[Level]>;

/** What a layer of the routing says: the default, a sector, a county, or a sector of a county. */
interface Layer {
  readonly departments: Departments;
  readonly process: LayerDuties;
  readonly data: LayerDuties;
}

/** The names that overlays may use. */
export interface RoutingScope {
  readonly sectors: readonly string[];
  readonly counties: readonly string[];
  /** False where a file could not be read: an unknown name may then be that file's. */
  readonly isWhole: boolean;
}

function within(minutes: EachLevelOfTier): Duties[Level] {
  return Object.entries(minutes).map(([tier, each]) => ({ tier: tier as Tier, withinMs: each * minute }));
}
type EachLevelOfTier = { readonly [tier in Tier]?: number };

/** The departments that serve where routing.yaml names none (design defaults): offices, never people. */
const defaultDepartments: Readonly<Record<Tier, Text>> = {
  enterprise: { zh: "企业值班室", en: "Enterprise duty desk" },
  township: { zh: "乡镇（街道）应急管理办公室", en: "Township office" },
  county: { zh: "县（市、区）应急管理局值班室", en: "County duty room" },
  city: { zh: "市应急管理局值班室", en: "City duty room" },
};

/** The table that serves where routing.yaml says nothing (design defaults). */
const defaultLayer: Layer = {
  departments: defaultDepartments,
  process: {
    blue: within({ enterprise: 30 }),
    yellow: within({ enterprise: 15, county: 15 }),
    orange: within({ enterprise: 10, county: 10, city: 10 }),
    red: within({ enterprise: 5, township: 5, county: 5, city: 5 }),
  },
  data: {
    blue: within({ enterprise: 30 }),
    yellow: within({ enterprise: 15, county: 30 }),
    orange: within({ enterprise: 10, county: 10, city: 10 }),
    red: within({ enterprise: 10, county: 10, city: 10 }),
  },
};

const day = 24 * hour;

/**
 * What an incident owes where routing.yaml says nothing, from its opening on (design). The hour at red is that of an accident:
 * a unit reports within 1 h, each authority passes it on within 2 h (State Council Order 493, art. 9 and 11).
 */
const defaultIncident: NonNullable<Routing["incident"]> = {
  yellow: {
    verified: { tier: "enterprise", withinMs: 2 * hour },
    disposing: { tier: "enterprise", withinMs: 4 * hour },
    reported: { tier: "enterprise", withinMs: 8 * hour },
    reviewed: { tier: "county", withinMs: 3 * day },
    archived: { tier: "county", withinMs: 7 * day },
  },
  orange: {
    verified: { tier: "enterprise", withinMs: hour },
    disposing: { tier: "enterprise", withinMs: 90 * minute },
    reported: { tier: "county", withinMs: 2 * hour },
    reviewed: { tier: "county", withinMs: 3 * day },
    archived: { tier: "county", withinMs: 15 * day },
  },
  red: {
    verified: { tier: "enterprise", withinMs: 30 * minute },
    disposing: { tier: "enterprise", withinMs: 45 * minute },
    reported: { tier: "enterprise", withinMs: hour },
    reviewed: { tier: "city", withinMs: 3 * day },
    archived: { tier: "city", withinMs: 30 * day },
  },
};

/** A transition this far behind the clock is found late (semantics §7). */
export const defaultLateAfterMs = 10 * minute;

/**
 * The routing as written; each part of the default counts as a whole or not at all. Overlays say only what is otherwise: a
 * level replaces the level, a department the department. The closer one wins: a county before a sector, both before either.
 */
export function routingOf(written: RoutingFile, place: Place, scope: RoutingScope, faults: FaultList): Routing {
  const base: Layer = {
    departments: written.departments === undefined ? defaultDepartments : departmentsOf(written.departments),
    process: wholeOf(written.process, defaultLayer.process, below(place, "process"), faults),
    data: wholeOf(written.data, defaultLayer.data, below(place, "data"), faults),
  };
  const layers = overlaysOf(written.overlays ?? [], below(place, "overlays"), scope, faults);
  const at = below(place, "departments");
  const routes = pairsOf([...layers.keys()], scope).map(([sector, county]) => {
    const keys = [keyOf(sector, null), keyOf(null, county), keyOf(sector, county)];
    return { sector, county, ...resolved([base, ...keys.flatMap((key) => layers.get(key) ?? [])], at, faults) };
  });
  return {
    ...resolved([base], at, faults),
    ...(routes.length === 0 ? {} : { routes }),
    incident: written.incident ?? defaultIncident,
    // Nobody has said yet how often to ask: routing.yaml does, for a duty room; a bare series needs no reminders.
    reAlarmUnacknowledgedMs: written.reAlarmUnacknowledgedMs ?? {},
    reAlarmAcknowledgedMs: written.reAlarmAcknowledgedMs ?? { yellow: 8 * hour, orange: 2 * hour, red: 30 * minute },
  };
}

function keyOf(sector: string | null, county: string | null): string {
  return `${sector ?? "*"} ${county ?? "*"}`;
}

/** Every sector of every county that one of the overlays speaks of. */
function pairsOf(keys: readonly string[], scope: RoutingScope): readonly (readonly [sector: string, county: string])[] {
  const isNamed = (sector: string, county: string): boolean =>
    [keyOf(sector, null), keyOf(null, county), keyOf(sector, county)].some((key) => keys.includes(key));
  return scope.sectors.flatMap((sector) =>
    scope.counties.flatMap((county) => (isNamed(sector, county) ? [[sector, county] as const] : [])),
  );
}

function overlaysOf(
  written: readonly OverlayFile[],
  place: Place,
  { sectors, counties, isWhole }: RoutingScope,
  faults: FaultList,
): ReadonlyMap<string, Layer> {
  const layers = new Map<string, Layer>();
  for (const [index, overlay] of written.entries()) {
    const at = element(place, index, undefined);
    const sector = overlay.sector ?? null;
    const county = overlay.county === undefined ? null : String(overlay.county);
    const known = (all: readonly string[]): string => `(known: ${all.join(", ")})`;
    if (sector === null && county === null) faults.addUnlessFaulty(at, "names neither a sector nor a county");
    if (sector !== null && !sectors.includes(sector) && isWhole)
      faults.add(below(at, "sector"), `unknown sector ${sector} ${known(sectors)}`);
    if (county !== null && !counties.includes(county) && isWhole)
      faults.add(below(at, "county"), `unknown county ${county} ${known(counties)}`);
    if (layers.has(keyOf(sector, county))) faults.add(at, "an overlay before it speaks of the same");
    layers.set(keyOf(sector, county), {
      departments: departmentsOf(overlay.departments ?? {}),
      process: partOf(overlay.process, below(at, "process"), faults),
      data: partOf(overlay.data, below(at, "data"), faults),
    });
  }
  return layers;
}

function departmentsOf(written: NonNullable<RoutingFile["departments"]>): Departments {
  return Object.fromEntries(
    tiers.flatMap((tier) => (written[tier] === undefined ? [] : [[tier, textOf(written[tier], "")]])),
  );
}

/** Layers one upon the other; a tier that owes an answer without a department is a hole. */
function resolved(layers: readonly Layer[], place: Place, faults: FaultList): Pick<Routing, "process" | "data"> {
  const departments = layers.reduce<Departments>((all, layer) => ({ ...all, ...layer.departments }), {});
  const named = (duty: Duties[Level][number]): Duties[Level][number] => {
    const department = duty.department ?? departments[duty.tier];
    if (department === undefined)
      faults.addUnlessFaulty(below(place, duty.tier), `is missing: no department answers for ${duty.tier}`);
    return department === undefined ? duty : { ...duty, department };
  };
  const dutiesOf = (part: "process" | "data"): Duties => {
    const whole = layers.reduce<LayerDuties>((all, layer) => ({ ...all, ...layer[part] }), {});
    return Object.fromEntries(levels.map((level) => [level, (whole[level] ?? []).map(named)])) as Duties;
  };
  return { process: dutiesOf("process"), data: dutiesOf("data") };
}

/** The default says every level, or nothing. */
function wholeOf(
  written: DutiesFile | undefined,
  otherwise: LayerDuties,
  place: Place,
  faults: FaultList,
): LayerDuties {
  if (written === undefined) return otherwise;
  return Object.fromEntries(levels.map((level) => [level, dutyOf(written[level], below(place, level), faults)]));
}

/** An overlay says the levels that are otherwise. */
function partOf(written: DutiesFile | undefined, place: Place, faults: FaultList): LayerDuties {
  const said = levels.filter((level) => written?.[level] !== undefined);
  return Object.fromEntries(said.map((level) => [level, dutyOf(written?.[level], below(place, level), faults)]));
}

function dutyOf(written: DutiesFile[Level] | undefined, place: Place, faults: FaultList): Duties[Level] {
  // An alarm that nobody must answer would sound until somebody happens to look.
  if (written === undefined || written.length === 0) {
    faults.addUnlessFaulty(place, "no tier owes an answer: name at least one");
    return [];
  }
  const seen = new Set<Tier>();
  return written.flatMap((duty, index) => {
    const at = element(place, index, undefined);
    if (duty.tier === undefined) faults.addUnlessFaulty(below(at, "tier"), "is missing");
    if (duty.withinMs === undefined) faults.addUnlessFaulty(below(at, "withinMs"), "is missing");
    if (duty.tier === undefined || duty.withinMs === undefined) return [];
    if (seen.has(duty.tier)) faults.add(below(at, "tier"), `${duty.tier} is named twice`);
    seen.add(duty.tier);
    const { tier, withinMs } = duty;
    return [{ tier, withinMs, ...(duty.department === undefined ? {} : { department: textOf(duty.department, "") }) }];
  });
}

/** The routing of a plan whose configuration says nothing of it. */
export const defaultRouting: Routing = routingOf(
  {},
  { file: "", path: "" },
  { sectors: [], counties: [], isWhole: true },
  { add: () => {}, addUnlessFaulty: () => {}, isFaulty: () => false, lines: () => [] },
);

/** What overlays may name, from the parts of a plan. */
export function scopeOf(plan: Pick<Plan, "sectors" | "counties">, isWhole: boolean): RoutingScope {
  return { sectors: plan.sectors.map(({ id }) => id), counties: plan.counties.map(({ id }) => id), isWhole };
}
