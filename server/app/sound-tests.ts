// Sound tests of the screens: each is an entry of the audit, and the last of each screen is told from there.
import type { SoundTest, SoundTestView } from "../../contract/receipt.ts";
import { isWhole } from "../../contract/scope.ts";
import type { Person, Reply } from "../../contract/wall.ts";
import type { Caller } from "../adapters/http/people.ts";
import type { Audits, Deed } from "../adapters/register/audit.ts";

/** What they stand on. */
export interface SoundTestsOptions {
  readonly register: Pick<Audits, "listAudits">;
  readonly record: (caller: Caller, deed: Deed, after: unknown) => void;
  readonly now: () => number;
}

/** Sound tests, written and read. */
export interface SoundTests {
  /** Writes a test down: whose screen, and what was put out. Whether somebody has heard it the screen cannot know. */
  readonly done: (person: Person | null, test: SoundTest, from: string) => Reply;
  /** The last test of each screen within 30 days, newest first; whoever has a part of the city sees his own. */
  readonly last: (person: Person | null) => readonly SoundTestView[];
}

const deed: Deed = { act: "sound.selfTest", target: "sound" };
const backMs = 30 * 86_400_000;
const mostRead = 1000;
/** A test takes 7 s; one screen has no reason to have more of them in the record. */
const everyMs = 5000;

/** The sound tests over the audit. */
export function createSoundTests({ register, record, now }: SoundTestsOptions): SoundTests {
  const lastAt = new Map<string, number>();
  return {
    done(person, test, from) {
      if (person === null) return { ok: false, code: "NOT_LOGGED_IN" };
      const at = now();
      const elapsedMs = at - (lastAt.get(person.name) ?? -Infinity);
      if (elapsedMs >= 0 && elapsedMs < everyMs) return { ok: false, code: "OVERLOADED" };
      lastAt.set(person.name, at);
      try {
        record({ person, from }, deed, test);
      } catch {
        // A full disk: the screen says that its test is not in the record.
        return { ok: false, code: "JOURNAL_UNAVAILABLE" };
      }
      // It is no change that walls hear of, and has no number among them.
      return { ok: true, seq: 0 };
    },
    last(person) {
      const at = now();
      const entries = register.listAudits({ from: at - backMs, to: at, limit: mostRead, target: deed.target });
      const tests = new Map<string, SoundTestView>();
      for (const { by, at: testedAt, act, after } of entries) {
        if (act !== deed.act || by === null || tests.has(by.name)) continue;
        // What was written is what the schema of the screens let in.
        tests.set(by.name, { ...(after as SoundTest), screen: by.name, at: testedAt });
      }
      const isTheirs = ({ screen }: SoundTestView): boolean => isWhole(person?.scope) || screen === person?.name;
      return [...tests.values()].filter(isTheirs);
    },
  };
}
