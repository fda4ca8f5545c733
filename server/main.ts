// The process: arguments, environment, signals and exit codes; nobody else touches them.
import { createWriteStream, readFileSync, type WriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { App } from "./app.ts";
import { createHandClock, liveClock, type Clock } from "./app/clock.ts";
import type { Output } from "./commands.ts";
import { readSettings, type Settings } from "./config/settings.ts";
import { prepareDemo } from "./demo.ts";
import { exitCodes } from "./app/exit-codes.ts";
import { createLog } from "./log.ts";

const usage = `SkyGround（天地眼）

  serve                                   the server, set by SKYGROUND_* (see docs/operate.md)
  demo                                    the server with a fictional plant
  replay --config DIR --input FILE        judge lines of NDJSON[.gz]; [--output FILE]
  verify --data DIR                       look at every byte of the record, judge it anew and compare; [--heads FILE --key FINGERPRINT]
  evidence --data DIR ALARM_ID --output FILE   the signed pack of one alarm; [--occurrence N --window 1h --by NAME]
  record-key --data DIR                   the fingerprint of the key that signs the record
  journal --data DIR                      print the journal as NDJSON
  kpi --data DIR                          key figures of the alarms; [--from TIME --to TIME --tier TIER --json FILE]
  backtest --data DIR CHANGE.json         a drafted change over what was recorded; [--source journal|historian --from TIME --to TIME --json FILE]
  shadow --data DIR list | start CHANGE.json | stop CHANGE.json
  backup --data DIR --to DIR              a copy beside the running server; again into the same folder: only what is new
  restore --from DIR --data NEWDIR        a data directory of a backup, every byte checked first
  doctor --data DIR                       look at the machine, the settings and the data
  plan --data DIR --config DIR            show how the configuration differs; [--by NAME --reason TEXT] imports it
  user --data DIR list | add NAME ROLE TIER | reset NAME | remove NAME
                                          [--counties ID,… --towns NAME,… --sectors ID,… --sites ID,…] where not the whole city
  device --data DIR list | add SITE DEVICE | rotate SITE DEVICE [--overlap HOURS] | revoke SITE DEVICE
         | pin SITE DEVICE CERTIFICATE.pem | open SITE DEVICE --reason TEXT | retire SITE DEVICE | restore SITE DEVICE
  register --data DIR import FILE --kind KIND | export --kind KIND   enterprises, sites or devices as CSV
  mosquitto --data DIR --out DIR          password file and ACL of Mosquitto from the register`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function parse() {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        config: text,
        data: text,
        input: text,
        output: text,
        by: text,
        reason: text,
        from: text,
        to: text,
        tier: text,
        json: text,
        source: text,
        counties: text,
        towns: text,
        sectors: text,
        sites: text,
        kind: text,
        overlap: text,
        out: text,
        heads: text,
        key: text,
        occurrence: text,
        window: text,
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    say((error as Error).message);
    return null;
  }
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return version;
}

function settingsOf(overrides: {
  readonly isDemo?: boolean;
  readonly dataDir?: string;
  readonly configDir?: string;
}): Settings | null {
  const read = readSettings(process.env, overrides);
  if (read.ok) return read.settings;
  for (const fault of read.faults) say(fault);
  return null;
}

/** The clock of an exercise is turned by the program that started this one: each turn is answered once it was taken. */
function clockOfParent({ speed, startAt }: NonNullable<Settings["clock"]>): Clock {
  const clock = createHandClock(startAt ?? Date.now(), speed);
  process.on("message", ({ turnTo }: { readonly turnTo: number }) => {
    clock.turnTo(turnTo);
    setImmediate(() => process.send?.({ type: "turned", at: turnTo }));
  });
  return clock;
}

async function serve(
  isDemo: boolean,
  values: { readonly config?: string | undefined; readonly data?: string | undefined },
): Promise<number | null> {
  const settings = settingsOf({
    ...(isDemo ? { isDemo, dataDir: values.data ?? process.env["SKYGROUND_DATA_DIR"] ?? "data/demo" } : {}),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
    ...(values.config === undefined ? {} : { configDir: values.config }),
  });
  if (settings === null) return exitCodes.config;
  if (settings.clock !== undefined && process.send === undefined) {
    say("SKYGROUND_CLOCK: somebody has to turn this clock: `npm run scenario` does");
    return exitCodes.config;
  }
  const log = createLog(
    settings.logLevel === "trace" ? "debug" : settings.logLevel === "fatal" ? "error" : settings.logLevel,
  );
  const die = (error: Error): never => {
    log.error("a bug ended the server", { error });
    process.exit(1);
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", (reason) => die(reason instanceof Error ? reason : new Error(String(reason))));
  // Only a server needs the whole house, and it does not need the commands: each starts sooner without the other.
  const { startApp } = await import("./app.ts");
  const { isConfigFaults } = await import("./app/written-plan.ts");
  try {
    const dashboardDir = fileURLToPath(new URL("../dashboard", import.meta.url));
    const clock = settings.clock === undefined ? liveClock : clockOfParent(settings.clock);
    const app = await startApp({ settings, version: readVersion(), dashboardDir, log, clock, onBug: die });
    if (settings.isDemo) await greet(settings, app);
    let stopping: Promise<never> | null = null;
    // Ctrl-C and whoever started us may both ask: a second stop would not wait for the first.
    const stop = (): void => {
      if (stopping === null) log.info("stopping");
      stopping ??= app.stop().then(() => process.exit(exitCodes.done));
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    // Nobody turns its clock any more.
    if (settings.clock !== undefined) process.once("disconnect", stop);
    return null;
  } catch (error) {
    if (isConfigFaults(error)) {
      for (const fault of error.faults) say(fault);
      return exitCodes.config;
    }
    log.error("the server could not start", { error });
    say((error as Error).message);
    return exitCodes.found;
  }
}

async function greet(settings: Settings, app: App): Promise<void> {
  const credentials = await prepareDemo(app.register, app.plan(), settings.dataDir);
  const lines = Object.entries(credentials.people).map(([name, password]) => `    ${name.padEnd(16)} ${password}`);
  const trial = Object.entries(credentials.devices).find(([id]) => id.endsWith("/try-1"));
  const bench = credentials.devices["hc-03/try-2"];
  const [id = "", secret = ""] = trial ?? [];
  const user = id.replace("/", ".");
  process.stdout.write(
    [
      "",
      "  SkyGround（天地眼） — DEMO: fictional sites, simulated instruments",
      "",
      `  Wall:    http://127.0.0.1:${app.httpPort}`,
      `  Health:  http://127.0.0.1:${app.httpPort}/health`,
      "",
      "  People of this demo (generated, kept in " + settings.dataDir + "/credentials.json):",
      ...lines,
      "",
      "  Send a value of your own (a trial gas detector; 80 is a red alarm, 0 is calm):",
      `    mosquitto_pub -h 127.0.0.1 -p ${app.mqttPort} -u ${user} -P ${secret} -q 1 \\`,
      `      -t skyground/v1/${id}/telemetry -m '{"values":{"GD-901":80}}'`,
      ...(bench === undefined
        ? []
        : [
            "",
            `  Try the gateway bench: log in as enterprise at http://127.0.0.1:${app.httpPort}/onboard, start, and run`,
            `    node scripts/gateway.mjs --broker mqtt://127.0.0.1:${app.mqttPort} --user hc-03.try-2 --password ${bench} --point GD-902=5`,
          ]),
      "",
      "",
    ].join("\n"),
  );
  process.send?.({ type: "ready", httpPort: app.httpPort, mqttPort: app.mqttPort });
}

async function main(): Promise<number | null> {
  const parsed = parse();
  if (parsed === null) {
    say(usage);
    return exitCodes.usage;
  }
  const { values, positionals } = parsed;
  const [command, ...words] = positionals;
  const dataDir = values.data ?? process.env["SKYGROUND_DATA_DIR"] ?? "data/live";
  const configDir = values.config ?? process.env["SKYGROUND_CONFIG_DIR"] ?? "config";
  // Opened by the first line: a wrong configuration must not empty the result of an earlier run.
  let file: WriteStream | null = null;
  const open = (): WriteStream | NodeJS.WriteStream =>
    values.output === undefined ? process.stdout : (file ??= createWriteStream(values.output));
  const output: Output = { out: (line) => void open().write(`${line}\n`), say };
  // `… | head` has read enough: that is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const isAsked = (name: string): boolean => command === name && values.help !== true;
  if (isAsked("serve")) return serve(false, values);
  if (isAsked("demo")) return serve(true, values);
  const { runJournal, runPlan, runReplay, runUser } = await import("./commands.ts");
  if (isAsked("replay") && values.input !== undefined) {
    const code = await runReplay(configDir, values.input, output);
    if (code === exitCodes.done) open();
    await new Promise<void>((resolve) => (file === null ? resolve() : file.end(() => resolve())));
    return code;
  }
  if (isAsked("verify")) return (await import("./commands/verify.ts")).runVerify(dataDir, values, output);
  if (isAsked("evidence") && words[0] !== undefined) {
    const asked = { ...values, version: readVersion(), now: Date.now() };
    return (await import("./commands/evidence.ts")).runEvidence(dataDir, words[0], asked, output);
  }
  if (isAsked("backup")) {
    const about = { version: readVersion(), now: Date.now() };
    return (await import("./commands/backup.ts")).runBackup(dataDir, values.to, about, output);
  }
  if (isAsked("restore")) return (await import("./commands/backup.ts")).runRestore(values.from, dataDir, output);
  if (isAsked("doctor")) {
    const read = readSettings(process.env, {
      dataDir,
      ...(values.config === undefined ? {} : { configDir: configDir }),
    });
    return (await import("./commands/doctor.ts")).runDoctor(
      read,
      { dataDir, nodeVersion: process.versions.node },
      output,
    );
  }
  if (isAsked("record-key")) return (await import("./commands/record-key.ts")).runRecordKey(dataDir, output);
  if (isAsked("kpi")) return (await import("./commands/kpi.ts")).runKpi(dataDir, values, output);
  if (isAsked("backtest") && words[0] !== undefined)
    return (await import("./commands/backtest.ts")).runBacktest(dataDir, words[0], values, output);
  if (isAsked("shadow")) return (await import("./commands/shadow.ts")).runShadow(dataDir, words, output);
  if (isAsked("journal")) return runJournal(dataDir, output);
  if (isAsked("plan")) {
    const { by, reason } = values;
    return runPlan(configDir, dataDir, by !== undefined && reason !== undefined ? { by, reason } : null, output);
  }
  if (isAsked("user")) return runUser(dataDir, { ...values, words }, output);
  if (isAsked("device")) return (await import("./commands/device.ts")).runDevice(dataDir, words, values, output);
  if (isAsked("register")) return (await import("./commands/register.ts")).runRegister(dataDir, words, values, output);
  if (isAsked("mosquitto") && values.out !== undefined)
    return (await import("./commands/mosquitto.ts")).runMosquitto(dataDir, values.out, output);
  say(usage);
  return exitCodes.usage;
}

main().then(
  (code) => {
    if (code !== null) process.exitCode = code;
  },
  (error: unknown) => {
    say((error as Error).message);
    process.exitCode = exitCodes.found;
  },
);
