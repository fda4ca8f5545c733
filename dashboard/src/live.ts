// The only state of the wall: what the link brought, in shallow refs and typed arrays, repainted at most once a frame.
import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";
import type { AlarmView } from "../../contract/alarm.ts";
import { incidentAfter, type IncidentView } from "../../contract/incident.ts";
import type { Tier } from "../../contract/plant.ts";
import type { Seat } from "../../contract/seat.ts";
import { protocol } from "../../contract/protocol.ts";
import type {
  Beat,
  ChangeItem,
  Changes,
  DeviceStatus,
  FloodStatus,
  HandoverStatus,
  HistorianBehind,
  Frame,
  History,
  NeighbourStatus,
  Person,
  ResponseStatus,
  SilenceStatus,
  SiteStatus,
  Snapshot,
} from "../../contract/wall.ts";
import { createCommands, type Commands } from "./commands.ts";
import { isOpen } from "./duty.ts";
import { createLatestValues, freshnessOf, learned, sampled, type LatestValues, type ShownValue } from "./latest.ts";
import type { Link, LinkView } from "./link.ts";
import { heard, joined, noLoad, upToDate, type Load } from "./load.ts";
import { createPainter, type Painter } from "./painter.ts";
import { createPlanIndex, type PlanIndex } from "./plan-index.ts";
import { createTrends, type Trend, type Trends } from "./trends.ts";

type Shown<T> = Readonly<ShallowRef<T>>;

/** What the wall knows, for everything that shows it. */
export interface Live {
  readonly index: Shown<PlanIndex | null>;
  readonly person: Shown<Person | null>;
  /** Where this screen is a wall of the register: its seat. */
  readonly seat: Shown<Seat | null>;
  readonly version: Shown<string>;
  readonly isDemo: Shown<boolean>;
  /** How fast the clock of an exercise runs; null where the time is the real one. */
  readonly clockSpeed: Shown<number | null>;
  /** The server speaks another protocol than this page. */
  readonly mustReload: Shown<boolean>;
  /** Open alarms by id. */
  readonly alarms: Shown<ReadonlyMap<string, AlarmView>>;
  readonly sites: Shown<ReadonlyMap<string, SiteStatus>>;
  readonly devices: Shown<ReadonlyMap<string, DeviceStatus>>;
  readonly neighbours: Shown<ReadonlyMap<string, NeighbourStatus>>;
  /** Since when the server cannot write its journal, and why; null while it can. */
  readonly journalDown: Shown<Beat["journalDown"] | null>;
  /** How far the historian is behind; null while it is not. */
  readonly historianBehind: Shown<HistorianBehind | null>;
  readonly responses: Shown<ReadonlyMap<string, ResponseStatus>>;
  /** The last silence of each tier's horn, and its flood. */
  readonly silences: Shown<ReadonlyMap<Tier, SilenceStatus>>;
  readonly floods: Shown<ReadonlyMap<Tier, FloodStatus>>;
  /** The last change of shift of each tier. */
  readonly handovers: Shown<ReadonlyMap<Tier, HandoverStatus>>;
  /** What was annunciated to this seat's tier, as far as this page has heard it. */
  readonly load: Shown<Load>;
  /** Incidents that are not archived, and those archived of late, by id. */
  readonly incidents: Shown<ReadonlyMap<string, IncidentView>>;
  readonly oldest: Shown<Beat["oldest"]>;
  /** Samples that the server took in during the last second; null before its first beat. */
  readonly samplesPerSecond: Shown<number | null>;
  readonly link: Shown<LinkView>;
  /** Server time, epoch ms, once a second. */
  readonly now: Shown<number>;
  /** Counts repaints of values: at most two a second. */
  readonly valueTick: Shown<number>;
  readonly commands: Commands;
  /** The last value of a point, and how it may be shown; reads `valueTick` and `now`, so it is fresh in a template. */
  readonly latest: (pointId: string) => ShownValue;
  /** When an alarm's newest step was written down by the server, where this page has seen it. */
  readonly recordedAt: (alarmId: string) => number | null;
  /** A trend of a point, filled from history and then live, until it is closed. */
  readonly openTrend: (pointId: string, spanMs: number, buckets: number) => Trend;
  readonly reconnect: () => void;
  /** Is called from the socket, not from a frame: in a hidden tab alarms must still be heard. */
  readonly onAlarms: (listener: () => void) => void;
  /** Is called when the server's canary comes: it is answered by receipts.ts, and shown nowhere. */
  readonly onCanary: (listener: (occurrence: number) => void) => void;
  readonly start: () => void;
  readonly stop: () => void;
}

/** What the live state stands on. */
export interface LiveOptions {
  readonly link: Link;
  readonly now: () => number;
  readonly history: (point: string, from: number, to: number, buckets: number) => Promise<History | null>;
  /** Runs before the next repaint; tests hand in their own. */
  readonly beforeRepaint?: (run: () => void) => void;
}

const secondMs = 1000;

function createState(link: Link, firstNow: number) {
  return {
    index: shallowRef<PlanIndex | null>(null),
    person: shallowRef<Person | null>(null),
    seat: shallowRef<Seat | null>(null),
    version: shallowRef(""),
    isDemo: shallowRef(false),
    clockSpeed: shallowRef<number | null>(null),
    mustReload: shallowRef(false),
    alarms: shallowRef(new Map<string, AlarmView>()),
    sites: shallowRef(new Map<string, SiteStatus>()),
    devices: shallowRef(new Map<string, DeviceStatus>()),
    neighbours: shallowRef(new Map<string, NeighbourStatus>()),
    journalDown: shallowRef<Beat["journalDown"] | null>(null),
    historianBehind: shallowRef<HistorianBehind | null>(null),
    responses: shallowRef(new Map<string, ResponseStatus>()),
    silences: shallowRef(new Map<Tier, SilenceStatus>()),
    floods: shallowRef(new Map<Tier, FloodStatus>()),
    handovers: shallowRef(new Map<Tier, HandoverStatus>()),
    load: shallowRef<Load>(noLoad(firstNow)),
    incidents: shallowRef(new Map<string, IncidentView>()),
    oldest: shallowRef<Beat["oldest"]>(null),
    samplesPerSecond: shallowRef<number | null>(null),
    link: shallowRef(link.view()),
    now: shallowRef(firstNow),
    valueTick: shallowRef(0),
  };
}

type State = ReturnType<typeof createState>;

/** Takes a whole snapshot in the place of everything known. */
function takeSnapshot(state: State, snapshot: Snapshot): void {
  const byId = <T extends { readonly id: string }>(list: readonly T[]): Map<string, T> =>
    new Map(list.map((entry) => [entry.id, entry]));
  state.index.value = createPlanIndex(snapshot.plan);
  state.person.value = snapshot.person;
  state.seat.value = snapshot.seat ?? null;
  state.version.value = snapshot.version;
  state.isDemo.value = snapshot.isDemo;
  state.clockSpeed.value = snapshot.clockSpeed ?? null;
  state.alarms.value = byId(snapshot.alarms.filter(isOpen));
  state.sites.value = byId(snapshot.sites);
  state.devices.value = byId(snapshot.devices);
  state.neighbours.value = new Map(snapshot.neighbours.map((entry) => [entry.name, entry]));
  state.responses.value = new Map(snapshot.responses.map((entry) => [entry.county, entry]));
  state.silences.value = new Map(snapshot.silences.map((entry) => [entry.tier, entry]));
  state.incidents.value = byId(snapshot.incidents);
  state.handovers.value = new Map(snapshot.handovers.map((entry) => [entry.tier, entry]));
  state.load.value = joined(state.load.value, snapshot, snapshot.person?.tier ?? "city");
  state.floods.value = new Map(snapshot.floods.map((entry) => [entry.tier, entry]));
}

/** Takes one change in; returns the ref that it touched. */
function takeChange(state: State, item: ChangeItem): ShallowRef<unknown> {
  switch (item.type) {
    case "alarm":
      state.load.value = heard(state.load.value, state.alarms.value.get(item.alarm.id), item);
      if (isOpen(item.alarm)) state.alarms.value.set(item.alarm.id, item.alarm);
      else state.alarms.value.delete(item.alarm.id);
      return state.alarms;
    case "site":
      state.sites.value.set(item.site.id, item.site);
      return state.sites;
    case "device":
      state.devices.value.set(item.device.id, item.device);
      return state.devices;
    case "neighbour":
      state.neighbours.value.set(item.neighbour.name, item.neighbour);
      return state.neighbours;
    case "response":
      state.responses.value.set(item.response.county, item.response);
      return state.responses;
    case "silence":
      state.silences.value.set(item.silence.tier, item.silence);
      return state.silences;
    case "flood":
      state.floods.value.set(item.flood.tier, item.flood);
      return state.floods;
    case "handover":
      state.handovers.value.set(item.handover.tier, item.handover);
      return state.handovers;
    case "incident":
      state.incidents.value.set(item.id, incidentAfter(state.incidents.value.get(item.id), item));
      return state.incidents;
  }
}

interface Intake {
  readonly state: State;
  readonly painter: Painter;
  readonly trends: Trends;
  readonly commands: Commands;
  readonly recorded: Map<string, number>;
  readonly values: { current: LatestValues };
  readonly alarmsMoved: () => void;
}

/** What is done with each thing that the link tells. */
function createIntake({ state, painter, trends, commands, recorded, values, alarmsMoved }: Intake) {
  return {
    snapshot(snapshot: Snapshot) {
      // The number comes first: a snapshot of another protocol is not looked into.
      state.mustReload.value = snapshot.protocol !== protocol;
      if (state.mustReload.value) return;
      takeSnapshot(state, snapshot);
      values.current = createLatestValues(snapshot.plan.points.length);
      values.current.take(snapshot.values);
      trends.take(snapshot.values, state.index.value);
      trends.refill();
      recorded.clear();
      painter.touchValues();
      alarmsMoved();
    },
    changes({ items, upTo }: Pick<Changes, "items" | "upTo">) {
      for (const item of items) {
        painter.touch(takeChange(state, item));
        if (item.type === "incident") commands.heardOf(item.id, item.entry);
        if (item.type !== "alarm") continue;
        recorded.set(item.alarm.id, item.transition.recordedAt);
        if (!isOpen(item.alarm)) recorded.delete(item.alarm.id);
        commands.heard(item.transition);
      }
      state.load.value = upToDate(state.load.value, upTo);
      if (items.some(({ type }) => type === "alarm" || type === "silence")) alarmsMoved();
    },
    frame(frame: Frame) {
      values.current.take(frame.values);
      trends.take(frame.values, state.index.value);
      painter.touchValues();
    },
  };
}

/** The live state over a link. */
export function createLive({ link, now, history, beforeRepaint }: LiveOptions): Live {
  const serverNow = (): number => now() + (link.view().offsetMs ?? 0);
  const state = createState(link, serverNow());
  const values = { current: createLatestValues(0) };
  const recorded = new Map<string, number>();
  const listeners: (() => void)[] = [];
  const canaryListeners: ((occurrence: number) => void)[] = [];
  const painter = createPainter(state.valueTick, now, beforeRepaint ?? ((run) => void requestAnimationFrame(run)));
  const trends = createTrends({ history, now: serverNow });
  const commands = createCommands({ link, now });
  const alarmsMoved = (): void => listeners.forEach((listener) => listener());
  let timer: ReturnType<typeof setInterval> | undefined;

  function moved(): void {
    state.link.value = link.view();
  }
  function tick(): void {
    link.tick();
    state.now.value = serverNow();
    commands.forgetOld();
    trends.tick();
    moved();
  }
  const noteBeat = (beat: Beat): void => {
    state.oldest.value = beat.oldest;
    state.samplesPerSecond.value = beat.samplesPerSecond;
    state.journalDown.value = beat.journalDown ?? null;
    state.historianBehind.value = beat.historianBehind ?? null;
  };
  return {
    ...state,
    commands,
    latest(pointId) {
      void state.valueTick.value;
      const point = state.index.value?.points.get(pointId);
      const place = state.index.value?.places.get(pointId);
      if (point === undefined || place === undefined) return { latest: null, freshness: "none", offlineSince: null };
      const latest = values.current.at(place);
      const device = state.devices.value.get(point.device);
      const isBrokerDown = state.neighbours.value.get("broker")?.state === "down";
      const expected = sampled(learned(point, device), state.sites.value.get(point.site)?.sampling);
      return {
        latest,
        freshness: freshnessOf(expected, latest, device?.state, state.now.value, isBrokerDown),
        offlineSince: device?.state === "offline" ? device.since : null,
      };
    },
    recordedAt: (alarmId) => recorded.get(alarmId) ?? null,
    openTrend: (pointId, spanMs, buckets) =>
      trends.open(pointId, spanMs, buckets, values.current.at(state.index.value?.places.get(pointId) ?? -1)),
    reconnect: () => link.reconnect(),
    onAlarms: (listener) => void listeners.push(listener),
    onCanary: (listener) => void canaryListeners.push(listener),
    start() {
      const intake = createIntake({ state, painter, trends, commands, recorded, values, alarmsMoved });
      link.start({
        ...intake,
        moved,
        beat: noteBeat,
        canary: (occurrence) => canaryListeners.forEach((listener) => listener(occurrence)),
      });
      timer = setInterval(tick, secondMs);
    },
    stop() {
      clearInterval(timer);
      painter.stop();
      link.stop();
    },
  };
}

/** Where the app hands its live state to its components. */
export const liveKey: InjectionKey<Live> = Symbol("live");

/** The app's live state. */
export function useLive(): Live {
  const live = inject(liveKey);
  if (live === undefined) throw new Error("the app provides no live state");
  return live;
}
