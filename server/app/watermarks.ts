// How full the disk is, in words, and what gives way first: decisions alone, without a disk.

/** Roomy; nearly full, to be said; so full that something has to give way; so full that no sample is taken in any more. */
export type Stage = "roomy" | "warn" | "shed" | "stop";

/** Bytes of a file system: free for us, and all. */
export interface Space {
  readonly free: number;
  readonly total: number;
}

/** Below so many free bytes a stage begins. */
export interface Watermarks {
  readonly warn: number;
  readonly shed: number;
  readonly stop: number;
}

/** What gives way, in this order. */
export const shedOrder = ["exports", "reports", "messages", "history"] as const;
/** One of them. */
export type Sheddable = (typeof shedOrder)[number];

const gigabyte = 1e9;
/** A stage ends when there is a tenth more room than it begins with, or it would come and go with every file. */
const slack = 1.1;

/** The smaller of a share of the disk and an amount: a large disk has room left where a small one is nearly full. */
export function defaultMarks({ total }: Space): Watermarks {
  return {
    warn: Math.min(0.2 * total, 10 * gigabyte),
    shed: Math.min(0.1 * total, 5 * gigabyte),
    stop: Math.min(0.02 * total, 0.5 * gigabyte),
  };
}

/** The stage, given the one before: worse at once, better only with room to spare. */
export function stageOf({ free }: Space, marks: Watermarks, before: Stage): Stage {
  const isWithin = (stage: Exclude<Stage, "roomy">): boolean => {
    const isOn = stages.indexOf(before) >= stages.indexOf(stage);
    return free < marks[stage] * (isOn ? slack : 1);
  };
  if (isWithin("stop")) return "stop";
  if (isWithin("shed")) return "shed";
  return isWithin("warn") ? "warn" : "roomy";
}

const stages: readonly Stage[] = ["roomy", "warn", "shed", "stop"];

/** True where something has to give way. */
export function isShedding(stage: Stage): boolean {
  return stage === "shed" || stage === "stop";
}

/** `3.1 GB / 40 GB`, without a word of any language. */
export function spaceText({ free, total }: Space): string {
  const text = (bytes: number): string =>
    bytes < gigabyte ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / gigabyte).toFixed(1)} GB`;
  return `${text(free)} / ${text(total)}`;
}
