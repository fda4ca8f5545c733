// The soak's plant: the demo's sites and points, repeated under other names until there are enough of them.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

/** How often each site stands in the plan; the points that are still wanting are further instruments on the same sites. */
const copies = 4;
/** How far a site's copy lies from it, degrees: beside it on the map and still in its county, mostly. */
const apart = 0.035;

const again = (name, nth) =>
  typeof name === "string" ? `${name} ${nth}` : { zh: `${name.zh}（${nth}）`, en: `${name.en} ${nth}` };

function siteAgain(site, nth) {
  if (nth === 0) return site;
  const [lng, lat] = [site.lng + apart * Math.sin(nth * 2.1), site.lat + apart * Math.cos(nth * 2.1)];
  const names = { name: again(site.name, nth + 1), shortName: again(site.shortName, nth + 1) };
  return { ...site, ...names, id: `${site.id}-${nth + 1}`, lng, lat };
}

function pointAgain(point, nth) {
  const name = point.name === undefined ? {} : { name: again(point.name, nth + 1) };
  return { ...point, ...name, code: `${point.code}-${nth + 1}` };
}

/** Writes a configuration with this many points, in the shape of the demo's; returns how many sites it has. */
export function writeConfig(demoConfig, configDir, points) {
  cpSync(demoConfig, configDir, { recursive: true });
  const folder = join(configDir, "plant");
  const files = readdirSync(folder).map((name) => {
    const file = join(folder, name);
    return { file, plant: parse(readFileSync(file, "utf8"), { merge: true }) };
  });
  const everySite = [];
  for (const { plant } of files) {
    if (plant.drawings !== undefined) {
      const drawings = Object.entries(plant.drawings);
      plant.drawings = Object.fromEntries(
        Array.from({ length: copies }, (_, nth) =>
          drawings.map(([site, drawing]) => [nth === 0 ? site : `${site}-${nth + 1}`, drawing]),
        ).flat(),
      );
    }
    if (plant.sites === undefined) continue;
    plant.sites = Array.from({ length: copies }, (_, nth) => plant.sites.map((site) => siteAgain(site, nth))).flat();
    everySite.push(...plant.sites);
  }
  let count = everySite.reduce((sum, site) => sum + site.points.length, 0);
  const own = new Map(everySite.map((site) => [site, site.points]));
  for (let nth = 1; count < points; nth += 1) {
    for (const site of everySite) {
      const more = own.get(site).slice(0, points - count);
      site.points = [...site.points, ...more.map((point) => pointAgain(point, nth))];
      count += more.length;
    }
  }
  for (const { file, plant } of files) writeFileSync(file, stringify(plant, { aliasDuplicateObjects: false }));
  return everySite.length;
}

/** A site in so many has a point that stands at its highest level. */
const alarmEvery = 9;

/** The limits of a point's own value in its newest rules in one direction, least first: a forecast's are hours, a rate's are per day. */
function setpointsOf(point, direction) {
  return point.rules
    .filter((rule) => rule.direction === direction)
    .flatMap((rule) => Object.values(rule.versions.at(-1)?.levels ?? {}))
    .flatMap((limits) => limits.filter(({ kind }) => kind === "limit").map(({ setpoint }) => setpoint))
    .toSorted((a, b) => a - b);
}

/** Where a point's values are calm, and where they are at the highest level. */
export function bandOf(point) {
  const [high, low] = [setpointsOf(point, "high"), setpointsOf(point, "low")];
  const [least, most] = point.range.operator;
  const calm = [Math.max(least, low.at(-1) ?? least), Math.min(most, high[0] ?? most)];
  const step = 10 ** -point.decimals;
  const worst = high.length > 0 ? high.at(-1) + 2 * step : low.length > 0 ? low[0] - 2 * step : null;
  return { middle: (calm[0] + calm[1]) / 2, swing: Math.max(0, calm[1] - calm[0]) * 0.1, step, worst };
}

/** What each device of a plan is to send; some points stand in alarm, and one comes and goes. */
export function devicesOf(plan, secrets) {
  const siteNumber = new Map(plan.sites.map(({ id }, number) => [id, number]));
  const devices = new Map();
  const alarmed = new Set();
  for (const point of plan.points) {
    const { worst, ...band } = bandOf(point);
    const number = siteNumber.get(point.site);
    const isWrong = worst !== null && number % alarmEvery === 0 && !alarmed.has(point.site);
    if (isWrong) alarmed.add(point.site);
    const sent = { code: point.code, decimals: point.decimals, ...band };
    const wrong = isWrong ? { worst, comesAndGoes: alarmed.size === 1 } : {};
    const [site, device] = point.device.split("/");
    const points = devices.get(point.device)?.points ?? [];
    points.push({ ...sent, ...wrong });
    devices.set(point.device, { site, device, secret: secrets[point.device], points });
  }
  return [...devices.values()];
}
