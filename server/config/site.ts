// One site: its points with their kinds' limits worked out on its parameters, its items and its devices.
import { isName, isPointCode } from "../../contract/topics.ts";
import type { Device, Hazard, Item, Point, Site } from "../../contract/plant.ts";
import { withParameters, type Reader } from "./amount.ts";
import { below, element, type FaultList, type Place } from "./fault-list.ts";
import { hazardFactOf, siteHazardOf } from "./hazard.ts";
import type { Company, Seat } from "./members.ts";
import type { Pack } from "./pack.ts";
import { traitsOf, type Kind, type PointSetting } from "./point.ts";
import type { PointFile, SiteFile } from "./schema.ts";
import { siteSamplingOf } from "./sampling.ts";
import { workOutSiteRules } from "./site-rule.ts";
import { textOf } from "./text.ts";

/** What the rest of the configuration tells a site. */
export interface Surroundings {
  readonly faults: FaultList;
  readonly pack: Pack;
  readonly county: string;
  readonly actionCards: ReadonlySet<string>;
}

/** A site's share of the plan. */
export interface SiteParts {
  readonly site: Site;
  readonly items: readonly Item[];
  readonly points: readonly Point[];
  readonly devices: readonly Device[];
}

const defaultDevice = "gw-1";

/** A site as written; its id is already known to be good. */
export function siteOf(id: string, written: SiteFile, place: Place, around: Surroundings): SiteParts {
  const { faults, pack } = around;
  const reader = readerOf(id, written, place, around);
  const declared = written.devices?.map(String);
  checkDevices(declared ?? [], below(place, "devices"), faults);

  const drafts = draftsOf(id, written, place, around);
  if (drafts.length === 0) faults.addUnlessFaulty(below(place, "points"), "has no points");
  const checks: ((points: ReadonlyMap<string, Point>) => void)[] = [];
  const company: Company = { seats: drafts.map(({ seat }) => seat), self: null, kinds: new Set(pack.kinds.keys()) };
  const setting: PointSetting = { reader, company, waiting: new Set(), later: (check) => checks.push(check) };
  const points = drafts.map((draft) => pointOf(id, draft, { ...around, setting, declared }));
  const ruleBlocks = [...pack.siteRules, { written: written.rules, place: below(place, "rules") }];
  const rules = workOutSiteRules(ruleBlocks, setting);
  const sampling = siteSamplingOf([...pack.sampling, { written: written.sampling, place: below(place, "sampling") }], {
    site: id,
    reader,
    company,
  });
  const byId = new Map(points.map((point) => [point.id, point]));
  for (const check of checks) check(byId);
  for (const rule of rules) checkCard(rule.actionCard, below(below(place, "rules"), rule.id), around);

  const devices = [...new Set([...(declared ?? []).map((code) => `${id}/${code}`), ...points.map((p) => p.device)])];
  const items = itemsOf(id, points, pack);
  const name = textOf(written.name, id);
  const hazard = siteHazardOf(written, place, pack.hazard, faults);
  return {
    site: {
      id,
      name,
      shortName: written.shortName === undefined ? name : textOf(written.shortName, id),
      county: around.county,
      town: textOf(written.town, ""),
      sector: pack.sector.id,
      lng: written.lng ?? 0,
      lat: written.lat ?? 0,
      ...riskOf(written.risk, { hazard, place: below(place, "risk") }, faults),
      rollup: pack.rollup.site,
      items: items.map((item) => item.id),
      devices,
      facts: [
        ...(written.facts ?? []).map((fact) => ({ name: textOf(fact.name, ""), value: textOf(fact.value, "") })),
        ...(hazard === undefined ? [] : [hazardFactOf(hazard)]),
      ],
      ...(hazard === undefined ? {} : { hazard }),
      ...(rules.length === 0 ? {} : { rules: [...rules] }),
      ...(sampling === undefined ? {} : { sampling }),
    },
    items,
    points,
    devices: devices.map((device) => ({ id: device, site: id, code: device.slice(id.length + 1) })),
  };
}

/** A class without a source would be a number that somebody made up; what is worked out from the inventory has one. */
function riskOf(
  written: SiteFile["risk"],
  { hazard, place }: { readonly hazard: Hazard | undefined; readonly place: Place },
  faults: FaultList,
): Pick<Site, "risk"> {
  if (written === undefined) {
    const grade = hazard?.grade ?? null;
    return grade === null ? {} : { risk: { grade, provenance: (hazard as Hazard).provenance.clause } };
  }
  const { grade, provenance } = written;
  if (grade === undefined) faults.addUnlessFaulty(below(place, "grade"), "is missing");
  if (provenance === undefined)
    faults.addUnlessFaulty(below(place, "provenance"), "is missing: where the class stands");
  if (grade === undefined || provenance === undefined) return {};
  return { risk: { grade: grade as 1 | 2 | 3 | 4, provenance } };
}

function readerOf(id: string, written: SiteFile, place: Place, { faults, pack }: Surroundings): Reader {
  const bare: Reader = {
    faults,
    scope: { parameters: new Map(), tables: pack.tables },
    site: id,
    fixed: new Set(),
    lacking: new Map([...pack.mayLack].map(([name, lack]) => [name, [{ name, lack }]])),
    onLack: () => undefined,
  };
  return withParameters(bare, [{ written: written.parameters, place: below(place, "parameters") }, ...pack.parameters]);
}

/** A point before its rules are known: everybody must be there before one can look at another. */
interface PointDraft {
  readonly seat: Seat;
  readonly written: PointFile;
  readonly place: Place;
  readonly kind: Kind | undefined;
}

function draftsOf(id: string, written: SiteFile, place: Place, around: Surroundings): readonly PointDraft[] {
  const codes = new Set<string>();
  return (written.points ?? []).flatMap((each, index) => {
    const at = element(below(place, "points"), index, each.code);
    const code = codeOf(each, at, codes, around.faults);
    if (code === undefined) return [];
    const kind = kindOf(each.kind, below(at, "kind"), around);
    const { zone, unit } = { ...kind?.written, ...each };
    const seat = { id: `${id}/${code}`, code, kind: each.kind ?? code, zone: zone ?? "", unit: unit ?? "1" };
    return [{ seat, written: each, place: at, kind }];
  });
}

function checkDevices(devices: readonly string[], place: Place, faults: FaultList): void {
  for (const [index, code] of devices.entries()) {
    if (!isName(code)) faults.add(element(place, index, undefined), badName(code));
    if (devices.indexOf(code) < index) faults.add(element(place, index, undefined), `${code} is named twice`);
  }
}

function codeOf(written: PointFile, place: Place, codes: Set<string>, faults: FaultList): string | undefined {
  if (written.code === undefined) {
    faults.addUnlessFaulty(below(place, "code"), "is missing");
    return undefined;
  }
  const code = String(written.code);
  if (!isPointCode(code)) {
    faults.add(below(place, "code"), `"${code}" is no point code: letters, digits, "_", "." and "-", 64 at most`);
    return undefined;
  }
  if (codes.has(code)) {
    faults.add(place, "the code is used twice on this site");
    return undefined;
  }
  codes.add(code);
  return code;
}

interface PointSurroundings extends Surroundings {
  readonly setting: PointSetting;
  readonly declared: readonly string[] | undefined;
}

function pointOf(site: string, { seat, written, place, kind }: PointDraft, around: PointSurroundings): Point {
  const { faults, setting } = around;
  const { code: _code, kind: kindKey, device: deviceLabel, ...own } = written;
  // A kind that is not to be had, which is told already, might have said how its points report.
  const isOrphan = kindKey !== undefined && kind === undefined && own.report === undefined;
  const traits = traitsOf({ code: seat.code, written: isOrphan ? { ...own, report: "onChange" } : own, place }, kind, {
    ...setting,
    company: { ...setting.company, self: seat },
  });
  const device = String(deviceLabel ?? around.declared?.[0] ?? defaultDevice);
  if (deviceLabel !== undefined && !isName(device)) {
    faults.add(below(place, "device"), badName(device));
  } else if (around.declared !== undefined && !around.declared.includes(device)) {
    faults.add(below(place, "device"), `unknown device ${device} (this site's: ${around.declared.join(", ")})`);
  }
  const cardPlace = own.actionCard === undefined && kind !== undefined ? kind.place : place;
  checkCard(traits.actionCard ?? undefined, cardPlace, around);
  for (const rule of traits.rules) {
    const key = rule.id === "limit" ? rule.direction : rule.id;
    checkCard(rule.actionCard, below(below(place, "rules"), key), around);
  }
  return {
    ...traits,
    id: seat.id,
    code: seat.code,
    site,
    item: `${site}/${traits.item === "" ? seat.kind : traits.item}`,
    device: `${site}/${device}`,
    kind: seat.kind,
  };
}

function checkCard(card: string | undefined, place: Place, { actionCards, faults }: Surroundings): void {
  if (card !== undefined && !actionCards.has(card)) {
    faults.add(below(place, "actionCard"), `unknown action card ${card}`);
  }
}

function kindOf(key: string | undefined, place: Place, around: Surroundings): Kind | undefined {
  const { faults, pack } = around;
  if (key === undefined) return undefined;
  const kind = pack.kinds.get(key);
  const isBroken = [pack.file, pack.commonFile].some((file) => faults.isFaulty({ file, path: `kinds.${key}` }));
  if (kind === undefined && !isBroken) faults.add(place, `unknown kind ${key} in sector ${pack.sector.id}`);
  return kind;
}

/** Points of one kind are one item, in the order of their first points. */
function itemsOf(site: string, points: readonly Point[], pack: Pack): readonly Item[] {
  const members = new Map<string, Point[]>();
  for (const point of points) members.set(point.item, [...(members.get(point.item) ?? []), point]);
  return [...members].map(([id, [first, ...others]]) => {
    const key = id.slice(site.length + 1);
    const kind = pack.kinds.get(key) ?? (first === undefined ? undefined : pack.kinds.get(first.kind));
    const written = kind?.written.name;
    return {
      id,
      site,
      name: written === undefined ? (first?.name ?? textOf(undefined, key)) : textOf(written, key),
      rollup: pack.rollup.item,
      points: [first, ...others].flatMap((point) => (point === undefined ? [] : [point.id])),
    };
  });
}

function badName(name: string): string {
  return `"${name}" is no name: small letters, digits and "-", 64 at most`;
}
