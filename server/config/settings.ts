// The server's own settings: defaults, overlaid by the environment, overlaid by the command line; every fault named at once.
import { isIP } from "node:net";
import { createReader, type Environment, type Reader } from "./environment.ts";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** The levels of the log, quietest last. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
/** One level of the log. */
export type LogLevel = (typeof logLevels)[number];

/** Where MQTT over TLS is spoken, with which certificate, and whose client certificates are believed. */
export interface TlsSettings {
  readonly host: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile?: string;
}

/** Where the server finds its neighbours and keeps its data. */
export interface Settings {
  readonly configDir: string;
  readonly dataDir: string;
  /** True where the plant is fictional; every wall says so. */
  readonly isDemo: boolean;
  /** Set for an exercise only: how fast its clock is meant to go, and where it begins (now, where it is not said). */
  readonly clock?: { readonly speed: number; readonly startAt: number | null };
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Addresses or networks of reverse proxies whose X-Forwarded headers are believed. */
    readonly trustedProxies?: readonly string[];
  };
  readonly mqtt: {
    /** `embedded`: a broker in the process listens on host and port; `external`: one is found at `url`. */
    readonly mode: "embedded" | "external";
    readonly host: string;
    readonly port: number;
    readonly url?: string;
    readonly username?: string;
    readonly password?: string;
    readonly clientId: string;
    /** MQTT over TLS on the embedded broker; absent: it is not spoken. */
    readonly tls?: TlsSettings;
  };
  readonly historian: {
    readonly kind: "embedded" | "influx";
    /** Of the embedded one: memory for its newest rows, MiB. */
    readonly memoryMib: number;
    /** Of the embedded one: days that it keeps. */
    readonly keepDays: number;
    /** Rows a second at most while it catches up; 0: no bound. */
    readonly catchUpRows: number;
    readonly url?: string;
    readonly version: "1" | "2";
    readonly database: string;
    readonly org?: string;
    readonly bucket?: string;
    readonly token?: string;
    readonly username?: string;
    readonly password?: string;
  };
  readonly journal: {
    readonly syncMs: number;
    readonly segmentBytes: number;
    /** Days that messages are kept; 0: for ever. */
    readonly keepDays: number;
  };
  /** Free bytes below which the disk is nearly full, something gives way, and no sample is taken in; each has a default. */
  readonly disk: { readonly warn?: number; readonly shed?: number; readonly stop?: number };
  /** Over how long a time a new version of a rule must have been tested before it is enabled, ms. */
  readonly leastTestedMs: number;
  /** More than this from measured to painted, for one alarm in a hundred, is an alarm of its own, ms. */
  readonly latencyLimitMs: number;
  /** How often a canary proves the path, ms; 0: never. */
  readonly canaryEveryMs: number;
  readonly logLevel: LogLevel;
}

/** What the command line or a test says; it wins over the environment. */
export interface Overrides {
  readonly configDir?: string;
  readonly dataDir?: string;
  readonly isDemo?: boolean;
  readonly http?: Partial<Settings["http"]>;
  readonly mqtt?: Partial<Settings["mqtt"]>;
  readonly historian?: Partial<Settings["historian"]>;
  readonly journal?: Partial<Settings["journal"]>;
  readonly logLevel?: LogLevel;
}

/** The settings, or everything that is wrong with them. */
export type ReadSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads the settings; a variable that is set to nothing counts as not set, as compose passes it on. */
export function readSettings(environment: Environment, overrides: Overrides): ReadSettings {
  const faults: string[] = [];
  const read = createReader(environment, faults);
  const mqttUrl = read.url("SKYGROUND_MQTT_URL", mqttProtocols);
  const settings: Settings = {
    configDir: overrides.configDir ?? read.text("SKYGROUND_CONFIG_DIR") ?? "config",
    dataDir: overrides.dataDir ?? read.text("SKYGROUND_DATA_DIR") ?? "data/live",
    isDemo: overrides.isDemo ?? read.flag("SKYGROUND_DEMO") ?? false,
    ...clockOf(read.text("SKYGROUND_CLOCK"), faults),
    http: {
      host: read.text("SKYGROUND_HTTP_HOST") ?? "127.0.0.1",
      port: read.integer("SKYGROUND_HTTP_PORT", ports) ?? 8080,
      ...proxiesOf(read.text("SKYGROUND_HTTP_TRUSTED_PROXIES"), faults),
      ...overrides.http,
    },
    mqtt: {
      mode: mqttUrl === undefined ? "embedded" : "external",
      host: read.text("SKYGROUND_MQTT_HOST") ?? "127.0.0.1",
      port: read.integer("SKYGROUND_MQTT_PORT", ports) ?? 1883,
      ...given({
        url: mqttUrl,
        username: read.text("SKYGROUND_MQTT_USERNAME"),
        password: read.secret("SKYGROUND_MQTT_PASSWORD"),
      }),
      clientId: "skyground-server",
      ...tlsOf(read, faults),
      ...overrides.mqtt,
    },
    historian: { ...historianOf(read), ...overrides.historian },
    journal: {
      syncMs: read.integer("SKYGROUND_JOURNAL_SYNC_MS", { least: 0, most: 10_000 }) ?? 100,
      segmentBytes: 64 * 1024 * 1024,
      keepDays: read.integer("SKYGROUND_JOURNAL_KEEP_DAYS", { least: 0, most: 36_500 }) ?? 400,
      ...overrides.journal,
    },
    disk: diskOf(read),
    leastTestedMs:
      (read.integer("SKYGROUND_BACKTEST_LEAST_HOURS", { least: 0, most: 8784 }) ?? leastTestedHours) * 3_600_000,
    latencyLimitMs: read.integer("SKYGROUND_LATENCY_LIMIT_MS", { least: 50, most: 600_000 }) ?? 1000,
    canaryEveryMs: read.integer("SKYGROUND_CANARY_EVERY_MS", { least: 0, most: 86_400_000 }) ?? 180_000,
    logLevel: overrides.logLevel ?? read.oneOf("SKYGROUND_LOG_LEVEL", logLevels) ?? "info",
  };
  const isPlainPublic = read.flag("SKYGROUND_MQTT_PLAIN_PUBLIC") ?? false;
  if (settings.mqtt.mode === "embedded" && !isLoopback(settings.mqtt.host) && !isPlainPublic) {
    faults.push(
      "SKYGROUND_MQTT_HOST: others than this machine would send their passwords in the clear: " +
        "use SKYGROUND_MQTTS_HOST with TLS, or say SKYGROUND_MQTT_PLAIN_PUBLIC=1",
    );
  }
  checkTogether(settings, environment, faults);
  return faults.length === 0 ? { ok: true, settings } : { ok: false, faults };
}

/** A day has its nights, its shifts and its deliveries: what was tested over less has not seen what is usual (design). */
const leastTestedHours = 24;
/** A month of messages is what back-tests and late samples look back on. */
const leastKeepDays = 30;
const mqttProtocols = ["mqtt:", "mqtts:", "tcp:", "ssl:", "ws:", "wss:"];
// Port 0 asks the system for a free one, as the tests do.
const ports = { least: 0, most: 65_535 } as const;

const clockForm = /^(?<speed>\d{1,6}(?:\.\d{1,3})?)(?:@(?<start>.+(?:Z|[+-]\d\d:\d\d)))?$/u;

/** `60@2026-08-30T00:00:00+08:00`: a minute a second, from that instant on. */
function clockOf(value: string | undefined, faults: string[]): Pick<Settings, "clock"> {
  if (value === undefined) return {};
  const { speed, start } = clockForm.exec(value)?.groups ?? {};
  const clock = { speed: Number(speed), startAt: start === undefined ? null : Date.parse(start) };
  if (clock.speed > 0 && !Number.isNaN(clock.startAt)) return { clock };
  faults.push(`SKYGROUND_CLOCK: "${value}" is no speed, nor a speed and a start like 60@2026-08-30T00:00:00+08:00`);
  return {};
}

/** `10.0.0.2, 10.1.0.0/16`: behind a proxy everybody else has its address, and nobody is known to come by TLS. */
function proxiesOf(value: string | undefined, faults: string[]): Pick<Settings["http"], "trustedProxies"> {
  if (value === undefined) return {};
  const trustedProxies = value.split(",").map((one) => one.trim());
  for (const one of trustedProxies) {
    const [address = "", prefix = "0", ...rest] = one.split("/");
    const most = isIP(address) === 6 ? 128 : 32;
    if (isIP(address) === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > most || rest.length > 0)
      faults.push(`SKYGROUND_HTTP_TRUSTED_PROXIES: "${one}" is no address and no network like 10.1.0.0/16`);
  }
  return { trustedProxies };
}

function diskOf(read: Reader): Settings["disk"] {
  const bytesOf = (name: string): number | undefined => {
    const mebibytes = read.integer(name, { least: 1, most: 999_999_999 });
    return mebibytes === undefined ? undefined : mebibytes * 1024 * 1024;
  };
  const [warn, shed, stop] = ["WARN", "SHED", "STOP"].map((stage) => bytesOf(`SKYGROUND_DISK_${stage}_MIB`));
  return {
    ...(warn === undefined ? {} : { warn }),
    ...(shed === undefined ? {} : { shed }),
    ...(stop === undefined ? {} : { stop }),
  };
}

function historianOf(read: Reader): Settings["historian"] {
  return {
    kind: read.oneOf("SKYGROUND_HISTORIAN", ["embedded", "influx"] as const) ?? "embedded",
    memoryMib: read.integer("SKYGROUND_HISTORIAN_MEMORY_MIB", { least: 8, most: 16_384 }) ?? 48,
    keepDays: read.integer("SKYGROUND_HISTORIAN_KEEP_DAYS", { least: 1, most: 36_500 }) ?? 400,
    catchUpRows: read.integer("SKYGROUND_HISTORIAN_CATCH_UP_ROWS", { least: 0, most: 100_000_000 }) ?? 200_000,
    version: read.oneOf("SKYGROUND_INFLUX_VERSION", ["1", "2"] as const) ?? "2",
    database: read.text("SKYGROUND_INFLUX_DATABASE") ?? "skyground",
    ...given({
      url: read.url("SKYGROUND_INFLUX_URL", ["http:", "https:"]),
      org: read.text("SKYGROUND_INFLUX_ORG"),
      bucket: read.text("SKYGROUND_INFLUX_BUCKET"),
      token: read.secret("SKYGROUND_INFLUX_TOKEN"),
      username: read.text("SKYGROUND_INFLUX_USERNAME"),
      password: read.secret("SKYGROUND_INFLUX_PASSWORD"),
    }),
  };
}

/** The files are tried here, so that a wrong one is a fault of the settings and no crash. */
function tlsOf(read: Reader, faults: string[]): { readonly tls?: TlsSettings } {
  const port = read.integer("SKYGROUND_MQTTS_PORT", ports);
  const files = {
    cert: read.text("SKYGROUND_MQTTS_CERT_FILE"),
    key: read.text("SKYGROUND_MQTTS_KEY_FILE"),
    ca: read.text("SKYGROUND_MQTTS_CA_FILE"),
  };
  if (port === undefined) {
    if (Object.values(files).some((file) => file !== undefined))
      faults.push("SKYGROUND_MQTTS_PORT: is missing, a certificate is given");
    return {};
  }
  if (files.cert === undefined) faults.push("SKYGROUND_MQTTS_CERT_FILE: is missing, SKYGROUND_MQTTS_PORT is set");
  if (files.key === undefined) faults.push("SKYGROUND_MQTTS_KEY_FILE: is missing, SKYGROUND_MQTTS_PORT is set");
  if (files.cert === undefined || files.key === undefined) return {};
  const content = { cert: readPem("CERT", files.cert, faults), key: readPem("KEY", files.key, faults) };
  const ca = files.ca === undefined ? null : readPem("CA", files.ca, faults);
  try {
    if (content.cert !== null && content.key !== null)
      createSecureContext({ cert: content.cert, key: content.key, ...(ca === null ? {} : { ca }) });
  } catch (error) {
    faults.push(`SKYGROUND_MQTTS_CERT_FILE: certificate and key do not fit (${(error as Error).message})`);
  }
  const host = read.text("SKYGROUND_MQTTS_HOST") ?? read.text("SKYGROUND_MQTT_HOST") ?? "127.0.0.1";
  const caFile = files.ca === undefined ? {} : { caFile: files.ca };
  return { tls: { host, port, certFile: files.cert, keyFile: files.key, ...caFile } };
}

function readPem(which: string, file: string, faults: string[]): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    faults.push(`SKYGROUND_MQTTS_${which}_FILE: ${file} cannot be read (${reason})`);
    return null;
  }
}

/** True where only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/u.test(host);
}

/** What is right alone and wrong together; a variable that is already faulty is not asked for again. */
function checkTogether(settings: Settings, environment: Environment, faults: string[]): void {
  const { mqtt, historian, journal, disk } = settings;
  if (journal.keepDays > 0 && journal.keepDays < leastKeepDays) {
    faults.push(`SKYGROUND_JOURNAL_KEEP_DAYS: is 0, for ever, or at least ${leastKeepDays}`);
  }
  const { warn = Infinity, shed = Math.min(warn, Number.MAX_VALUE), stop = 0 } = disk;
  if (warn < shed || shed < stop) {
    faults.push("SKYGROUND_DISK_WARN_MIB, …_SHED_MIB, …_STOP_MIB: each is at least the next");
  }
  if (settings.clock !== undefined && !settings.isDemo) {
    faults.push("SKYGROUND_CLOCK: is for the demo alone: nothing real is watched by a false clock");
  }
  if (settings.clock !== undefined && (mqtt.mode === "external" || historian.kind === "influx")) {
    faults.push("SKYGROUND_CLOCK: an exercise writes to nobody else's broker or historian: leave both embedded");
  }
  const want = (name: string, value: string | undefined, why: string): void => {
    const isWritten = (environment[name] ?? "") !== "" || (environment[`${name}_FILE`] ?? "") !== "";
    if (value === undefined && !isWritten) faults.push(`${name}: is missing, ${why}`);
  };
  if (mqtt.mode === "external") want("SKYGROUND_MQTT_URL", mqtt.url, "an external broker is asked for");
  if (historian.kind !== "influx") return;
  want("SKYGROUND_INFLUX_URL", historian.url, "SKYGROUND_HISTORIAN is influx");
  if (historian.version !== "2") return;
  const why = "InfluxDB of version 2 is asked for (SKYGROUND_INFLUX_VERSION)";
  want("SKYGROUND_INFLUX_ORG", historian.org, why);
  want("SKYGROUND_INFLUX_BUCKET", historian.bucket, why);
  want("SKYGROUND_INFLUX_TOKEN", historian.token, why);
}

/** Leaves out what is not given, so that optional keys are absent rather than undefined. */
function given<T extends Record<string, string | undefined>>(values: T): { readonly [key in keyof T]?: string } {
  const kept: { [key in keyof T]?: string } = {};
  for (const key of Object.keys(values) as (keyof T)[]) {
    const value = values[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
