// Which tone is due: what this tier owes now, less what was silenced here; no sound is made in this room.
import { silenceMs as silenceOfLevel, type AlarmView } from "../../contract/alarm.ts";
import { rankOf, type Level } from "../../contract/level.ts";
import type { Tier } from "../../contract/plant.ts";
import type { SilenceStatus } from "../../contract/wall.ts";
import { owedBy } from "./duty.ts";

/** A tone of wall.md §7; `data` is the soft one. */
export type Tone = "red" | "orange" | "yellow" | "data";

/** An alarm that asks for a tone. */
export interface Asking {
  /** Of the alarm as it asks now: another once it asks again, or rises. */
  readonly key: string;
  readonly alarm: AlarmView;
}

/** A tone to sound now, and the alarms of its level that it sounds for. */
export interface Due {
  readonly tone: Tone;
  readonly rank: number;
  readonly asking: readonly Asking[];
}

/** Decides which tone sounds when. */
export interface Horn {
  /** What this tier owes now; told at each change and once a second, also while this seat does not sound. */
  readonly hear: (alarms: Iterable<AlarmView>, tier: Tier) => void;
  /**
   * The tone to sound now, or null; asked only by a seat that sounds: what one has not sounded waits for it. `elapsed` goes on
   * as a person's time does, also where the server's clock is an exercise's. @default now
   */
  readonly due: (now: number, elapsed?: number) => Due | null;
  /** True while any of these still asks and is not silenced. */
  readonly isAsking: (asking: readonly Asking[], now: number) => boolean;
  /** Stops this seat's horn for what sounds now: one minute at red, two at orange (semantics §3). */
  readonly silence: (now: number) => void;
  /** What somebody of the tier silenced at any wall; what has asked since sounds. */
  readonly heed: (silence: SilenceStatus | undefined) => void;
  /** Until when the horn is silenced for the loudest of what was silenced; null where it is not. */
  readonly silencedUntil: (now: number) => number | null;
}

interface Need extends Asking {
  readonly tone: Tone;
  readonly rank: number;
  readonly askedAt: number;
}

// Red and orange come again until answered; yellow and data sound once.
const repeatMs: Readonly<Record<Tone, number>> = { red: 10_000, orange: 30_000, yellow: Infinity, data: Infinity };
const quietMs = 2500;
const silenceMs: Readonly<Record<Tone, number>> = { ...silenceOfLevel, data: silenceOfLevel.orange };

function toneOf(alarm: AlarmView, level: Level): Tone | null {
  // Semantics §7: what was over when it was found has the data tone.
  if (alarm.isData || (alarm.foundLateMs !== null && alarm.level === null)) return "data";
  return level === "blue" ? null : level;
}

/** A clock that was set back makes nobody wait: what then lies ahead is over. */
function isWithin(since: number, now: number, forMs: number): boolean {
  return now >= since && now - since < forMs;
}

function needsOf(alarms: Iterable<AlarmView>, tier: Tier): readonly Need[] {
  const needs: Need[] = [];
  for (const alarm of alarms) {
    const owed = owedBy(alarm, tier);
    const level = owed?.owedLevel ?? null;
    const tone = level === null ? null : toneOf(alarm, level);
    if (owed === null || tone === null) continue;
    // The revision is part of the key: an alarm that asks again, or rises, is new and sounds again.
    needs.push({
      tone,
      rank: tone === "data" ? 0 : rankOf(level),
      key: `${alarm.id} ${alarm.occurrence} ${alarm.revision}`,
      alarm,
      askedAt: owed.askedAt,
    });
  }
  return needs.toSorted((a, b) => b.rank - a.rank);
}

/** A horn that has sounded nothing yet. */
export function createHorn(): Horn {
  let soundedAt = new Map<string, number>();
  let silenced = new Map<string, number>();
  let last: readonly Need[] = [];
  let lastToneAt = -Infinity;
  let heeded: SilenceStatus | undefined;

  /** Until when a need is silent. Of the same millisecond as the silence it may have come after it: it sounds. */
  function silentUntil(need: Need): number {
    const here = silenced.get(need.key) ?? 0;
    return heeded !== undefined && need.askedAt < heeded.at ? Math.max(here, heeded.at + silenceMs[need.tone]) : here;
  }
  function isDue(need: Need, now: number, elapsed: number): boolean {
    if (silentUntil(need) > now) return false;
    const at = soundedAt.get(need.key);
    return at === undefined || !isWithin(at, elapsed, repeatMs[need.tone]);
  }
  return {
    hear(alarms, tier) {
      last = needsOf(alarms, tier);
      const keys = new Set(last.map(({ key }) => key));
      soundedAt = new Map([...soundedAt].filter(([key]) => keys.has(key)));
      silenced = new Map([...silenced].filter(([key]) => keys.has(key)));
    },
    due(now, elapsed = now) {
      // A flood must not become one long howl: the loudest tone, and then at least its own length of quiet.
      if (isWithin(lastToneAt, elapsed, quietMs)) return null;
      const due = last.filter((each) => isDue(each, now, elapsed));
      const [need] = due;
      if (need === undefined) return null;
      lastToneAt = elapsed;
      // One tone speaks for all needs that it is loud enough for; those of its own level come again together.
      const asking = last.filter((each) => each.rank === need.rank && silentUntil(each) <= now);
      for (const { key } of [...due, ...asking]) soundedAt.set(key, elapsed);
      return { tone: need.tone, rank: need.rank, asking };
    },
    isAsking: (asking, now) =>
      asking.some(({ key }) => last.some((need) => need.key === key && silentUntil(need) <= now)),
    silence(now) {
      for (const need of last) silenced.set(need.key, now + silenceMs[need.tone]);
    },
    heed(silence) {
      heeded = silence;
    },
    silencedUntil(now) {
      const loudest = last.find((need) => silentUntil(need) > now);
      return loudest === undefined ? null : silentUntil(loudest);
    },
  };
}
