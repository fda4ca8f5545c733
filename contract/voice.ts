// What the wall says aloud: every word that may be spoken, and for how long one screen is the voice of its room.
import type { Text } from "./faults.ts";
import type { Level } from "./level.ts";
import type { Plan } from "./plant.ts";

/** The words of the product itself; names come from the plan. */
export const spoken = {
  levels: {
    red: { zh: "红色预警", en: "Red alarm" },
    orange: { zh: "橙色预警", en: "Orange alarm" },
    yellow: { zh: "黄色预警", en: "Yellow alarm" },
    blue: { zh: "蓝色预警", en: "Blue alarm" },
  } satisfies Readonly<Record<Level, Text>>,
  data: { zh: "数据报警", en: "Data alarm" },
  /** From one to ten; `many` is said above. */
  counts: [
    { zh: "一条", en: "one" },
    { zh: "两条", en: "two" },
    { zh: "三条", en: "three" },
    { zh: "四条", en: "four" },
    { zh: "五条", en: "five" },
    { zh: "六条", en: "six" },
    { zh: "七条", en: "seven" },
    { zh: "八条", en: "eight" },
    { zh: "九条", en: "nine" },
    { zh: "十条", en: "ten" },
  ],
  many: { zh: "多条", en: "more than ten" },
  acknowledge: { zh: "请确认", en: "please acknowledge" },
  returned: { zh: "已恢复", en: "returned to normal" },
  escalated: { zh: "已升级", en: "escalated" },
  drill: { zh: "演练，演练", en: "Drill, drill" },
  soundTest: { zh: "试音", en: "Sound test" },
} as const;

/** How many of something, as it is said. */
export function spokenCount(count: number): Text {
  return spoken.counts[count - 1] ?? spoken.many;
}

/** Everything that may be said of a plan, each text once; what is said is found by its text, so a name that changed is never said wrong. */
export function spokenTexts(plan: Plan, language: keyof Text): readonly string[] {
  const { levels, data, counts, many, acknowledge, returned, escalated, drill, soundTest } = spoken;
  const words = [...Object.values(levels), data, ...counts, many, acknowledge, returned, escalated, drill, soundTest];
  const names = [
    ...plan.counties.map(({ name }) => name),
    ...plan.sectors.map(({ name }) => name),
    ...plan.sites.map(({ shortName }) => shortName),
    ...plan.items.map(({ name }) => name),
  ];
  return [...new Set([...words, ...names].map((text) => text[language]))];
}

/** One clip as the manifest lists it. */
export interface Clip {
  /** Below the manifest's folder; the name carries the hash of what made it, so it never changes. */
  readonly file: string;
  readonly sha256: string;
  readonly ms: number;
}

/** The clips of each language by what they say; empty where none were rendered. */
export interface VoiceManifest {
  /** Which program rendered them; null: none was there. */
  readonly engine: string | null;
  readonly bytes: number;
  readonly clips: Readonly<Record<keyof Text, Readonly<Record<string, Clip>>>>;
}

/** One screen of a room is its voice for so long after it last said that it can sound (wall.md §7). */
export const voiceLeaseMs = 30_000;
/** How often each screen says whether it can sound. */
export const voiceRenewMs = 10_000;
