// When a checkpoint is taken: now and then while the server runs, one at a time, and once more when it stops.
import type { Log } from "../log.ts";
import { packState } from "../monitor/pack.ts";
import type { Restored } from "../restore.ts";

const lookEveryMs = 1000;
const everyMs = 10_000;
const everySamples = 1_000_000;
/** A large state takes its time to copy, and nothing is judged meanwhile: at most a twentieth of all time goes there. */
const restFactor = 20;
const rehearsals = 3;

/** The checkpoints of a running server. */
export interface CheckpointKeeper {
  /** Takes the last one, of everything that was judged, and no more. */
  readonly stop: () => Promise<void>;
}

/** A function's first runs are its slowest, by five to one: they are made before anybody waits for an alarm. */
export function rehearse(state: Parameters<typeof packState>[0]): void {
  for (let nth = 0; nth < rehearsals; nth += 1) packState(state);
}

/** So many inputs read at the start are a second of it: a server that dies again and again must not start ever more slowly. */
const manyInputs = 20_000;

/** Begins to take checkpoints; the first one at once where the start had much to read. */
export function keepCheckpoints({ monitor, journal, checkpoints, inputs }: Restored, log: Log): CheckpointKeeper {
  const isLong = inputs > manyInputs;
  let saved = {
    at: isLong ? 0 : Date.now(),
    samples: monitor.state().samples,
    number: isLong ? -1 : monitor.state().number,
    tookMs: 0,
  };
  let saving: Promise<void> | null = null;

  const save = async (): Promise<void> => {
    // In the middle of a turn that the disk has refused there is nothing whole to save.
    const mark = journal.mark();
    if (mark.upTo !== monitor.state().number) return;
    const startedAt = performance.now();
    const { samples, number } = monitor.state();
    const written = checkpoints.save({ mark, state: packState(monitor.state()) }, journal.whenSynced(mark.position));
    saved = { at: Date.now(), samples, number, tookMs: performance.now() - startedAt };
    await written.catch((error: unknown) => log.warn("a checkpoint could not be saved", { error }));
  };

  const look = (): void => {
    const { samples, number } = monitor.state();
    const restedMs = Date.now() - saved.at;
    const isDue = restedMs >= everyMs || samples - saved.samples >= everySamples;
    if (!isDue || number === saved.number || restedMs < saved.tookMs * restFactor || saving !== null) return;
    saving = save().finally(() => (saving = null));
  };

  const timer = setInterval(look, lookEveryMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await saving;
      journal.sync();
      await save();
    },
  };
}
