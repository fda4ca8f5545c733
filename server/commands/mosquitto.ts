// The command `mosquitto`: password file and ACL of an external Mosquitto, from the register.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canaryDevice, canarySite, topicOf, topicRoot, trialRoot } from "../../contract/topics.ts";
import { topicsOf } from "../app/admissions.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Register } from "../adapters/register.ts";
import { type Output, withRegister } from "../commands.ts";

const upward = ["telemetry", "state", "event", "sky", "command/ack"];

/**
 * `mosquitto --out DIR`: writes `passwords` and `acl`. Accounts that are no devices (`server`, `health`) keep their password
 * line. Mosquitto knows one password a device, the newest; and a secret from before the register kept its kind of hash must
 * be rotated first: those devices are named.
 */
export function runMosquitto(dataDir: string, outDir: string, output: Output): number {
  return withRegister(dataDir, (register) => {
    mkdirSync(outDir, { recursive: true, mode: 0o700 });
    const passwords = register.mosquittoPasswords();
    const lines = [...keptLines(join(outDir, "passwords")), ...passwords.map((one) => `${one.userName}:${one.hash}`)];
    writePrivate(join(outDir, "passwords"), lines.map((line) => `${line}\n`).join(""));
    const { acl, devices } = aclOf(register);
    writePrivate(join(outDir, "acl"), acl);
    const withPassword = new Set(passwords.map(({ userName }) => userName));
    const without = devices.filter((userName) => !withPassword.has(userName));
    for (const userName of without) output.say(`${userName}: has no secret that Mosquitto could check: rotate it`);
    output.out(`${outDir}: ${withPassword.size} devices; tell Mosquitto to read them again (SIGHUP)`);
    return exitCodes.done;
  });
}

/** A device's user name has a dot, which no other account's has. */
function keptLines(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !(line.split(":")[0] ?? "").includes("."));
}

function aclOf(register: Register): { readonly acl: string; readonly devices: readonly string[] } {
  const devices = register.listDevices().flatMap((device) => register.admitName(device.userName)?.device ?? []);
  const blocks = [
    [
      "user server",
      ...upward.map((kind) => `topic read ${topicRoot}/+/+/${kind}`),
      `topic write ${topicRoot}/+/+/command`,
      `topic write ${topicOf(canarySite, canaryDevice, "telemetry")}`,
      ...upward.map((kind) => `topic read ${trialRoot}/+/+/${kind}`),
      `topic write ${trialRoot}/+/+/command`,
    ],
    ["user health", "topic read $SYS/broker/uptime"],
    ...devices.map((device) => {
      const { publish, subscribe } = topicsOf(device);
      return [
        `user ${device.userName}`,
        ...publish.map((topic) => `topic write ${topic}`),
        ...subscribe.map((topic) => `topic read ${topic}`),
      ];
    }),
  ];
  const acl = `${blocks.map((block) => block.join("\n")).join("\n\n")}\n`;
  return { acl, devices: devices.map(({ userName }) => userName) };
}

/** In one piece and for its owner alone: Mosquitto may read it at any moment. */
function writePrivate(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
