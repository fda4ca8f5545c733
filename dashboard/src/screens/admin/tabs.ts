// The parts of administration: which address and whose each is; each is loaded when it is first opened.
import type { Component } from "vue";
import type { Person, Role } from "../../../../contract/wall.ts";
import { lazily } from "../console/lazily.ts";

/** The parts in their order. */
export const tabNames = [
  "enterprises",
  "sites",
  "devices",
  "points",
  "people",
  "walls",
  "routing",
  "retention",
  "audit",
  "about",
  "account",
] as const;
/** One of them. */
export type TabName = (typeof tabNames)[number];

/** One part. */
export interface AdminTab {
  readonly name: TabName;
  readonly component: Component;
  readonly roles: readonly Role[];
}

const both: readonly Role[] = ["administrator", "supervisor"];
const alone: readonly Role[] = ["administrator"];

const components: Readonly<Record<TabName, { readonly roles: readonly Role[]; readonly component: Component }>> = {
  enterprises: { roles: alone, component: lazily(() => import("./Enterprises.vue")) },
  sites: { roles: alone, component: lazily(() => import("./Sites.vue")) },
  devices: { roles: alone, component: lazily(() => import("./Devices.vue")) },
  points: { roles: both, component: lazily(() => import("./Points.vue")) },
  people: { roles: alone, component: lazily(() => import("./People.vue")) },
  walls: { roles: alone, component: lazily(() => import("./Walls.vue")) },
  routing: { roles: both, component: lazily(() => import("./Routing.vue")) },
  retention: { roles: both, component: lazily(() => import("./Retention.vue")) },
  audit: { roles: both, component: lazily(() => import("./Audit.vue")) },
  about: { roles: both, component: lazily(() => import("./About.vue")) },
  account: { roles: both, component: lazily(() => import("./Account.vue")) },
};

/** Where administration begins. */
export const adminPath = "/admin";

/** The parts that are this person's. */
export function tabsFor(person: Person | null): readonly AdminTab[] {
  return tabNames
    .map((name) => ({ name, ...components[name] }))
    .filter(({ roles }) => person !== null && roles.includes(person.role));
}

/** The part that a path names; the first that is this person's where it names none of them. */
export function tabOfPath(path: string, tabs: readonly AdminTab[]): AdminTab | null {
  const name = path.slice(adminPath.length + 1);
  return tabs.find((tab) => tab.name === name) ?? tabs[0] ?? null;
}
