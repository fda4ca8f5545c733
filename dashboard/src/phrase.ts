// Which words follow a tone: one alarm in full, several by their number, each at most twice; no sound is made in this room.
import type { AlarmView } from "../../contract/alarm.ts";
import type { Text } from "../../contract/faults.ts";
import { spoken, spokenCount } from "../../contract/voice.ts";
import type { Asking, Due } from "./horn.ts";
import { type PlanIndex, siteOf, subjectOf } from "./plan-index.ts";

/** A word; the higher `spare`, the sooner it is left out where all of them take too long, and 0 never is. */
export interface Word {
  readonly text: Text;
  readonly spare: number;
}

/** What is said, and for which alarms. */
export interface Phrase {
  readonly words: readonly Word[];
  readonly asking: readonly Asking[];
}

/** Decides what is said after which tone. */
export interface Phrases {
  /** The phrase after a tone; null where it has none, or everything has been said twice. */
  readonly after: (due: Due, index: PlanIndex, isDrill: boolean) => Phrase | null;
  /** It was said to its end; what was cut off does not count. */
  readonly said: (phrase: Phrase) => void;
  /** Forgets what is no longer open. */
  readonly keep: (alarms: ReadonlyMap<string, AlarmView>) => void;
}

// wall.md §7: at most twice per annunciation.
const mostTimes = 2;
/** A red tone takes 2 s and comes again after 10 s: what is said fits between (wall.md §7: 8 s at most). */
export const mostPhraseMs = 7800;

/** The words, less those that can be spared while all of them take too long. */
export function fitting(words: readonly Word[], msOf: (word: Word) => number): readonly Word[] {
  const takes = words.reduce((sum, word) => sum + msOf(word), 0);
  const sparest = words.toSorted((a, b) => b.spare - a.spare)[0];
  if (takes <= mostPhraseMs || sparest === undefined || sparest.spare === 0) return words;
  return fitting(
    words.filter((word) => word !== sparest),
    msOf,
  );
}

/** What an alarm is about: its item, as the statute calls it, or else its site. */
function subject(index: PlanIndex, { source }: AlarmView): Text | null {
  const item = source.kind === "point" ? index.points.get(source.id)?.item : source.id;
  const site = siteOf(index, source);
  return (
    index.items.get(item ?? "")?.name ?? (source.kind === "site" ? site?.shortName : subjectOf(index, source)) ?? null
  );
}

/** One alarm in full: 「红色预警，海丰县，危险化学品，可燃气体浓度，请确认」. */
function inFull(index: PlanIndex, alarm: AlarmView, isEscalated: boolean): readonly Word[] {
  const site = siteOf(index, alarm.source);
  const what = subject(index, alarm);
  const texts: readonly (readonly [Text | null | undefined, spare: number])[] = [
    [site === null ? null : index.counties.get(site.county)?.name, 2],
    [site === null ? null : index.sectors.get(site.sector)?.name, 3],
    [what, 1],
    [isEscalated ? spoken.escalated : null, 0],
    [alarm.level === null ? spoken.returned : null, 0],
    [spoken.acknowledge, 0],
  ];
  return texts.flatMap(([text, spare]) => (text === null || text === undefined ? [] : [{ text, spare }]));
}

/** Phrases of which nothing has been said yet. */
export function createPhrases(): Phrases {
  const times = new Map<string, { readonly alarm: string; readonly count: number }>();
  const ranks = new Map<string, number>();
  const occurrenceOf = ({ id, occurrence }: AlarmView): string => `${id} ${occurrence}`;
  /** The ranks that were said are of one phrase: an alarm that rose since has another key. */
  const rankOf = new WeakMap<Phrase, number>();

  return {
    after({ tone, rank, asking }, index, isDrill) {
      if (tone !== "red" && tone !== "orange") return null;
      const unsaid = asking.filter(({ key }) => (times.get(key)?.count ?? 0) < mostTimes);
      const [first] = unsaid;
      if (first === undefined) return null;
      const isEscalated = rank > (ranks.get(occurrenceOf(first.alarm)) ?? rank);
      const words: readonly Word[] = [
        ...(isDrill ? [{ text: spoken.drill, spare: 0 }] : []),
        { text: spoken.levels[tone], spare: 0 },
        ...(unsaid.length > 1
          ? [{ text: spokenCount(unsaid.length), spare: 0 }]
          : inFull(index, first.alarm, isEscalated)),
      ];
      const phrase = { words, asking: unsaid };
      rankOf.set(phrase, rank);
      return phrase;
    },
    said(phrase) {
      for (const { key, alarm } of phrase.asking) {
        times.set(key, { alarm: alarm.id, count: (times.get(key)?.count ?? 0) + 1 });
        ranks.set(occurrenceOf(alarm), rankOf.get(phrase) ?? 0);
      }
    },
    keep(alarms) {
      for (const [key, { alarm }] of times) if (!alarms.has(alarm)) times.delete(key);
      const open = new Set([...alarms.values()].map(occurrenceOf));
      for (const key of ranks.keys()) if (!open.has(key)) ranks.delete(key);
    },
  };
}
