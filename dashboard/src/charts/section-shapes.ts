// The shapes of a cross-section as SVG paths: ground, dam, water, pipes, limits and the phreatic line.
import type { Section } from "../../../contract/drawing.ts";
import { elevationAt, groundAt, toeOf, waterlineOf, type Frame, type Spot } from "./section-frame.ts";
import type { Pipe, SectionInput } from "./section-input.ts";
import { splinePath } from "./section-spline.ts";

/** A shape: what it stands for decides how it looks. */
export interface Shape {
  readonly role:
    | "ground"
    | "tailings"
    | "starter"
    | "surface"
    | "pool"
    | "poolOld"
    | "water"
    | "waterOld"
    | "reference"
    | "flood"
    | "phreatic"
    | "guess"
    | "red"
    | "orange"
    | "pipe"
    | "grid";
  readonly d: string;
}

/** The grid's step, metres. */
export const gridM = 10;

/** Runs of good pipes that stand beside one another: through a missing one no line is drawn. */
export function runsOf(pipes: readonly Pipe[]): readonly (readonly Pipe[])[] {
  const runs: Pipe[][] = [];
  let isOpen = false;
  for (const pipe of pipes.toSorted((a, b) => a.x - b.x)) {
    const isMeasured = pipe.isGood && pipe.depth !== null;
    if (isMeasured && isOpen) runs.at(-1)?.push(pipe);
    else if (isMeasured) runs.push([pipe]);
    isOpen = isMeasured;
  }
  return runs;
}

/** The measured water in a pipe: its depth below the face. */
export function waterOf(section: Section, { x, depth }: Pipe): Spot {
  return [x, elevationAt(section, x) - (depth ?? 0)];
}

type Map = (spot: Spot) => Spot;

function pathOf(spots: readonly Spot[], map: Map, isClosed = false): string {
  const text = spots.map((spot) =>
    map(spot)
      .map((part) => part.toFixed(1))
      .join(","),
  );
  return `M${text.join("L")}${isClosed ? "Z" : ""}`;
}

function bodyShapes(section: Section, map: Map, fromM: number, toM: number, bottomM: number): readonly Shape[] {
  const toe = toeOf(section);
  const inside = section.ground.filter(([x]) => x > fromM && x < toM);
  const ground: Spot[] = [[fromM, groundAt(section, fromM)], ...inside, [toM, groundAt(section, toM)]];
  const under = ground.filter(([x]) => x < toe[0]).toReversed();
  const surface: Spot[] = [[fromM, elevationAt(section, fromM)], ...section.face];
  const shapes: Shape[] = [
    { role: "ground", d: pathOf([...ground, [toM, bottomM], [fromM, bottomM]], map, true) },
    { role: "tailings", d: pathOf([...surface, ...under], map, true) },
  ];
  if (section.starter !== undefined) shapes.push({ role: "starter", d: pathOf(section.starter, map, true) });
  shapes.push({ role: "surface", d: pathOf([...surface, ...ground.filter(([x]) => x > toe[0])], map) });
  return shapes;
}

function poolShapes({ section, level, isLevelFresh }: SectionInput, map: Map, fromM: number): readonly Shape[] {
  const shapes: Shape[] = [];
  if (level !== null) {
    const edge = waterlineOf(section, level);
    const bed: Spot[] =
      edge > 0
        ? [
            [edge, section.crest],
            [0, section.crest],
          ]
        : [];
    const water: Spot[] = [
      [fromM, level],
      [edge, level],
    ];
    shapes.push(
      {
        role: isLevelFresh ? "pool" : "poolOld",
        d: pathOf([...water, ...bed, [fromM, elevationAt(section, fromM)]], map, true),
      },
      { role: isLevelFresh ? "water" : "waterOld", d: pathOf(water, map) },
    );
    // The level carried on to the crest, so that the freeboard can be read there.
    if (edge < 0)
      shapes.push({
        role: "reference",
        d: pathOf(
          [
            [edge, level],
            [0, level],
          ],
          map,
        ),
      });
  }
  if (section.floodLevel !== undefined) {
    const edge = waterlineOf(section, section.floodLevel);
    shapes.push({
      role: "flood",
      d: pathOf(
        [
          [fromM, section.floodLevel],
          [edge, section.floodLevel],
        ],
        map,
      ),
    });
  }
  return shapes;
}

/** The phreatic line through what was measured, dashed where it is only interpolated to the water's edge and to the toe. */
function phreaticShapes({ section, pipes, level, isLevelFresh }: SectionInput, map: Map): readonly Shape[] {
  const shapes: Shape[] = [];
  const runs = runsOf(pipes);
  for (const run of runs) {
    if (run.length > 1) {
      const spots = run.map((pipe) => waterOf(section, pipe));
      shapes.push({ role: "phreatic", d: splinePath(spots, map) });
    }
  }
  const ordered = pipes.toSorted((a, b) => a.x - b.x);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (first?.isGood === true && level !== null && isLevelFresh && waterlineOf(section, level) < 0) {
    shapes.push({ role: "guess", d: pathOf([[waterlineOf(section, level), level], waterOf(section, first)], map) });
  }
  if (last?.isGood === true && runs.length > 0) {
    shapes.push({ role: "guess", d: pathOf([waterOf(section, last), toeOf(section)], map) });
  }
  return shapes;
}

function limitShapes({ section, pipes }: SectionInput, map: Map): readonly Shape[] {
  const [first, last] = [Math.min(...pipes.map(({ x }) => x)), Math.max(...pipes.map(({ x }) => x))];
  // Depths below the face follow its every bend between the outermost pipes.
  const bends = section.face.map(([x]) => x).filter((x) => x > first && x < last);
  return (["orange", "red"] as const).flatMap((level) => {
    const limited = pipes.filter(({ limits }) => limits[level] !== undefined).toSorted((a, b) => a.x - b.x);
    if (limited.length < 2) return [];
    const depthAt = (x: number): number => {
      const after = limited.find((pipe) => pipe.x >= x) ?? limited.at(-1);
      const before = limited.findLast((pipe) => pipe.x <= x) ?? after;
      const [a, b] = [before?.limits[level] ?? 0, after?.limits[level] ?? 0];
      const span = (after?.x ?? x) - (before?.x ?? x);
      return span === 0 ? a : a + ((b - a) * (x - (before?.x ?? x))) / span;
    };
    const xs = [...limited.map(({ x }) => x), ...bends].toSorted((a, b) => a - b);
    return [
      {
        role: level,
        d: pathOf(
          xs.map((x): Spot => [x, elevationAt(section, x) - depthAt(x)]),
          map,
        ),
      },
    ];
  });
}

function gridShapes(map: Map, fromM: number, toM: number, topM: number, bottomM: number): readonly Shape[] {
  const lines: string[] = [];
  for (let x = Math.ceil(fromM / gridM) * gridM; x <= toM; x += gridM)
    lines.push(
      pathOf(
        [
          [x, topM],
          [x, bottomM],
        ],
        map,
      ),
    );
  for (let z = Math.ceil(bottomM / gridM) * gridM; z <= topM; z += gridM)
    lines.push(
      pathOf(
        [
          [fromM, z],
          [toM, z],
        ],
        map,
      ),
    );
  return [{ role: "grid", d: lines.join("") }];
}

/** Every shape of the section, the undermost first. */
export function shapesOf(input: SectionInput, { pxPerM, topM, plot, parts }: Frame): readonly Shape[] {
  const { section, pipes } = input;
  const map: Map = ([x, z]) => [x * pxPerM, (topM - z) * pxPerM];
  const fromM = parts[0]?.fromM ?? 0;
  const toM = parts.at(-1)?.toM ?? 0;
  const bottomM = topM - plot.height / pxPerM;
  return [
    ...gridShapes(map, fromM, toM, topM, bottomM),
    ...bodyShapes(section, map, fromM, toM, bottomM),
    ...poolShapes(input, map, fromM),
    ...pipes.map(({ x, bottom }): Shape => ({
      role: "pipe",
      d: pathOf(
        [
          [x, elevationAt(section, x)],
          [x, bottom],
        ],
        map,
      ),
    })),
    ...limitShapes(input, map),
    ...phreaticShapes(input, map),
  ];
}
