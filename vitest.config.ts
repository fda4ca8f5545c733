// The tests: four projects, one per kind of surroundings, and the coverage that the core must keep.
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

// scripts/test.mjs switches coverage on for the whole suite only: a part of it cannot reach the thresholds.
const wholeSuite = process.env["COVERAGE"] === "1";

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
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [vue()],
        test: {
          name: "dashboard",
          environment: "happy-dom",
          include: ["test/dashboard/**/*.test.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "server",
          environment: "node",
          include: ["server", "simulators", "scenarios", "tools"].map((room) => `test/${room}/**/*.test.ts`),
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // These files start brokers, historians and servers: more at once measure each other's load.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // One browser at a time: screenshots and latencies are looked at.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
