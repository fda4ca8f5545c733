// The fleet: a simulated device for each device of the plan, and scenarios on top of the normal life of its sites.
//
// It owns no clock: the caller hands the time in with every step, and simulated time is that time, as is `ts` of every
// message. Who wants to see a day in a minute turns the clock of fleet and server together, and every delay stays true.
import type { Plan, Point } from "../contract/plant.ts";
import { topicOf } from "../contract/topics.ts";
import { seedOf } from "./physics/random.ts";
import { createMishaps } from "./sites/mishaps.ts";
import type { Action } from "./sites/part.ts";
import { createReporter, type Message } from "./sites/reporter.ts";
import type { Scenario } from "./sites/scenario.ts";
import { createSite } from "./sites/site.ts";

/** Devices so named are left to whoever tries the system with values of their own: the fleet must not speak for them. */
const TRIAL_PREFIX = "try-";

/** What a fleet needs. */
export interface FleetOptions {
  readonly plan: Plan;
  readonly seed: number;
  /** Epoch ms on the caller's clock; simulated time starts there too. */
  readonly startAtMs: number;
  /** Only these sites. @default every site of the plan */
  readonly sites?: readonly string[];
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

/** All simulated devices. Every `nowMs` is epoch ms on the caller's clock and never goes back. */
export interface Fleet {
  readonly devices: readonly FleetDevice[];
  /** Everything that became due up to now, oldest first. */
  readonly step: (nowMs: number) => readonly Message[];
  /** Every point of one device, to be sent when it connects. */
  readonly birth: (site: string, device: string, nowMs: number) => readonly Message[];
  /** A device is told how often its points shall report, ms by code. */
  readonly obey: (site: string, device: string, everyMs: Readonly<Record<string, number>>) => void;
  /** Starts a scenario; false where its site is not in the fleet or already plays one. */
  readonly play: (scenario: Scenario, nowMs: number) => boolean;
  /** The running scenarios. */
  readonly progress: (nowMs: number) => readonly Progress[];
}

interface Playing {
  readonly scenario: Scenario;
  readonly startMs: number;
  nextEvent: number;
}

/** What ends everything that a scenario may have broken and not mended. */
const MENDING: readonly Action[] = [
  { do: "stopLeak" },
  { do: "blockDecant", blockage: 0 },
  { do: "stopPiping" },
  { do: "resurvey" },
  { do: "stopFill" },
  { do: "quench" },
];

/** The next thing to do on a site, and what then reaches the broker. */
interface Beat {
  readonly atMs: number;
  readonly act: () => readonly Message[];
}

interface Runner {
  readonly step: (nowMs: number) => readonly Message[];
  readonly birth: (device: string, nowMs: number) => readonly Message[];
  readonly obey: (device: string, everyMs: Readonly<Record<string, number>>) => void;
  readonly play: (scenario: Scenario, nowMs: number) => boolean;
  readonly progress: (nowMs: number) => Progress | null;
  readonly skip: (pauseMs: number) => void;
}

function createRunner(options: FleetOptions, siteId: string, points: readonly Point[]): Runner {
  const { plan, seed, startAtMs } = options;
  /** Pauses that were left out: so far the site's own time lies behind the caller's. */
  let behindMs = 0;
  const site = createSite(points, seed, startAtMs, siteId);
  const mishaps = createMishaps(points, seed);
  // Sites start up to a second apart, so that a city's devices do not all speak in the same millisecond.
  const phaseMs = startAtMs + (seedOf(siteId, seed) % 1000);
  const reporters = new Map(
    plan.devices
      .filter((device) => device.site === siteId && !device.code.startsWith(TRIAL_PREFIX))
      .map((device) => {
        const own = points.filter((point) => point.device === device.id);
        return [
          device.code,
          createReporter({ device, points: own, read: site.read, phaseMs, faults: mishaps.faults }),
        ] as const;
      }),
  );
  let playing: Playing | null = null;

  const finish = (): readonly Message[] => {
    playing = null;
    for (const action of MENDING) site.act(action);
    mishaps.mend();
    return [];
  };

  /** The next step of the scenario: its simulated time, and what it does then. */
  const nextScene = (): Beat => {
    if (playing === null) return { atMs: Infinity, act: () => [] };
    const current = playing;
    const event = current.scenario.events[current.nextEvent];
    const endMs = current.startMs + current.scenario.durationMs;
    if (event === undefined || current.startMs + event.atMs > endMs) return { atMs: endMs, act: finish };
    const atMs = current.startMs + event.atMs;
    return {
      atMs,
      act: () => {
        current.nextEvent += 1;
        site.act(event.action);
        mishaps.act(event.action, atMs, atMs + behindMs);
        return [];
      },
    };
  };

  const nextBeat = (): Beat => {
    const scene = nextScene();
    const backAtMs = mishaps.backAtMs();
    return scene.atMs <= backAtMs ? scene : { atMs: backAtMs, act: mishaps.comeBack };
  };

  const step = (nowMs: number): readonly Message[] => {
    const messages: Message[] = [];
    for (;;) {
      const beat = nextBeat();
      const dueMs = [...reporters.values()].reduce((next, one) => Math.min(next, one.nextDueMs()), Infinity);
      const untilMs = Math.min(beat.atMs, dueMs);
      if (untilMs > nowMs - behindMs) return messages;
      site.advanceTo(untilMs);
      if (beat.atMs <= dueMs) {
        messages.push(...beat.act());
        continue;
      }
      for (const reporter of reporters.values()) {
        if (reporter.nextDueMs() > untilMs) continue;
        messages.push(...mishaps.pass(reporter.report(untilMs, untilMs + behindMs)));
      }
    }
  };

  return {
    step,
    birth: (device, nowMs) => {
      site.advanceTo(nowMs - behindMs);
      if (mishaps.isOffAir()) return [];
      return reporters.get(device)?.birth(nowMs) ?? [];
    },
    obey: (device, everyMs) => reporters.get(device)?.obey(everyMs),
    play: (scenario, nowMs) => {
      if (playing !== null) return false;
      playing = { scenario, startMs: nowMs - behindMs, nextEvent: 0 };
      return true;
    },
    progress: (nowMs) => {
      if (playing === null) return null;
      const { scenario, startMs } = playing;
      const simulatedMs = nowMs - behindMs - startMs;
      const values = [...reporters.values()].flatMap((reporter) =>
        [...reporter.lastValues()].filter(([code]) => scenario.watch.includes(code)),
      );
      const share = Math.min(1, simulatedMs / scenario.durationMs);
      return { site: siteId, share, simulatedMs, values: Object.fromEntries(values) };
    },
    skip: (pauseMs) => {
      behindMs += pauseMs;
    },
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
    obey: (site, device, everyMs) => runners.get(site)?.obey(device, everyMs),
    play: (scenario, nowMs) => runners.get(scenario.site)?.play(scenario, nowMs) ?? false,
    progress: (nowMs) => [...runners.values()].map((runner) => runner.progress(nowMs)).filter((one) => one !== null),
  };
}
