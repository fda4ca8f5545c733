// What dialects remember of their devices over a restart: one file, written whole, a second after it changed.
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import type { DialectName } from "../../contract/register.ts";
import type { Log } from "../log.ts";

/** The memory of every device, by `site/device`. */
export interface DialectMemory {
  /** What an earlier reader of this dialect left. */
  readonly of: (device: string, dialect: DialectName) => unknown;
  readonly keep: (device: string, dialect: DialectName, memory: unknown) => void;
  readonly forget: (device: string) => void;
  /** Writes down what has changed, one write at a time; a large file not with each change. */
  readonly write: () => Promise<void>;
  /** Writes down what has changed, whatever it costs: at the end. */
  readonly close: () => Promise<void>;
}

interface Kept {
  readonly dialect: DialectName;
  /** JSON. */
  readonly text: string;
}

/** One device's memory, and all of them together; what is larger is left out and said so. */
const maxTextChars = 1024 * 1024;
const maxAllChars = 64 * 1024 * 1024;

/** The whole file is made of one text: so many characters are written each second at most, or every so often. */
const charsPerWrite = 1024 * 1024;

/** Opens the file; one that is broken is as good as none: a dialect finds out again what it needs. */
export function openDialectMemory(file: string, log: Log): DialectMemory {
  const kept = readKept(file, log);
  let allChars = [...kept.values()].reduce((sum, { text }) => sum + text.length, 0);
  let isChanged = false;
  /** Asked for and not written: with each of them a megabyte more may be. */
  let passed = 0;
  let writing: Promise<void> = Promise.resolve();

  const put = (device: string, memory: Kept | null): void => {
    allChars -= kept.get(device)?.text.length ?? 0;
    if (memory === null) kept.delete(device);
    else kept.set(device, memory);
    allChars += memory?.text.length ?? 0;
    isChanged = true;
  };

  const writeNow = async (): Promise<void> => {
    if (!isChanged) return;
    isChanged = false;
    const members = [...kept].map(
      ([device, { dialect, text }]) => `${JSON.stringify(device)}:{"dialect":"${dialect}","memory":${text}}`,
    );
    const draft = `${file}.new`;
    try {
      await writeFile(draft, `{${members.join(",\n")}}\n`);
      await rename(draft, file);
    } catch (error) {
      isChanged = true;
      log.error("write what dialects remember", { error });
    }
  };

  return {
    of: (device, dialect) => {
      const its = kept.get(device);
      return its?.dialect === dialect ? (JSON.parse(its.text) as unknown) : undefined;
    },
    keep: (device, dialect, memory) => {
      const text = memory === undefined ? undefined : JSON.stringify(memory);
      const before = kept.get(device);
      if (text === undefined || (before?.text === text && before.dialect === dialect)) return;
      const isTooMuch = text.length > maxTextChars || allChars + text.length - (before?.text.length ?? 0) > maxAllChars;
      if (isTooMuch) log.warn("a dialect remembers too much: it is not kept", { device, chars: text.length });
      else put(device, { dialect, text });
    },
    forget: (device) => {
      if (kept.has(device)) put(device, null);
    },
    write: () => {
      passed += 1;
      if (passed * charsPerWrite < allChars) return writing;
      passed = 0;
      return (writing = writing.then(writeNow));
    },
    close: () => (writing = writing.then(writeNow)),
  };
}

function readKept(file: string, log: Log): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  try {
    const read = JSON.parse(readFileSync(file, "utf8")) as Readonly<
      Record<string, { dialect: DialectName; memory: unknown }>
    >;
    for (const [device, { dialect, memory }] of Object.entries(read)) {
      kept.set(device, { dialect, text: JSON.stringify(memory) ?? "null" });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      log.warn("what dialects remembered cannot be read", { error });
  }
  return kept;
}
