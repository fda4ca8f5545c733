// What a device's own numbers and clock tell: sequence gaps, repeats, and whether its time can be trusted (semantics §6).
import type { Device } from "../../contract/plant.ts";
import type { Reading, Telemetry } from "../../contract/sample.ts";
import type { Level } from "../../contract/level.ts";
import { judgeLevel } from "./book.ts";
import { newestOf, openPage, type Ledger } from "./ledger.ts";
import { forgetReturns } from "./losses.ts";
import type { CompiledSite } from "./plant.ts";
import { setDeviceStatus } from "./presence.ts";
import type { DeviceState } from "./state.ts";
import { countFault, type Turn } from "./turn.ts";

/** So far ahead is a clock that somebody must set; no measurement comes from the future. */
export const earlyMs = 5_000;
/** So far ahead is a wrong clock; so many messages in a row say that it is not a single slip. */
const aheadMs = 60_000;
const aheadMessages = 3;
/** So close is right again, so many times in a row. */
const agreeMs = 5_000;
const agreeMessages = 10;
const behindAtLeastMs = 30_000;

/** Notes that a device spoke; true where its sequence number came again, so that the message is a repeat. */
export function heardDevice(turn: Turn, device: DeviceState, id: string, message: Telemetry): boolean {
  device.receivedAt = turn.at;
  // The stages of a loss are counted from the last message.
  if (device.lossLevel !== null) turn.touchedDue.add(`device ${id}`);
  if (device.status !== "online") setDeviceStatus(turn, id, device, "online");
  const missing = openPage(turn.state.ledgers.get(id) as Ledger, turn.at, message, device);
  const { sequence } = message;
  if (sequence === null) return false;
  if (missing > 0) countFault(turn, "SEQUENCE_GAP", `${id}: ${missing} before ${sequence.first}`, missing);
  const last = device.lastSequence;
  device.lastSequence = sequence.last;
  return sequence.last === last;
}

/** The newest time that was judged for any point of these readings, and the slowest period among them. */
function judgedOf(turn: Turn, site: string, readings: readonly Reading[]): { newest: number; periodMs: number } {
  let newest = -Infinity;
  let periodMs = 0;
  for (const { code } of readings) {
    const point = turn.plant.codes.get(site)?.get(code);
    const live = point === undefined ? undefined : turn.state.points.get(point.point.id);
    if (live !== undefined && live.judgedAt > newest) newest = live.judgedAt;
    const report = point?.point.report;
    if (report !== undefined && report !== "onChange") periodMs = Math.max(periodMs, report.everyMs);
  }
  return { newest, periodMs };
}

function isBehindTooLong(
  turn: Turn,
  device: DeviceState,
  site: string,
  newest: number,
  readings: readonly Reading[],
): boolean {
  const judged = judgedOf(turn, site, readings);
  if (newest >= judged.newest) {
    device.behindSince = null;
    return false;
  }
  device.behindSince ??= turn.at;
  return turn.at - device.behindSince >= Math.max(3 * judged.periodMs, behindAtLeastMs);
}

/** What a device's clock is found to be. */
type Clock = "trusted" | "early" | "untrusted";

const clockCodes = { trusted: "clockTrusted", early: "clockAhead", untrusted: "clockUntrusted" } as const;

function levelOfClock(turn: Turn, site: string, clock: Clock): Level | null {
  if (clock !== "untrusted") return clock === "early" ? "blue" : null;
  const isRedCapable = (turn.plant.sites.get(site) as CompiledSite).points.some((point) => point.isRedCapable);
  return isRedCapable ? "orange" : "yellow";
}

function enterClock(turn: Turn, device: DeviceState, id: string, clock: Clock, skewMs: number): void {
  device.isUntrusted = clock === "untrusted";
  device.isEarly = clock === "early";
  device.early = 0;
  device.ahead = 0;
  device.agreeing = 0;
  device.behindSince = null;
  if (device.isUntrusted) forgetReturns(turn, id);
  const { site } = turn.plant.devices.get(id) as Device;
  judgeLevel(
    turn,
    { source: { kind: "device", id }, site, rule: "clock", direction: "none", isData: true, isLatching: false },
    levelOfClock(turn, site, clock),
    {
      at: turn.at,
      now: turn.at,
      why: { code: clockCodes[clock], values: { skewMs } },
      actor: { kind: "device", id, tier: null },
    },
  );
}

/** Ten messages in a row that are right again; a clock that was only early is right once it is not ahead any more. */
function isRightAgain(device: DeviceState, skewMs: number): boolean {
  const agrees = skewMs <= agreeMs && (device.isEarly || skewMs >= -agreeMs);
  device.agreeing = agrees ? device.agreeing + 1 : 0;
  return device.agreeing >= agreeMessages;
}

/**
 * Decides whether the device's clock may be trusted, by its newest time in each message: three messages in a row more
 * than 60 s ahead, or nothing newer than what was judged for three periods, and the server's time serves instead, until
 * ten in a row agree within 5 s. While it does, samples may raise but not return. Three in a row more than 5 s ahead are
 * told, and still judged by their own time. A clock that is a little behind cannot be told from data that took long: it
 * shows as their age.
 */
export function checkClock(turn: Turn, device: DeviceState, id: string, readings: readonly Reading[]): void {
  const newest = newestOf(readings);
  if (newest === null) return;
  const skewMs = newest - turn.at;
  if ((device.isUntrusted || device.isEarly) && isRightAgain(device, skewMs))
    enterClock(turn, device, id, "trusted", skewMs);
  else if (!device.isUntrusted) suspectClock(turn, device, id, readings, newest);
}

function suspectClock(turn: Turn, device: DeviceState, id: string, readings: readonly Reading[], newest: number): void {
  const skewMs = newest - turn.at;
  device.early = skewMs > earlyMs ? device.early + 1 : 0;
  device.ahead = skewMs > aheadMs ? device.ahead + 1 : 0;
  const { site } = turn.plant.devices.get(id) as Device;
  const isBehind = isBehindTooLong(turn, device, site, newest, readings);
  if (device.ahead >= aheadMessages || isBehind) enterClock(turn, device, id, "untrusted", skewMs);
  else if (device.early >= aheadMessages && !device.isEarly) enterClock(turn, device, id, "early", skewMs);
}
