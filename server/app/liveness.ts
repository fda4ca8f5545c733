// What the server counts of its devices as a whole, for whoever watches it.
import type { Figure } from "../adapters/metrics.ts";
import type { Monitor } from "../monitor.ts";

/** The figures of all devices together. */
export function livenessFigures({ livenessTotals }: Pick<Monitor, "livenessTotals">): readonly Figure[] {
  return [
    {
      name: "sequence_numbers_open",
      help: "Numbers of devices' sequences that never came, and may still come",
      read: () => livenessTotals().openNumbers,
    },
    {
      name: "messages_repeated",
      help: "Messages whose sequence numbers had all come before",
      read: () => livenessTotals().duplicates,
    },
    {
      name: "devices_backfilling",
      help: "Devices that tell of their past now",
      read: () => livenessTotals().backfilling,
    },
  ];
}
