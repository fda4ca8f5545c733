// node scripts/make-secrets.mjs: random secrets for docker-compose, and Mosquitto's password file and ACL for every device.
//
//   [--demo] [--config DIR] [--device SITE/DEVICE]... [--into DIR]
//
// Run again to add devices: what is there stays as it is, because InfluxDB took its password and token at its first start.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { aclOf, devicesOfPlant, isDevice, passwordsOf, userNameOf } from "./mosquitto-files.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const secret = () => randomBytes(24).toString("base64url");

/** What `.env.example` promises, and what this script makes where `.env` has nothing yet. */
const settings = [
  ["SKYGROUND_HTTP_PORT", () => "8080"],
  ["SKYGROUND_MQTT_PORT", () => "1883"],
  ["SKYGROUND_INFLUX_PORT", () => "8086"],
  ["SKYGROUND_DEMO", () => "false"],
  ["SKYGROUND_INFLUX_ORG", () => "skyground"],
  ["SKYGROUND_INFLUX_BUCKET", () => "skyground"],
  ["SKYGROUND_INFLUX_ADMIN", () => "skyground"],
  ["SKYGROUND_INFLUX_PASSWORD", secret],
  ["SKYGROUND_INFLUX_TOKEN", secret],
  ["SKYGROUND_MQTT_PASSWORD", secret],
  ["SKYGROUND_MQTT_HEALTH_PASSWORD", secret],
];

/** Only the owner may read it, also where the file was there before with another mode. */
function writePrivate(file, text) {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

function readEnv(file) {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8").split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name && value !== "" ? [[name, value]] : [];
    }),
  );
}

function readDevices(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).devices : {};
}

const { values } = parseArgs({
  options: {
    demo: { type: "boolean" },
    config: { type: "string" },
    device: { type: "string", multiple: true },
    into: { type: "string" },
  },
});
const into = values.into ?? root;
const folder = join(into, "data", "compose");
const asked = values.device ?? [];
const wrong = asked.filter((device) => !isDevice(device));
if (wrong.length > 0) {
  console.error(`No SITE/DEVICE of small letters, digits and hyphens: ${wrong.join(", ")}`);
  process.exit(78);
}

mkdirSync(folder, { recursive: true, mode: 0o700 });
const devicesFile = join(folder, "devices.json");
const known = readDevices(devicesFile);
const names = [...new Set([...devicesOfPlant(values.config ?? join(root, "config")), ...asked, ...Object.keys(known)])];
const devices = Object.fromEntries(names.map((name) => [name, known[name] ?? secret()]));

const envFile = join(into, ".env");
const before = readEnv(envFile);
const env = Object.fromEntries(settings.map(([name, make]) => [name, before[name] ?? make()]));
if (values.demo) env.SKYGROUND_DEMO = "true";
// Real devices keep their passwords to themselves: only the simulated ones' go into a container.
const simulated = env.SKYGROUND_DEMO === "true" ? devices : {};
env.SKYGROUND_DEVICE_CREDENTIALS = `'${JSON.stringify({ devices: simulated })}'`;

const people = { server: env.SKYGROUND_MQTT_PASSWORD, health: env.SKYGROUND_MQTT_HEALTH_PASSWORD };
const accounts = Object.entries(devices).map(([name, password]) => [userNameOf(name), password]);
writePrivate(devicesFile, `${JSON.stringify({ devices }, null, 2)}\n`);
writePrivate(join(folder, "passwords"), passwordsOf([...Object.entries(people), ...accounts]));
writePrivate(join(folder, "acl"), aclOf(names));
const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
writePrivate(envFile, ["# Made by scripts/make-secrets.mjs; never commit it.", ...lines, ""].join("\n"));

console.log(`${envFile}: secrets of the services`);
console.log(
  `${folder}: Mosquitto's passwords and acl; devices.json has the password of each of ${names.length} devices`,
);
console.log("After adding devices: docker compose restart mosquitto");
