// The deployment: docker-compose.yml, Dockerfile and .env.example hold together, and no secret stands in any of them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readSettings } from "../../server/config/settings.ts";

interface Service {
  readonly restart?: string;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly environment?: string; readonly file?: string }>>;
}

const root = join(import.meta.dirname, "..", "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const composeText = read("docker-compose.yml");
const compose = parse(composeText) as Compose;
const services = Object.entries(compose.services);
const dockerfile = read("Dockerfile").split("\n");
const scratch = mkdtempSync(join(tmpdir(), "skyground-compose-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The variables that compose takes from .env: interpolated ones, and those that become secrets. */
function wantedVariables(): Set<string> {
  const interpolated = [...composeText.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? "");
  const secrets = Object.values(compose.secrets).flatMap(({ environment }) => environment ?? []);
  return new Set([...interpolated, ...secrets]);
}

/** `NAME=value` lines. */
function variablesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name ?? "", value ?? ""]));
}

const isSecret = (name: string): boolean => /PASSWORD|TOKEN|SECRET|CREDENTIALS/.test(name);

describe("docker-compose.yml", () => {
  it("passes the compose linter", () => {
    const { bin } = JSON.parse(read("node_modules/dclint/package.json")) as { bin: { dclint: string } };
    const dclint = join(root, "node_modules", "dclint", bin.dclint);
    const run = spawnSync(process.execPath, [dclint, "--color=false", "--quiet", "docker-compose.yml"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(`${run.stdout}${run.stderr}`.trim()).toBe("");
    expect(run.status).toBe(0);
  });

  it("has the four services, and the simulators in the profile demo only", () => {
    expect(services.map(([name]) => name).toSorted()).toEqual(["influxdb", "mosquitto", "server", "simulators"]);
    expect(services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name)).toEqual(["simulators"]);
    expect(compose.services["simulators"]?.profiles).toEqual(["demo"]);
  });

  it.each(services)("restarts %s and asks for its health", (_name, service) => {
    expect(service.restart).toBe("unless-stopped");
    expect(service.healthcheck?.test?.length).toBeGreaterThan(1);
  });

  it.each(services)("publishes %s on this machine only", (_name, service) => {
    expect((service.ports ?? []).filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });

  it.each(services)("hands secrets to %s as files that it has", (_name, service) => {
    const secret = Object.entries(service.environment ?? {}).filter(([name]) => isSecret(name));
    for (const [name, value] of secret) {
      expect(name).toMatch(/_FILE$/);
      expect(service.secrets?.map((one) => `/run/secrets/${one}`)).toContain(value);
    }
    for (const name of service.secrets ?? []) expect(compose.secrets).toHaveProperty(name);
    const paths = [...JSON.stringify(service).matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name]) => name);
    expect(paths.filter((name) => name === undefined || !service.secrets?.includes(name))).toEqual([]);
  });

  it("gives no secret a default, and stops where one is missing", () => {
    const secrets = [...wantedVariables()].filter(isSecret);
    expect(secrets.length).toBeGreaterThan(3);
    for (const name of secrets) {
      expect(composeText).not.toMatch(new RegExp(`\\$\\{${name}:?-`));
      expect(composeText).toMatch(new RegExp(`\\$\\{${name}:\\?`));
    }
  });

  it("sets the server to settings that the server takes", () => {
    const secretFile = join(scratch, "secret");
    writeFileSync(secretFile, "not-a-real-one\n");
    const written = Object.entries(compose.services["server"]?.environment ?? {});
    const environment = Object.fromEntries(
      written.map(([name, value]) => {
        if (name.endsWith("_FILE")) return [name, secretFile];
        return [name, value.replace(/^\$\{[A-Z_]+:-(.*)\}$/, "$1").replace(/^\$\{.*\}$/, "made")];
      }),
    );
    const result = readSettings(environment, {});
    if (!result.ok) throw new Error(result.faults.join("\n"));
    expect(result.settings).toMatchObject({
      configDir: "/app/config",
      dataDir: "/app/data/live",
      isDemo: false,
      http: { host: "0.0.0.0", port: 8080 },
      mqtt: { mode: "external", url: "mqtt://mosquitto:1883", username: "server", password: "not-a-real-one" },
      historian: { kind: "influx", version: "2", org: "made", bucket: "made", token: "not-a-real-one" },
    });
    const source = read("server/config/settings.ts");
    expect(written.map(([name]) => name).filter((name) => !source.includes(name.replace(/_FILE$/, "")))).toEqual([]);
  });
});

describe(".env.example", () => {
  const example = variablesOf(read(".env.example"));

  it("names what compose wants and nothing else", () => {
    expect([...example.keys()].toSorted()).toEqual(
      [...wantedVariables(), "SKYGROUND_DEMO"].filter(onlyFirst).toSorted(),
    );
  });

  it("has no secret", () => {
    expect([...example].filter(([name, value]) => isSecret(name) && value !== "")).toEqual([]);
  });

  it("is the only one of its kind that git takes", () => {
    const ignored = spawnSync("git", ["check-ignore", ".env", "data/compose/passwords"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(ignored.stdout.trim().split("\n")).toEqual([".env", "data/compose/passwords"]);
  });
});

describe("the Dockerfile", () => {
  it("runs scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const used = dockerfile.flatMap((line) => [...line.matchAll(/npm run (\S+)/g)].map(([, name]) => name ?? ""));
    expect(used).toContain("build");
    expect(used.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("copies files that exist", () => {
    const copied = dockerfile.filter((line) => line.startsWith("COPY ") && !line.includes("--from="));
    const sources = copied.flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
  });

  it("gives the server the same heap as every other start of it", () => {
    const serverFlags = [...read("scripts/node-flags.mjs").matchAll(/"(--[\w=-]+)"/gu)].map(([, flag]) => flag ?? "");
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    expect(serverFlags).toHaveLength(1);
    expect(dockerfile.find((line) => line.startsWith("CMD"))).toContain(`"${serverFlags[0]}"`);
    expect(scripts["serve"]).toContain(` ${serverFlags[0]} `);
  });

  it("starts what the build makes", () => {
    const started = [...`${dockerfile.join("\n")}${composeText}`.matchAll(/dist\/(\w+)\/main\.js/g)].map(
      ([, wing]) => wing,
    );
    expect(new Set(started)).toEqual(new Set(["app", "simulators"]));
    expect(read("scripts/bundle.mjs")).toContain(`at("app")`);
    expect(existsSync(join(root, "simulators", "main.ts"))).toBe(true);
  });

  it("does not run as root and keeps secrets out of the build", () => {
    expect(dockerfile.findLast((line) => line.startsWith("USER "))).toBe("USER node");
    const ignored = read(".dockerignore").split("\n");
    expect([".env", "data", ".git", "node_modules"].filter((name) => !ignored.includes(name))).toEqual([]);
  });
});

function onlyFirst<T>(value: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(value) === index;
}
