// When many points are lost at once it is the device, the site or the whole link that is lost: one alarm, not many (semantics §6).
import { higher, type Level } from "../../contract/level.ts";
import type { WhyCode } from "../../contract/alarm.ts";
import { judgeLevel } from "./book.ts";
import { forgetReturns, isGone, isToldAlone as isPointToldAlone, loseRuns, tellLoss } from "./losses.ts";
import type { CompiledPoint, CompiledSite } from "./plant.ts";
import { isInStorm } from "./sampling.ts";
import type { DeviceState, PointState } from "./state.ts";
import { addChange, type Turn } from "./turn.ts";
import type { NeighbourInput } from "../../contract/input.ts";
import type { NeighbourStatus } from "../../contract/wall.ts";

/** A device that said goodbye, or whose points are silent, is judged at these ages: lost, whole site, half an hour, 4 h. */
const lostAfterMs = 30_000;
const wholeSiteAfterMs = 60_000;
const stages: readonly number[] = [lostAfterMs, wholeSiteAfterMs, 1_800_000, 14_400_000];
/** More silent points than this are one device alarm. */
const fewPoints = 3;

/** Since when a device's absence counts, server time. */
function lossStart(device: DeviceState): number {
  return device.status === "offline" ? device.since : Math.max(device.receivedAt, device.clockFrom);
}

/** The next instant at which a device's loss must be judged anew; null while it is there. */
export function deviceDueAt(device: DeviceState): number | null {
  if ((device.status !== "offline" || device.isGraceful) && device.lossLevel === null) return null;
  const start = lossStart(device);
  return stages.map((age) => start + age + 1).find((due) => due > device.lossJudgedAt) ?? null;
}

/** The points that a device reports. */
function pointsOf(turn: Turn, id: string, site: string): readonly (readonly [CompiledPoint, PointState])[] {
  return (turn.plant.sites.get(site) as CompiledSite).points.flatMap((point) => {
    const state = turn.state.points.get(point.point.id) as PointState;
    return state.device === id ? [[point, state] as const] : [];
  });
}

function silentPoints(turn: Turn, id: string, site: string): { count: number; level: Level | null } {
  let count = 0;
  let level: Level | null = null;
  for (const [, state] of pointsOf(turn, id, site)) {
    if (!isGone(state)) continue;
    count += 1;
    level = higher(level, state.lossLevel);
  }
  return { count, level };
}

function hasOpenAlarm(turn: Turn, site: string): boolean {
  for (const standing of turn.state.alarms.values()) {
    if (standing.site === site && !standing.isData && standing.alarm.isOpen) return true;
  }
  return false;
}

function isWholeSiteLost(turn: Turn, site: string, id: string): boolean {
  return (turn.plant.sites.get(site) as CompiledSite).devices.every(
    (other) => other.id === id || (turn.state.devices.get(other.id)?.lossLevel ?? null) !== null,
  );
}

function levelOfLoss(turn: Turn, id: string, device: DeviceState, site: string, at: number): Level | null {
  const silent = silentPoints(turn, id, site);
  const ageMs = at - lossStart(device);
  const isAway = device.status === "offline" && !device.isGraceful && ageMs > lostAfterMs;
  if (!isAway && silent.count <= fewPoints) return null;
  let level = higher("blue", silent.level);
  if (isAway && ageMs > (stages[2] as number)) level = higher(level, "yellow");
  if (isAway && ageMs > (stages[3] as number)) level = higher(level, "orange");
  if (device.pending !== "") level = higher(level, "yellow");
  if (ageMs > wholeSiteAfterMs && isWholeSiteLost(turn, site, id)) {
    level = higher(level, hasOpenAlarm(turn, site) || isInStorm(turn.state, site) ? "orange" : "yellow");
  }
  // A loss never looks better before the device was heard.
  return higher(level, device.lossLevel);
}

function isBrokerDown(turn: Turn): boolean {
  return turn.state.neighbours.get("broker")?.state === "down";
}

/** Judges one device's loss at an instant; many lost devices are one alarm of the link. */
export function judgeDevice(turn: Turn, id: string, at: number, pending: string): void {
  const device = turn.state.devices.get(id);
  const site = turn.plant.devices.get(id)?.site;
  if (device === undefined || site === undefined) return;
  const before = device.lossLevel;
  addPending(device, pending);
  device.lossLevel = levelOfLoss(turn, id, device, site, at);
  if (before === null && device.lossLevel !== null) {
    losePoints(turn, id, device, site, at);
    if (device.pending !== "") device.lossLevel = higher(device.lossLevel, "yellow");
  }
  device.lossJudgedAt = at;
  if (device.lossLevel !== before) turn.touchedSites.add(site);
  turn.touchedDue.add(`device ${id}`);
  const isCovered = judgeLink(turn, at);
  if (device.lossLevel === null || !isCovered || isToldAlone(turn, id)) tellDevice(turn, id, device, site, at);
  if (before !== null && device.lossLevel === null) uncoverPoints(turn, id, device, site, at);
}

function addPending(device: DeviceState, pending: string): void {
  // A point is named once, though its last will and its silence both tell of it.
  const named = [...device.pending.split("; "), ...pending.split("; ")].filter((text) => text !== "");
  device.pending = [...new Set(named)].join("; ");
}

/** A lost device's points are unverified; those that report by exception are silent with it (semantics §6). */
function losePoints(turn: Turn, id: string, device: DeviceState, site: string, at: number): void {
  for (const [point, state] of pointsOf(turn, id, site)) {
    const isByException = point.point.report === "onChange";
    if (isByException || device.status === "offline") state.isVerified = false;
    // A last will has done this at once.
    if (!isByException || device.status === "offline") continue;
    addPending(device, loseRuns(turn, point, state, at));
  }
  forgetReturns(turn, id);
}

function isToldAlone(turn: Turn, id: string): boolean {
  return turn.state.alarms.get(`${id}~link`)?.alarm.isOpen === true;
}

function tellDevice(turn: Turn, id: string, device: DeviceState, site: string, at: number): void {
  const { pending, lossLevel: level } = device;
  const code: WhyCode = level === null ? "heardAgain" : device.status === "offline" ? "deviceOffline" : "deviceSilent";
  judgeLevel(
    turn,
    { source: { kind: "device", id }, site, rule: "link", direction: "none", isData: true, isLatching: false },
    level,
    {
      at,
      now: at,
      why: { code, values: { since: lossStart(device), ...(pending === "" ? {} : { pending }) } },
      actor: { kind: "device", id, tier: null },
    },
  );
}

/** The device's alarm no longer speaks for its points: those that are still silent speak for themselves. */
function uncoverPoints(turn: Turn, id: string, device: DeviceState, site: string, at: number): void {
  device.pending = "";
  for (const [point, state] of pointsOf(turn, id, site)) {
    turn.touchedDue.add(`exception ${point.point.id}`);
    if (isGone(state) && !isPointToldAlone(turn, point)) tellLoss(turn, point, state, at, "");
  }
}

/** The alarm of the link no longer speaks for the devices: those that are still lost speak for themselves. */
function uncoverDevices(turn: Turn, at: number): void {
  for (const [id, device] of turn.state.devices) {
    const site = turn.plant.devices.get(id)?.site;
    if (site !== undefined && device.lossLevel !== null && !isToldAlone(turn, id))
      tellDevice(turn, id, device, site, at);
  }
}

/** More than half of the devices that were ever heard are lost, or the broker is: one alarm of the link. */
function judgeLink(turn: Turn, at: number): boolean {
  const known = [...turn.state.devices.values()].filter((device) => device.status !== "unheard");
  const lost = known.filter((device) => device.lossLevel !== null).length;
  const isLost = lost >= 2 && lost * 2 > known.length;
  const wasLost = turn.state.alarms.get("link~link")?.alarm.level != null;
  judgeLevel(
    turn,
    {
      source: { kind: "neighbour", id: "link" },
      site: null,
      rule: "link",
      direction: "none",
      isData: true,
      isLatching: false,
    },
    isLost ? "orange" : null,
    {
      at,
      now: at,
      why: { code: isLost ? "linkLost" : "heardAgain", values: { lost, known: known.length } },
      actor: { kind: "rule", id: "link", tier: null },
    },
  );
  const isCovering = isLost || isBrokerDown(turn);
  if (wasLost && !isCovering) uncoverDevices(turn, at);
  return isCovering;
}

const levelOfNeighbour: Readonly<Record<NeighbourStatus["name"], Level>> = {
  broker: "orange",
  disk: "orange",
  historian: "yellow",
  space: "yellow",
  walls: "orange",
  latency: "yellow",
  canary: "orange",
};

const usualCodes = { down: "neighbourDown", up: "neighbourUp" } as const;
const codesOfNeighbour: Readonly<Record<NeighbourStatus["name"], Readonly<Record<"down" | "up", WhyCode>>>> = {
  broker: usualCodes,
  disk: usualCodes,
  historian: usualCodes,
  space: { down: "spaceLow", up: "spaceBack" },
  walls: { down: "unpainted", up: "paintedAgain" },
  latency: { down: "latencyHigh", up: "latencyBack" },
  canary: { down: "canaryLost", up: "canaryBack" },
};

/** A neighbour of the server came or went: a state that the walls show, and an alarm of the city. */
export function judgeNeighbour(turn: Turn, input: NeighbourInput & { readonly name: NeighbourStatus["name"] }): void {
  const { name, state, reason, about } = input;
  if (turn.state.neighbours.get(name)?.state === state) return;
  const neighbour: NeighbourStatus = { name, state, since: turn.at, reason };
  turn.state.neighbours.set(name, neighbour);
  addChange(turn, { type: "neighbour", neighbour });
  judgeLevel(
    turn,
    {
      source: { kind: "neighbour", id: name },
      site: null,
      rule: "down",
      direction: "none",
      isData: true,
      isLatching: false,
    },
    state === "down" ? levelOfNeighbour[name] : null,
    {
      at: turn.at,
      now: turn.at,
      why: { code: codesOfNeighbour[name][state], values: { reason, ...about } },
      actor: { kind: "rule", id: "neighbour", tier: null },
    },
  );
  if (name !== "broker") return;
  if (state === "up") {
    if (turn.state.alarms.get("link~link")?.alarm.level == null) uncoverDevices(turn, turn.at);
    return;
  }
  // Without the broker nothing that a point shows is known to be so (semantics §6).
  for (const live of turn.state.points.values()) live.isVerified = false;
  for (const site of turn.plant.sites.keys()) turn.touchedSites.add(site);
  forgetReturns(turn, null);
}
