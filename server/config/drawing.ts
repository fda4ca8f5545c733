// The drawings of the sites: point codes become ids, and every code must be a point of its site.
import type { Drawing } from "../../contract/drawing.ts";
import type { Point } from "../../contract/plant.ts";
import { below, element, type FaultList, type Place } from "./fault-list.ts";

/** The keys of a drawing that name a point. */
const pointKeys: ReadonlySet<string> = new Set([
  "point",
  "level",
  "temperature",
  "pressure",
  "levelSwitch",
  "speed",
  "direction",
  "beach",
  "freeboard",
  "horizontal",
  "vertical",
  "seepage",
  "turbidity",
  "hour",
  "day",
  "decant",
]);

/** A site's drawing as it stands in the plan. */
export function drawingOf(
  written: Drawing,
  site: string,
  points: readonly Point[],
  place: Place,
  faults: FaultList,
): Drawing {
  const codes = new Set(points.map((point) => point.code));
  const resolve = (value: unknown, at: Place, key: string): unknown => {
    if (typeof value === "string" && pointKeys.has(key)) {
      if (!codes.has(value)) faults.add(at, `unknown point ${value}`);
      return `${site}/${value}`;
    }
    if (Array.isArray(value))
      return value.map((each: unknown, index) => resolve(each, element(at, index, undefined), key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, resolve(each, below(at, name), name)]),
    );
  };
  checkSections(written, place, faults);
  return resolve(written, place, "") as Drawing;
}

/** A section is one elevation function: x must ascend along face and ground, and the face begins at the crest. */
function checkSections(written: Drawing, place: Place, faults: FaultList): void {
  for (const [index, section] of (written.sections ?? []).entries()) {
    const at = element(below(place, "sections"), index, section.id);
    for (const name of ["face", "ground"] as const) {
      const isAscending = section[name].every(([x], nth, all) => nth === 0 || x >= (all[nth - 1]?.[0] ?? x));
      if (!isAscending) faults.add(below(at, name), "x must ascend");
    }
    const [first] = section.face;
    if (first !== undefined && (first[0] !== 0 || first[1] !== section.crest)) {
      faults.add(below(at, "face"), `must begin at the crest: [0, ${section.crest}]`);
    }
  }
}
