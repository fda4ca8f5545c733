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

/** Makes the sender of orders. */
export function createOrders({ plan, sites, send }: OrdersOptions): Orders {
  /** The devices of each site that were waited for when they were last told. */
  const told = new Map<string, SamplingStatus>();

  const tell = (site: string, device: string, sampling: SamplingStatus): void => {
    const points = plan().points.filter((point) => point.device === device);
    const code = device.slice(site.length + 1);
    send(commandTopicOf(site, code), JSON.stringify(orderOf(points, sampling)));
  };

  const tellSite = ({ id, sampling }: SiteStatus): void => {
    const before = told.get(id);
    if (sampling === undefined) return;
    told.set(id, sampling);
    for (const device of sampling.waiting) {
      if (before?.order !== sampling.order || !before.waiting.includes(device)) tell(id, device, sampling);
    }
  };

  const tellDevice = (device: string): void => {
    const site = device.slice(0, device.indexOf("/"));
    const sampling = told.get(site);
    if (sampling?.waiting.includes(device) === true) tell(site, device, sampling);
  };

  return {
    changed: (items) => {
      for (const item of items) {
        if (item.type === "site") tellSite(item.site);
        else if (item.type === "device" && item.device.state === "online") tellDevice(item.device.id);
      }
    },
    repeat: () => {
      for (const { id, sampling } of sites()) {
        if (sampling === undefined) continue;
        told.set(id, sampling);
        for (const device of plan().devices) if (device.site === id) tell(id, device.id, sampling);
      }
    },
  };
}
