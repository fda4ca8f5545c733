// The room on the disk, looked at every few seconds: told when it runs low, made in a stated order, never from what is evidence.
import type { AuditEntry } from "../../contract/audit.ts";
import type { NeighbourStatus } from "../../contract/wall.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import {
  defaultMarks,
  isShedding,
  shedOrder,
  spaceText,
  stageOf,
  type Sheddable,
  type Space,
  type Stage,
  type Watermarks,
} from "./watermarks.ts";

/** One thing that may go: what it is called, and what it holds. */
export interface Found {
  readonly target: string;
  readonly bytes: number;
  readonly drop: () => Promise<void> | void;
  /** It journals its own act. */
  readonly isToldByItself?: boolean;
}

/** What may go, by kind: the next one of each, or null. */
export type Shedders = Readonly<Record<Sheddable, () => Found | null>>;

/** What went. */
export interface Shed {
  readonly at: number;
  readonly kind: Sheddable;
  readonly target: string;
  readonly bytes: number;
}

/** What `/health` says of the disk. */
export interface DiskStatus extends Space {
  readonly stage: Stage;
  readonly marks: Watermarks;
  /** The newest things that went, newest last. */
  readonly shed: readonly Shed[];
  /** True where something should give way and nothing is left that may. */
  readonly isExhausted: boolean;
}

/** The disk of a running server. */
export interface DiskKeeper {
  readonly status: () => DiskStatus | null;
  /** Since when no sample is taken in for want of room; null while they are. */
  readonly stopped: () => { readonly since: number; readonly reason: string } | null;
  readonly look: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** How it is kept. */
export interface DiskOptions {
  readonly space: () => Promise<Space>;
  /** What the settings say, where they do. */
  readonly marks: Partial<Watermarks>;
  readonly shedders: Shedders;
  readonly loop: Pick<Loop, "neighbour" | "audit">;
  /** What the journal says of a neighbour; undefined where nothing yet. */
  readonly known: (name: NeighbourStatus["name"]) => NeighbourStatus["state"] | undefined;
  readonly now: () => number;
  readonly log: Log;
}

const lookEveryMs = 10_000;
/** Nothing is taken in: every second counts. */
const lookWhenStoppedMs = 1000;
const mostTold = 20;

/** Begins to watch the disk; the first look is at once. */
export function keepDisk(options: DiskOptions): DiskKeeper {
  const { loop, known, now, log } = options;
  let status: DiskStatus | null = null;
  let stopped: { readonly since: number; readonly reason: string } | null = null;
  let looking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isEnded = false;

  /** Each state is an input of its own, so that a replay hears of it; said again where the journal has it otherwise. */
  const say = (name: "space" | "disk", isDown: boolean, reason: string): void => {
    const state = isDown ? "down" : "up";
    if ((known(name) ?? "up") !== state) loop.neighbour(name, state, reason);
  };

  /** One thing a look: the next look shows what it was worth. */
  const shed = async (text: string): Promise<Shed | null> => {
    for (const kind of shedOrder) {
      const found = options.shedders[kind]();
      if (found === null) continue;
      const { target, bytes, drop } = found;
      const at = now();
      const entry = entryOf(at, kind, found, text);
      // What cannot be written down does not happen.
      if (found.isToldByItself !== true && !(await loop.audit(entry))) return null;
      await drop();
      log.warn("room was made on the disk", { kind, target, bytes, space: text });
      return { at, kind, target, bytes };
    }
    return null;
  };

  const judge = async (): Promise<void> => {
    const space = await options.space();
    const marks = { ...defaultMarks(space), ...options.marks };
    const before = status?.stage ?? "roomy";
    const stage = stageOf(space, marks, before);
    const text = spaceText(space);
    if (stage !== before) log.warn("the room on the disk has changed", { stage, space: text });
    stopped = stage === "stop" ? (stopped ?? { since: now(), reason: text }) : null;
    say("space", stage !== "roomy", text);
    if (stage === "stop" || before === "stop") say("disk", stage === "stop", text);
    const kept = status?.shed ?? [];
    status = { ...space, stage, marks, shed: kept, isExhausted: false };
    if (!isShedding(stage)) return;
    const gone = await shed(text);
    status = { ...status, shed: gone === null ? kept : [...kept, gone].slice(-mostTold), isExhausted: gone === null };
  };

  const look = async (): Promise<void> => {
    looking ??= judge()
      .catch((error: unknown) => log.error("the disk could not be looked at", { error }))
      .finally(() => {
        looking = null;
      });
    await looking;
  };
  const lookOn = (): void => {
    void look().then(() => {
      if (!isEnded) timer = setTimeout(lookOn, stopped === null ? lookEveryMs : lookWhenStoppedMs);
    });
  };
  lookOn();

  return {
    status: () => status,
    stopped: () => stopped,
    look,
    stop: async () => {
      isEnded = true;
      if (timer !== null) clearTimeout(timer);
      await looking;
    },
  };
}

function entryOf(at: number, kind: Sheddable, { target, bytes }: Found, text: string): AuditEntry {
  const id = `disk.shed/${kind}/${target}/${at}`;
  return { id, at, by: null, act: "disk.shed", target, before: { kind, bytes }, after: null, reason: text };
}
