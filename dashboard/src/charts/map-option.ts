// What the map looks like, as data: counties by their outline, sites by the outline of their sector or the shape of their level.
import type { EChartsCoreOption } from "echarts/core";
import { rankOf, type Level } from "../../../contract/level.ts";
import { fontFamily, levelColours, tokens } from "./colours.ts";
import { clustersOf } from "./map-clusters.ts";
import { placeNames, widthOf, type Side, type Spot } from "./map-labels.ts";

/** One site on the map. */
export interface MapSite {
  readonly id: string;
  readonly lng: number;
  readonly lat: number;
  readonly name: string;
  /** Sites of one town that would cover one another are one sign. */
  readonly town: string;
  readonly outline: "square" | "trapezoid" | "circle";
  readonly status: Level | "normal" | "unknown" | "offline";
  /** Whence the wind blows there, degrees; absent: nobody says, or it cannot be believed. */
  readonly windFrom?: number;
}

/** A sign on the map: a site, or the worst of several with their number. */
interface Sign extends MapSite {
  readonly count: number;
}

/** One county on the map. */
export interface MapCounty {
  readonly id: string;
  readonly name: string;
  readonly centre: readonly [number, number];
  /** Its outlines: rings of [lng, lat]. */
  readonly rings: readonly (readonly (readonly [number, number])[])[];
  /** Red and orange are drawn as its border. */
  readonly level: Level | null;
}

/** Everything that the map is drawn from. */
export interface MapInput {
  /** The name under which the outline was registered. */
  readonly map: string;
  readonly counties: readonly MapCounty[];
  readonly sites: readonly MapSite[];
  /** Everything grey: the link is lost. */
  readonly isGrey: boolean;
  /** The county that is marked; null: none. */
  readonly focus?: string | null;
  /** Width and height of the panel. */
  readonly frame: readonly [number, number];
}

const outlines = {
  square: "path://M0 0H10V10H0Z",
  trapezoid: "path://M2.5 0H7.5L10 10H0Z",
  circle: "circle",
} as const;

/** A hollow square with a slash: nothing is heard from there. */
const slashed = "path://M0 0H10V10H0Z M0 10L10 0";

// wall.md §4: shape and size tell the level without its colour.
const levelSymbols: Readonly<Record<Level, readonly [string, number]>> = {
  red: ["path://M0 0H10V10H0Z", 30],
  orange: ["path://M5 0L10 10H0Z", 28],
  yellow: ["circle", 22],
  blue: ["path://M5 0L10 5L5 10L0 5Z", 18],
};

const windReach = 130;
/** A hatched sector of 30° from the middle upwards; the two moves at the corners hold its middle in the middle. */
const windSector = (() => {
  const [reach, half] = [100, Math.tan(Math.PI / 12)];
  const chords = [0.3, 0.45, 0.6, 0.75, 0.9].map(
    (part) => `M${-reach * part * half} ${-reach * part}H${reach * part * half}`,
  );
  const side = Math.sin(Math.PI / 12) * reach;
  const top = -Math.cos(Math.PI / 12) * reach;
  return `path://M-100 -100h0.1M100 100h-0.1M0 0L${-side} ${top}A100 100 0 0 1 ${side} ${top}Z${chords.join("")}`;
})();

const quietSize = 15;
const unknownSize = 18;
const countySize = 24;
// cos 23°: how much narrower a degree of longitude is here.
const aspect = 0.92;
// Of the panel's height; 150 % clips this shape in a 992 × 600 panel.
const layoutShare = 1.4;
/** Of a panel's width, what the shape may take. */
const widthShare = 0.92;

/** How large the map is drawn, as a share of the shorter side of its panel. */
const shareOf = ([width, height]: MapInput["frame"]): number =>
  Math.min(layoutShare, (widthShare * width) / Math.min(width, height));

function sizeOf({ status }: MapSite): number {
  if (status === "normal") return quietSize;
  return status === "unknown" || status === "offline" ? unknownSize : levelSymbols[status][1];
}

/** From degrees to pixels from the panel's centre, as the map's layout will have it. */
function projection({ counties, frame }: MapInput): (lng: number, lat: number) => readonly [number, number] {
  const corners = counties.flatMap(({ rings }) => rings.flat());
  const lngs = corners.map(([lng]) => lng);
  const lats = corners.map(([, lat]) => lat);
  const [west, east, south, north] = [Math.min(...lngs), Math.max(...lngs), Math.min(...lats), Math.max(...lats)];
  const perLat = (shareOf(frame) * Math.min(...frame)) / Math.max((east - west) * aspect, north - south);
  return (lng, lat) => [(lng - (west + east) / 2) * perLat * aspect, ((south + north) / 2 - lat) * perLat];
}

type Shift = readonly [number, number];
const shifts: readonly Shift[] = [0, -34, 34].flatMap((y) => [0, -60, 60].map((x): Shift => [x, y]));

/** How far each county's name is moved so that no site lies on it. */
function nameShifts(input: MapInput): readonly Shift[] {
  const place = projection(input);
  const sites = input.sites.map((site) => ({ at: place(site.lng, site.lat), size: sizeOf(site) }));
  return input.counties.map(({ name, centre }) => {
    const [x, y] = place(...centre);
    const halfWidth = (widthOf(name) * countySize) / 36;
    const covered = ([right, down]: Shift): number =>
      sites.filter(
        ({ at, size }) =>
          Math.abs(at[0] - x - right) < halfWidth + size / 2 && Math.abs(at[1] - y - down) < (countySize + size) / 2,
      ).length;
    return shifts.reduce((best, shift) => (covered(shift) < covered(best) ? shift : best));
  });
}

/** On which side of its symbol each abnormal site's name stands. */
function nameSides(input: MapInput, sites: readonly Sign[], moved: readonly Shift[]): ReadonlyMap<string, Side> {
  const place = projection(input);
  const spots = sites.map((site): Spot => {
    const [x, y] = place(site.lng, site.lat);
    const rank = rankOfSite(site);
    const name = rank < 0 && site.count === 1 ? "" : site.name;
    return { id: site.id, x, y, size: sizeOf(site), name, rank, mustShow: rank >= rankOf("orange") };
  });
  const names = input.counties.map(({ name, centre }, nth) => {
    const [x, y] = place(...centre);
    const [right, down] = moved[nth] ?? [0, 0];
    return [x + right, y + down, (widthOf(name) * countySize) / 18, countySize] as const;
  });
  return placeNames(spots, names, input.frame);
}

/** The sites with those joined that would cover one another: the worst in the place of all, by the name of their town. */
function joined(input: MapInput): readonly Sign[] {
  const place = projection(input);
  const sites = input.sites.map((site) => ({ ...site, rank: rankOfSite(site), at: place(site.lng, site.lat) }));
  return clustersOf(sites).flatMap(([worst, ...others]) => {
    if (worst === undefined) return [];
    const count = 1 + others.length;
    return [{ ...worst, count, name: count === 1 ? worst.name : `${worst.town} ×${count}` }];
  });
}

function siteItem(site: Sign, isGrey: boolean, side: Side | undefined): object {
  const value = [site.lng, site.lat];
  const { status } = site;
  const label = {
    show: side !== undefined,
    formatter: site.name,
    position: side ?? "right",
    distance: 6,
    color: isGrey ? tokens.text3 : tokens.text1,
    fontSize: 18,
    fontFamily,
    textBorderColor: tokens.bg0,
    textBorderWidth: 3,
  };
  if (status === "normal") {
    return {
      id: site.id,
      value,
      symbol: outlines[site.outline],
      symbolSize: quietSize,
      itemStyle: { color: isGrey ? tokens.off : tokens.asset, opacity: 1 },
      label: { ...label, color: tokens.text2 },
    };
  }
  if (status === "unknown" || status === "offline") {
    return {
      id: site.id,
      value,
      symbol: status === "offline" ? slashed : outlines[site.outline],
      symbolSize: unknownSize,
      itemStyle: {
        color: "transparent",
        borderColor: tokens.asset,
        borderWidth: 2,
        borderType: status === "offline" ? "solid" : [3, 3],
        opacity: 1,
      },
      label: { ...label, color: tokens.text2 },
    };
  }
  const [symbol, size] = levelSymbols[status];
  return {
    id: site.id,
    value,
    symbol,
    symbolSize: size,
    itemStyle: { color: levelColours[status], borderColor: tokens.bg0, borderWidth: 1.5, opacity: 1 },
    label,
  };
}

function rankOfSite({ status }: MapSite): number {
  if (status === "normal") return -1;
  return status === "unknown" || status === "offline" ? 0 : rankOf(status);
}

/** The borders of the counties that have red or orange on, and of the marked one; drawn over the neighbours, which would cover half. */
function borders({ counties, focus }: MapInput): object[] {
  const marked = counties
    .filter(({ id }) => id === focus)
    .flatMap(({ rings }) =>
      rings.map((coords) => ({ coords, lineStyle: { color: tokens.text1, width: 8, opacity: 1 } })),
    );
  const levelled = counties
    .filter(({ level }) => level === "red" || level === "orange")
    .toSorted((a, b) => rankOf(a.level) - rankOf(b.level))
    .flatMap(({ rings, level }) =>
      rings.map((coords) => ({ coords, lineStyle: { color: levelColours[level as Level], width: 4, opacity: 1 } })),
    );
  return [...marked, ...levelled];
}

/** Where the wind carries what leaves a site in alarm; how far is not known, the length is schematic. */
function windItems({ sites, isGrey }: MapInput): object[] {
  if (isGrey) return [];
  return sites.flatMap(({ id, lng, lat, status, windFrom }) => {
    if (windFrom === undefined || status === "normal" || status === "unknown" || status === "offline") return [];
    // ECharts turns against the clock; downwind is the other side.
    return [{ id, value: [lng, lat], symbolRotate: -(windFrom + 180) }];
  });
}

/** The option of the map. */
export function mapOption(input: MapInput): EChartsCoreOption {
  const moved = nameShifts(input);
  const signs = joined(input);
  const sides = nameSides(input, signs, moved);
  return {
    animation: false,
    geo: {
      map: input.map,
      roam: false,
      silent: true,
      aspectScale: aspect,
      layoutCenter: ["50%", "50%"],
      layoutSize: `${shareOf(input.frame) * 100}%`,
      itemStyle: { areaColor: tokens.bg2, borderColor: tokens["line-strong"], borderWidth: 1.5 },
      label: { show: false },
    },
    series: [
      {
        id: "borders",
        type: "lines",
        coordinateSystem: "geo",
        polyline: true,
        silent: true,
        z: 3,
        data: borders(input),
      },
      {
        id: "wind",
        type: "scatter",
        coordinateSystem: "geo",
        silent: true,
        z: 4,
        symbol: windSector,
        symbolSize: windReach * 2,
        itemStyle: { color: "transparent", borderColor: tokens.text2, borderWidth: 1.5, opacity: 1 },
        data: windItems(input),
      },
      {
        id: "names",
        type: "scatter",
        coordinateSystem: "geo",
        silent: true,
        z: 4,
        symbolSize: 0,
        data: input.counties.map(({ centre, name }, nth) => ({
          value: centre,
          name,
          label: { offset: moved[nth] ?? [0, 0] },
        })),
        label: {
          show: true,
          formatter: "{b}",
          position: "inside",
          color: tokens.text3,
          fontSize: countySize,
          fontFamily,
        },
      },
      {
        id: "sites",
        type: "scatter",
        coordinateSystem: "geo",
        // A site is picked by a click; nothing lights up under the pointer.
        cursor: "pointer",
        emphasis: { disabled: true },
        z: 5,
        // The worst is drawn last, so that nothing covers it.
        data: signs
          .toSorted((a, b) => rankOfSite(a) - rankOfSite(b))
          .map((site) => siteItem(site, input.isGrey, sides.get(site.id))),
      },
    ],
  };
}
