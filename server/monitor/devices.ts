// When many points are lost at once it is the device, the site or the whole link that is lost: one alarm, not many (semantics §6).
import { higher, type Level } from "../../contract/level.ts";
import type { Source, WhyCode } from "../../contract/alarm.ts";
import { judgeLevel } from "./book.ts";
import type { DeviceState } from "./state.ts";
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

function silentPoints(turn: Turn, id: string, site: string): { count: number; level: Level | null } {
  let count = 0;
  let level: Level | null = null;
  for (const { point } of turn.plant.sites.get(site)?.points ?? []) {
    const state = turn.state.points.get(point.id);
    if (state?.device !== id || (state.loss !== "silent" && state.loss !== "neverHeard")) continue;
    count += 1;
    level = higher(level, state.lossLevel);
  }
  return { count, level };
}

function hasOpenAlarm(turn: Turn, site: string): boolean {
  for (const standing of turn.state.alarms.values()) {
    if (standing.site === site && !standing.isData && standing.alarm.level !== null) return true;
  }
  return false;
}

function isWholeSiteLost(turn: Turn, site: string, id: string): boolean {
  return (turn.plant.sites.get(site)?.devices ?? []).every(
    (other) => other.id === id || (turn.state.devices.get(other.id)?.lossLevel ?? null) !== null,
  );
}

function levelOfLoss(turn: Turn, id: string, device: DeviceState, site: string, at: number, pending: string): Level | null {
  const silent = silentPoints(turn, id, site);
  const ageMs = at - lossStart(device);
  const isGone = device.status === "offline" && !device.isGraceful && ageMs > lostAfterMs;
  if (!isGone && silent.count <= fewPoints) return null;
  let level = higher("blue", silent.level);
  if (isGone && ageMs > (stages[2] as number)) level = higher(level, "yellow");
  if (isGone && ageMs > (stages[3] as number)) level = higher(level, "orange");
  if (pending !== "") level = higher(level, "yellow");
  if (ageMs > wholeSiteAfterMs && isWholeSiteLost(turn, site, id)) {
    level = higher(level, hasOpenAlarm(turn, site) ? "orange" : "yellow");
  }
  // A pending level that was named once stays named until the device is there again.
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
  const level = levelOfLoss(turn, id, device, site, at, pending);
  device.lossJudgedAt = at;
  if (level !== device.lossLevel) {
    device.lossLevel = level;
    turn.touchedSites.add(site);
  }
  turn.touchedDue.add(`device ${id}`);
  const isLinkLost = judgeLink(turn, at);
  const identity = { source: { kind: "device", id } satisfies Source, site, rule: "link", direction: "none", isData: true, isLatching: false } as const;
  const standing = turn.state.alarms.get(`${id}~link`);
  if (level !== null && isLinkLost && (standing === undefined || !standing.alarm.isOpen)) return;
  const code: WhyCode = level === null ? "heardAgain" : device.status === "offline" ? "deviceOffline" : "deviceSilent";
  judgeLevel(turn, identity, level, {
    at,
    now: at,
    why: { code, values: { since: lossStart(device), ...(pending === "" ? {} : { pending }) } },
    actor: { kind: "device", id, tier: null },
  });
}

/** More than half of the devices that were ever heard are lost, or the broker is: one alarm of the link. */
function judgeLink(turn: Turn, at: number): boolean {
  const known = [...turn.state.devices.values()].filter((device) => device.status !== "unheard");
  const lost = known.filter((device) => device.lossLevel !== null).length;
  const isLost = lost >= 2 && lost * 2 > known.length;
  judgeLevel(
    turn,
    { source: { kind: "neighbour", id: "link" }, site: null, rule: "link", direction: "none", isData: true, isLatching: false },
    isLost ? "orange" : null,
    {
      at,
      now: at,
      why: { code: isLost ? "linkLost" : "heardAgain", values: { lost, known: known.length } },
      actor: { kind: "rule", id: "link", tier: null },
    },
  );
  return isLost || isBrokerDown(turn);
}

const levelOfNeighbour: Readonly<Record<NeighbourStatus["name"], Level>> = {
  broker: "orange",
  disk: "orange",
  historian: "yellow",
};

/** A neighbour of the server came or went: a state that the walls show, and an alarm of the city. */
export function judgeNeighbour(turn: Turn, input: NeighbourInput & { readonly name: NeighbourStatus["name"] }): void {
  const { name, state, reason } = input;
  if (turn.state.neighbours.get(name)?.state === state) return;
  const neighbour: NeighbourStatus = { name, state, since: turn.at, reason };
  turn.state.neighbours.set(name, neighbour);
  addChange(turn, { type: "neighbour", neighbour });
  judgeLevel(
    turn,
    { source: { kind: "neighbour", id: name }, site: null, rule: "down", direction: "none", isData: true, isLatching: false },
    state === "down" ? levelOfNeighbour[name] : null,
    {
      at: turn.at,
      now: turn.at,
      why: { code: state === "down" ? "neighbourDown" : "neighbourUp", values: { reason } },
      actor: { kind: "rule", id: "neighbour", tier: null },
    },
  );
}
