// The keepers of room and time: retention and disk, as the house builds them, and the door that closes when there is no room.
import { statfs } from "node:fs/promises";
import type { Settings } from "../config/settings.ts";
import type { HistorianThread } from "../historian.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import type { Restored } from "../restore.ts";
import { keepDisk, type DiskKeeper } from "./disk.ts";
import { condenseInThread, keepRetention, type RetentionKeeper } from "./retention.ts";
import { createShedders } from "./shedders.ts";
import type { Undo } from "./undo.ts";
import type { Space } from "./watermarks.ts";

/** Both keepers. */
export interface Keepers {
  readonly disk: DiskKeeper;
  readonly retention: RetentionKeeper;
}

/** A segment is a minute's work at the highest rates: so often it is looked whether one is due. */
const lookMs = 60_000;
/** One after the other: what was left behind by a long rest is made up for. */
const mostInLook = 10;

async function spaceOf(dir: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(dir);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** Starts both; what they do is undone with the house. */
export function startKeepers(
  settings: Pick<Settings, "dataDir" | "journal" | "disk">,
  {
    restored,
    loop,
    historian,
    now,
    log,
  }: {
    readonly restored: Restored;
    readonly loop: Loop;
    readonly historian: HistorianThread;
    readonly now: () => number;
    readonly log: Log;
  },
  undo: Undo,
): Keepers {
  const { dataDir } = settings;
  const { journal, monitor, checkpoints } = restored;
  const { keepDays } = settings.journal;
  const retention = keepRetention({
    dataDir,
    journal,
    keepDays,
    historian: () => historian.figures()?.cursor ?? null,
    checkpoint: checkpoints.oldest,
    late: () =>
      [...monitor.state().late.values()].reduce<number | null>((at, { from }) => Math.min(at ?? from, from), null),
    audit: loop.audit,
    run: condenseInThread,
    now,
    log,
  });
  const look = async (): Promise<void> => {
    for (let nth = 0; nth < mostInLook && retention.wouldCondense(keepDays); nth += 1) {
      await retention.look(keepDays, `older than ${keepDays} days`);
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  undo.add("retention", async () => {
    clearInterval(timer);
    await retention.stop();
  });
  const disk = keepDisk({
    space: () => spaceOf(dataDir),
    marks: settings.disk,
    shedders: createShedders({ dataDir, retention, historian, now }),
    loop,
    known: (name) => monitor.state().neighbours.get(name)?.state,
    now,
    log,
  });
  undo.add("disk", disk.stop);
  return { disk, retention };
}

/**
 * The loop behind a door: where there is no room, no sample is taken in, and its sender keeps it. People's acts and alarms go on
 * as long as the disk takes them.
 */
export function behindDoor(loop: Loop, stopped: DiskKeeper["stopped"]): Loop {
  return {
    ...loop,
    offer: (...message) => (stopped() === null ? loop.offer(...message) : Promise.resolve(false)),
    offerRefused: (...message) => (stopped() === null ? loop.offerRefused(...message) : Promise.resolve(false)),
    stall: () => loop.stall() ?? stopped(),
  };
}
