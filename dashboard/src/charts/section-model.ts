// A cross-section ready to be painted: its shapes, and on the screen its labels, dimensions and signs, as data for tests.
import type { Level } from "../../../contract/level.ts";
import { crestPx, elevationAt, frameOf, toeOf, toPx, toPy, waterlineOf, type Frame } from "./section-frame.ts";
import type { Mark, Pipe, SectionInput } from "./section-input.ts";
import { labelWidth, lineHeightPx, rowOf, type Label, type LabelText, type WantedLabel } from "./section-labels.ts";
import { gridM, shapesOf, waterOf, type Shape } from "./section-shapes.ts";

/** A sign that stands at its place: the water in a pipe, the pool's water, a survey mark. */
export interface Sign {
  readonly kind: "water" | "pool" | "mark";
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly level: Level | null;
  readonly isOld: boolean;
}

/** A section, ready to be painted. */
export interface SectionModel {
  readonly frame: Frame;
  /** In metres times the scale; each part of the frame shows its own stretch of them. */
  readonly shapes: readonly Shape[];
  /** On the screen: dimensions. */
  readonly dimensions: readonly string[];
  readonly signs: readonly Sign[];
  readonly labels: readonly Label[];
  /** Elevations at the axis, whole tens of metres. */
  readonly heights: readonly { readonly z: number; readonly y: number }[];
}

/** The first row stands so far below the edge that no accent is cut. */
const topPx = 4;
/** A row holds two lines. */
const rowPx = 2 * lineHeightPx + 4;

/** The labels left of the crest: two rows of two flags, each text beside its own pole. */
function poolLabels(input: SectionInput, frame: Frame): readonly Label[] {
  const { plot } = frame;
  const left = plot.x + 4;
  const middle = plot.x + Math.round((crestPx(frame) - plot.x) * 0.5);
  const edge = input.level === null ? null : toPx(frame, Math.min(0, waterlineOf(input.section, input.level)));
  const flag = (key: string, text: LabelText, pole: number, row: number, downTo: number): Label => {
    const y = topPx + row * rowPx;
    const size = { width: labelWidth(text), height: lineHeightPx * text.lines.length };
    return { ...text, key, x: pole + 8, y, ...size, leader: `M${pole},${y + 2}V${downTo.toFixed(1)}` };
  };
  const level = input.level ?? input.section.crest;
  const crest = toPy(frame, input.section.crest);
  const pole = crestPx(frame) - 12;
  const dimension = Math.min(crest - 14, toPy(frame, level) - 14);
  const width = labelWidth(input.freeboard);
  return [
    flag("pool", input.pool, left, 0, edge === null ? rowPx - 4 : toPy(frame, level)),
    flag("beach", input.beach, middle, 0, edge === null || edge >= crestPx(frame) ? rowPx - 4 : dimension),
    flag("design", input.design, left + 16, 1, toPy(frame, input.section.floodLevel ?? input.section.crest)),
    {
      ...flag("freeboard", input.freeboard, pole, 1, Math.min(crest, toPy(frame, level))),
      x: pole - 8 - width,
    },
  ];
}

/** The labels right of the crest: pipes in the upper row, and between their lines the survey marks. */
function damLabels(input: SectionInput, frame: Frame): readonly Label[] {
  const { section, pipes, marks } = input;
  const [from, to] = [crestPx(frame) + 4, frame.plot.x + frame.plot.width];
  const wantedAt = (x: number, key: string, { text, short }: Pipe | Mark): WantedLabel => ({
    key,
    text,
    short,
    at: toPx(frame, x) ?? from,
    downTo: toPy(frame, elevationAt(section, x)),
  });
  const upper = pipes.toSorted((a, b) => a.x - b.x).map((pipe) => wantedAt(pipe.x, pipe.code, pipe));
  const lines = [from - 4, ...upper.map(({ at }) => at), to];
  const lower = lines.slice(1).flatMap((right, nth) => {
    const left = lines[nth] ?? from;
    const between = marks
      .map((mark) => wantedAt(mark.x, mark.code, mark))
      .filter(({ at }) => at >= left && at < right)
      .toSorted((a, b) => a.at - b.at);
    return rowOf(between, left + 8, right - 8, topPx + rowPx);
  });
  return [...rowOf(upper, from, to, topPx), ...lower];
}

function seepageLabel({ section, seepage }: SectionInput, frame: Frame): Label {
  const [x, z] = toeOf(section);
  const width = labelWidth(seepage);
  const height = lineHeightPx * seepage.lines.length;
  const left = frame.plot.x + frame.plot.width - width;
  const y = toPy(frame, z) - 56 - height;
  const foot = Math.max(left + 4, toPx(frame, x) ?? left);
  return {
    ...seepage,
    key: "seepage",
    x: left,
    y,
    width,
    height,
    leader: `M${foot},${y + height + 2}V${toPy(frame, z)}`,
  };
}

function dimensionsOf({ section, level }: SectionInput, frame: Frame): readonly string[] {
  if (level === null) return [];
  const crest = crestPx(frame);
  const [crestY, waterY] = [toPy(frame, section.crest), toPy(frame, level)];
  const x = crest - 12;
  const freeboard = `M${x - 5},${crestY}h10M${x - 5},${waterY}h10M${x},${crestY}V${waterY}`;
  const edge = toPx(frame, waterlineOf(section, level));
  if (edge === null || edge >= crest) return [freeboard];
  const y = crestY - 14;
  return [freeboard, `M${edge},${y - 5}v10M${crest},${y - 5}v10M${edge},${y}H${crest}`];
}

function signsOf(input: SectionInput, frame: Frame): readonly Sign[] {
  const { section, pipes, marks, level, isLevelFresh } = input;
  const signs: Sign[] = [];
  if (level !== null) {
    const x = frame.plot.x + 4;
    signs.push({ kind: "pool", key: "pool", x, y: toPy(frame, level), level: input.pool.level, isOld: !isLevelFresh });
  }
  for (const pipe of pipes) {
    const [x, z] = waterOf(section, pipe);
    const px = toPx(frame, x);
    if (px === null || pipe.depth === null) continue;
    signs.push({ kind: "water", key: pipe.code, x: px, y: toPy(frame, z), level: pipe.level, isOld: !pipe.isGood });
  }
  for (const mark of marks) {
    const px = toPx(frame, mark.x);
    const y = toPy(frame, elevationAt(section, mark.x));
    if (px !== null) signs.push({ kind: "mark", key: mark.code, x: px, y, level: mark.level, isOld: mark.text.isOld });
  }
  return signs;
}

/** The section as it is painted. */
export function sectionModel(input: SectionInput): SectionModel {
  const frame = frameOf(input.section, input.level, input.size);
  const bottomM = frame.topM - frame.plot.height / frame.pxPerM;
  const heights: { z: number; y: number }[] = [];
  for (let z = Math.ceil(bottomM / gridM) * gridM; z <= frame.topM; z += gridM) heights.push({ z, y: toPy(frame, z) });
  return {
    frame,
    shapes: shapesOf(input, frame),
    dimensions: dimensionsOf(input, frame),
    signs: signsOf(input, frame),
    labels: [...poolLabels(input, frame), ...damLabels(input, frame), seepageLabel(input, frame)],
    heights,
  };
}
