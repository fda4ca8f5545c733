// The tests: seven projects, one per kind of surroundings, and the coverage that the core must keep.
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

// scripts/test.mjs switches coverage on for the whole suite only: a part of it cannot reach the thresholds.
const wholeSuite = process.env["COVERAGE"] === "1";

/** Full loads, and walls for minutes. */
const heavy = ["bench", "soak", "faults"].map((tool) => `test/tools/${tool}.test.ts`);

/** Milliseconds are judged here: nothing else may run beside it. */
const latency = "test/e2e/latency.test.ts";

/** Without a number the runner leaves one core idle, which is half of a small machine. */
const everyCore = "100%";

export default defineConfig({
  test: {
    coverage: {
      enabled: wholeSuite,
      provider: "v8",
      include: ["contract/**/*.ts", "server/domain/**/*.ts", "server/monitor*.ts", "server/monitor/**/*.ts"],
      reporter: [["text", { skipFull: true }], "json-summary", "html"],
      reportsDirectory: "coverage",
      // Cheap in pure rooms, and a line that no test reaches there is a judgement that nobody has seen.
      thresholds: { lines: 100, functions: 100, branches: 100, statements: 100 },
    },
    projects: [
      {
        test: {
          name: "domain",
          environment: "node",
          include: ["test/contract/**/*.test.ts", "test/domain/**/*.test.ts"],
          // Some go through every mixture there is, and the machine may be shared.
          testTimeout: 60_000,
          maxWorkers: everyCore,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [vue()],
        test: {
          name: "dashboard",
          environment: "happy-dom",
          include: ["test/dashboard/**/*.test.ts"],
          testTimeout: 60_000,
          maxWorkers: everyCore,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "server",
          environment: "node",
          include: ["server", "simulators", "tools"].map((room) => `test/${room}/**/*.test.ts`),
          exclude: heavy,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // These files start brokers, historians and servers, and wait for them: more at once measure each other's load.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          // Days of exercise at once. Within a group the runner begins by the projects' names: the longest file of all begins first.
          name: "scenarios",
          environment: "node",
          include: ["test/scenarios/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "tools",
          environment: "node",
          include: heavy,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Each of them takes all of a core that it gets, and judges no time: tests with deadlines would starve beside them.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "latency",
          environment: "node",
          include: [latency],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [latency],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They wait far more than they work: on graces, for a server that was killed, for what a person would see.
          maxWorkers: 3,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
