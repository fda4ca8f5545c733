// The house, built in one straight function: started from the journal up, ingest last, stopped in reverse.
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../contract/plant.ts";
import { protocol } from "../contract/protocol.ts";
import type { Snapshot } from "../contract/wall.ts";
import { decodeNative } from "./adapters/dialects/native.ts";
import { createGateway } from "./adapters/gateway.ts";
import { createHttp } from "./adapters/http.ts";
import type { Health } from "./adapters/http/health.ts";
import { credentialsOfCookies } from "./adapters/http/session.ts";
import { lockData } from "./adapters/lock.ts";
import { createRegister, type Register } from "./adapters/register.ts";
import { keepAccounts } from "./app/accounts.ts";
import { keepAmendments } from "./app/amendments.ts";
import { listShadows } from "./adapters/trials.ts";
import { createApprovals } from "./app/approvals.ts";
import { keepIncidents } from "./app/incidents.ts";
import { createOwners } from "./app/owners.ts";
import { createDialects } from "./app/dialects.ts";
import { openDoor } from "./app/open-door.ts";
import { createWire, openIntake } from "./app/intake.ts";
import { keepBench } from "./app/keep-bench.ts";
import { createOrders } from "./app/orders.ts";
import { createEvidenceDesk } from "./app/evidence.ts";
import { keepHeads } from "./app/heads.ts";
import { keepPast } from "./app/keep-past.ts";
import { behindDoor, startKeepers } from "./app/keepers.ts";
import { keepGlass } from "./app/glass.ts";
import { createLag } from "./app/historian-lag.ts";
import { keepCheckpoints, rehearse } from "./app/checkpoints.ts";
import { claimData, liveClock, type Clock } from "./app/clock.ts";
import { emptyRooms, tellRooms } from "./app/rooms.ts";
import { keepShadows } from "./app/shadows.ts";
import { keepDevices } from "./app/devices.ts";
import { readMap } from "./app/map-files.ts";
import { indexOf } from "./app/point-index.ts";
import { createUndo, type Undo } from "./app/undo.ts";
import { isOfRecord, readPlan } from "./app/written-plan.ts";
import { createBeat, createRefusals, healthOf, metricsOf } from "./app/status.ts";
import { openRuleDesks } from "./app/rule-desks.ts";
import { weaknessesOf } from "./app/weaknesses.ts";
import { fingerprintOf, isConfigOfRecord, rememberConfig } from "./config/fingerprint.ts";
import type { Settings } from "./config/settings.ts";
import type { TrialTimes } from "./domain/trial.ts";
import { startHistorian } from "./historian.ts";
import type { Log } from "./log.ts";
import { createLoop } from "./loop.ts";
import { restore } from "./restore.ts";

/** How the house is built. */
export interface AppOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly dashboardDir: string;
  readonly log: Log;
  /** What alarms and walls go by; sessions, keepalives and retries stay in real time. @default the computer's own */
  readonly clock?: Clock;
  /** How long the parts of a gateway's trial take. @default by its slowest point */
  readonly trialTimes?: TrialTimes;
  /** A bug: the process must end, and the journal restores. */
  readonly onBug: (error: Error) => void;
}

/** The running house. */
export interface App {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly register: Register;
  readonly plan: () => Plan;
  readonly stop: () => Promise<void>;
}

const retryMs = 1000;
/** A small folder is read so often: a shadow starts and ends without a restart. */
const lookForShadowsMs = 10_000;
/** Builds and starts the house. Rejects with `ConfigFaults` where the configuration is wrong. */
export async function startApp(options: AppOptions): Promise<App> {
  const undo = createUndo(options.log);
  try {
    return await build(options, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function build(options: AppOptions, undo: Undo): Promise<App> {
  const { settings, log, version, clock = liveClock } = options;
  const { dataDir, isDemo } = settings;
  const startedAt = Date.now();
  const fingerprint = fingerprintOf(settings.configDir);
  const written = isConfigOfRecord(fingerprint, dataDir) ? null : await readPlan(settings.configDir);

  const lock = lockData(dataDir);
  undo.add("lock", lock.release);
  const journalDir = join(dataDir, "journal");
  claimData(dataDir, clock, existsSync(journalDir));
  const restored = restore({ dataDir, journalDir, ...settings.journal, decode: decodeNative, log });
  const { monitor, journal } = restored;
  undo.add("journal", journal.close);
  log.info("restored", { inputs: restored.inputs, differences: restored.differences, tookMs: Date.now() - startedAt });

  const register = createRegister({ file: join(dataDir, "register.db"), now: Date.now, random: randomBytes });
  undo.add("register", register.close);
  const heads = keepHeads({ dataDir, journal, now: Date.now, log });
  undo.add("heads", heads.stop);

  const plan = (): Plan => monitor.state().plan;
  const dialects = createDialects(settings.configDir);
  const approver = createApprovals(register, Date.now);
  const devices = keepDevices({ register, dialects, plan, approver, now: Date.now, isHurried: clock !== liveClock });

  const rooms = emptyRooms();
  const wire = createWire();
  const orders = createOrders({
    plan,
    sites: () => monitor.state().sites.values(),
    send: (topic, payload) => wire.order(topic, payload),
  });
  // Only what is on the disk goes to the historian: it must never be ahead of a journal that a power cut has shortened.
  const readOn = (): void => {
    rooms.historian?.readable(journal.synced());
    rooms.past?.chronicle.readable(journal.synced());
  };
  const shadows = keepShadows({
    live: monitor,
    list: () => listShadows(dataDir),
    log,
    stopwatch: performance.now.bind(performance),
  });
  const inner = createLoop({
    monitor,
    journal,
    listener: tellRooms(rooms, { heads, orders, shadows, readOn }),
    decode: decodeNative,
    digest: (payload) => createHash("sha256").update(payload).digest("hex"),
    now: clock.now,
    alive: clock.alive,
    stopwatch: performance.now.bind(performance),
    soon: setImmediate,
    later: (turn) => setTimeout(turn, retryMs),
    number: monitor.state().number,
    seq: monitor.state().seq,
    log,
  });
  // The disk's keeper comes with the historian, which it may ask to let old days go.
  const loop = behindDoor(inner, () => rooms.keepers?.disk.stopped() ?? null);
  const door = openDoor({ dialects, register, loop, send: wire.send, dataDir, log, clock }, undo);
  const bench = keepBench({ register, plan, dialects, wire, now: clock.now, log, times: options.trialTimes }, undo);
  const checkpoints = keepCheckpoints(restored, log);
  undo.add("checkpoints", checkpoints.stop);

  const isSeed = monitor.state().plan.points.length === 0;
  if (isSeed) {
    loop.plan(written ?? (await readPlan(settings.configDir)), "config", "the first plan of an empty store");
  } else if (written !== null && !isOfRecord(monitor.state().plan, written)) {
    log.warn("the configuration differs from the plan of record; `npm run plan` shows the difference and imports it");
  }
  loop.neighbour("server", "up", "started");
  loop.drain();
  if (written !== null && isOfRecord(monitor.state().plan, written)) rememberConfig(fingerprint, dataDir);
  await restored.checkpoints.keepPlan(monitor.state().plan);
  rehearse(monitor.state());
  undo.add("server", () => {
    loop.neighbour("server", "down", "stopped");
    loop.drain();
  });

  const refusals = createRefusals(clock.now);
  const historian = startHistorian({
    setup: { journalDir, dataDir, historian: settings.historian },
    log,
    onStatus: ({ state, reason }) => loop.neighbour("historian", state, reason),
    onRefused: ({ rows, reason, example }) => refusals.count("HISTORIAN_REFUSED", `${reason}: ${example}`, rows),
    onDeath: options.onBug,
  });
  rooms.historian = historian;
  readOn();
  undo.add("historian", historian.stop);

  const keepers = startKeepers(settings, { restored, loop, historian, now: clock.now, log }, undo);
  rooms.keepers = keepers;
  const lag = createLag({ figures: historian.figures, position: journal.position, now: clock.now });
  const ready = { isReady: false };
  const weaknesses = weaknessesOf(settings);
  const about = { version, isDemo, startedAt, recordKey: heads.fingerprint };
  const health = (): Health => ({
    ...healthOf(about, ready.isReady, restored, loop, refusals, shadows.status(), keepers),
    weaknesses,
    devices: devices.health(),
  });
  const owners = createOwners(monitor);
  const { planOf, maySeeSite, maySeePoint, siteOf, viewOf } = owners;
  const isFull = (): boolean => keepers.disk.stopped() !== null;
  const incidents = keepIncidents({ dataDir, monitor, owners, register, isFull, now: Date.now, log });
  rooms.incidents = incidents;
  undo.add("incidents", incidents.stop);
  const changed = (): void => {
    rooms.gateway?.lookAgain();
    rooms.glass?.look();
  };
  const people = keepAccounts({ register, loop, approver, changed, isDemo, log });
  undo.add("audit", people.stop);
  const { mayDo, record } = people;
  const latencyLimitMs = clock === liveClock ? settings.latencyLimitMs : null;
  const glass = keepGlass(
    {
      register,
      loop,
      monitor,
      people,
      maySeeOf: owners.maySeeOf,
      latencyLimitMs,
      clock: clock.now,
      log,
      canaryEveryMs: clock === liveClock ? settings.canaryEveryMs : 0,
      push: (occurrence) => rooms.gateway?.canary(occurrence),
    },
    undo,
  );
  rooms.glass = glass;
  const told = { settings, historian, plan, owners, now: clock.now, log, record, register, head: heads.latest };
  const past = keepPast({ ...told, onDeath: options.onBug }, undo);
  rooms.past = past;
  const http = createHttp({
    ...settings.http,
    log,
    version,
    isDemo,
    now: Date.now,
    dashboardDir: existsSync(options.dashboardDir) ? options.dashboardDir : null,
    map: readMap(settings.configDir),
    ...people.logins,
    people: people.desk,
    soundTests: people.soundTests.last,
    health,
    metrics: metricsOf(restored, loop, () => rooms.gateway?.walls() ?? 0, historian.figures, lag).text,
    plan: planOf,
    devices: (person) => monitor.liveness().filter(({ site }) => maySeeSite(person, site)),
    history: async (query, person) => (maySeePoint(person, query.point) ? historian.history(query) : null),
    past: past.desk,
    walls: glass.walls,
    latency: glass.latency,
    ...openRuleDesks(
      { settings, monitor, loop, register, people, approver, maySeeSite, shadows, now: clock.now, log },
      undo,
    ),
    register: devices.desk,
    bench: bench.desk,
    incidents: incidents.desk,
    evidence: createEvidenceDesk({ dataDir, version, heads, record }),
    mayDo,
  });
  const gateway = createGateway({
    server: http.server,
    log,
    isDemo,
    now: Date.now,
    clock: clock.now,
    person: (cookies) => people.callerOf(credentialsOfCookies(cookies)),
    ...glass.gateway,
    snapshot: (person): Snapshot => {
      const exercise = clock === liveClock ? {} : { clockSpeed: clock.speed };
      return { protocol, version, isDemo, person, ...exercise, ...monitor.standing(), at: clock.now() };
    },
    viewOf,
    siteOf,
    refusalOf: incidents.refusalOf,
    latest: monitor.latest,
    pointIndex: indexOf(restored),
    pointCount: () => monitor.state().plan.points.length,
    beat: createBeat(restored, loop, lag, clock.now),
    oldest: monitor.oldest,
    command: loop.command,
    approver,
    mayDo,
    soundTested: people.soundTests.done,
  });
  rooms.gateway = gateway;
  const { port: httpPort } = await http.start();
  undo.add("http", http.stop);
  gateway.start();
  undo.add("gateway", gateway.stop);

  const amendments = keepAmendments({ restored, loop, decode: decodeNative, now: clock.now, log });
  undo.add("amendments", amendments.stop);
  const stopTicks = clock.onTick(() => {
    loop.tick();
    amendments.look();
    readOn();
    shadows.passTo(monitor.state().now);
  });
  shadows.look();
  const looking = setInterval(shadows.look, lookForShadowsMs);
  undo.add("timers", () => {
    stopTicks();
    clearInterval(looking);
  });

  const mqttPort = await openIntake(
    options,
    { devices, loop, refusals, orders, wire, door, bench, canary: glass.canary },
    undo,
  );
  ready.isReady = true;
  log.info("ready", { httpPort, mqttPort, tookMs: Date.now() - startedAt });
  return { httpPort, mqttPort, register, plan, stop: undo.run };
}
