// A cross-section told in words: what each label says, what is drawn of the water, and what must be said of the instruments.
import type { Section } from "../../../../contract/drawing.ts";
import { higher } from "../../../../contract/level.ts";
import type { Mark, Pipe, SectionInput } from "../../charts/section-input.ts";
import type { LabelText } from "../../charts/section-labels.ts";
import type { Freshness } from "../../latest.ts";
import { figureOf, noteOf } from "../../parts/value-text.ts";
import { formatNumber, formatPercent, thinSpace } from "../../text/number.ts";
import { formatAge } from "../../text/time.ts";
import type { Words } from "../../text/words.ts";
import { isBeachAtOdds, setpointOf, type Read, type Reading } from "./section-readings.ts";

/** What a section is drawn from but its size, and what must be said beside it. */
export interface SectionView {
  readonly input: Omit<SectionInput, "size">;
  readonly notes: readonly string[];
}

/** Value and unit; a dash where there is no value to be shown. */
export function amountOf({ point, shown }: Reading): string {
  const figure = figureOf(point, shown.latest, shown.freshness);
  return figure === "—" || point.unit === "1" ? figure : `${figure}${thinSpace}${point.unit}`;
}

/** How these values may be shown together: as the first one that is not live. */
export function freshnessOfAll(readings: readonly (Reading | null)[]): Freshness | undefined {
  const known = readings.flatMap((reading) => reading?.shown.freshness ?? []);
  return known.find((freshness) => freshness !== "live") ?? known[0];
}

/** What is wrong with a value, else how old it is. */
export function stateOf(words: Words, { shown }: Reading, now: number): string {
  const wrong = noteOf(words, shown, now);
  if (wrong !== "") return wrong;
  return shown.latest === null ? "" : formatAge(now - shown.latest.sourceAt);
}

/** The same, as short as a label needs it: since when a device is gone stands in the head of the screen. */
export function briefOf(words: Words, reading: Reading, now: number): string {
  return reading.shown.freshness === "offline" ? words.t("value.offline") : stateOf(words, reading, now);
}

function labelOf(words: Words, name: string, reading: Reading | null, now: number, more?: string): LabelText {
  if (reading === null) return { lines: [name, words.t("status.notConnected")], level: null, isOld: true };
  const state = [more, briefOf(words, reading, now)].filter((part) => part !== undefined && part !== "").join(" · ");
  const { level, isLive, shown } = reading;
  return { lines: [`${name} ${amountOf(reading)}`, state], level, isOld: !isLive, freshness: shown.freshness };
}

function pipeOf(section: Section, read: Read, words: Words, now: number): readonly Pipe[] {
  return section.piezometers.flatMap(({ point, x, bottom }) => {
    const reading = read(point);
    if (reading === null) return [];
    const red = setpointOf(reading, "red", "low", now);
    const orange = setpointOf(reading, "orange", "low", now);
    const { code } = reading.point;
    const text = labelOf(words, code, reading, now);
    return [
      {
        code,
        x,
        bottom,
        depth: reading.value,
        isGood: reading.isGood,
        level: reading.level,
        limits: { ...(red === undefined ? {} : { red }), ...(orange === undefined ? {} : { orange }) },
        text,
        // Without room for the age: where something is wrong, that is what must stand.
        short: {
          ...text,
          lines: [reading.isGood ? (text.lines[0] ?? code) : `${code} ${briefOf(words, reading, now)}`],
        },
      },
    ];
  });
}

function markOf(section: Section, read: Read): readonly Mark[] {
  return section.marks.flatMap(({ x, horizontal, vertical }) => {
    const [out, down] = [read(horizontal), read(vertical)];
    const either = out ?? down;
    if (either === null) return [];
    const isOld = [out, down].some((reading) => reading !== null && !reading.isGood);
    const level = higher(out?.level ?? null, down?.level ?? null);
    const { code, unit } = either.point;
    const figure = (arrow: string, reading: Reading | null): string =>
      reading === null ? "" : `${arrow}${figureOf(reading.point, reading.shown.latest, reading.shown.freshness)}`;
    const lines = [`${code} ${figure("→", out)}`, `${figure("↓", down)}${thinSpace}${unit}`];
    const look = { level, isOld, freshness: freshnessOfAll([out, down]) };
    return [{ code, x, level, text: { lines, ...look }, short: { lines: [code], ...look } }];
  });
}

/**
 * The level that is drawn: above the crest only where the freeboard says so too (wall.md §14); null where none was
 * ever heard.
 */
function drawnLevel(section: Section, pool: Reading | null, freeboard: Reading | null): number | null {
  if (pool === null || pool.value === null) return null;
  const isOver = freeboard?.isLive === true && freeboard.value !== null ? freeboard.value < 0 : true;
  return isOver ? pool.value : Math.min(pool.value, section.crest);
}

function notesOf(section: Section, pipes: readonly Pipe[], read: Read, words: Words, now: number): readonly string[] {
  const { t } = words;
  // Those of one state together: a device that is gone takes all of its pipes with it.
  const codes = new Map<string, readonly string[]>();
  for (const { point } of section.piezometers) {
    const reading = read(point);
    if (reading === null || reading.isGood) continue;
    const state = stateOf(words, reading, now);
    codes.set(state, [...(codes.get(state) ?? []), reading.point.code]);
  }
  const notes = [...codes].map(([state, each]) => t("section.pipeMissing", { code: each.join(" "), state }));
  const good = pipes.filter(({ isGood }) => isGood).length;
  if (notes.length === 0 && good < 2) notes.push(t("section.fewPipes", { count: good }));
  const pool = read(section.pool.level);
  const beach = read(section.pool.beach);
  const freeboard = read(section.pool.freeboard);
  if (freeboard?.isLive === true && freeboard.value !== null) {
    if (beach?.isLive === true && isBeachAtOdds(section.beachSlope, beach.value ?? 0, freeboard.value)) {
      notes.push(t("section.beachAtOdds"));
    }
    const free = section.crest - (pool?.value ?? section.crest - freeboard.value);
    // A freeboard of its own datum may differ by some; a fifth of it, and two decimetres, is another water.
    if (pool?.isLive === true && Math.abs(free - freeboard.value) > Math.max(0.2, 0.2 * Math.abs(free))) {
      notes.push(t("section.levelAtOdds"));
    }
  }
  if (pool !== null && !pool.isLive) notes.push(t("section.poolOld", { state: stateOf(words, pool, now) }));
  return notes;
}

/** A section as it stands now. */
export function sectionView(section: Section, read: Read, words: Words, now: number): SectionView {
  const { t } = words;
  const pool = read(section.pool.level);
  const freeboard = read(section.pool.freeboard);
  const pipes = pipeOf(section, read, words, now);
  const metres = (value: number): string => `${formatNumber(value, 2)}${thinSpace}m`;
  const seeping = read(section.seepage);
  const seepage = labelOf(words, t("section.seepage"), seeping, now);
  const turbidity = read(section.turbidity);
  return {
    input: {
      section,
      level: drawnLevel(section, pool, freeboard),
      isLevelFresh: pool?.isLive === true,
      pipes,
      marks: markOf(section, read),
      pool: labelOf(words, t("section.pool"), pool, now),
      beach: labelOf(words, t("section.beach"), read(section.pool.beach), now, formatPercent(section.beachSlope, 1)),
      freeboard: labelOf(words, t("section.freeboard"), freeboard, now),
      design: {
        lines: [
          t("section.crest", { z: metres(section.crest) }),
          ...(section.floodLevel === undefined ? [] : [t("section.flood", { z: metres(section.floodLevel) })]),
        ],
        level: null,
        isOld: false,
      },
      seepage:
        turbidity === null
          ? seepage
          : {
              ...seepage,
              lines: [...seepage.lines, `${t("section.turbidity")} ${amountOf(turbidity)}`],
              level: higher(seepage.level, turbidity.level),
              isOld: seepage.isOld || !turbidity.isLive,
              freshness: freshnessOfAll([seeping, turbidity]),
            },
    },
    notes: notesOf(section, pipes, read, words, now),
  };
}
