// What a person's scope lets through: the plan, the snapshot, the changes and the values of his sites, under their own places.
import type { AlarmView } from "../../../contract/alarm.ts";
import type { IncidentHead } from "../../../contract/incident.ts";
import type { Plan, Rule } from "../../../contract/plant.ts";
import { isWhole, isWholeCounty, isWithin, type Scope, scopeKey } from "../../../contract/scope.ts";
import type { ChangeItem, NeighbourStatus, Snapshot, ValueTuple } from "../../../contract/wall.ts";

/** What one scope lets through of one plan; persons of the same scope share it. */
export interface View {
  /** One word for the scope; empty: the whole city. */
  readonly key: string;
  readonly plan: Plan;
  /** The places in the whole plan of the points that are here, in the order of `plan`; "all" where that is every point. */
  readonly places: "all" | readonly number[];
  readonly hasPoint: (id: string) => boolean;
  readonly snapshot: (whole: Snapshot) => Snapshot;
  /** The same array where nothing of it is left out. */
  readonly items: (items: readonly ChangeItem[]) => readonly ChangeItem[];
  /** A value of a point that is here, under its place in this plan. */
  readonly own: (tuple: ValueTuple) => ValueTuple;
}

/** Gives each scope its view of the plan of record: one for all its walls, made anew when the plan is another one. */
export function createViews(plan: () => Plan): (scope: Scope | undefined) => View {
  let known: Plan | null = null;
  const views = new Map<string, View>();
  return (scope) => {
    if (known !== plan()) {
      known = plan();
      views.clear();
    }
    const key = scopeKey(scope);
    const view = views.get(key) ?? viewOf(plan(), scope);
    views.set(key, view);
    return view;
  };
}

/** What a scope lets through of a plan. */
export function viewOf(plan: Plan, scope: Scope | undefined): View {
  return isWhole(scope) ? wholeView(plan) : partialView(plan, scope as Scope);
}

/** Everything but the silences and shifts of those who have a part of it: they make this wall neither quiet nor taken over. */
function wholeView(plan: Plan): View {
  let ids: Set<string> | null = null;
  const isOfAll = ({ scope }: { readonly scope?: Scope }): boolean => scopeKey(scope) === "";
  const isSeen = (item: ChangeItem): boolean => {
    if (item.type === "silence") return isOfAll(item.silence);
    return item.type !== "handover" || isOfAll(item.handover);
  };
  return {
    key: "",
    plan,
    places: "all",
    hasPoint: (id) => (ids ??= new Set(plan.points.map((point) => point.id))).has(id),
    snapshot: (whole) => ({
      ...whole,
      silences: whole.silences.filter(isOfAll),
      handovers: whole.handovers.filter(isOfAll),
    }),
    items: (items) => (items.every(isSeen) ? items : items.filter(isSeen)),
    own: (tuple) => tuple,
  };
}

function partialView(plan: Plan, scope: Scope): View {
  const key = scopeKey(scope);
  const sites = new Set(plan.sites.filter((site) => isWithin(scope, site)).map(({ id }) => id));
  const places = [...plan.points.entries()].filter(([, { site }]) => sites.has(site)).map(([place]) => place);
  const ownPlaces = new Map(places.map((place, own) => [place, own]));
  const own = ([place, ...rest]: ValueTuple): ValueTuple => [ownPlaces.get(place) as number, ...rest];
  const part = planWithin(plan, sites);
  const ids = new Set(part.points.map(({ id }) => id));

  const isOwnSite = ({ id }: { readonly id: string }): boolean => sites.has(id);
  const isOwnDevice = ({ id }: { readonly id: string }): boolean => sites.has(id.slice(0, id.indexOf("/")));
  // Of the link, the neighbours and sites that are in no plan any more: the whole city's.
  const isOwnAlarm = ({ site }: AlarmView): boolean => site !== null && sites.has(site);
  const isOwnIncident = ({ site }: IncidentHead): boolean => site !== null && sites.has(site);
  const isOwnCounty = ({ county }: { readonly county: string }): boolean => isWholeCounty(scope, county);
  const isOwnScope = ({ scope: of }: { readonly scope?: Scope }): boolean => scopeKey(of) === key;

  const see = (item: ChangeItem): readonly ChangeItem[] => {
    switch (item.type) {
      case "alarm":
        return isOwnAlarm(item.alarm) ? [item] : [];
      case "site":
        return isOwnSite(item.site) ? [item] : [];
      case "device":
        return isOwnDevice(item.device) ? [item] : [];
      case "neighbour":
        return [{ ...item, neighbour: withoutReason(item.neighbour) }];
      case "response":
        return isOwnCounty(item.response) ? [item] : [];
      case "silence":
        return isOwnScope(item.silence) ? [item] : [];
      case "flood":
        return [];
      case "handover":
        return isOwnScope(item.handover) ? [item] : [];
      case "incident":
        return isOwnIncident(item.incident) ? [item] : [];
    }
  };
  return {
    key,
    plan: part,
    places,
    hasPoint: (id) => ids.has(id),
    snapshot: (whole) => ({
      ...whole,
      plan: part,
      alarms: whole.alarms.filter(isOwnAlarm),
      sites: whole.sites.filter(isOwnSite),
      devices: whole.devices.filter(isOwnDevice),
      neighbours: whole.neighbours.map(withoutReason),
      responses: whole.responses.filter(isOwnCounty),
      silences: whole.silences.filter(isOwnScope),
      // Counted over every site of the city: more than this wall shows, and none of its business.
      floods: [],
      handovers: whole.handovers.filter(isOwnScope),
      incidents: whole.incidents.filter(isOwnIncident),
      values: places.map((place) => own(whole.values[place] as ValueTuple)),
    }),
    items: (items) => items.flatMap(see),
    own,
  };
}

/** That a neighbour is down every wall must know; where it stands and what ails it is for those who run the city's server. */
function withoutReason(neighbour: NeighbourStatus): NeighbourStatus {
  return { ...neighbour, reason: "" };
}

/** The plan of these sites alone; who answers for which tier, and by when, is no secret. */
function planWithin(plan: Plan, ids: ReadonlySet<string>): Plan {
  const sites = plan.sites.filter(({ id }) => ids.has(id));
  const points = plan.points.filter(({ site }) => ids.has(site));
  const rules = [...points, ...sites].flatMap((owner): readonly Rule[] => owner.rules ?? []);
  const cards = new Set([...points, ...rules].map(({ actionCard }) => actionCard));
  const counties = new Set(sites.map(({ county }) => county));
  const sectors = new Set(sites.map(({ sector }) => sector));
  return {
    ...plan,
    counties: plan.counties.filter(({ id }) => counties.has(id)),
    sectors: plan.sectors.filter(({ id }) => sectors.has(id)),
    sites,
    items: plan.items.filter(({ site }) => ids.has(site)),
    points,
    devices: plan.devices.filter(({ site }) => ids.has(site)),
    actionCards: Object.fromEntries(Object.entries(plan.actionCards).filter(([card]) => cards.has(card))),
  };
}
