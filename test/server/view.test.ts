// What a scope lets through: for any scope and any stream, a partial wall's state is the filter of the whole wall's state.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmView } from "../../contract/alarm.ts";
import { incidentAfter } from "../../contract/incident.ts";
import { tiers, type Plan } from "../../contract/plant.ts";
import { isWithin, type Scope, scopeKey } from "../../contract/scope.ts";
import type { ChangeItem, Changes, SilenceStatus, SiteStatus, Snapshot, ValueTuple } from "../../contract/wall.ts";
import { createFrames } from "../../server/adapters/frame.ts";
import { catchUp, tell, type Told } from "../../server/adapters/gateway/tell.ts";
import { createViews, type View, viewOf } from "../../server/adapters/gateway/view.ts";
import { planOf, point, rule } from "../support/plant.ts";

const ids = ["a", "b", "c", "d"];
const counties = ["north", "south"];
const towns = ["东", "西"];
const sectors = ["hazchem", "tailings"];

/** Four sites, one of each county with each sector; the points of the sites lie between each other in the list. */
function cityOf(cards: Plan["actionCards"] = {}): Plan {
  const codes = ["p", "q", "r"];
  const points = codes.flatMap((code) => ids.map((site) => point(code, { site, actionCard: `card-${site}` })));
  const plan = planOf(points);
  const sites = plan.sites.map((site, place) => ({
    ...site,
    county: counties[place % 2] ?? "",
    town: { zh: towns[place >> 1] ?? "", en: "" },
    sector: sectors[place >> 1] ?? "",
    rules: [{ ...rule("high", {}), actionCard: `rule-${site.id}` }],
  }));
  const named = (all: readonly string[]) => all.map((id) => ({ id, name: { zh: id, en: id } }));
  const outlined = named(sectors).map((sector) => ({ ...sector, outline: "square" as const }));
  return { ...plan, sites, counties: named(counties), sectors: outlined, actionCards: cards };
}
const plan = cityOf();

const some = (names: readonly string[]) => fc.option(fc.subarray([...names], { minLength: 1 }), { nil: undefined });
const scopes: fc.Arbitrary<Scope> = fc
  .record({ counties: some(counties), towns: some(towns), sectors: some(sectors), sites: some([...ids, "gone"]) })
  .map((scope) => Object.fromEntries(Object.entries(scope).filter(([, names]) => names !== undefined)));

/** A step before it has its number. */
type Step = ChangeItem extends infer T ? (T extends ChangeItem ? Omit<T, "seq"> : never) : never;
const places = fc.constantFrom(...ids, "gone");
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.option(places), fc.nat(9)).map(([site, revision]): Step => {
    const alarm = { id: `${site}~x`, site, revision } as AlarmView;
    return { type: "alarm", alarm, transition: {} as never };
  }),
  fc.tuple(places, fc.nat(9)).map(([id, count]): Step => ({ type: "site", site: { id, points: count } as SiteStatus })),
  fc
    .tuple(places, fc.nat(9))
    .map(([site, since]): Step => ({ type: "device", device: { id: `${site}/d1`, state: "online", since } })),
  fc.nat(9).map((since): Step => ({
    type: "neighbour",
    neighbour: { name: "broker", state: "down", since, reason: "at 10.0.0.1" },
  })),
  fc
    .tuple(fc.constantFrom(...counties), fc.nat(9))
    .map(([county, answers]): Step => ({ type: "response", response: { county, medianMs: 1, answers } })),
  fc
    .tuple(fc.constantFrom(...tiers), fc.nat(9), fc.option(scopes, { nil: undefined }))
    .map(([tier, at, scope]): Step => {
      const silence: SilenceStatus = { tier, at, by: "x", ...(scope === undefined ? {} : { scope }) };
      return { type: "silence", silence };
    }),
  fc
    .tuple(fc.constantFrom(...tiers), fc.nat(9))
    .map(([tier, since]): Step => ({ type: "flood", flood: { tier, since } })),
  fc
    .tuple(fc.constantFrom(...tiers), fc.nat(9), fc.option(scopes, { nil: undefined }))
    .map(([tier, at, scope]): Step => {
      const handover = { tier, at, by: "x", note: null, asked: 0, ...(scope === undefined ? {} : { scope }) };
      return { type: "handover", handover };
    }),
);

const empty: Snapshot = {
  protocol: 2,
  version: "0",
  isDemo: false,
  seq: 0,
  at: 0,
  person: null,
  plan,
  alarms: [],
  sites: [],
  devices: [],
  neighbours: [],
  responses: [],
  silences: [],
  floods: [],
  handovers: [],
  incidents: [],
  values: plan.points.map((_, place): ValueTuple => [place, 0, 0, 0, 0]),
};

function put<T>(all: readonly T[], one: T, keyOf: (one: T) => string): readonly T[] {
  const rest = all.filter((other) => keyOf(other) !== keyOf(one));
  return [...rest, one].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** What a wall makes of a change; the server's own state keeps the silences of each scope. */
function fold(state: Snapshot, item: ChangeItem): Snapshot {
  const id = (one: { readonly id: string }): string => one.id;
  switch (item.type) {
    case "alarm":
      return { ...state, alarms: put(state.alarms, item.alarm, id) };
    case "site":
      return { ...state, sites: put(state.sites, item.site, id) };
    case "device":
      return { ...state, devices: put(state.devices, item.device, id) };
    case "neighbour":
      return { ...state, neighbours: put(state.neighbours, item.neighbour, ({ name }) => name) };
    case "response":
      return { ...state, responses: put(state.responses, item.response, ({ county }) => county) };
    case "silence":
      return { ...state, silences: put(state.silences, item.silence, (one) => `${one.tier} ${scopeKey(one.scope)}`) };
    case "handover":
      return {
        ...state,
        handovers: put(state.handovers, item.handover, (one) => `${one.tier} ${scopeKey(one.scope)}`),
      };
    case "flood":
      return { ...state, floods: put(state.floods, item.flood, ({ tier }) => tier) };
    case "incident": {
      const before = state.incidents.find((one) => one.id === item.id);
      return { ...state, incidents: put(state.incidents, incidentAfter(before, item), (one) => one.id) };
    }
  }
}

/** A wall that joins when it is told to, and takes only what goes on from where it stands. */
function wallOf(view: View) {
  const told: Told = { view, upTo: 0, told: 0 };
  const wall = { told, state: null as Snapshot | null, upTo: 0, gaps: 0 };
  return {
    ...wall,
    join(snapshot: Snapshot) {
      this.state = view.snapshot(snapshot);
      this.upTo = snapshot.seq;
      Object.assign(told, { upTo: snapshot.seq, told: snapshot.seq });
    },
    take({ after, upTo, items }: Changes) {
      if (after !== this.upTo) this.gaps += 1;
      for (const item of items) this.state = fold(this.state as Snapshot, item);
      this.upTo = upTo;
    },
  };
}

describe("a view", () => {
  it("lets through for any scope and any stream what the filter of the whole state would, without a gap", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(scopes, fc.nat(6)), { minLength: 1, maxLength: 5 }),
        fc.array(fc.array(steps, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (joining, turns, beats) => {
          const view = createViews(() => plan);
          let whole = empty;
          const joined = joining.map(([scope, at]) => ({ at, wall: wallOf(view(scope)) }));
          for (const [turn, said] of turns.entries()) {
            const after = whole.seq;
            const items = said.map((step, place): ChangeItem => ({ ...step, seq: after + place + 1 }));
            // Some join in the middle of a turn: what is judged but not told yet is in their snapshot.
            for (const [place, item] of items.entries()) {
              whole = { ...fold(whole, item), seq: item.seq };
              for (const { at, wall } of joined) if (at === turn && place === 0) wall.join(whole);
            }
            const there = joined.filter(({ wall }) => wall.state !== null);
            const told = there.map(({ wall }) => [wall, wall.told] as const);
            const changes = { after, upTo: whole.seq, items };
            for (const one of tell(changes, told)) for (const wall of one.walls) wall.take(one.changes);
            if (beats[turn] === true)
              for (const one of catchUp(told)) for (const wall of one.walls) wall.take(one.changes);
            for (const { wall } of there) {
              const { seq, ...state } = wall.told.view.snapshot(whole);
              expect({ ...(wall.state as Snapshot), seq }).toEqual({ ...state, seq });
              expect(wall.gaps).toBe(0);
              if (beats[turn] === true) expect(wall.upTo).toBe(seq);
            }
          }
        },
      ),
    );
  });

  it("has of any scope the points of the sites within, at places that lead back to the same points", () => {
    fc.assert(
      fc.property(scopes, (scope) => {
        const view = viewOf(plan, scope);
        const within = plan.sites.filter((site) => isWithin(scope, site)).map(({ id }) => id);
        expect(view.plan.sites.map(({ id }) => id)).toEqual(within);
        expect(view.plan.points).toEqual(plan.points.filter(({ site }) => within.includes(site)));
        expect(view.plan.items.map(({ site }) => site)).toEqual(within);
        expect(view.plan.devices.map(({ site }) => site)).toEqual(within);
        for (const [place, { id }] of plan.points.entries()) {
          expect(view.hasPoint(id)).toBe(view.plan.points.some((one) => one.id === id));
          if (view.hasPoint(id)) expect(view.plan.points[view.own([place, 1, 0, 2, 3])[0]]?.id).toBe(id);
        }
      }),
    );
  });

  it("keeps of a value all but its place: also its reasons, where it has any", () => {
    const view = viewOf(plan, { sites: ["b"] });
    expect(view.own([1, 2.5, 3, 4, 5])).toEqual([0, 2.5, 3, 4, 5]);
    expect(view.own([5, null, 3, 4, 5, 6])).toEqual([1, null, 3, 4, 5, 6]);
  });

  it("has the action cards, counties and sectors of its own sites", () => {
    const cards = Object.fromEntries(["card-a", "card-b", "rule-a", "rule-b"].map((id) => [id, {}]));
    const view = viewOf(cityOf(cards), { sites: ["b"] });
    expect(Object.keys(view.plan.actionCards)).toEqual(["card-b", "rule-b"]);
    expect([view.plan.counties, view.plan.sectors].map((all) => all.map(({ id }) => id))).toEqual([
      ["south"],
      ["hazchem"],
    ]);
  });

  it("is the same for the same scope until the plan is another, and for the whole city hands changes on as they are", () => {
    let now = plan;
    const views = createViews(() => now);
    expect(views({ sites: ["a", "b"] })).toBe(views({ sites: ["b", "a"] }));
    expect(views(undefined)).toBe(views({}));
    const items: readonly ChangeItem[] = [{ type: "flood", seq: 1, flood: { tier: "city", since: 1 } }];
    expect(views(undefined).items(items)).toBe(items);
    const before = views({ sites: ["a"] });
    now = cityOf();
    expect(views({ sites: ["a"] })).not.toBe(before);
  });
});

describe("frames of a part", () => {
  it("tell for any scope, watch and samples what changed of the own points, under own places, once", () => {
    const samples = fc.array(fc.array(fc.nat(plan.points.length - 1), { maxLength: 6 }), { maxLength: 8 });
    fc.assert(
      fc.property(scopes, fc.option(fc.array(fc.nat(11))), samples, (scope, asked, flushes) => {
        const values = plan.points.map(() => 0);
        const latest = (place: number): ValueTuple => [place, values[place] ?? 0, 0, 0, 0];
        const frames = createFrames<string>({ pointCount: values.length, latest });
        const view = viewOf(plan, scope);
        frames.refresh("whole");
        frames.watch("whole", "all");
        for (const wall of ["one", "two"]) {
          frames.refresh(wall, view);
          frames.watch(wall, wall === "one" || asked === null ? "all" : asked);
        }
        for (const touched of flushes) {
          for (const place of touched) {
            values[place] = (values[place] ?? 0) + 1;
            frames.touch(place);
          }
          const got = frames.flush(1, () => 0);
          const of = (wall: string) =>
            got.filter(({ walls }) => walls.includes(wall)).flatMap(({ frame }) => frame.values);
          const all = of("whole");
          expect(all.map(([place]) => place)).toEqual([...new Set(touched)].toSorted((a, b) => a - b));
          const seen = all.filter(([place]) => view.hasPoint(plan.points[place]?.id ?? ""));
          expect(of("one")).toEqual(seen.map(view.own));
          const wanted = seen.filter(([place]) => asked === null || asked.includes(place));
          expect(of("two")).toEqual(wanted.map(view.own));
          // Encoded once: walls of one view that watch the same are in one delivery.
          if (asked === null && seen.length > 0) expect(got.filter(({ walls }) => walls.length === 2)).toHaveLength(1);
        }
      }),
    );
  });
});
