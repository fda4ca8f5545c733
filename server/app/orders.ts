// Orders to devices: how often they shall speak, sent once the profile of their site is written down, until they acknowledge it.
import type { Plan, Point } from "../../contract/plant.ts";
import { cadenceOf, type SamplingOrder, type SamplingStatus } from "../../contract/sampling.ts";
import { commandTopicOf } from "../../contract/topics.ts";
import type { ChangeItem, SiteStatus } from "../../contract/wall.ts";

/** What orders are sent with; what is sent is retained, so that a device finds the last one when it comes. */
export interface OrdersOptions {
  readonly plan: () => Plan;
  readonly sites: () => Iterable<SiteStatus>;
  readonly send: (topic: string, payload: string) => void;
}

/** Sends the orders that changes call for. */
export interface Orders {
  /** These changes are written down. */
  readonly changed: (items: readonly ChangeItem[]) => void;
  /** The plan is another one: devices may have points, or cadences, that they were not told of, or be gone. */
  readonly replanned: () => void;
  /** The broker is there (again): what it was told before it may have forgotten. */
  readonly repeat: () => void;
}

/** What a device's points shall do in a profile. */
export function orderOf(points: readonly Point[], { order, profile }: SamplingStatus): SamplingOrder {
  const periods = points.flatMap(({ code, report, sampling }) =>
    report === "onChange" ? [] : [[code, cadenceOf(sampling, profile)?.everyMs ?? report.everyMs] as const],
  );
  return { v: 1, id: order, samplingProfile: profile, everyMs: Object.fromEntries(periods) };
}

/** The points of each device, looked up once per plan: a storm over all sites tells thousands of devices in one turn. */
function createIndex(plan: () => Plan): (device: string) => readonly Point[] {
  let known: Plan | null = null;
  const points = new Map<string, Point[]>();
  return (device) => {
    if (known !== plan()) {
      known = plan();
      points.clear();
      for (const point of known.points) {
        const its = points.get(point.device);
        if (its === undefined) points.set(point.device, [point]);
        else its.push(point);
      }
    }
    return points.get(device) ?? [];
  };
}

function topicOfDevice(device: string): string {
  const end = device.indexOf("/");
  return commandTopicOf(device.slice(0, end), device.slice(end + 1));
}

/** Makes the sender of orders. */
export function createOrders({ plan, sites, send }: OrdersOptions): Orders {
  /** The devices of each site that were waited for when they were last told. */
  const told = new Map<string, SamplingStatus>();
  /** What each device was last told, and those that are in no plan any more. */
  const sent = new Map<string, string>();
  const gone = new Set<string>();
  const pointsOf = createIndex(plan);
  let { devices } = plan();

  const tell = (device: string, sampling: SamplingStatus): void => {
    const payload = JSON.stringify(orderOf(pointsOf(device), sampling));
    sent.set(device, payload);
    gone.delete(device);
    send(topicOfDevice(device), payload);
  };

  /** A retained message without content takes back the one that is retained (MQTT-3.3.1-10). */
  const takeBack = (device: string): void => send(topicOfDevice(device), "");

  const tellSite = ({ id, sampling }: SiteStatus): void => {
    const before = told.get(id);
    if (sampling === undefined) return;
    told.set(id, sampling);
    const wereWaiting = new Set(before?.order === sampling.order ? before.waiting : []);
    for (const device of sampling.waiting) if (!wereWaiting.has(device)) tell(device, sampling);
  };

  const tellDevice = (device: string): void => {
    const sampling = told.get(device.slice(0, device.indexOf("/")));
    if (sampling?.waiting.includes(device) === true) tell(device, sampling);
  };

  /** Tells the devices of all sites that have a profile what is not what `isKnown` says that they were told. */
  const tellAll = (isKnown: (device: string, sampling: SamplingStatus) => boolean): void => {
    const known = new Map([...sites()].flatMap(({ id, sampling }) => (sampling === undefined ? [] : [[id, sampling]])));
    for (const [id, sampling] of known) told.set(id, sampling);
    for (const { id, site } of plan().devices) {
      const sampling = known.get(site);
      if (sampling !== undefined && !isKnown(id, sampling)) tell(id, sampling);
    }
  };

  return {
    changed: (items) => {
      for (const item of items) {
        if (item.type === "site") tellSite(item.site);
        else if (item.type === "device" && item.device.state === "online") tellDevice(item.device.id);
      }
    },
    replanned: () => {
      // A new version of a rule leaves them as they are, and no cadence is a rule's.
      if (plan().devices === devices) return;
      ({ devices } = plan());
      const ids = new Set(devices.map(({ id }) => id));
      for (const device of sent.keys()) {
        if (ids.has(device)) continue;
        sent.delete(device);
        gone.add(device);
        takeBack(device);
      }
      tellAll((device, sampling) => sent.get(device) === JSON.stringify(orderOf(pointsOf(device), sampling)));
    },
    repeat: () => {
      for (const device of gone) takeBack(device);
      tellAll(() => false);
    },
  };
}
