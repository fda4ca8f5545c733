// What the map looks like, as data: counties by their outline, sites by the outline of their sector or the shape of their level.
import type { EChartsCoreOption } from "echarts/core";
import { rankOf, type Level } from "../../../contract/level.ts";
import { fontFamily, levelColours, tokens } from "./colours.ts";
import type { Place } from "./map-labels.ts";
import { writtenOf } from "./map-names.ts";
import {
  aspect,
  countySize,
  joined,
  levelSymbols,
  markShift,
  markSize,
  quietSize,
  rankOfSite,
  shareOf,
  unknownSize,
  type MapInput,
  type Sign,
} from "./map-signs.ts";

const outlines = {
  square: "path://M0 0H10V10H0Z",
  trapezoid: "path://M2.5 0H7.5L10 10H0Z",
  circle: "circle",
} as const;

/** A hollow square with a slash: nothing is heard from there. */
const slashed = "path://M0 0H10V10H0Z M0 10L10 0";

/** A hollow circle with a bar: an alarm there is shelved, suppressed or out of service (wall.md §4). */
const markPath = "path://M0 5A5 5 0 1 1 10 5A5 5 0 1 1 0 5M2 5H8";

/** How far a wind's sector reaches: a share of the panel's width, so that it tells of its site and no other. */
const windShare = 0.13;
const mostReach = 130;
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

function siteItem(site: Sign, isGrey: boolean, place: Place | undefined): object {
  const value = [site.lng, site.lat];
  const { status } = site;
  const label = {
    show: place !== undefined,
    formatter: site.name,
    position: place?.side ?? "right",
    offset: place?.offset ?? [0, 0],
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

/** The marks beside the signs of sites where an alarm stands under one. */
function markItems(signs: readonly Sign[]): object[] {
  return signs
    .filter(({ isMarked }) => isMarked)
    .map((sign) => ({ id: sign.id, value: [sign.lng, sign.lat], symbolOffset: markShift(sign) }));
}

/** The option of the map. */
export function mapOption(input: MapInput): EChartsCoreOption {
  const signs = joined(input);
  const written = writtenOf(input, signs);
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
        symbolSize: 2 * Math.min(mostReach, windShare * input.frame[0]),
        itemStyle: { color: "transparent", borderColor: tokens.text3, borderWidth: 1.5, opacity: 1 },
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
          label: { show: written.counties[nth] !== null, offset: written.counties[nth] ?? [0, 0] },
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
          .map((site) => siteItem(site, input.isGrey, written.places.get(site.id))),
      },
      {
        id: "marks",
        type: "scatter",
        coordinateSystem: "geo",
        silent: true,
        z: 6,
        symbol: markPath,
        symbolSize: markSize,
        itemStyle: {
          color: "transparent",
          borderColor: input.isGrey ? tokens.off : tokens.text2,
          borderWidth: 2,
          opacity: 1,
        },
        data: markItems(signs),
      },
    ],
  };
}
