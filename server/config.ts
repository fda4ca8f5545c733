// The configuration directory read into the plan: every number worked out, every fault listed at once.
import { basename, join } from "node:path";
import { isName } from "../contract/topics.ts";
import type { Drawing } from "../contract/drawing.ts";
import type { Plan } from "../contract/plant.ts";
import { drawingOf } from "./config/drawing.ts";
import { below, createFaultList, element, type FaultList, type Place } from "./config/fault-list.ts";
import { builtInPack, packOf, type Pack } from "./config/pack.ts";
import { readYamlFile, readYamlFolder } from "./config/read-yaml.ts";
import { defaultLateAfterMs, routingOf, scopeOf } from "./config/routing.ts";
import {
  packFileSchema,
  plantFileSchema,
  routingFileSchema,
  type ActionCardsFile,
  type PlantFile,
} from "./config/schema.ts";
import { createShapeCheck } from "./config/shape.ts";
import { siteOf, type SiteParts } from "./config/site.ts";
import { textOf } from "./config/text.ts";

/** The plan, or everything that keeps it from being one. */
export type LoadedPlan =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly faults: readonly string[] };

interface Packs {
  readonly list: readonly Pack[];
  /** What all of them share. */
  readonly common: Pack | undefined;
  /** False where a file could not be read: an unknown sector may then be that file's. */
  readonly isWhole: boolean;
}

interface Plant {
  readonly files: readonly { readonly file: string; readonly written: PlantFile }[];
  readonly isWhole: boolean;
}

const checkPack = createShapeCheck(packFileSchema);
const checkPlant = createShapeCheck(plantFileSchema);
const checkRouting = createShapeCheck(routingFileSchema);

/** Reads `DIR/plant/*.yaml`, `DIR/packs/*.yaml` and `DIR/routing.yaml`; the last two may be absent. */
export function loadPlan(dir: string): LoadedPlan {
  const faults = createFaultList();
  const packs = readPacks(dir, faults);
  const plant = readPlant(dir, faults);
  const routingFile = join(dir, "routing.yaml");
  const routing = checkRouting(readYamlFile(routingFile, faults)?.content, routingFile, faults);

  const city = cityOf(plant, faults);
  const counties = countiesOf(plant, city, faults);
  const actionCards = actionCardsOf(packs, plant, faults);
  const sites = withDrawings(sitesOf(plant, packs, counties, new Set(Object.keys(actionCards)), faults), plant, faults);
  const usesBuiltIn = sites.some(({ site }) => site.sector === builtInPack.sector.id);
  const sectors = [...packs.list, ...(packs.list.length === 0 && usesBuiltIn ? [builtInPack] : [])].map(
    (p) => p.sector,
  );
  const scope = scopeOf({ sectors, counties: [...counties] }, packs.isWhole && plant.isWhole);
  const plan: Plan = {
    city,
    counties: [...counties],
    sectors,
    sites: sites.map(({ site }) => site),
    items: sites.flatMap(({ items }) => items),
    points: sites.flatMap(({ points }) => points),
    devices: sites.flatMap(({ devices }) => devices),
    routing: routingOf(routing, { file: routingFile, path: "" }, scope, faults),
    actionCards,
    lateAfterMs: routing.lateAfterMs ?? defaultLateAfterMs,
  };
  const lines = faults.lines();
  return lines.length === 0 ? { ok: true, plan } : { ok: false, faults: lines };
}

function readPacks(dir: string, faults: FaultList): Packs {
  const folder = readYamlFolder(join(dir, "packs"), faults);
  const files = folder.files.map(({ file, content }) => ({ file, written: checkPack(content, file, faults) }));
  const commons = files.filter(({ written }) => written.isCommon === true);
  for (const { file } of commons.slice(1)) faults.add({ file, path: "isCommon" }, `is already ${commons[0]?.file}`);
  const common = commons[0] && packOf(commons[0].written, commons[0].file, "common", { faults, common: undefined });
  const byId = new Map<string, Pack>();
  for (const { file, written } of files) {
    if (written.isCommon === true) continue;
    const pack = packOf(written, file, basename(file).replace(/\.ya?ml$/u, ""), { faults, common });
    const { id } = pack.sector;
    const place: Place = { file, path: "sector" };
    const known = byId.get(id);
    if (!isName(id)) faults.add(place, `"${id}" is no name: small letters, digits and "-", 64 at most`);
    if (known === undefined) byId.set(id, pack);
    else faults.add(place, `${id} is already the sector of ${known.file}`);
  }
  return { list: [...byId.values()], common, isWhole: folder.isWhole };
}

function readPlant(dir: string, faults: FaultList): Plant {
  const folder = readYamlFolder(join(dir, "plant"), faults);
  const files = folder.files.map(({ file, content }) => ({ file, written: checkPlant(content, file, faults) }));
  const place: Place = { file: join(dir, "plant"), path: "" };
  if (files.length === 0 && folder.isWhole) faults.add(place, "no *.yaml file is here: a plant has at least one site");
  const mayName = ({ file, written }: Plant["files"][number]): boolean =>
    (written.sites ?? []).length > 0 || faults.isFaulty({ file, path: "" }) || faults.isFaulty({ file, path: "sites" });
  if (files.length > 0 && folder.isWhole && !files.some(mayName)) faults.add(place, "no file here names a site");
  return { files, isWhole: folder.isWhole };
}

function cityOf(plant: Plant, faults: FaultList): Plan["city"] {
  const [first, ...others] = plant.files.filter(({ written }) => written.city !== undefined);
  for (const { file } of others) faults.add({ file, path: "city" }, `is already in ${first?.file ?? ""}`);
  const city = first?.written.city;
  const id = String(city?.id ?? "city");
  return { id, name: city?.name === undefined && city?.id === undefined ? defaultCityName : textOf(city.name, id) };
}

const defaultCityName = { zh: "全市", en: "City" } as const;

function countiesOf(plant: Plant, city: Plan["city"], faults: FaultList): Plan["counties"] {
  const counties = new Map<string, Plan["counties"][number]>();
  for (const { file, written } of plant.files) {
    for (const [index, county] of (written.counties ?? []).entries()) {
      const place = element({ file, path: "counties" }, index, county.id);
      if (county.id === undefined) {
        faults.addUnlessFaulty(below(place, "id"), "is missing");
        continue;
      }
      const id = String(county.id);
      if (counties.has(id)) faults.add(place, "the id is used twice");
      counties.set(id, { id, name: textOf(county.name, id) });
    }
  }
  // A plant without counties is one county, called like its city.
  return counties.size === 0 ? [{ id: city.id, name: city.name }] : [...counties.values()];
}

function actionCardsOf(packs: Packs, plant: Plant, faults: FaultList): Plan["actionCards"] {
  const cards: Record<string, Plan["actionCards"][string]> = {};
  const sources: readonly { readonly file: string; readonly cards: ActionCardsFile | undefined }[] = [
    ...[packs.common, ...packs.list].flatMap((pack) =>
      pack === undefined ? [] : [{ file: pack.file, cards: pack.actionCards }],
    ),
    ...plant.files.map(({ file, written }) => ({ file, cards: written.actionCards })),
  ];
  for (const source of sources) {
    for (const [id, card] of Object.entries(source.cards ?? {})) {
      if (Object.hasOwn(cards, id)) faults.add({ file: source.file, path: `actionCards.${id}` }, "is already there");
      cards[id] = Object.fromEntries(Object.entries(card).map(([level, text]) => [level, textOf(text, "")]));
    }
  }
  return cards;
}

function sitesOf(
  plant: Plant,
  packs: Packs,
  counties: Plan["counties"],
  actionCards: ReadonlySet<string>,
  faults: FaultList,
): readonly SiteParts[] {
  const files = new Map<string, string>();
  return plant.files.flatMap(({ file, written }) =>
    (written.sites ?? []).flatMap((site, index) => {
      const place = element({ file, path: "sites" }, index, site.id);
      const { id } = site;
      if (id === undefined) {
        faults.addUnlessFaulty(below(place, "id"), "is missing");
        return [];
      }
      if (!isName(id)) faults.add(below(place, "id"), `"${id}" is no name: small letters, digits and "-", 64 at most`);
      const known = files.get(id);
      if (known !== undefined) faults.add(place, `the id is already used in ${known}`);
      files.set(id, file);
      const pack = packFor(site.sector, below(place, "sector"), packs, faults);
      const county = countyFor(site.county, below(place, "county"), counties, plant.isWhole, faults);
      return pack === undefined ? [] : [siteOf(id, site, place, { faults, pack, county, actionCards })];
    }),
  );
}

function withDrawings(sites: readonly SiteParts[], plant: Plant, faults: FaultList): readonly SiteParts[] {
  const drawn = new Map<string, Drawing>();
  for (const { file, written } of plant.files) {
    for (const [id, drawing] of Object.entries(written.drawings ?? {})) {
      const place: Place = { file, path: `drawings.${id}` };
      const parts = sites.find(({ site }) => site.id === id);
      if (parts === undefined && plant.isWhole) faults.add(place, `unknown site ${id}`);
      if (drawn.has(id)) faults.add(place, "is already there");
      if (parts !== undefined) drawn.set(id, drawingOf(drawing, id, parts.points, place, faults));
    }
  }
  return sites.map((parts) => {
    const drawing = drawn.get(parts.site.id);
    return drawing === undefined ? parts : { ...parts, site: { ...parts.site, drawing } };
  });
}

function packFor(sector: string | undefined, place: Place, packs: Packs, faults: FaultList): Pack | undefined {
  const [first, ...others] = packs.list;
  if (sector === undefined) {
    if (first === undefined) return packs.isWhole ? builtInPack : undefined;
    if (others.length > 0) faults.addUnlessFaulty(place, `is missing: one of ${sectorsOf(packs)}`);
    return others.length > 0 ? undefined : first;
  }
  const pack = packs.list.find((each) => each.sector.id === sector);
  if (pack === undefined && first === undefined && sector === builtInPack.sector.id) return builtInPack;
  if (pack === undefined && packs.isWhole) faults.add(place, `unknown sector ${sector} (known: ${sectorsOf(packs)})`);
  return pack;
}

function sectorsOf(packs: Packs): string {
  return packs.list.length === 0 ? builtInPack.sector.id : packs.list.map((pack) => pack.sector.id).join(", ");
}

function countyFor(
  written: string | number | undefined,
  place: Place,
  counties: Plan["counties"],
  isWhole: boolean,
  faults: FaultList,
): string {
  const known = counties.map((county) => county.id);
  if (written === undefined) {
    if (known.length > 1) faults.addUnlessFaulty(place, `is missing: one of ${known.join(", ")}`);
    return known[0] ?? "";
  }
  const id = String(written);
  // A county that was to come from an unreadable file is not unknown yet.
  if (!known.includes(id) && isWhole) faults.add(place, `unknown county ${id} (known: ${known.join(", ")})`);
  return id;
}
