// Plans and alarms for the dashboard's tests, each as small as it can be, and a socket that is turned by hand.
import type { AlarmView, Mark, TierView } from "../../contract/alarm.ts";
import type { Limit } from "../../contract/condition.ts";
import type { IncidentView } from "../../contract/incident.ts";
import type { Level } from "../../contract/level.ts";
import type { Plan, Point, Rule, RuleVersion, Tier } from "../../contract/plant.ts";
import type { Snapshot } from "../../contract/wall.ts";
import type { Api } from "../../dashboard/src/api.ts";
import type { Call, Send } from "../../dashboard/src/api/call.ts";
import type { WallSocket } from "../../dashboard/src/link.ts";

const duty = [{ tier: "city" as const, withinMs: 300_000 }];
const duties = { blue: duty, yellow: duty, orange: duty, red: duty };

/** A limit without delays. */
export function limitOf(setpoint: number, part: Partial<Limit> = {}): Limit {
  const delays = { onDelayMs: 0, onSamples: 1, offDelayMs: 0 };
  return {
    kind: "limit",
    setpoint,
    deadband: 1,
    ...delays,
    provenance: { from: "product-default" as const, clause: "test", isConfirmed: false },
    ...part,
  };
}

/** A version with four limits: 10, 20, 30, 40. */
export function versionOf(part: Partial<RuleVersion> = {}): RuleVersion {
  const levels = { blue: [limitOf(10)], yellow: [limitOf(20)], orange: [limitOf(30)], red: [limitOf(40)] };
  return { version: 1, validFrom: 0, approver: null, levels, ...part };
}

/** A high rule of one version. */
export function ruleOf(part: Partial<Rule> = {}): Rule {
  return { id: "high", direction: "high", latch: false, versions: [versionOf()], ...part };
}

/** A point with four high limits: 10, 20, 30, 40. */
export function pointOf(id: string, part: Partial<Point> = {}): Point {
  const [site = "", code = ""] = id.split("/");
  return {
    id,
    code,
    site,
    item: `${site}/item`,
    device: `${site}/box`,
    kind: "level",
    name: { zh: `测点${code}`, en: `Point ${code}` },
    unit: "m",
    resolution: 0.01,
    decimals: 2,
    range: { sensor: [0, 100], operator: [0, 50] },
    overRange: "saturated",
    report: { everyMs: 1000 },
    silentAfterMs: 30_000,
    silence: {},
    isKey: true,
    rules: [ruleOf()],
    actionCard: null,
    ...part,
  };
}

/** A plan of two counties with one site of one point each. */
export function planOf(points: readonly Point[] = [pointOf("a/P1"), pointOf("b/P1")]): Plan {
  const ids = [...new Set(points.map(({ site }) => site))];
  return {
    city: { id: "1", name: { zh: "某市", en: "Some City" } },
    counties: ids.map((id) => ({ id: `county-${id}`, name: { zh: `${id}县`, en: `County ${id}` } })),
    sectors: [{ id: "one", name: { zh: "行业", en: "Sector" }, outline: "square" }],
    sites: ids.map((id) => ({
      id,
      name: { zh: `（演示）${id}厂`, en: `(demo) Site ${id}` },
      shortName: { zh: `${id}厂`, en: `Site ${id}` },
      county: `county-${id}`,
      town: { zh: "镇", en: "Town" },
      sector: "one",
      lng: 115,
      lat: 23,
      rollup: { kind: "worstOf" },
      items: [],
      devices: [`${id}/box`],
      facts: [],
    })),
    items: [],
    points: [...points],
    devices: ids.map((id) => ({ id: `${id}/box`, site: id, code: "box" })),
    routing: { process: duties, data: duties, reAlarmUnacknowledgedMs: {}, reAlarmAcknowledgedMs: {} },
    actionCards: {},
    lateAfterMs: 600_000,
  };
}

/** What a tier owes. */
export function owes(tier: Tier, owedLevel: Level, owedSince = 1000, withinMs = 300_000): TierView {
  return {
    tier,
    state: "unacknowledged",
    owedLevel,
    owedSince,
    dueAt: owedSince + withinMs,
    askedAt: owedSince,
    acknowledgedAt: null,
    acknowledgedBy: null,
  };
}

/** What a tier has answered. */
export function answered(tier: Tier): TierView {
  return {
    tier,
    state: "acknowledged",
    owedLevel: null,
    owedSince: null,
    dueAt: null,
    askedAt: 2000,
    acknowledgedAt: 2000,
    acknowledgedBy: "duty",
  };
}

/** An alarm of a point at a level that the city owes an answer to. */
export function alarmOf(point: string, level: Level, part: Partial<AlarmView> = {}): AlarmView {
  const openedAt = part.openedAt ?? 1000;
  return {
    id: `${point}~high`,
    source: { kind: "point", id: point },
    site: point.split("/")[0] ?? null,
    rule: "high",
    ruleVersion: 1,
    direction: "high",
    isData: false,
    occurrence: 1,
    revision: 1,
    state: "unacknowledged",
    level,
    latchedLevel: null,
    openedAt,
    violatedSince: openedAt,
    returnedAt: null,
    peakLevel: level,
    peakValue: 41,
    peakAt: openedAt,
    value: 41,
    setpoint: 40,
    quality: "good",
    why: { code: "limitViolated", values: {} },
    foundLateMs: null,
    needsMeasurement: false,
    isRuleChanged: false,
    tiers: [owes("city", level, openedAt)],
    followers: [],
    marks: [],
    group: null,
    isFirstOut: false,
    chatteringUntil: null,
    isFleeting: false,
    longStandingAt: null,
    ...part,
  };
}

/** A mark of a person. */
export function markOf(kind: Mark["kind"], part: Partial<Mark> = {}): Mark {
  return {
    kind,
    setAt: 0,
    until: 3_600_000,
    level: "yellow",
    upTo: "yellow",
    by: { kind: "person", id: "lin", tier: "county" },
    reason: "valve work",
    approver: null,
    rule: null,
    order: null,
    measure: null,
    ...part,
  };
}

/** An incident that one alarm has opened, and nobody has worked on. */
export function incidentOf(alarm: AlarmView, part: Partial<IncidentView> = {}): IncidentView {
  return {
    id: `${alarm.site ?? "city"}#${alarm.id}`,
    site: alarm.site,
    revision: 1,
    firstAt: alarm.openedAt,
    firstOut: alarm.id,
    openedAt: alarm.openedAt,
    step: null,
    verdict: null,
    peakLevel: alarm.peakLevel,
    alarms: [{ alarm: alarm.id, occurrence: alarm.occurrence }],
    moreAlarms: 0,
    owner: null,
    clocks: [],
    entries: [],
    olderEntries: 0,
    attachments: [],
    cardSteps: [],
    reopened: 0,
    missing: ["steps"],
    ...part,
  };
}

/** A snapshot at a `seq`. */
export function snapshotOf(seq: number, part: Partial<Snapshot> = {}): Snapshot {
  return {
    protocol: 2,
    version: "0.0.0",
    isDemo: false,
    seq,
    at: Date.now(),
    person: { name: "duty", role: "dutyOfficer", tier: "city" },
    plan: planOf(),
    alarms: [],
    sites: [],
    devices: [],
    neighbours: [],
    responses: [],
    silences: [],
    floods: [],
    handovers: [],
    incidents: [],
    values: [],
    ...part,
  };
}

type Listener = (...values: readonly unknown[]) => void;

/** A socket that is turned by hand: `hear` plays the server, `sent` is what the wall said. */
export interface HandSocket {
  readonly socket: WallSocket;
  readonly hear: (event: string, ...values: readonly unknown[]) => void;
  readonly sent: { readonly event: string; readonly values: readonly unknown[] }[];
  isConnected: boolean;
  connects: number;
}

/** A socket that is turned by hand. */
export function createHandSocket(): HandSocket {
  const listeners = new Map<string, Listener>();
  const hand: HandSocket = {
    sent: [],
    isConnected: false,
    connects: 0,
    hear: (event, ...values) => listeners.get(event)?.(...values),
    socket: undefined as unknown as WallSocket,
  };
  const fake = {
    get connected() {
      return hand.isConnected;
    },
    get active() {
      return true;
    },
    on(event: string, listener: Listener) {
      listeners.set(event, listener);
      return fake;
    },
    connect() {
      hand.connects += 1;
      return fake;
    },
    disconnect() {
      hand.isConnected = false;
      return fake;
    },
    removeAllListeners: () => listeners.clear(),
    timeout: () => ({
      emit: (event: string, ...values: readonly unknown[]) => void hand.sent.push({ event, values }),
    }),
  };
  return Object.assign(hand, { socket: fake as unknown as WallSocket });
}

/** Connects the hand-turned socket, as the server would. */
export function connect(hand: HandSocket): void {
  hand.isConnected = true;
  hand.hear("connect");
}

/** Answers the newest event of that name that the wall has sent, as the server would. */
export function answer(hand: HandSocket, event: string, ...values: readonly unknown[]): void {
  const callback = hand.sent.findLast((sent) => sent.event === event)?.values.at(-1);
  if (typeof callback !== "function") throw new Error(`nobody waits for an answer to ${event}`);
  callback(...values);
}

/** Calls that nobody answers. */
export const deafCall: Call = {
  get: () => Promise.resolve({ ok: false, code: null }),
  post: () => Promise.resolve({ ok: false, code: null }),
  ask: () => Promise.resolve({ ok: false, code: null }),
  file: () => Promise.resolve({ ok: false, code: null }),
};

/** Files that nobody takes. */
export const deafSend: Send = () => Promise.resolve({ ok: false, code: null });

/** A server that lets nobody in and has nothing to tell. */
export const deafApi: Api = {
  login: () => Promise.resolve({ ok: false, code: "LOGIN_FAILED" }),
  logout: () => Promise.resolve({ ok: true, value: null }),
  session: () => Promise.resolve({ ok: false, code: null }),
  joinWall: () => Promise.resolve({ ok: false, code: "WALL_UNKNOWN" }),
  changePassword: () => Promise.resolve({ ok: false, code: "LOGIN_FAILED" }),
  history: () => Promise.resolve({ ok: false, code: null }),
  map: () => Promise.resolve({ ok: false, code: null }),
};
