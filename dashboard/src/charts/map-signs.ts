// The signs of the map: what is known of each site, how large its sign is, and where it lies in the panel.
import { rankOf, type Level } from "../../../contract/level.ts";
import { clustersOf } from "./map-clusters.ts";
import type { Box } from "./map-labels.ts";

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
  /** An alarm of the site is shelved, suppressed or out of service: that stands beside its sign. */
  readonly isMarked: boolean;
  /** Whence the wind blows there, degrees; absent: nobody says, or it cannot be believed. */
  readonly windFrom?: number;
}

/** A sign on the map: a site, or the worst of several with their number. */
export interface Sign extends MapSite {
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

// wall.md §4: shape and size tell the level without its colour.
/** Path and size of each level's sign. */
export const levelSymbols: Readonly<Record<Level, readonly [string, number]>> = {
  red: ["path://M0 0H10V10H0Z", 30],
  orange: ["path://M5 0L10 10H0Z", 28],
  yellow: ["circle", 22],
  blue: ["path://M5 0L10 5L5 10L0 5Z", 18],
};

/** Edge of the sign of a healthy site, and of one that is not verified, px. */
export const quietSize = 15;
export const unknownSize = 18;
/** wall.md §4: edge of the mark beside a sign, px. */
export const markSize = 14;
/** Type of the counties' names, px. */
export const countySize = 24;
// cos 23°: how much narrower a degree of longitude is here.
export const aspect = 0.92;
// Of the panel's height; 150 % clips this shape in a 992 × 600 panel.
const layoutShare = 1.4;
/** Of a panel's width, what the shape may take. */
const widthShare = 0.92;

/** How large the map is drawn, as a share of the shorter side of its panel. */
export const shareOf = ([width, height]: MapInput["frame"]): number =>
  Math.min(layoutShare, (widthShare * width) / Math.min(width, height));

/** Edge of a site's sign, px. */
export function sizeOf({ status }: Pick<MapSite, "status">): number {
  if (status === "normal") return quietSize;
  return status === "unknown" || status === "offline" ? unknownSize : levelSymbols[status][1];
}

/** From degrees to pixels from the panel's centre, as the map's layout will have it. */
export function projection({ counties, frame }: MapInput): (lng: number, lat: number) => readonly [number, number] {
  const corners = counties.flatMap(({ rings }) => rings.flat());
  const lngs = corners.map(([lng]) => lng);
  const lats = corners.map(([, lat]) => lat);
  const [west, east, south, north] = [Math.min(...lngs), Math.max(...lngs), Math.min(...lats), Math.max(...lats)];
  const perLat = (shareOf(frame) * Math.min(...frame)) / Math.max((east - west) * aspect, north - south);
  return (lng, lat) => [(lng - (west + east) / 2) * perLat * aspect, ((south + north) / 2 - lat) * perLat];
}

/** How far the mark stands from the middle of its sign: at its upper right corner. */
export function markShift(sign: Pick<MapSite, "status">): readonly [number, number] {
  const aside = (sizeOf(sign) + markSize) / 2;
  return [aside, -aside];
}

/** What a sign and its mark cover, px from the panel's centre. */
export function boxesOf(sign: Sign, [x, y]: readonly [number, number]): readonly Box[] {
  const size = sizeOf(sign);
  const [right, down] = markShift(sign);
  const symbol: Box = [x, y, size, size];
  return sign.isMarked ? [symbol, [x + right, y + down, markSize, markSize]] : [symbol];
}

/** The sites with those joined that would cover one another: the worst in the place of all, by the name of their town. */
export function joined(input: MapInput): readonly Sign[] {
  const place = projection(input);
  const sites = input.sites.map((site) => ({ ...site, rank: rankOfSite(site), at: place(site.lng, site.lat) }));
  return clustersOf(sites).flatMap(([worst, ...others]) => {
    if (worst === undefined) return [];
    const count = 1 + others.length;
    const isMarked = [worst, ...others].some((site) => site.isMarked);
    return [{ ...worst, count, isMarked, name: count === 1 ? worst.name : `${worst.town} ×${count}` }];
  });
}

/** How bad a site is: below nothing where all is well, 0 where it is not known, then by its level. */
export function rankOfSite({ status }: MapSite): number {
  if (status === "normal") return -1;
  return status === "unknown" || status === "offline" ? 0 : rankOf(status);
}
