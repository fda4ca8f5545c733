// The canary: a sample of a reserved site goes the whole way to the walls and back every few minutes, and nobody else is told.
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Input } from "../../contract/input.ts";
import { canaryAlarm, type CanaryView, type Painted, type Stamp, stamps } from "../../contract/receipt.ts";
import { canaryCode, canaryDevice, canarySite, topicOf } from "../../contract/topics.ts";
import type { Admission, Proof } from "../adapters/broker/rules.ts";
import type { Screen } from "../adapters/gateway/wall.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import type { TurnTimes } from "../loop/sinks.ts";
import type { Monitor, Outcome } from "../monitor.ts";

/** How the canary flies. */
export interface CanaryOptions {
  /** 0: it does not. */
  readonly everyMs: number;
  readonly loop: Pick<Loop, "neighbour" | "receipt">;
  readonly monitor: Pick<Monitor, "state">;
  /** Tells the walls. */
  readonly push: (occurrence: number) => void;
  /** Walls that are up: one of them must acknowledge. Where there is none, the canary ends when it was pushed. */
  readonly walls: () => number;
  readonly now: () => number;
  readonly log: Log;
}

/** Publishes to the broker that devices publish to. */
export type SendCanary = (topic: string, payload: string) => Promise<void>;

/** The canary of a running server. */
export interface Canary {
  /** The broker is there. */
  readonly start: (send: SendCanary) => void;
  readonly stop: () => void;
  /** Whom the embedded broker lets in by the canary's own credential; null: it is not the canary. */
  readonly admit: (proof: Pick<Proof, "userName" | "password">) => Admission | null;
  readonly credential: { readonly userName: string; readonly password: string };
  readonly judged: (inputs: readonly Input[], outcomes: readonly Outcome[], times: TurnTimes) => void;
  /** A wall's receipts; gives those that are not the canary's. */
  readonly painted: (screen: Screen, alarms: Painted["alarms"]) => Painted["alarms"];
  readonly view: () => CanaryView;
}

interface Flight {
  readonly id: number;
  readonly times: { -readonly [S in Stamp]: number | null };
  isWallExpected: boolean;
  readonly landed: () => void;
}

/** Longer than this, and something is broken. */
const longestMs = 15_000;
/** After a start walls have to come back first. */
const firstAfterMs = 30_000;
/** A broker that restarts, or lets it go by mistake, is tried again within the flight. */
const againAfterMs = 3000;
/** One that is lost may have been sent to a wall that was just switched off: the next one flies when that is known to be gone. */
const nextAfterLossMs = 30_000;
const topic = topicOf(canarySite, canaryDevice, "telemetry");

/** At rest, beyond its limit, and back, a millisecond apart: the whole alarm but for its acknowledgement, in one message. */
function samplesOf(id: number): string {
  return JSON.stringify([0, 1, 0].map((value, nth) => ({ ts: id - 2 + nth, values: { [canaryCode]: value } })));
}

function isSampleOf({ id }: Flight, input: Input): boolean {
  if (input.kind !== "telemetry" || input.message.site !== canarySite) return false;
  return input.message.readings.some(({ sourceAt }) => sourceAt === id);
}

function isAnswerTo({ id }: Flight, input: Input): boolean {
  return input.kind === "receipt" && input.painted.some((one) => one.alarm === canaryAlarm && one.occurrence === id);
}

/** Makes the canary; it flies once the broker is there. */
export function createCanary(options: CanaryOptions): Canary {
  const { everyMs, loop, monitor, push, walls, now, log } = options;
  const credential = { userName: `${canarySite}.${canaryDevice}`, password: randomBytes(24).toString("base64url") };
  let flight: Flight | null = null;
  let last: Pick<CanaryView, "state" | "lastAt" | "lastTookMs" | "brokenAt"> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let lost = 0;
  /** Samples of devices have come in since the last one ended: their way is open. */
  let isWayOpen = false;
  let isStopped = false;

  const tell = (brokenAt: Stamp | null, since: number): void => {
    const isDown = monitor.state().neighbours.get("canary")?.state === "down";
    if ((brokenAt !== null) === isDown) return;
    if (brokenAt === null) loop.neighbour("canary", "up", "the way is open");
    else loop.neighbour("canary", "down", brokenAt, { hop: brokenAt, since });
  };

  const deliver = async (send: SendCanary, one: Flight): Promise<void> => {
    try {
      await send(topic, samplesOf(one.id));
    } catch (error) {
      log.debug("the canary was not taken", { reason: (error as Error).message });
      const again = (): void => {
        if (flight === one && one.times.received === null) void deliver(send, one);
      };
      setTimeout(again, againAfterMs).unref();
    }
  };

  const fly = async (send: SendCanary): Promise<void> => {
    const id = now();
    const times = Object.fromEntries(stamps.map((stamp) => [stamp, null])) as Flight["times"];
    times.measured = id;
    let late: NodeJS.Timeout | undefined;
    const isBack = await new Promise<boolean>((end) => {
      flight = { id, times, isWallExpected: false, landed: () => end(true) };
      late = setTimeout(() => end(false), longestMs);
      void deliver(send, flight);
    });
    clearTimeout(late);
    const brokenAt = isBack ? null : (stamps.find((stamp) => times[stamp] === null) ?? null);
    flight = null;
    if (isStopped) return;
    last = { state: isBack ? "ok" : "missing", lastAt: id, lastTookMs: isBack ? now() - id : null, brokenAt };
    if (!isBack) log.warn("the canary did not come back", { brokenAt });
    lost = isBack ? 0 : lost + 1;
    // Where devices are heard and the canary alone is not, the broker does not let it publish, and no alarm is lost by that.
    const isHeldBack = brokenAt === "received" && isWayOpen;
    if (lost !== 1) tell(isHeldBack ? null : brokenAt, id);
    isWayOpen = false;
    const nextMs = lost === 1 ? Math.min(everyMs, longestMs + nextAfterLossMs) : everyMs;
    timer = setTimeout(() => void fly(send), Math.max(0, nextMs - (now() - id)));
  };

  /** Its samples have come so far; the walls are told only where its alarm was tripped, as of any other. */
  const heard = (one: Flight, at: number, step: Outcome["canary"], { judgedMs, recordedMs }: TurnTimes): void => {
    const { id, times, landed } = one;
    times.received ??= at;
    if (step !== "tripped" || times.pushed !== null) return;
    times.judged = at + judgedMs;
    times.recorded = at + recordedMs;
    one.isWallExpected = walls() > 0;
    push(id);
    times.pushed = now();
    if (!one.isWallExpected) landed();
  };

  const answered = (one: Flight, step: Outcome["canary"]): void => {
    if (step !== "acknowledged") return;
    one.times.acknowledged ??= now();
    one.landed();
  };

  return {
    credential,

    start(send) {
      if (everyMs === 0) tell(null, now());
      else timer = setTimeout(() => void fly(send), Math.min(everyMs, firstAfterMs));
    },

    stop() {
      isStopped = true;
      clearTimeout(timer);
      flight?.landed();
    },

    admit({ userName, password }) {
      if (userName !== credential.userName) return null;
      const [given, own] = [Buffer.from(password), Buffer.from(credential.password)];
      if (given.length !== own.length || !timingSafeEqual(given, own)) return null;
      const who = { site: canarySite, device: canaryDevice, stage: "open" } as const;
      return { ...who, publish: [topic], subscribe: [], maxPerSecond: 10 };
    },

    judged(inputs, outcomes, times) {
      isWayOpen ||= inputs.some((one) => one.kind === "telemetry" && one.message.site !== canarySite);
      if (flight === null) return;
      for (const [nth, input] of inputs.entries()) {
        const step = outcomes[nth]?.canary;
        if (isSampleOf(flight, input)) heard(flight, input.at, step, times);
        else if (isAnswerTo(flight, input)) answered(flight, step);
      }
    },

    painted({ wall }, alarms) {
      const [own] = alarms.filter(({ alarm }) => alarm === canaryAlarm);
      if (own === undefined) return alarms;
      const one = flight;
      if (wall !== null && own.occurrence === one?.id) {
        one.times.painted ??= own.paintedAt;
        // By its own code, in the record under its own name: that is what its alarm is acknowledged by.
        void loop.receipt({ wall: wall.id, painted: [own] });
      }
      return alarms.filter(({ alarm }) => alarm !== canaryAlarm);
    },

    view() {
      if (everyMs === 0) return { state: "off", everyMs, lastAt: null, lastTookMs: null, brokenAt: null };
      return { everyMs, ...(last ?? { state: "waiting", lastAt: null, lastTookMs: null, brokenAt: null }) };
    },
  };
}
