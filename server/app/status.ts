// What the server says of itself: health, the beat, metrics, and what was refused at the door.
import type { ShadowStatus } from "../../contract/backtest.ts";
import type { FaultCode, FaultCount } from "../../contract/faults.ts";
import type { Beat, NeighbourStatus } from "../../contract/wall.ts";
import type { Health } from "../adapters/http/health.ts";
import { createMetrics } from "../adapters/metrics.ts";
import type { HistorianThread } from "../historian.ts";
import type { Loop } from "../loop.ts";
import type { Restored } from "../restore.ts";
import type { DiskKeeper, DiskStatus } from "./disk.ts";
import type { Lag } from "./historian-lag.ts";
import type { RetentionKeeper, RetentionStatus } from "./retention.ts";
import { livenessFigures } from "./liveness.ts";

/** Refusals at the broker's door, before there is any message: counted here, since they are no inputs. */
export interface Refusals {
  /** `times`: how many, where more than one is told of at once. */
  readonly count: (code: FaultCode, example: string, times?: number) => void;
  readonly list: () => readonly FaultCount[];
}

/** Counts refusals by code, with the newest example of each. */
export function createRefusals(now: () => number): Refusals {
  const counts = new Map<FaultCode, FaultCount>();
  return {
    count: (code, example, times = 1) => {
      counts.set(code, { code, count: (counts.get(code)?.count ?? 0) + times, lastAt: now(), example });
    },
    list: () => [...counts.values()],
  };
}

/** What `/api/health` says, and what the shadows have seen where any runs. */
export function healthOf(
  about: Pick<Health, "version" | "isDemo" | "startedAt" | "recordKey">,
  isReady: boolean,
  { monitor }: Restored,
  loop: Loop,
  refusals: Refusals,
  shadows: readonly ShadowStatus[],
  keepers?: { readonly disk: DiskKeeper; readonly retention: RetentionKeeper },
): Omit<Health, "weaknesses" | "devices"> & {
  readonly shadows?: readonly ShadowStatus[];
  readonly retention?: RetentionStatus;
  readonly disk?: DiskStatus | null;
} {
  const stall = loop.stall();
  const others = [...monitor.state().neighbours.values()].filter(({ name }) => name !== "disk");
  const disk: NeighbourStatus =
    stall === null
      ? { name: "disk", state: "up", since: about.startedAt, reason: "" }
      : { name: "disk", state: "down", ...stall };
  return {
    ...about,
    live: true,
    ready: isReady && stall === null,
    neighbours: [...others, disk],
    faults: mergeFaults([...monitor.faults(), ...refusals.list()]),
    ...(shadows.length === 0 ? {} : { shadows }),
    ...(keepers === undefined ? {} : { retention: keepers.retention.status(), disk: keepers.disk.status() }),
  };
}

/** One line a code: what the door and the judge refuse under the same code is one count, with the newest example. */
function mergeFaults(counted: readonly FaultCount[]): readonly FaultCount[] {
  const merged = new Map<FaultCode, FaultCount>();
  for (const one of counted) {
    const known = merged.get(one.code);
    const newest = known !== undefined && known.lastAt > one.lastAt ? known : one;
    merged.set(one.code, { ...newest, count: one.count + (known?.count ?? 0) });
  }
  return [...merged.values()];
}

/** The beat of every second: the newest `seq`, the worst data age, and what came in since the last one. */
export function createBeat({ monitor }: Restored, loop: Loop, lag: Lag, now: () => number): () => Beat {
  let last = { at: Date.now(), samples: monitor.state().samples };
  return () => {
    const at = Date.now();
    // The rate is told in real seconds, whatever the server's clock does.
    const { samples } = monitor.state();
    const samplesPerSecond = Math.round(((samples - last.samples) * 1000) / Math.max(1, at - last.at));
    last = { at, samples };
    const stall = loop.stall();
    const historianBehind = lag.behind();
    return {
      at: now(),
      seq: loop.told(),
      oldest: monitor.oldest(),
      samplesPerSecond,
      ...(stall === null ? {} : { journalDown: stall }),
      ...(historianBehind === null ? {} : { historianBehind }),
    };
  };
}

/** The page of `/metrics`. */
export function metricsOf(
  restored: Restored,
  loop: Loop,
  walls: () => number,
  historian: HistorianThread["figures"],
  lag: Lag,
): ReturnType<typeof createMetrics> {
  const { monitor, journal } = restored;
  return createMetrics([
    { name: "samples_judged", help: "Samples judged since the first start", read: () => monitor.state().samples },
    { name: "inputs", help: "Number of the last input", read: () => monitor.state().number },
    { name: "changes", help: "Number of the last change", read: () => monitor.state().seq },
    { name: "waiting_inputs", help: "Inputs that wait for their turn", read: loop.waiting },
    { name: "journal_bytes", help: "Position behind the last input", read: journal.position },
    {
      name: "historian_waiting_bytes",
      help: "Journal bytes that the historian has not stored yet",
      read: () => journal.position() - (historian()?.cursor ?? 0),
    },
    {
      name: "historian_behind_seconds",
      help: "Age of the oldest sample that the historian has not stored yet",
      read: () => lag.behindMs() / 1000,
    },
    { name: "historian_bytes", help: "Files of the embedded historian", read: () => historian()?.bytes ?? 0 },
    {
      name: "historian_oldest_at",
      help: "Start of the oldest day that the embedded historian keeps, epoch ms",
      read: () => historian()?.oldestAt ?? 0,
    },
    { name: "walls", help: "Walls that are connected", read: walls },
    {
      name: "refused",
      help: "Everything refused",
      read: () => monitor.faults().reduce((sum, { count }) => sum + count, 0),
    },
    ...livenessFigures(monitor),
  ]);
}
