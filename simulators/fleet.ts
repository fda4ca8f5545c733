// The fleet: a simulated device for each device of the plan, on a clock of its own for each site, with scenarios on top.
//
// Simulated time may run faster than the clock on the wall: at speed k the physics, the report periods and a scenario
// run k times faster, while `ts` of every message stays wall-clock time. A server refuses times from the future, and
// its alarm delays are real time too, so a fast storm is judged as if the water really rose that fast.
import type { Plan, Point } from "../contract/plant.ts";
import { topicOf } from "../contract/topics.ts";
import type { Fault } from "./faults.ts";
import { seedOf } from "./physics/random.ts";
import { createReporter, type Message } from "./sites/reporter.ts";
import type { Scenario } from "./sites/scenario.ts";
import { createSite } from "./sites/site.ts";

/** A device never reports a point more often than this in wall-clock time, however fast its site runs. */
const SHORTEST_REPORT_MS = 250;

/** Devices so named are left to whoever tries the system with values of their own: the fleet must not speak for them. */
const TRIAL_PREFIX = "try-";

/** What a fleet needs. */
export interface FleetOptions {
  readonly plan: Plan;
  readonly seed: number;
  /** Wall-clock epoch ms; simulated time starts there too. */
  readonly startAtMs: number;
  /** Simulated seconds per second. @default 1 */
  readonly speed?: number;
  /** Only these sites. @default every site of the plan */
  readonly sites?: readonly string[];
  /** Broken instruments by point id. */
  readonly faults?: ReadonlyMap<string, Fault>;
  /**
   * A longer pause between two steps is left out of simulated time: a machine that slept must not send hours of
   * backlog at once. @default Infinity
   */
  readonly longestPauseMs?: number;
}

/** How far a scenario is. */
export interface Progress {
  readonly site: string;
  readonly share: number;
  readonly simulatedMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** One device that the fleet plays. */
export interface FleetDevice {
  /** `site/device`. */
  readonly id: string;
  readonly site: string;
  readonly device: string;
  readonly stateTopic: string;
}

/** All simulated devices. Every `nowMs` is wall-clock epoch ms and never goes back. */
export interface Fleet {
  readonly devices: readonly FleetDevice[];
  /** Everything that became due up to now, oldest first. */
  readonly step: (nowMs: number) => readonly Message[];
  /** Every point of one device, to be sent when it connects. */
  readonly birth: (site: string, device: string, nowMs: number) => readonly Message[];
  /** Starts a scenario; false where its site is not in the fleet or already plays one. */
  readonly play: (scenario: Scenario, speed: number, nowMs: number) => boolean;
  /** Mends at once what a site's scenario broke; it goes on to its end at its speed, so that the water gets time to fall. */
  readonly mend: (site: string) => void;
  /** The running scenarios. */
  readonly progress: (nowMs: number) => readonly Progress[];
}

interface Clock {
  readonly simulatedAt: (wallMs: number) => number;
  readonly wallAt: (simulatedMs: number) => number;
  readonly speed: () => number;
  readonly setSpeed: (speed: number, wallMs: number) => void;
  /** Leaves a pause out of simulated time. */
  readonly skip: (pauseMs: number) => void;
}

function createClock(startMs: number, startSpeed: number): Clock {
  let wallOrigin = startMs;
  let simulatedOrigin = startMs;
  let speed = startSpeed;
  const simulatedAt = (wallMs: number): number => simulatedOrigin + (wallMs - wallOrigin) * speed;
  return {
    simulatedAt,
    wallAt: (simulatedMs) => wallOrigin + (simulatedMs - simulatedOrigin) / speed,
    speed: () => speed,
    setSpeed: (next, wallMs) => {
      simulatedOrigin = simulatedAt(wallMs);
      wallOrigin = wallMs;
      speed = next;
    },
    skip: (pauseMs) => {
      wallOrigin += pauseMs;
    },
  };
}

interface Playing {
  readonly scenario: Scenario;
  readonly startMs: number;
  nextEvent: number;
}

interface Runner {
  readonly step: (nowMs: number) => readonly Message[];
  readonly birth: (device: string, nowMs: number) => readonly Message[];
  readonly play: (scenario: Scenario, speed: number, nowMs: number) => boolean;
  readonly mend: () => void;
  readonly progress: (nowMs: number) => Progress | null;
  readonly skip: (pauseMs: number) => void;
}

function createRunner(options: FleetOptions, siteId: string, points: readonly Point[]): Runner {
  const { plan, seed, startAtMs, speed: usualSpeed = 1, faults = new Map<string, Fault>() } = options;
  const clock = createClock(startAtMs, usualSpeed);
  const site = createSite(points, seed, startAtMs, siteId);
  // Sites start up to a second apart, so that a city's devices do not all speak in the same millisecond.
  const phaseMs = startAtMs + (seedOf(siteId, seed) % 1000);
  const reporters = new Map(
    plan.devices
      .filter((device) => device.site === siteId && !device.code.startsWith(TRIAL_PREFIX))
      .map((device) => {
        const own = points.filter((point) => point.device === device.id);
        return [device.code, createReporter({ device, points: own, read: site.read, phaseMs, faults })] as const;
      }),
  );
  let playing: Playing | null = null;

  const mend = (): void => {
    site.act({ do: "stopLeak" });
    site.act({ do: "blockDecant", blockage: 0 });
    if (playing !== null) playing.nextEvent = playing.scenario.events.length;
  };

  const finish = (wallMs: number): void => {
    mend();
    playing = null;
    clock.setSpeed(usualSpeed, wallMs);
  };

  /** The next step of the scenario: its simulated time, and what it does then. */
  const nextBeat = (): { readonly atMs: number; readonly act: () => void } => {
    if (playing === null) return { atMs: Infinity, act: () => undefined };
    const current = playing;
    const event = current.scenario.events[current.nextEvent];
    const endMs = current.startMs + current.scenario.durationMs;
    if (event === undefined || current.startMs + event.atMs > endMs) {
      return { atMs: endMs, act: () => finish(clock.wallAt(endMs)) };
    }
    const act = (): void => {
      current.nextEvent += 1;
      site.act(event.action);
    };
    return { atMs: current.startMs + event.atMs, act };
  };

  const step = (nowMs: number): readonly Message[] => {
    const messages: Message[] = [];
    for (;;) {
      const beat = nextBeat();
      const dueMs = [...reporters.values()].reduce((next, one) => Math.min(next, one.nextDueMs()), Infinity);
      const untilMs = Math.min(beat.atMs, dueMs);
      // Asked anew each time: the end of a scenario changes the clock's speed.
      if (untilMs > clock.simulatedAt(nowMs)) return messages;
      site.advanceTo(untilMs);
      if (beat.atMs <= dueMs) {
        beat.act();
        continue;
      }
      const ts = Math.floor(clock.wallAt(untilMs));
      const shortestMs = SHORTEST_REPORT_MS * clock.speed();
      for (const reporter of reporters.values()) {
        if (reporter.nextDueMs() <= untilMs) messages.push(...reporter.report(untilMs, ts, shortestMs));
      }
    }
  };

  return {
    step,
    birth: (device, nowMs) => {
      site.advanceTo(clock.simulatedAt(nowMs));
      return reporters.get(device)?.birth(nowMs) ?? [];
    },
    play: (scenario, speed, nowMs) => {
      if (playing !== null) return false;
      clock.setSpeed(speed, nowMs);
      playing = { scenario, startMs: clock.simulatedAt(nowMs), nextEvent: 0 };
      return true;
    },
    mend,
    progress: (nowMs) => {
      if (playing === null) return null;
      const { scenario, startMs } = playing;
      const simulatedMs = clock.simulatedAt(nowMs) - startMs;
      const values = [...reporters.values()].flatMap((reporter) =>
        [...reporter.lastValues()].filter(([code]) => scenario.watch.includes(code)),
      );
      const share = Math.min(1, simulatedMs / scenario.durationMs);
      return { site: siteId, share, simulatedMs, values: Object.fromEntries(values) };
    },
    skip: clock.skip,
  };
}

function pointsBySite(plan: Plan): ReadonlyMap<string, Point[]> {
  const bySite = new Map<string, Point[]>();
  for (const point of plan.points) {
    const known = bySite.get(point.site);
    if (known === undefined) bySite.set(point.site, [point]);
    else known.push(point);
  }
  return bySite;
}

/** Builds the fleet of a plan. */
export function createFleet(options: FleetOptions): Fleet {
  const { plan, startAtMs, longestPauseMs = Infinity } = options;
  const points = pointsBySite(plan);
  const chosen = plan.sites.filter(({ id }) => options.sites === undefined || options.sites.includes(id));
  const runners = new Map(chosen.map(({ id }) => [id, createRunner(options, id, points.get(id) ?? [])] as const));
  let steppedMs = startAtMs;
  return {
    devices: plan.devices
      .filter((device) => runners.has(device.site) && !device.code.startsWith(TRIAL_PREFIX))
      .map(({ id, site, code }) => ({
        id,
        site,
        device: code,
        stateTopic: topicOf(site, code, "state"),
      })),
    step: (nowMs) => {
      const pauseMs = nowMs - steppedMs;
      if (pauseMs > longestPauseMs) for (const runner of runners.values()) runner.skip(pauseMs);
      steppedMs = nowMs;
      return [...runners.values()]
        .flatMap((runner) => runner.step(nowMs))
        .toSorted((a, b) => a.payload.ts - b.payload.ts);
    },
    birth: (site, device, nowMs) => runners.get(site)?.birth(device, nowMs) ?? [],
    play: (scenario, speed, nowMs) => runners.get(scenario.site)?.play(scenario, speed, nowMs) ?? false,
    mend: (site) => runners.get(site)?.mend(),
    progress: (nowMs) => [...runners.values()].map((runner) => runner.progress(nowMs)).filter((one) => one !== null),
  };
}
