// The house, built in one straight function: started from the journal up, ingest last, stopped in reverse.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../contract/plant.ts";
import { protocol } from "../contract/protocol.ts";
import type { Snapshot } from "../contract/wall.ts";
import { decodeNative } from "./adapters/dialects/native.ts";
import { createGateway, type Gateway } from "./adapters/gateway.ts";
import { createHttp, tokenOfCookies } from "./adapters/http.ts";
import { lockData } from "./adapters/lock.ts";
import { createRegister, type Register } from "./adapters/register.ts";
import { keepAmendments } from "./app/amendments.ts";
import { listShadows } from "./adapters/trials.ts";
import { createApprovals } from "./app/approvals.ts";
import { createOrders, type Orders } from "./app/orders.ts";
import { keepCheckpoints, rehearse } from "./app/checkpoints.ts";
import { claimData, liveClock, type Clock } from "./app/clock.ts";
import { keepShadows } from "./app/shadows.ts";
import { createUndo, type Undo } from "./app/undo.ts";
import { isOfRecord, readPlan } from "./app/written-plan.ts";
import { createBeat, createRefusals, healthOf, metricsOf, type Refusals } from "./app/status.ts";
import { createRules, storedBacktest } from "./app/rules.ts";
import { fingerprintOf, isConfigOfRecord, rememberConfig } from "./config/fingerprint.ts";
import type { Settings } from "./config/settings.ts";
import { mayDo } from "./domain/access.ts";
import { startHistorian, type HistorianThread } from "./historian.ts";
import type { Log } from "./log.ts";
import { createLoop, type Loop } from "./loop.ts";
import { restore, type Restored } from "./restore.ts";

/** How the house is built. */
export interface AppOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly dashboardDir: string;
  readonly log: Log;
  /** What alarms and walls go by; sessions, keepalives and retries stay in real time. @default the computer's own */
  readonly clock?: Clock;
  /** A bug: the process must end, and the journal restores. */
  readonly onBug: (error: Error) => void;
}

/** The running house. */
export interface App {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly register: Register;
  readonly devices: () => Plan["devices"];
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

  const rooms: { gateway: Gateway | null; historian: HistorianThread | null } = { gateway: null, historian: null };
  const wire: Wire = { order: () => undefined };
  const orders = createOrders({
    plan: () => monitor.state().plan,
    sites: () => monitor.state().sites.values(),
    send: (topic, payload) => wire.order(topic, payload),
  });
  // Only what is on the disk goes to the historian: it must never be ahead of a journal that a power cut has shortened.
  const readOn = (): void => rooms.historian?.readable(journal.synced());
  const shadows = keepShadows({
    live: monitor,
    list: () => listShadows(dataDir),
    log,
    stopwatch: performance.now.bind(performance),
  });
  const loop = createLoop({
    monitor,
    journal,
    listener: {
      changed: (changes) => {
        rooms.gateway?.publish(changes);
        orders.changed(changes.items);
      },
      touched: (index) => rooms.gateway?.touch(index),
      replanned: () => {
        rooms.gateway?.replan();
        orders.replanned();
      },
      turned: readOn,
      judged: shadows.heard,
    },
    decode: decodeNative,
    digest: (payload) => createHash("sha256").update(payload).digest("hex"),
    now: clock.now,
    alive: clock.alive,
    soon: setImmediate,
    later: (turn) => setTimeout(turn, retryMs),
    number: monitor.state().number,
    seq: monitor.state().seq,
    log,
  });
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

  const historian = startHistorian({
    setup: { journalDir, dataDir, historian: settings.historian },
    log,
    onStatus: ({ state, reason }) => loop.neighbour("historian", state, reason),
    onDeath: options.onBug,
  });
  rooms.historian = historian;
  readOn();
  undo.add("historian", historian.stop);

  const refusals = createRefusals(clock.now);
  const ready = { isReady: false };
  const health = (): ReturnType<typeof healthOf> =>
    healthOf({ version, isDemo, startedAt }, ready.isReady, restored, loop, refusals, shadows.status());
  const approver = createApprovals(register.checkPassword, Date.now);
  const http = createHttp({
    ...settings.http,
    log,
    isDemo,
    now: Date.now,
    dashboardDir: existsSync(options.dashboardDir) ? options.dashboardDir : null,
    map: readMap(settings.configDir),
    login: async (name, password) => {
      const person = await register.checkPassword(name, password);
      const token = person === null ? null : register.openSession(person.name);
      return person === null || token === null ? null : { person, token };
    },
    logout: register.closeSession,
    person: register.personOf,
    health,
    metrics: metricsOf(restored, loop, () => rooms.gateway?.walls() ?? 0, historian.figures).text,
    plan: () => monitor.state().plan,
    devices: monitor.liveness,
    history: async (query) => (monitor.state().points.has(query.point) ? historian.history(query) : null),
    rules: createRules({
      monitor,
      enable: loop.ruleChange,
      approver,
      mayDo,
      isDemo,
      now: clock.now,
      key: randomBytes(32),
      backTestOf: (change) =>
        storedBacktest({ dataDir, plan: monitor.state().plan, leastTestedMs: settings.leastTestedMs }, change),
    }),
    mayDo,
  });
  const gateway = createGateway({
    server: http.server,
    log,
    isDemo,
    now: Date.now,
    clock: clock.now,
    person: (cookies) => {
      const token = tokenOfCookies(cookies);
      return token === null ? null : register.personOf(token);
    },
    snapshot: (person): Snapshot => {
      const exercise = clock === liveClock ? {} : { clockSpeed: clock.speed };
      return { protocol, version, isDemo, person, ...exercise, ...monitor.standing(), at: clock.now() };
    },
    latest: monitor.latest,
    pointIndex: indexOf(restored),
    pointCount: () => monitor.state().plan.points.length,
    beat: createBeat(restored, loop, clock.now),
    command: loop.command,
    approver,
    mayDo,
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

  const mqttPort = await startIngest(options, { register, loop, refusals, orders, wire }, undo);
  ready.isReady = true;
  log.info("ready", { httpPort, mqttPort, tookMs: Date.now() - startedAt });
  return { httpPort, mqttPort, register, devices: () => monitor.state().plan.devices, stop: undo.run };
}

/** The way to the devices, once there is one. */
interface Wire {
  order: (topic: string, payload: string) => void;
}

interface Inside {
  readonly register: Register;
  readonly loop: Loop;
  readonly refusals: Refusals;
  readonly orders: Orders;
  readonly wire: Wire;
}

async function startIngest(
  { settings, log }: AppOptions,
  { register, loop, refusals, orders, wire }: Inside,
  undo: Undo,
): Promise<number> {
  const { mqtt } = settings;
  if (mqtt.mode === "external") {
    let isLeaving = false;
    // Each way loads a large library, and only one of them is gone.
    const { createIngest } = await import("./adapters/ingest.ts");
    const ingest = createIngest({
      url: mqtt.url ?? "",
      clientId: mqtt.clientId,
      ...(mqtt.username === undefined ? {} : { userName: mqtt.username }),
      ...(mqtt.password === undefined ? {} : { password: mqtt.password }),
      log,
      onMessage: ({ topic, payload }) => loop.offer(topic, payload),
      onStatus: ({ state, reason }) => {
        // The broker is not down because we leave it: that would be an alarm at every stop.
        if (state !== "connecting" && !isLeaving) loop.neighbour("broker", state, reason);
        if (state === "up") orders.repeat();
      },
      onRefusal: refusals.count,
    });
    wire.order = ingest.order;
    ingest.start();
    undo.add("ingest", () => {
      isLeaving = true;
      return ingest.stop();
    });
    return 0;
  }
  const { createBroker } = await import("./adapters/broker.ts");
  const broker = createBroker({
    host: mqtt.host,
    port: mqtt.port,
    log,
    authenticate: register.checkDevice,
    onMessage: ({ topic, payload }) => loop.offer(topic, payload),
    onLink: (site, device, online, why) => {
      // Our own stop is no loss of the devices: what they have pending goes on after the start.
      if (why !== "the broker stops") loop.link(site, device, online, why === "goodbye");
    },
    onRefusal: refusals.count,
  });
  await broker.start();
  undo.add("broker", broker.stop);
  wire.order = broker.order;
  orders.repeat();
  loop.neighbour("broker", "up", "embedded");
  return broker.port();
}

function indexOf({ monitor }: Restored): (id: string) => number | undefined {
  let plan = monitor.state().plan;
  let indexes = new Map(plan.points.map((point, index) => [point.id, index]));
  return (id) => {
    if (monitor.state().plan !== plan) {
      plan = monitor.state().plan;
      indexes = new Map(plan.points.map((point, index) => [point.id, index]));
    }
    return indexes.get(id);
  };
}

function readMap(configDir: string): { manifest: unknown; geojson: unknown } | null {
  const file = join(configDir, "map", "manifest.json");
  if (!existsSync(file)) return null;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { readonly file: string };
  return { manifest, geojson: JSON.parse(readFileSync(join(configDir, "map", manifest.file), "utf8")) };
}
