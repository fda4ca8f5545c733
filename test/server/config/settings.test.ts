// The server's settings: their defaults, what the environment changes, and how its faults are told.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeKeyPair } from "../../support/certificates.ts";
import { weaknessesOf } from "../../../server/app/weaknesses.ts";
import type { Environment } from "../../../server/config/environment.ts";
import { readSettings, type Settings } from "../../../server/config/settings.ts";

const defaults: Settings = {
  configDir: "config",
  dataDir: "data/live",
  isDemo: false,
  http: { host: "127.0.0.1", port: 8080 },
  mqtt: { mode: "embedded", host: "127.0.0.1", port: 1883, clientId: "skyground-server" },
  historian: {
    kind: "embedded",
    memoryMib: 48,
    keepDays: 400,
    catchUpRows: 200_000,
    version: "2",
    database: "skyground",
  },
  journal: { syncMs: 100, segmentBytes: 67_108_864, keepDays: 400 },
  disk: {},
  leastTestedMs: 86_400_000,
  latencyLimitMs: 1000,
  canaryEveryMs: 180_000,
  logLevel: "info",
};

function settingsOf(environment: Environment): Settings {
  const read = readSettings(environment, {});
  if (!read.ok) throw new Error(read.faults.join("\n"));
  return read.settings;
}

function faultsOf(environment: Environment): readonly string[] {
  const read = readSettings(environment, {});
  return read.ok ? [] : read.faults;
}

describe("readSettings", () => {
  let dir = "";

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "skyground-settings-"));
  });

  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it("needs nothing, and takes variables that are set to nothing as not set", () => {
    expect(settingsOf({})).toEqual(defaults);
    expect(settingsOf({ SKYGROUND_MQTT_URL: "", SKYGROUND_HTTP_PORT: " ", SKYGROUND_INFLUX_TOKEN_FILE: "" })).toEqual(
      defaults,
    );
    expect(settingsOf({ PATH: "/bin", UNRELATED: "x" })).toEqual(defaults);
  });

  it("takes everything from the environment", () => {
    expect(
      settingsOf({
        SKYGROUND_CONFIG_DIR: "/etc/skyground",
        SKYGROUND_DATA_DIR: "/var/lib/skyground",
        SKYGROUND_DEMO: "yes",
        SKYGROUND_HTTP_HOST: "0.0.0.0",
        SKYGROUND_HTTP_PORT: "0",
        SKYGROUND_HTTP_TRUSTED_PROXIES: "10.0.0.2, 2001:db8::/32",
        SKYGROUND_MQTT_URL: "mqtts://broker:8883",
        SKYGROUND_MQTT_HOST: "0.0.0.0",
        SKYGROUND_MQTT_PORT: "2883",
        SKYGROUND_MQTT_USERNAME: "server",
        SKYGROUND_MQTT_PASSWORD: " kept as it is ",
        SKYGROUND_HISTORIAN: "influx",
        SKYGROUND_HISTORIAN_MEMORY_MIB: "96",
        SKYGROUND_HISTORIAN_KEEP_DAYS: "1100",
        SKYGROUND_HISTORIAN_CATCH_UP_ROWS: "5000",
        SKYGROUND_INFLUX_URL: "http://influxdb:8086",
        SKYGROUND_INFLUX_VERSION: "1",
        SKYGROUND_INFLUX_DATABASE: "sg",
        SKYGROUND_INFLUX_ORG: "o",
        SKYGROUND_INFLUX_BUCKET: "b",
        SKYGROUND_INFLUX_TOKEN: "t",
        SKYGROUND_INFLUX_USERNAME: "u",
        SKYGROUND_INFLUX_PASSWORD: "p",
        SKYGROUND_JOURNAL_SYNC_MS: "5",
        SKYGROUND_JOURNAL_KEEP_DAYS: "0",
        SKYGROUND_DISK_WARN_MIB: "300",
        SKYGROUND_DISK_SHED_MIB: "200",
        SKYGROUND_DISK_STOP_MIB: "100",
        SKYGROUND_BACKTEST_LEAST_HOURS: "168",
        SKYGROUND_LATENCY_LIMIT_MS: "2500",
        SKYGROUND_CANARY_EVERY_MS: "0",
        SKYGROUND_LOG_LEVEL: "debug",
      }),
    ).toEqual({
      configDir: "/etc/skyground",
      dataDir: "/var/lib/skyground",
      isDemo: true,
      http: { host: "0.0.0.0", port: 0, trustedProxies: ["10.0.0.2", "2001:db8::/32"] },
      mqtt: {
        mode: "external",
        url: "mqtts://broker:8883",
        host: "0.0.0.0",
        port: 2883,
        username: "server",
        password: " kept as it is ",
        clientId: "skyground-server",
      },
      historian: {
        kind: "influx",
        memoryMib: 96,
        keepDays: 1100,
        catchUpRows: 5000,
        url: "http://influxdb:8086",
        version: "1",
        database: "sg",
        org: "o",
        bucket: "b",
        token: "t",
        username: "u",
        password: "p",
      },
      journal: { syncMs: 5, segmentBytes: 67_108_864, keepDays: 0 },
      disk: { warn: 314_572_800, shed: 209_715_200, stop: 104_857_600 },
      leastTestedMs: 7 * 86_400_000,
      latencyLimitMs: 2500,
      canaryEveryMs: 0,
      logLevel: "debug",
    });
  });

  it("lets the command line win", () => {
    const read = readSettings(
      { SKYGROUND_DATA_DIR: "/var", SKYGROUND_DEMO: "1", SKYGROUND_HTTP_PORT: "81", SKYGROUND_LOG_LEVEL: "warn" },
      {
        configDir: "c",
        dataDir: "d",
        isDemo: false,
        logLevel: "error",
        http: { port: 82 },
        mqtt: { port: 83 },
        historian: { database: "h" },
        journal: { segmentBytes: 4096 },
      },
    );
    expect(read.ok && read.settings).toEqual({
      ...defaults,
      configDir: "c",
      dataDir: "d",
      logLevel: "error",
      http: { host: "127.0.0.1", port: 82 },
      mqtt: { ...defaults.mqtt, port: 83 },
      historian: { ...defaults.historian, database: "h" },
      journal: { syncMs: 100, segmentBytes: 4096, keepDays: 400 },
    });
  });

  it("reads secrets from files and drops the line end that editors leave", () => {
    const file = join(dir, "token");
    writeFileSync(file, "s3cret \n");
    const settings = settingsOf({ SKYGROUND_INFLUX_TOKEN_FILE: file, SKYGROUND_MQTT_PASSWORD_FILE: file });
    expect(settings.historian.token).toBe("s3cret ");
    expect(settings.mqtt.password).toBe("s3cret ");
  });

  it("names every fault at once, with its variable and without its secrets", () => {
    const empty = join(dir, "empty");
    writeFileSync(empty, "\n");
    expect(
      faultsOf({
        SKYGROUND_MQTT_URL: "user:pa55@broker",
        SKYGROUND_DEMO: "maybe",
        SKYGROUND_HTTP_PORT: "65536",
        SKYGROUND_HTTP_TRUSTED_PROXIES: "10.0.0.2,10.1.0.0/33,proxy,10.0.0.0/8/8",
        SKYGROUND_MQTT_PORT: "-1",
        SKYGROUND_MQTT_PASSWORD: "a",
        SKYGROUND_MQTT_PASSWORD_FILE: empty,
        SKYGROUND_HISTORIAN: "mongo",
        SKYGROUND_INFLUX_VERSION: "3",
        SKYGROUND_INFLUX_URL: "ftp://x",
        SKYGROUND_INFLUX_TOKEN_FILE: join(dir, "nowhere"),
        SKYGROUND_INFLUX_PASSWORD_FILE: empty,
        SKYGROUND_JOURNAL_SYNC_MS: "1.5",
        SKYGROUND_LOG_LEVEL: "loud",
      }),
    ).toEqual([
      "SKYGROUND_MQTT_URL: is no address that begins with mqtt:// or mqtts:// or tcp:// or ssl:// or ws:// or wss://",
      'SKYGROUND_DEMO: "maybe" is none of 1, true, yes, 0, false, no',
      'SKYGROUND_HTTP_PORT: "65536" is no whole number from 0 to 65535',
      ...["10.1.0.0/33", "proxy", "10.0.0.0/8/8"].map(
        (one) => `SKYGROUND_HTTP_TRUSTED_PROXIES: "${one}" is no address and no network like 10.1.0.0/16`,
      ),
      'SKYGROUND_MQTT_PORT: "-1" is no whole number from 0 to 65535',
      "SKYGROUND_MQTT_PASSWORD_FILE: is set beside SKYGROUND_MQTT_PASSWORD: keep one of them",
      'SKYGROUND_HISTORIAN: "mongo" is none of embedded, influx',
      'SKYGROUND_INFLUX_VERSION: "3" is none of 1, 2',
      "SKYGROUND_INFLUX_URL: is no address that begins with http:// or https://",
      `SKYGROUND_INFLUX_TOKEN_FILE: ${join(dir, "nowhere")} cannot be read (ENOENT)`,
      `SKYGROUND_INFLUX_PASSWORD_FILE: ${empty} is empty`,
      'SKYGROUND_JOURNAL_SYNC_MS: "1.5" is no whole number from 0 to 10000',
      'SKYGROUND_LOG_LEVEL: "loud" is none of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  it("asks for what InfluxDB needs, by its version", () => {
    expect(faultsOf({ SKYGROUND_HISTORIAN: "influx" })).toEqual([
      "SKYGROUND_INFLUX_URL: is missing, SKYGROUND_HISTORIAN is influx",
      "SKYGROUND_INFLUX_ORG: is missing, InfluxDB of version 2 is asked for (SKYGROUND_INFLUX_VERSION)",
      "SKYGROUND_INFLUX_BUCKET: is missing, InfluxDB of version 2 is asked for (SKYGROUND_INFLUX_VERSION)",
      "SKYGROUND_INFLUX_TOKEN: is missing, InfluxDB of version 2 is asked for (SKYGROUND_INFLUX_VERSION)",
    ]);
    const one = { SKYGROUND_HISTORIAN: "influx", SKYGROUND_INFLUX_VERSION: "1" };
    expect(faultsOf(one)).toEqual(["SKYGROUND_INFLUX_URL: is missing, SKYGROUND_HISTORIAN is influx"]);
    expect(faultsOf({ ...one, SKYGROUND_INFLUX_URL: "nonsense" })).toHaveLength(1);
  });

  it("asks for the address of an external broker", () => {
    const read = readSettings({}, { mqtt: { mode: "external" } });
    expect(read.ok ? [] : read.faults).toEqual(["SKYGROUND_MQTT_URL: is missing, an external broker is asked for"]);
  });

  it("sends no password in the clear to others unless it is told to", () => {
    const fault =
      "SKYGROUND_MQTT_HOST: others than this machine would send their passwords in the clear: " +
      "use SKYGROUND_MQTTS_HOST with TLS, or say SKYGROUND_MQTT_PLAIN_PUBLIC=1";
    for (const host of ["0.0.0.0", "::", "192.0.2.7", "broker.example"])
      expect(faultsOf({ SKYGROUND_MQTT_HOST: host })).toEqual([fault]);
    for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
      expect(faultsOf({ SKYGROUND_MQTT_HOST: host })).toEqual([]);
    expect(faultsOf({ SKYGROUND_MQTT_HOST: "0.0.0.0", SKYGROUND_MQTT_PLAIN_PUBLIC: "1" })).toEqual([]);
    expect(faultsOf({ SKYGROUND_MQTT_HOST: "0.0.0.0", SKYGROUND_MQTT_URL: "mqtts://broker:8883" })).toEqual([]);
  });

  it("takes TLS with a certificate and its key, and names what is missing or does not fit", async () => {
    const [one, two] = [await makeKeyPair(dir, "one", "localhost"), await makeKeyPair(dir, "two", "localhost")];
    const set = {
      SKYGROUND_MQTTS_PORT: "8883",
      SKYGROUND_MQTTS_HOST: "0.0.0.0",
      SKYGROUND_MQTTS_CERT_FILE: one.certFile,
      SKYGROUND_MQTTS_KEY_FILE: one.keyFile,
    };
    const files = { certFile: one.certFile, keyFile: one.keyFile };
    expect(settingsOf(set).mqtt.tls).toEqual({ host: "0.0.0.0", port: 8883, ...files });
    const believing = settingsOf({ ...set, SKYGROUND_MQTTS_HOST: "", SKYGROUND_MQTTS_CA_FILE: two.certFile });
    expect(believing.mqtt.tls).toEqual({ host: "127.0.0.1", port: 8883, ...files, caFile: two.certFile });
    expect(faultsOf({ SKYGROUND_MQTTS_PORT: "8883" })).toEqual([
      "SKYGROUND_MQTTS_CERT_FILE: is missing, SKYGROUND_MQTTS_PORT is set",
      "SKYGROUND_MQTTS_KEY_FILE: is missing, SKYGROUND_MQTTS_PORT is set",
    ]);
    expect(faultsOf({ SKYGROUND_MQTTS_CERT_FILE: one.certFile })).toEqual([
      "SKYGROUND_MQTTS_PORT: is missing, a certificate is given",
    ]);
    expect(faultsOf({ ...set, SKYGROUND_MQTTS_KEY_FILE: join(dir, "nowhere") })).toEqual([
      `SKYGROUND_MQTTS_KEY_FILE: ${join(dir, "nowhere")} cannot be read (ENOENT)`,
    ]);
    expect(faultsOf({ ...set, SKYGROUND_MQTTS_KEY_FILE: two.keyFile })[0]).toMatch(
      /^SKYGROUND_MQTTS_CERT_FILE: certificate and key do not fit/,
    );
  });
});

describe("weaknesses", () => {
  const codesOf = (environment: Readonly<Record<string, string>>) =>
    weaknessesOf(settingsOf(environment)).map(({ code }) => code);

  it("are none of a server that speaks to its own machine alone, or in cipher", () => {
    expect(codesOf({})).toEqual([]);
    expect(codesOf({ SKYGROUND_MQTT_URL: "mqtts://broker:8883" })).toEqual([]);
    expect(codesOf({ SKYGROUND_MQTT_URL: "mqtt://127.0.0.1:1883" })).toEqual([]);
  });

  it("name every way by which something goes over a network in the clear", () => {
    expect(codesOf({ SKYGROUND_MQTT_HOST: "0.0.0.0", SKYGROUND_MQTT_PLAIN_PUBLIC: "1" })).toEqual([
      "MQTT_PLAIN_PUBLIC",
    ]);
    expect(codesOf({ SKYGROUND_MQTT_URL: "mqtt://mosquitto:1883" })).toEqual(["MQTT_BROKER_PLAIN"]);
    expect(codesOf({ SKYGROUND_HTTP_HOST: "0.0.0.0" })).toEqual(["HTTP_PLAIN_PUBLIC"]);
    const influx = { SKYGROUND_HISTORIAN: "influx", SKYGROUND_INFLUX_VERSION: "1" };
    expect(codesOf({ ...influx, SKYGROUND_INFLUX_URL: "http://influxdb:8086" })).toEqual(["HISTORIAN_PLAIN"]);
    const behind = settingsOf({ SKYGROUND_HTTP_HOST: "0.0.0.0" });
    expect(weaknessesOf({ ...behind, http: { ...behind.http, trustedProxies: ["10.0.0.1"] } })).toEqual([]);
  });
});
