// What the tests need from Debian: which packages are missing, and how they get here.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Every package that a test needs, with the way to find it where dpkg does not answer. */
const needed = [
  { name: "chromium", isThere: () => hasProgram("chromium") },
  { name: "fonts-noto-cjk", isThere: () => answers("fc-list", [":lang=zh-cn:family=Noto Sans CJK SC"]) },
  { name: "mosquitto", isThere: () => hasProgram("mosquitto") && hasProgram("mosquitto_passwd") },
  { name: "mosquitto-clients", isThere: () => hasProgram("mosquitto_pub") && hasProgram("mosquitto_sub") },
  { name: "espeak-ng", isThere: () => hasProgram("espeak-ng") },
  { name: "openssl", isThere: () => hasProgram("openssl") },
  { name: "influxdb", isThere: () => hasProgram("influxd") },
  { name: "victoria-metrics", isThere: () => hasProgram("victoria-metrics") },
  { name: "python3-paho-mqtt", isThere: () => answers("/usr/bin/python3", ["-c", "import paho.mqtt; print(1)"]) },
];

/** Debian asks this program before it starts a service at installing; 101 forbids it. */
const policyProgram = "/usr/sbin/policy-rc.d";

/** The needed packages that are not on this machine. */
export function missingPackages() {
  const hasDpkg = hasProgram("dpkg-query");
  return needed.filter(({ name, isThere }) => !((hasDpkg && isInstalled(name)) || isThere())).map(({ name }) => name);
}

/** The one line that a person can run instead. */
export function installLine(packages) {
  return `sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

/** Only root on Debian with apt-get: elsewhere a name may mean another package (Ubuntu's chromium is a snap). */
export function mayInstall() {
  return process.getuid?.() === 0 && hasProgram("apt-get") && isDebian();
}

/** Installs them without starting any service; true when all of them are here afterwards. */
export function installPackages(packages, policy = policyProgram) {
  // A broker or a historian that starts by itself takes the well-known port and stays behind after the tests.
  const guards = !existsSync(policy);
  const unguard = () => guards && rmSync(policy, { force: true });
  const stop = () => {
    unguard();
    process.exit(130);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    if (guards) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    const options = { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    // An update that fails in part (one mirror away) may still be enough; the install decides.
    spawnSync("apt-get", ["update"], options);
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...packages], options);
  } finally {
    unguard();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
  return missingPackages().length === 0;
}

function isDebian() {
  try {
    return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

function isInstalled(name) {
  const { status, stdout } = spawnSync("dpkg-query", ["-W", "-f=${db:Status-Status}", name], { encoding: "utf8" });
  return status === 0 && stdout === "installed";
}

function hasProgram(name) {
  // sbin is not on everyone's PATH, and Debian puts mosquitto there.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function answers(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 && stdout.trim() !== "";
}
