// Every bench with its table: what is run, and which figures of a row stand in which column.
import { benchBacktest } from "./backtest.mjs";
import { benchEngine } from "./engine.mjs";
import { benchGrowth } from "./growth.mjs";
import { benchLatency } from "./latency.mjs";
import { benchStarts } from "./starts.mjs";
import { percent, spread } from "./table.mjs";
import { benchThroughput } from "./throughput.mjs";
import { benchWalls } from "./walls.mjs";

const throughputColumns = [
  ["broker", (row) => row.broker],
  ["points", (row) => row.points],
  ["values a message", (row) => row.valuesPerMessage],
  ["acknowledged/s", (row) => row.server.acknowledgedPerSecond],
  ["judged/s", (row) => row.server.judgedPerSecond],
  ["stored/s", (row) => row.server.storedPerSecond],
  ["stored when judged", (row) => percent(row.server.storedShareAtTheEnd)],
  ["bare: parsed/s", (row) => row.bare.judgedPerSecond],
  ["ratio", (row) => row.ratio],
  ["values a CPU second: server", (row) => row.server.valuesPerCpuSecond],
  ["bare", (row) => row.bare.valuesPerCpuSecond],
  ["PUBACK ms p50 / p99 / p99.9", (row) => spread(row.server.pubackMs)],
  ["loop held ms p50 / p99 / max", (row) => spread(row.server.loopDelayMs)],
  ["server CPU", (row) => percent(row.server.processCpuShare)],
  ["load CPU", (row) => percent(row.server.cpuShare)],
  ["RSS MiB", (row) => row.server.peakRssMib],
  ["busy", (row) => row.server.busy],
];

/** Every bench by name: how it is run, and how its rows are shown. */
export const benches = {
  engine: {
    title: "The judge alone, on one core: the demo's packs and calm life on copies of its sites",
    run: benchEngine,
    columns: [
      ["how", (row) => row.how],
      ["points", (row) => row.points],
      ["values", (row) => row.values],
      ["values a message", (row) => row.valuesPerMessage],
      ["values a CPU second", (row) => row.valuesPerCpuSecond],
      ["heap bytes a value", (row) => row.heapBytesAValue],
      ["plan: bytes a point", (row) => row.planBytesAPoint],
      ["memory: bytes a point", (row) => row.stateBytesAPoint],
      ["busy", (row) => row.busy],
    ],
  },
  backtest: {
    title: "A back-test over the embedded historian: one site, one day at 10 s, each sample judged by both sides",
    run: benchBacktest,
    columns: [
      ["points", (row) => row.points],
      ["samples", (row) => row.samples],
      ["samples/s", (row) => row.samplesPerSecond],
      ["samples a CPU second", (row) => row.samplesPerCpuSecond],
      ["took ms", (row) => row.tookMs],
      ["518 M samples would take s", (row) => row.plannedS],
      [
        "raises that differ",
        (row) => Object.values(row.differences).reduce((sum, one) => sum + one, 0) - row.differences.same,
      ],
      ["RSS MiB", (row) => row.rssMib],
      ["busy", (row) => row.busy],
    ],
  },
  embedded: {
    title: "Values a second through the embedded broker, acknowledged when they are written down",
    run: (options) => benchThroughput({ ...options, broker: "embedded" }),
    columns: throughputColumns,
  },
  mosquitto: {
    title: "Values a second through Mosquitto",
    run: (options) => benchThroughput({ ...options, broker: "Mosquitto" }),
    columns: throughputColumns,
  },
  latency: {
    title: "From publish to wall, and what the load costs; 10,000 points, 10 values a message, embedded broker",
    run: benchLatency,
    columns: [
      ["values/s asked", (row) => row.rate],
      ["acknowledged/s", (row) => row.acknowledgedPerSecond],
      ["alarm ms p50 / p99 / p99.9", (row) => spread(row.alarms)],
      ["alarms", (row) => row.alarms.count],
      ["frame ms p50 / p99 / p99.9", (row) => spread(row.frames)],
      ["PUBACK ms p50 / p99 / p99.9", (row) => spread(row.pubackMs)],
      ["loop held ms p50 / p99 / max", (row) => spread(row.loopDelayMs)],
      ["server CPU", (row) => percent(row.processCpuShare)],
      ["values a CPU second", (row) => row.valuesPerCpuSecond],
      ["RSS MiB", (row) => row.peakRssMib],
      ["journal B/value", (row) => row.journalBytesAValue],
      ["historian B/value", (row) => row.historianBytesAValue],
      ["busy", (row) => row.busy],
    ],
  },
  starts: {
    title: "From the spawn until devices and walls may come",
    run: benchStarts,
    columns: [
      ["start", (row) => row.how],
      ["points", (row) => row.points],
      ["inputs in the journal", (row) => row.inputs],
      ["values judged before", (row) => row.judged],
      ["ready after ms", (row) => row.readyMs],
      ["RSS MiB", (row) => row.rssMib],
      ["busy", (row) => row.busy],
    ],
  },
  growth: {
    title: "How the size of the plan tells; 10 values a message, embedded broker",
    run: benchGrowth,
    columns: [
      ["points", (row) => row.points],
      ["most acknowledged/s", (row) => row.most.acknowledgedPerSecond],
      ["at 10,000/s: CPU", (row) => percent(row.daily.processCpuShare)],
      ["PUBACK ms p50 / p99 / p99.9", (row) => spread(row.daily.pubackMs)],
      ["loop held ms p50 / p99 / max", (row) => spread(row.daily.loopDelayMs)],
      ["slowest /health ms", (row) => row.daily.healthMs],
      ["RSS MiB idle", (row) => row.idleRssMib],
      ["RSS MiB most", (row) => row.peakRssMib],
      ["first start ms", (row) => row.firstStartMs],
      ["after kill -9 ms", (row) => row.afterKillMs],
      ["after a stop ms", (row) => row.afterStopMs],
      ["busy", (row) => row.busy],
    ],
  },
  walls: {
    title: "Walls that watch every point; 2,000 points",
    run: benchWalls,
    columns: [
      ["walls asked", (row) => row.asked],
      ["admitted", (row) => row.admitted],
      ["changed values/s", (row) => row.rate],
      ["frames/s a wall", (row) => row.framesPerSecond],
      ["bytes a frame", (row) => row.bytesAFrame],
      ["worst gap ms", (row) => row.worstGapMs],
      ["server CPU", (row) => percent(row.processCpuShare)],
      ["clients' CPU", (row) => percent(row.clientsCpuShare)],
      ["loop held ms p50 / p99 / max", (row) => spread(row.loopDelayMs)],
      ["RSS MiB", (row) => row.peakRssMib],
      ["busy", (row) => row.busy],
    ],
  },
};
