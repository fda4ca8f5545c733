// One site: its points with their kinds' limits worked out on its parameters, its items and its devices.
import { isName, isPointCode } from "../../contract/topics.ts";
import type { Device, Item, Point, Site } from "../../contract/plant.ts";
import { parametersOf, type Reader } from "./amount.ts";
import { below, element, type FaultList, type Place } from "./fault-list.ts";
import type { Pack } from "./pack.ts";
import { traitsOf, type Kind } from "./point.ts";
import type { PointFile, SiteFile } from "./schema.ts";
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
  const parameters = parametersOf(
    [{ written: written.parameters, place: below(place, "parameters") }, pack.parameters],
    pack.tables,
    faults,
    id,
  );
  const reader: Reader = { faults, scope: { parameters, tables: pack.tables }, site: id };
  const declared = written.devices?.map(String);
  checkDevices(declared ?? [], below(place, "devices"), faults);

  const codes = new Set<string>();
  const points = (written.points ?? []).flatMap((each, index) => {
    const at = element(below(place, "points"), index, each.code);
    const code = codeOf(each, at, codes, faults);
    if (code === undefined) return [];
    return [pointOf(id, code, each, at, { ...around, reader, declared })];
  });
  if (points.length === 0) faults.addUnlessFaulty(below(place, "points"), "has no points");

  const devices = [...new Set([...(declared ?? []).map((code) => `${id}/${code}`), ...points.map((p) => p.device)])];
  const items = itemsOf(id, points, pack);
  const name = textOf(written.name, id);
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
      ...riskOf(written.risk, below(place, "risk"), faults),
      rollup: pack.rollup.site,
      items: items.map((item) => item.id),
      devices,
      facts: (written.facts ?? []).map((fact) => ({ name: textOf(fact.name, ""), value: textOf(fact.value, "") })),
    },
    items,
    points,
    devices: devices.map((device) => ({ id: device, site: id, code: device.slice(id.length + 1) })),
  };
}

/** A class without a source would be a number that somebody made up. */
function riskOf(written: SiteFile["risk"], place: Place, faults: FaultList): Pick<Site, "risk"> {
  if (written === undefined) return {};
  const { grade, provenance } = written;
  if (grade === undefined) faults.addUnlessFaulty(below(place, "grade"), "is missing");
  if (provenance === undefined)
    faults.addUnlessFaulty(below(place, "provenance"), "is missing: where the class stands");
  if (grade === undefined || provenance === undefined) return {};
  return { risk: { grade: grade as 1 | 2 | 3 | 4, provenance } };
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
  readonly reader: Reader;
  readonly declared: readonly string[] | undefined;
}

function pointOf(site: string, code: string, written: PointFile, place: Place, around: PointSurroundings): Point {
  const { faults } = around;
  const { code: _code, kind: kindKey, device: deviceLabel, ...own } = written;
  const kind = kindOf(kindKey, below(place, "kind"), around);
  // A kind that is not to be had, which is told already, might have said how its points report.
  const isOrphan = kindKey !== undefined && kind === undefined && own.report === undefined;
  const traits = traitsOf(
    { code, written: isOrphan ? { ...own, report: "onChange" } : own, place },
    kind,
    around.reader,
  );
  const device = String(deviceLabel ?? around.declared?.[0] ?? defaultDevice);
  if (deviceLabel !== undefined && !isName(device)) {
    faults.add(below(place, "device"), badName(device));
  } else if (around.declared !== undefined && !around.declared.includes(device)) {
    faults.add(below(place, "device"), `unknown device ${device} (this site's: ${around.declared.join(", ")})`);
  }
  if (traits.actionCard !== null && !around.actionCards.has(traits.actionCard)) {
    const at = own.actionCard === undefined && kind !== undefined ? kind.place : place;
    faults.add(below(at, "actionCard"), `unknown action card ${traits.actionCard}`);
  }
  const kindName = kindKey ?? code;
  return {
    ...traits,
    id: `${site}/${code}`,
    code,
    site,
    item: `${site}/${traits.item === "" ? kindName : traits.item}`,
    device: `${site}/${device}`,
    kind: kindName,
  };
}

function kindOf(key: string | undefined, place: Place, around: PointSurroundings): Kind | undefined {
  const { faults, pack } = around;
  if (key === undefined) return undefined;
  const kind = pack.kinds.get(key);
  const isBroken = faults.isFaulty({ file: pack.file, path: `kinds.${key}` });
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
