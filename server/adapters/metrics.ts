// What the server counts, in Prometheus' text format.
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** One figure: its name, what it means, and where to read it. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

/** Makes the page of `/metrics`: the process's own figures and these. */
export function createMetrics(figures: readonly Figure[]): { readonly text: () => Promise<string> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, help, read } of figures) {
    const gauge: Gauge = new Gauge({
      name: `skyground_${name}`,
      help,
      registers: [registry],
      collect: () => gauge.set(read()),
    });
  }
  return { text: () => registry.metrics() };
}
