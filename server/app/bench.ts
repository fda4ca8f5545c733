// The conformance bench: trials that run, fed by the broker, cut by it, and what becomes of a device that has passed.
import type { BenchConnection, BenchDevice, BenchView, TrialRecord, TrialReport } from "../../contract/conformance.ts";
import type { Plan, Point } from "../../contract/plant.ts";
import type { RegisteredDevice } from "../../contract/register.ts";
import type { DecodeResult } from "../../contract/sample.ts";
import { isWithin } from "../../contract/scope.ts";
import type { Person } from "../../contract/wall.ts";
import type { BenchAnswer, BenchDesk } from "../adapters/http/onboard.ts";
import { hasPassed, judgeTrial } from "../domain/conformance.ts";
import {
  endTrial,
  hearTrial,
  mayConnect,
  passTrial,
  phaseMs,
  startTrial,
  trialTimes,
  type TrialEvent,
  type TrialTimes,
} from "../domain/trial.ts";

/** What the bench needs. */
export interface BenchOptions {
  readonly plan: () => Plan;
  readonly devices: () => readonly RegisteredDevice[];
  readonly connectionOf: (device: RegisteredDevice) => BenchConnection;
  /** Epoch ms. */
  readonly now: () => number;
  /** False where the messages of a trial cannot be heard here. */
  readonly isPossible: () => boolean;
  /** Closes every connection of a device, and hears nothing more of them. */
  readonly drop: (site: string, device: string, why: string) => void;
  /** Cuts every connection of a device, as a bad line would: its will is heard. */
  readonly cut: (site: string, device: string, why: string) => void;
  /** A trial has begun: it is kept as one without an end, so that a restart is seen to have ended it. */
  readonly begun: (device: RegisteredDevice, report: TrialReport) => void;
  /** A trial has come to its end: its report is kept, and a device that has passed is opened. */
  readonly ended: (device: RegisteredDevice, report: TrialReport) => void;
  /** The report of the newest trial, not done where a restart ended it; and of the newest that came to its end. */
  readonly lastTrial: (site: string, device: string) => TrialReport | null;
  readonly lastEnded: (site: string, device: string) => TrialReport | null;
  /** How long the parts take. @default by the slowest point */
  readonly times?: TrialTimes;
}

/** What the broker says of a connection. */
export type BenchConnected = Omit<Extract<TrialEvent, { readonly kind: "connected" }>, "kind" | "at">;

/** A message as its dialect has read it; `hash` names its bytes. */
export interface Heard {
  readonly hash: string;
  readonly qos: 0 | 1 | 2;
  readonly read: DecodeResult;
}

/** The bench. */
export interface Bench extends BenchDesk {
  /** False while a device is cut off by its trial. */
  readonly mayConnect: (site: string, device: string) => boolean;
  readonly connected: (site: string, device: string, how: BenchConnected) => void;
  /** What a device on trial has sent. False: it must not be acknowledged. Null where no trial of it runs. */
  readonly hear: (site: string, device: string, heard: Heard) => boolean | null;
  /** Time has passed; called once a second. */
  readonly tick: () => void;
}

/** More at once are more than a city has people to look at. */
const mostTrials = 200;
/** A trial that nobody feeds ends by itself. */
const longestMs = 6 * 3_600_000;

interface Running {
  readonly device: RegisteredDevice;
  readonly record: TrialRecord;
  readonly points: ReadonlyMap<string, Point>;
  readonly times: TrialTimes;
}

/** Makes the bench; nothing is on trial yet. */
export function createBench(options: BenchOptions): Bench {
  const { now } = options;
  const running = new Map<string, Running>();
  const keyOf = (site: string, device: string): string => `${site}/${device}`;

  const reportOf = ({ device, record, points, times }: Running): TrialReport => {
    const checks = judgeTrial(record, { dialect: device.dialect, points: [...points.values()] });
    const lasts = phaseMs(record, times);
    return {
      device: keyOf(device.site, device.device),
      phase: record.phase,
      startedAt: record.startedAt,
      phaseEndsAt: lasts === null ? null : record.phaseAt + lasts,
      endedAt: record.endedAt,
      messages: record.messages,
      values: record.values,
      passed: record.phase === "done" ? hasPassed(checks) : null,
      checks,
    };
  };

  const finish = (trial: Running): void => {
    running.delete(keyOf(trial.device.site, trial.device.device));
    options.ended(trial.device, reportOf(trial));
  };

  const find = (person: Person, site: string, code: string): RegisteredDevice | null => {
    const device = options.devices().find((one) => one.site === site && one.device === code);
    return device === undefined || !isTheirs(person, options.plan(), site) ? null : device;
  };

  const describe = (device: RegisteredDevice): BenchDevice => {
    const last = options.lastEnded(device.site, device.device);
    return {
      site: device.site,
      device: device.device,
      dialect: device.dialect,
      stage: device.stage,
      isOnTrial: running.has(keyOf(device.site, device.device)),
      lastTrial: last?.endedAt == null ? null : { endedAt: last.endedAt, passed: last.passed === true },
    };
  };

  const show = (device: RegisteredDevice): BenchView => {
    const trial = running.get(keyOf(device.site, device.device));
    const report = trial === undefined ? options.lastTrial(device.site, device.device) : reportOf(trial);
    return { ...describe(device), at: now(), connection: options.connectionOf(device), report };
  };

  const begin = (device: RegisteredDevice): BenchAnswer => {
    const key = keyOf(device.site, device.device);
    if (!options.isPossible()) return { ok: false, code: "TRIAL_NEEDS_BROKER" };
    if (device.stage !== "trial") return { ok: false, code: "TRIAL_NOT_POSSIBLE" };
    if (running.has(key)) return { ok: false, code: "TRIAL_RUNS" };
    if (running.size >= mostTrials) return { ok: false, code: "OVERLOADED" };
    const points = options.plan().points.filter((point) => point.device === key);
    const trial: Running = {
      device,
      record: startTrial(now()),
      points: new Map(points.map((point) => [point.code, point])),
      times: options.times ?? trialTimes(points),
    };
    running.set(key, trial);
    options.begun(device, reportOf(trial));
    // A connection that was there before would not show how it begins.
    options.drop(device.site, device.device, "its trial begins");
    return { ok: true, view: show(device) };
  };

  /** Somebody may have opened or retired it meanwhile. */
  const isStillOnTrial = ({ site, device }: RegisteredDevice): boolean =>
    options.devices().some((one) => one.site === site && one.device === device && one.stage === "trial");

  const pass = (trial: Running, at: number): void => {
    const { device, record, times } = trial;
    if (passTrial(record, times, at)) options.cut(device.site, device.device, "cut by the bench");
    const isBack = record.phase === "returning" && record.backAt !== null && at - record.backAt >= times.settleMs;
    if (!isStillOnTrial(device)) endTrial(record, at);
    else if (at - record.startedAt > longestMs || (isBack && hasPassed(reportOf(trial).checks))) endTrial(record, at);
    if (record.phase === "done") finish(trial);
  };

  return {
    list: (person) =>
      options
        .devices()
        .filter(({ site, stage }) => stage !== "retired" && isTheirs(person, options.plan(), site))
        .map(describe),
    view(person, site, code) {
      const device = find(person, site, code);
      return device === null ? null : show(device);
    },
    start(person, site, code) {
      const device = find(person, site, code);
      return device === null ? { ok: false, code: "NOT_FOUND" } : begin(device);
    },
    stop(person, site, code) {
      const device = find(person, site, code);
      const trial = running.get(keyOf(site, code));
      if (device === null || trial === undefined) return { ok: false, code: "NOT_FOUND" };
      endTrial(trial.record, now());
      finish(trial);
      return { ok: true, view: show(device) };
    },

    mayConnect(site, device) {
      const trial = running.get(keyOf(site, device));
      return trial === undefined || mayConnect(trial.record);
    },
    connected(site, device, how) {
      const trial = running.get(keyOf(site, device));
      if (trial !== undefined) hearTrial(trial.record, trial.points, { kind: "connected", at: now(), ...how });
    },
    hear(site, device, heard) {
      const trial = running.get(keyOf(site, device));
      if (trial === undefined) return null;
      const event = eventOf(now(), heard);
      if (event === null || hearTrial(trial.record, trial.points, event)) return true;
      options.cut(site, device, "cut by the bench");
      return false;
    },
    tick() {
      for (const trial of running.values()) pass(trial, now());
    },
  };
}

/** A site that the plan does not have yet is the business of those who see the whole city, or name it in their scope. */
function isTheirs({ scope }: Person, plan: Plan, site: string): boolean {
  const known = plan.sites.find(({ id }) => id === site);
  if (known !== undefined) return isWithin(scope, known);
  return scope === undefined || scope.sites?.includes(site) === true;
}

function eventOf(at: number, { hash, qos, read }: Heard): TrialEvent | null {
  if (!read.ok) return { kind: "refused", at, code: read.code, example: read.example };
  const { message } = read;
  if (message.kind === "telemetry") return { kind: "message", at, hash, qos, message };
  return message.kind === "state" ? { kind: "state", at, online: message.online } : null;
}
