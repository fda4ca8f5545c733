// The built server with its libraries in a few files: loading 500 small ones takes more than half of a start.
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const at = (path) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

const bundle = await rolldown({
  // A worker is a program of its own, beside the one that starts it.
  input: {
    main: at("server/main.js"),
    "historian-worker": at("server/historian-worker.js"),
    "chronicle-worker": at("server/chronicle-worker.js"),
    "evidence-worker": at("server/evidence-worker.js"),
    "backtest-worker": at("server/app/backtest-worker.js"),
    "sheet-worker": at("server/sheet-worker.js"),
    "condense-worker": at("server/app/condense-worker.js"),
  },
  platform: "node",
  // One brings a library of machine code, one its own pages: they stay where they were installed.
  external: ["libsql", "@fastify/swagger-ui"],
  // Libraries ask for packages that they can do without.
  onLog: (level, log, handle) => (log.code === "UNRESOLVED_IMPORT" ? undefined : handle(level, log)),
});
await bundle.write({ dir: at("app"), cleanDir: true, chunkFileNames: "[name]-[hash].js" });
