// What Mosquitto reads: its password file, and the ACL that keeps every device under its own topics.
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const topicRoot = "skyground/v1";
const device = /^[a-z0-9][a-z0-9-]{0,63}\/[a-z0-9][a-z0-9-]{0,63}$/;

/** True for `site/device` in the grammar of the topics. */
export const isDevice = (name) => device.test(name);

/** A device's user name at the broker, as the contract gives it: `site.device`. */
export const userNameOf = (name) => name.replace("/", ".");

/** The devices that the plant's files name, by the same rule as the server: none written means one, `gw-1`. */
export function devicesOfPlant(configDir) {
  const folder = join(configDir, "plant");
  const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
  const sites = files.flatMap((file) => parse(readFileSync(join(folder, file), "utf8"))?.sites ?? []);
  const devices = sites.flatMap(({ id, devices: declared, points = [] }) => {
    const usual = declared?.[0] ?? "gw-1";
    const named = [...(declared ?? []), ...points.map((point) => point.device ?? usual)];
    return [...new Set(named)].map((code) => `${id}/${code}`);
  });
  return devices.filter(isDevice);
}

/** One line an account, in Mosquitto's own format: $7$ is PBKDF2 over SHA-512 with iterations, salt and hash. */
export function passwordsOf(accounts) {
  return accounts.map(([name, password]) => `${name}:${hash(password)}\n`).join("");
}

function hash(password) {
  // Mosquitto's default count. The passwords are 24 random bytes: no count makes guessing those any harder.
  const iterations = 101;
  const salt = randomBytes(12);
  const digest = pbkdf2Sync(password, salt, iterations, 64, "sha512");
  return `$7$${iterations}$${salt.toString("base64")}$${digest.toString("base64")}`;
}

/** The server hears everything, a device speaks under its own name only, and the health check sees one number. */
export function aclOf(devices) {
  const server = ["telemetry", "state", "event", "sky", "command/ack"].map(
    (kind) => `topic read ${topicRoot}/+/+/${kind}`,
  );
  const blocks = [
    ["user server", ...server, `topic write ${topicRoot}/+/+/command`],
    ["user health", "topic read $SYS/broker/uptime"],
    ...devices.map((name) => [
      `user ${userNameOf(name)}`,
      ...["telemetry", "state", "event", "sky", "command/ack"].map(
        (kind) => `topic write ${topicRoot}/${name}/${kind}`,
      ),
      `topic read ${topicRoot}/${name}/command`,
    ]),
  ];
  return `${blocks.map((block) => block.join("\n")).join("\n\n")}\n`;
}
