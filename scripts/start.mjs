// `npm start`: builds what is stale, brings up the demo server, then its simulators; ends both together.
import { fork, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serverFlags } from "./node-flags.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);

if (!existsSync(`${root}node_modules`)) {
  console.error("SkyGround: the packages are not installed: run `npm ci` first");
  process.exit(1);
}
console.log("SkyGround: building (under a minute the first time) ...");
const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);

const dataDir = process.env["SKYGROUND_DATA_DIR"] ?? "data/demo";
const env = { SKYGROUND_LOG_LEVEL: "warn", ...process.env };
const server = fork("dist/app/main.js", ["demo", ...words], { cwd: root, env, execArgv: serverFlags });
let simulators = null;

server.on("message", ({ httpPort, mqttPort }) => {
  simulators = spawn(
    process.execPath,
    [
      "dist/simulators/main.js",
      "--broker",
      `mqtt://127.0.0.1:${mqttPort}`,
      "--http",
      `http://127.0.0.1:${httpPort}`,
      "--credentials",
      `${dataDir}/credentials.json`,
    ],
    { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
  );
  simulators.on("exit", (code) => {
    if (code !== 0 && server.exitCode === null) console.error(`the simulators ended with code ${code}`);
  });
});

const stop = () => {
  simulators?.kill("SIGTERM");
  server.kill("SIGTERM");
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
server.on("exit", (code) => {
  simulators?.kill("SIGTERM");
  process.exitCode = code ?? 1;
});
