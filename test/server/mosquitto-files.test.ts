// The register's devices at a real Mosquitto: they come in with their own secret, and speak under their own topics alone.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runDevice } from "../../server/commands/device.ts";
import { runMosquitto } from "../../server/commands/mosquitto.ts";
import { runRegister } from "../../server/commands/register.ts";
import { mosquittoPub, startMosquitto, type Mosquitto } from "../support/mosquitto.ts";
import { deviceEntry, openTenants, siteEntry, type Tenants } from "../support/tenants.ts";

let tenants: Tenants;
let said: string[];
let mosquitto: Mosquitto | null;
const output = { out: (line: string) => void said.push(line), say: (line: string) => void said.push(line) };

beforeEach(async () => {
  tenants = await openTenants();
  said = [];
  mosquitto = null;
});
afterEach(async () => {
  await mosquitto?.stop();
  await tenants.close();
});

describe("mosquitto", () => {
  it("lets a device in with its secret, under its own topics, by its stage", async () => {
    const secret = tenants.device("plant-a", "gw-1", "open");
    const trial = tenants.device("plant-a", "gw-2", "trial");
    tenants.device("plant-b", "gw-1", "open");
    tenants.register.retireSite("plant-b");
    const out = join(tenants.folder, "out");
    expect(runMosquitto(tenants.folder, out, output)).toBe(0);
    const files = { password: join(out, "passwords"), acl: join(out, "acl") };
    for (const file of Object.values(files)) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(files.password, "utf8")).not.toContain("plant-b");
    expect(readFileSync(files.acl, "utf8")).not.toContain("plant-b");

    mosquitto = await startMosquitto({}, [], files);
    const publish = async (account: readonly [string, string], topic: string): Promise<string> => {
      const [user, password] = account;
      const asked = ["-V", "5", "-u", user, "-P", password, "-t", topic, "-q", "1", "-m", "x", "-d"];
      const { stdout, stderr } = await mosquittoPub(mosquitto?.port ?? 0, asked, 5000);
      const all = stdout + stderr;
      return /not authori[sz]ed/i.test(all) ? "refused" : all.includes("PUBACK") ? "taken" : all;
    };
    const own = ["plant-a.gw-1", secret] as const;
    const onTrial = ["plant-a.gw-2", trial] as const;
    expect(await publish(own, "skyground/v1/plant-a/gw-1/telemetry")).toBe("taken");
    expect(await publish(own, "skyground-trial/v1/plant-a/gw-1/telemetry")).toBe("taken");
    expect(await publish(own, "skyground/v1/plant-a/gw-2/telemetry")).toBe("refused");
    expect(await publish(own, "skyground/v1/plant-b/gw-1/telemetry")).toBe("refused");
    expect(await publish(onTrial, "skyground-trial/v1/plant-a/gw-2/telemetry")).toBe("taken");
    expect(await publish(onTrial, "skyground/v1/plant-a/gw-2/telemetry")).toBe("refused");
    expect(await publish(["plant-a.gw-1", "a guess"], "skyground/v1/plant-a/gw-1/telemetry")).toBe("refused");
  });

  it("keeps accounts that are no devices, takes the newest secret, and names devices that have none", () => {
    tenants.device("plant-a", "gw-1", "open");
    tenants.register.rotateSecret("plant-a", "gw-1", 1000);
    tenants.register.enterDevice(deviceEntry("plant-a", "gw-2"));
    writeFileSync(join(tenants.folder, "passwords"), "server:$7$101$a$b\nplant-z.gw-1:$7$101$c$d\n");
    runMosquitto(tenants.folder, tenants.folder, output);
    const lines = readFileSync(join(tenants.folder, "passwords"), "utf8").trim().split("\n");
    expect(lines.map((line) => line.split(":")[0])).toEqual(["server", "plant-a.gw-1"]);
    expect(lines[1]).toContain(tenants.register.mosquittoPasswords()[0]?.hash ?? "none");
    expect(said[0]).toMatch(/^plant-a\.gw-2: has no secret/);
  });
});

describe("the console", () => {
  const device = (...words: string[]): number => runDevice(tenants.folder, words, {}, output);

  it("adds, rotates, pins, opens, revokes, retires and restores, each written down as the console's", () => {
    expect(device("add", "plant-a", "gw-1")).toBe(0);
    expect(said[0]).toMatch(/^user name plant-a\.gw-1, password \S{22}$/);
    expect(runDevice(tenants.folder, ["rotate", "plant-a", "gw-1"], { overlap: "2" }, output)).toBe(0);
    expect(device("list")).toBe(0);
    expect(said.at(-1)).toMatch(/^plant-a\.gw-1 {2}native {2}open {2}since \S+ {2}secret until \S+, secret$/);
    expect(device("revoke", "plant-a", "gw-1")).toBe(0);
    expect(device("retire", "plant-a", "gw-1")).toBe(0);
    expect(device("restore", "plant-a", "gw-1")).toBe(0);
    expect(device("open", "plant-a", "gw-1")).toBe(1);
    expect(said.at(-1)).toBe("plant-a/gw-1: REASON_REQUIRED");
    expect(runDevice(tenants.folder, ["open", "plant-a", "gw-1"], { reason: "seen" }, output)).toBe(0);
    expect(device("list")).toBe(0);
    expect(said.at(-1)).toMatch(/no credential$/);
    const acts = tenants.register.waitingAudits();
    expect(acts.map(({ act, by }) => [act, by])).toEqual(
      ["add", "rotate", "revoke", "retire", "restore", "open"].map((verb) => [`device.${verb}`, null]),
    );
  });

  it("says how it is used where a word is missing or wrong", () => {
    const wrong = [["dance", "plant-a", "gw-1"], ["rotate", "plant-a"], ["pin", "plant-a", "gw-1"], []];
    for (const words of wrong) expect(device(...words)).toBe(64);
    expect(runDevice(tenants.folder, ["rotate", "plant-a", "gw-1"], { overlap: "long" }, output)).toBe(64);
    expect(runRegister(tenants.folder, ["import"], { kind: "sites" }, output)).toBe(64);
    expect(runRegister(tenants.folder, ["export"], { kind: "people" }, output)).toBe(64);
  });

  it("takes tables in and gives them out, or names what is wrong", () => {
    const file = join(tenants.folder, "sites.csv");
    expect(runRegister(tenants.folder, ["export"], { kind: "sites" }, output)).toBe(0);
    const [head = ""] = (said[0] ?? "").split("\r\n");
    const { id, enterprise, county, town, sector } = siteEntry("plant-c");
    writeFileSync(
      file,
      `${head}\r\n${[id, enterprise, "丙（演示）", "C", county, town, sector, 115, 22].join(",")}\r\n`,
    );
    expect(runRegister(tenants.folder, ["import", file], { kind: "sites" }, output)).toBe(0);
    expect(said.at(-1)).toBe("1 sites entered");
    expect(runRegister(tenants.folder, ["import", file], { kind: "sites" }, output)).toBe(1);
    expect(said.at(-1)).toBe("line 2: plant-c: is in the register already");
  });
});
