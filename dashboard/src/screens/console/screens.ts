// The consoles behind the wall: which address, which key and which rights each has; each is loaded when it is first opened.
import type { Component } from "vue";
import type { Person, Role } from "../../../../contract/wall.ts";
import { lazily } from "./lazily.ts";

/** The title of a console. */
export type ConsoleTitle = "handover.title" | "rules.title" | "gateways.title" | "history.title" | "admin.title";

/** One console. */
export interface ConsoleScreen {
  readonly path: string;
  readonly title: ConsoleTitle;
  /** The digit that opens it with Alt (wall.md 12). */
  readonly digit: string;
  readonly component: Component;
  /** Whose it is; everybody's who may look where absent. */
  readonly roles?: readonly Role[];
}

const onDuty: readonly Role[] = ["dutyOfficer", "supervisor", "administrator", "enterprise"];

/** The consoles in the order of the screens S5 to S10; those that do not work yet have no line. */
export const consoleScreens: readonly ConsoleScreen[] = [
  {
    path: "/handover",
    title: "handover.title",
    digit: "5",
    component: lazily(() => import("../handover/Handover.vue")),
    roles: onDuty,
  },
  {
    path: "/rules",
    title: "rules.title",
    digit: "7",
    component: lazily(() => import("../rules/Rules.vue")),
  },
  {
    path: "/gateways",
    title: "gateways.title",
    digit: "8",
    component: lazily(() => import("../gateways/Gateways.vue")),
  },
  {
    path: "/history",
    title: "history.title",
    digit: "9",
    component: lazily(() => import("../history/History.vue")),
  },
  {
    path: "/admin",
    title: "admin.title",
    digit: "0",
    component: lazily(() => import("../admin/Admin.vue")),
    roles: ["administrator", "supervisor"],
  },
];

/** The console that a path names; null where it names none. */
export function consoleOf(path: string): ConsoleScreen | null {
  return consoleScreens.find((screen) => path === screen.path || path.startsWith(`${screen.path}/`)) ?? null;
}

/** The consoles that are this person's business; a wall has none, nobody sits before it. */
export function consolesFor(person: Person | null): readonly ConsoleScreen[] {
  if (person?.isWall === true) return [];
  return consoleScreens.filter(({ roles }) => roles === undefined || (person !== null && roles.includes(person.role)));
}
