// The house's arrows as a table: what each room may and may not import.

/** One room: a file of it, specifiers that must pass and that must not, and a word of the wall's message. */
export interface Room {
  readonly file: string;
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
  readonly says: string;
}

const contract1 = "../contract/level.ts";
const contract2 = "../../contract/level.ts";
const contract3 = "../../../contract/level.ts";
const libraries = ["mqtt", "aedes", "socket.io", "fastify", "libsql", "@influxdata/influxdb-client", "vue", "echarts"];
const wings = (up: string): string[] => [
  `${up}server/log.ts`,
  `${up}simulators/fleet.ts`,
  `${up}dashboard/src/live.ts`,
];
const without = (list: readonly string[], ...own: string[]): string[] => list.filter((one) => !own.includes(one));

const adapters = ["ingest", "broker", "journal", "historian/influx", "gateway", "notifier", "http", "register"];

/** An adapter reaches contract, log, node and its library; no room of the server but log, and no other adapter. */
function adapter(name: string, library: readonly string[], also: readonly string[] = []): Room {
  return {
    file: `server/adapters/${name}.ts`,
    may: [contract2, "../log.ts", "node:fs/promises", "node:net", "typebox/compile", ...library, ...also],
    mayNot: [
      "../domain/quality.ts",
      "../monitor.ts",
      "../monitor/turn.ts",
      "../loop.ts",
      "../replay.ts",
      "../app.ts",
      "../main.ts",
      "../config.ts",
      "./dialects/native.ts",
      ...adapters.filter((other) => other !== name).map((other) => `./${other}.ts`),
      "node:process",
      "process",
      ...without(libraries, ...library),
      "../../simulators/fleet.ts",
      "../../dashboard/src/live.ts",
    ],
    says: "never domain, monitor, loop or another adapter",
  };
}

const serverRooms: readonly Room[] = [
  {
    file: "contract/x.ts",
    may: ["./level.ts", "typebox", "typebox/value"],
    mayNot: [...wings("../"), "node:fs", "yaml", ...libraries],
    says: "the contract may import",
  },
  {
    file: "server/domain/alarm.ts",
    may: [contract2],
    mayNot: [
      "./quality.ts",
      "./detect/limit.ts",
      "type ./rollup.ts",
      "../monitor.ts",
      "../log.ts",
      "../adapters/ingest.ts",
      "node:fs",
      "typebox",
      "yaml",
      ...libraries,
    ],
    says: "the domain may import the contract only",
  },
  {
    file: "server/domain/detect/rate.ts",
    may: [contract3],
    mayNot: [
      "./limit.ts",
      "../quality.ts",
      "../../monitor.ts",
      "../../log.ts",
      "../../adapters/ingest.ts",
      "node:timers",
      ...libraries,
    ],
    says: "the domain may import the contract only",
  },
  {
    file: "server/monitor.ts",
    may: [contract1, "./domain/alarm.ts", "./domain/detect/limit.ts", "./monitor/turn.ts"],
    mayNot: ["./log.ts", "./loop.ts", "./adapters/journal.ts", "./config.ts", "node:fs", ...libraries],
    says: "the monitor may import",
  },
  {
    file: "server/monitor/turn.ts",
    may: [contract2, "../domain/alarm.ts", "../domain/detect/limit.ts", "./state.ts"],
    mayNot: ["../log.ts", "../loop.ts", "../adapters/journal.ts", "node:fs", ...libraries],
    says: "the monitor may import",
  },
  {
    file: "server/loop.ts",
    may: [contract1, "./monitor.ts", "./monitor/state.ts", "./log.ts"],
    mayNot: [
      "./domain/alarm.ts",
      "./replay.ts",
      "./app.ts",
      "./config.ts",
      ...adapters.map((one) => `./adapters/${one}.ts`),
      "node:fs",
      ...libraries,
    ],
    says: "the loop may import",
  },
  {
    file: "server/replay.ts",
    may: [contract1, "./monitor.ts"],
    mayNot: [
      "./log.ts",
      "./loop.ts",
      "./domain/alarm.ts",
      "./app.ts",
      "./adapters/journal.ts",
      "node:fs",
      ...libraries,
    ],
    says: "replay may import",
  },
  {
    file: "server/log.ts",
    may: [contract1, "pino", "node:stream"],
    mayNot: ["./config.ts", "./app.ts", "./domain/alarm.ts", "node:process", ...libraries],
    says: "log may import",
  },
  {
    file: "server/config.ts",
    may: [contract1, "yaml", "typebox/compile", "node:fs", "./config/shape.ts"],
    mayNot: [
      "./log.ts",
      "./domain/alarm.ts",
      "./monitor.ts",
      "./app.ts",
      "./adapters/http.ts",
      "node:process",
      ...libraries,
    ],
    says: "config may import",
  },
  adapter("ingest", ["mqtt"]),
  adapter("broker", ["aedes"], ["./broker-rules.ts"]),
  adapter("lock", ["libsql"]),
  adapter("incidents", ["libsql"]),
  adapter("metrics", ["prom-client"]),
  adapter("journal", ["libsql"], ["./journal/segments.ts"]),
  adapter("register", ["libsql"], ["./register/password.ts"]),
  adapter("gateway", ["socket.io"], ["./frame.ts"]),
  adapter("notifier", []),
  adapter("http", ["fastify", "@fastify/static"], ["./http/guards.ts"]),
  {
    file: "server/adapters/journal/segments.ts",
    may: [contract3, "../../log.ts", "./frames.ts", "libsql", "node:fs"],
    mayNot: ["../../domain/alarm.ts", "../../monitor.ts", "../http.ts", "../historian/influx.ts", "mqtt"],
    says: "never domain, monitor, loop or another adapter",
  },
  {
    file: "server/adapters/historian/influx.ts",
    may: [contract3, "../../log.ts", "./historian.ts", "@influxdata/influxdb-client", "node:fs"],
    mayNot: [
      "./embedded.ts",
      "../journal.ts",
      "../../loop.ts",
      "../../domain/alarm.ts",
      ...without(libraries, "@influxdata/influxdb-client"),
    ],
    says: "never the other historian",
  },
  {
    file: "server/adapters/historian/embedded.ts",
    may: [contract3, "../../log.ts", "./historian.ts", "libsql", "node:worker_threads"],
    mayNot: ["./influx.ts", "../journal.ts", "../../loop.ts", "../../domain/alarm.ts", ...without(libraries, "libsql")],
    says: "never the other historian",
  },
  {
    file: "server/adapters/dialects/neuron.ts",
    may: [contract3, "./dialect.ts"],
    mayNot: [
      "./native.ts",
      "./influx.ts",
      "./json.ts",
      "../ingest.ts",
      "../../log.ts",
      "../../domain/quality.ts",
      "node:fs",
      ...libraries,
    ],
    says: "never another dialect",
  },
  {
    file: "server/adapters/unlisted.ts",
    may: [contract2, "node:fs"],
    mayNot: ["./ingest.ts", "../domain/alarm.ts", "../loop.ts", ...libraries],
    says: "without its own line",
  },
  {
    file: "server/historian-worker.ts",
    may: [
      contract1,
      "./log.ts",
      "./adapters/historian/embedded.ts",
      "./adapters/journal/read.ts",
      "node:worker_threads",
    ],
    mayNot: [
      "./adapters/http.ts",
      "./adapters/gateway.ts",
      "./app.ts",
      "./monitor.ts",
      "./loop.ts",
      "./domain/alarm.ts",
      ...libraries,
    ],
    says: "the historian's worker may import",
  },
  {
    file: "server/chronicle-worker.ts",
    may: [contract1, "./chronicle/answers.ts", "./adapters/chronicle.ts", "node:worker_threads"],
    mayNot: ["./adapters/http.ts", "./app.ts", "./loop.ts", "node:process", ...libraries],
    says: "the chronicle's worker may import",
  },
  {
    file: "server/chronicle/follow.ts",
    may: [contract2, "./route.ts", "../adapters/chronicle.ts", "../adapters/journal/read.ts", "../monitor/plant.ts"],
    mayNot: ["../adapters/http.ts", "../app.ts", "../loop.ts", "node:process", ...libraries],
    says: "it reads the record, and judges nothing",
  },
  {
    file: "server/app.ts",
    may: [
      contract1,
      "./config.ts",
      "./log.ts",
      "./loop.ts",
      "./replay.ts",
      "./domain/access.ts",
      "./adapters/http.ts",
      "./adapters/dialects/native.ts",
      "node:path",
    ],
    mayNot: ["./main.ts", "node:process", ...wings("../").slice(1), ...libraries],
    says: "app and its parts may import every server room except main",
  },
  {
    file: "server/evidence/pack.ts",
    may: [contract2, "../adapters/journal/turns.ts", "./find.ts", "node:crypto"],
    mayNot: ["../adapters/http.ts", "../monitor.ts", "../loop.ts", "../domain/alarm.ts", "node:process", ...libraries],
    says: "it reads the record, and judges nothing",
  },
  {
    file: "server/evidence-worker.ts",
    may: [contract1, "./evidence/pack.ts", "./adapters/journal/turns.ts", "node:worker_threads"],
    mayNot: ["./adapters/http.ts", "./app.ts", "./monitor.ts", "./loop.ts", "node:process", ...libraries],
    says: "the evidence's worker may import",
  },
  {
    file: "server/commands.ts",
    may: [contract1, "./replay.ts", "./adapters/register.ts", "./monitor/state.ts", "node:fs"],
    mayNot: ["./main.ts", "node:process", ...wings("../").slice(1), ...libraries],
    says: "app and its parts may import every server room except main",
  },
  {
    file: "server/commands/kpi.ts",
    may: [
      contract2,
      "../replay.ts",
      "../adapters/journal/read.ts",
      "../domain/kpi.ts",
      "../monitor/plant.ts",
      "node:fs",
    ],
    mayNot: ["../main.ts", "node:process", ...wings("../../").slice(1), ...libraries],
    says: "app and its parts may import every server room except main",
  },
  {
    file: "server/main.ts",
    may: ["./app.ts", "./commands.ts", "./commands/kpi.ts", "./log.ts", "node:process", "node:util"],
    mayNot: ["./loop.ts", "./adapters/http.ts", "./domain/alarm.ts", ...wings("../").slice(1), ...libraries],
    says: "main may import app and its parts",
  },
];

const simulatorRooms: readonly Room[] = [
  {
    file: "simulators/physics/tank.ts",
    may: ["./random.ts"],
    mayNot: [contract2, "../faults.ts", "../fleet.ts", "node:fs", "mqtt"],
    says: "physics may import nothing",
  },
  {
    file: "simulators/faults.ts",
    may: [],
    mayNot: [contract1, "./physics/tank.ts", "./fleet.ts", "node:fs", "mqtt"],
    says: "faults may import nothing",
  },
  {
    file: "simulators/fleet.ts",
    may: [contract1, "./physics/tank.ts", "./faults.ts"],
    mayNot: ["./main.ts", "mqtt", "node:fs", "../server/log.ts", "../dashboard/src/live.ts"],
    says: "fleet may import",
  },
  {
    file: "simulators/exercise/stage.ts",
    may: [contract2, "../fleet.ts", "../sites/scenario.ts", "./devices.ts", "mqtt", "yaml", "node:fs"],
    mayNot: ["../main.ts", "../../server/app.ts", "../../dashboard/src/live.ts", ...without(libraries, "mqtt")],
    says: "an exercise may import",
  },
  {
    file: "simulators/main.ts",
    may: [contract1, "./fleet.ts", "./faults.ts", "./physics/tank.ts", "mqtt", "node:process"],
    mayNot: ["../server/log.ts", "../dashboard/src/live.ts", ...without(libraries, "mqtt")],
    says: "the simulators' main may import",
  },
];

const src = "dashboard/src";
const otherWings = (up: string): string[] => [`${up}server/log.ts`, `${up}simulators/fleet.ts`];
const dashboardRooms: readonly Room[] = [
  {
    file: `${src}/link.ts`,
    may: [contract2, "type ../../contract/wall.ts", "socket.io-client"],
    mayNot: [
      "./live.ts",
      "./charts/trend-option.ts",
      "../../contract/wall.ts",
      "vue",
      "echarts",
      ...otherWings("../../"),
    ],
    says: "link may import",
  },
  {
    file: `${src}/api.ts`,
    may: [contract2, "type ../../contract/wall.ts"],
    mayNot: ["./link.ts", "./live.ts", "vue", "socket.io-client", ...otherWings("../../")],
    says: "api may import",
  },
  {
    file: `${src}/duty.ts`,
    may: [contract2, "type ../../contract/plant.ts"],
    mayNot: ["../../contract/plant.ts", "./live.ts", "./link.ts", "vue", "socket.io-client", ...otherWings("../../")],
    says: "takes only types",
  },
  {
    file: `${src}/live.ts`,
    may: [contract2, "./link.ts", "./duty.ts", "vue"],
    mayNot: [
      "socket.io-client",
      "./parts/Lamp.vue",
      "./screens/Wall.vue",
      "./charts/trend-option.ts",
      ...otherWings("../../"),
    ],
    says: "live and its parts may import",
  },
  {
    file: `${src}/alert.ts`,
    may: [contract2, "./live.ts", "./sound.ts", "./voice.ts", "vue"],
    mayNot: ["./link.ts", "./screens/Wall.vue", "socket.io-client", ...otherWings("../../")],
    says: "alert may import",
  },
  {
    file: `${src}/receipts.ts`,
    may: [contract2, "./live.ts", "./link.ts", "./glass.ts", "vue"],
    mayNot: ["./screens/Wall.vue", "./alert.ts", "socket.io-client", ...otherWings("../../")],
    says: "receipts may import",
  },
  {
    file: `${src}/glass.ts`,
    may: [contract2, "./duty.ts"],
    mayNot: ["./live.ts", "./link.ts", "./screens/banner.ts", "vue", ...otherWings("../../")],
    says: "glass may import",
  },
  {
    file: `${src}/watchdog.ts`,
    may: [],
    mayNot: ["./live.ts", "./link.ts", "vue", contract2],
    says: "the watchdog stands alone",
  },
  {
    file: `${src}/voice.ts`,
    may: [contract2, "./phrase.ts", "./sound.ts"],
    mayNot: ["./link.ts", "./live.ts", "./api/voice.ts", "vue", "socket.io-client", ...otherWings("../../")],
    says: "voice may import",
  },
  {
    file: `${src}/text/words.ts`,
    may: [contract3, "./zh.ts", "vue"],
    mayNot: ["../live.ts", "../link.ts", "../parts/Lamp.vue", "echarts", ...otherWings("../../../")],
    says: "text may import",
  },
  {
    file: `${src}/charts/trend-option.ts`,
    may: [contract3, "type echarts", "./map-option.ts"],
    mayNot: [
      "../live.ts",
      "../link.ts",
      "../duty.ts",
      "../parts/Lamp.vue",
      "vue",
      "socket.io-client",
      ...otherWings("../../../"),
    ],
    says: "never live or link",
  },
  {
    file: `${src}/charts/Chart.vue`,
    may: [contract3, "echarts/core", "echarts/charts", "vue", "./trend-option.ts"],
    mayNot: ["../live.ts", "../link.ts", "socket.io-client", ...otherWings("../../../")],
    says: "never live or link",
  },
  {
    file: `${src}/parts/Lamp.vue`,
    may: [contract3, "../live.ts", "../text/words.ts", "vue", "./Age.vue"],
    mayNot: [
      "../link.ts",
      "../screens/Wall.vue",
      "../App.vue",
      "../charts/Chart.vue",
      "echarts",
      "socket.io-client",
      ...otherWings("../../../"),
    ],
    says: "never link",
  },
  {
    file: `${src}/screens/Wall.vue`,
    may: [
      contract3,
      "../live.ts",
      "../parts/Lamp.vue",
      "../charts/Chart.vue",
      "../text/words.ts",
      "../api.ts",
      "vue",
      "./wall/Row.vue",
    ],
    mayNot: ["../link.ts", "../App.vue", "../main.ts", "echarts", "socket.io-client", ...otherWings("../../../")],
    says: "never link",
  },
  {
    file: `${src}/screens/wall/Row.vue`,
    may: ["../../../../contract/level.ts", "../../live.ts", "../../parts/Lamp.vue", "../order.ts", "./Cell.vue", "vue"],
    mayNot: ["../../link.ts", "../../App.vue", "echarts", "socket.io-client", ...otherWings("../../../../")],
    says: "never link",
  },
  {
    file: `${src}/App.vue`,
    may: ["./screens/Wall.vue", "./live.ts", "./text/words.ts", "vue"],
    mayNot: ["./link.ts", "./main.ts", "./charts/Chart.vue", "echarts", "socket.io-client", ...otherWings("../../")],
    says: "never link",
  },
  {
    file: `${src}/main.ts`,
    may: ["./App.vue", "./live.ts", "./link.ts", "vue"],
    mayNot: ["./charts/Chart.vue", "echarts", "socket.io-client", ...otherWings("../../")],
    says: "main may import App",
  },
];

/** Every room of the house. */
export const rooms: readonly Room[] = [...serverRooms, ...simulatorRooms, ...dashboardRooms];

/** Where time, chance and the world are shut out, and lines that must each be stopped there. */
export const core = {
  files: [
    "contract/pure.ts",
    "server/domain/pure.ts",
    "server/domain/detect/pure.ts",
    "server/monitor/pure.ts",
    "simulators/physics/pure.ts",
  ],
  lines: [
    "export const a = Date.now();",
    "export const b = (at: number) => new Date(at);",
    "export const c = Date.UTC(2020, 1);",
    "export const d = globalThis.Date.now();",
    "export const e = Math.random();",
    "export const { random } = Math;",
    "export const f = performance.now();",
    "setTimeout(() => 1, 1);",
    "setInterval(() => 1, 1);",
    "queueMicrotask(() => 1);",
    "console.log(1);",
    "export const g = process.env;",
    'export const h = fetch("http://127.0.0.1");',
  ],
};
