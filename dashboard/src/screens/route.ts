// Which screen the URL names: the state of a screen lives there, so that a reload of an unattended wall changes nothing.
import { consoleOf } from "./console/screens.ts";
import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";

type Query = Readonly<Record<string, string>>;

/** Where this page is, and how it goes elsewhere. */
export interface Route {
  /** `/wall/s1`, `/alarms`, `/site/…`, or a console's. */
  readonly path: Readonly<ShallowRef<string>>;
  /** What the screen keeps behind the question mark; each screen its own. */
  readonly query: Readonly<ShallowRef<Query>>;
  /** Writes one thing of the screen into the URL; no step of the browser's history. */
  readonly set: (name: string, value: string | null) => void;
  /** As `set`, for what holds on every screen. */
  readonly keep: (name: string, value: string | null) => void;
  readonly go: (path: string, query?: Query) => void;
  /** To another screen of the same kind: the way back stays what it was. */
  readonly turn: (path: string) => void;
  /** To where one came from; to the overview where one came from outside. */
  readonly back: () => void;
  readonly openSite: (site: string) => void;
  readonly openAlarm: (alarm: string) => void;
  readonly stop: () => void;
}

/** The overview: also where an address leads that names no screen. */
export const wallPath = "/wall/s1";
/** The key figures of the round. */
export const figuresPath = "/wall/figures";
/** The alarm list. */
export const alarmsPath = "/alarms";

/** The path of a site. */
export function pathOfSite(site: string): string {
  return `/site/${encodeURIComponent(site)}`;
}

/** The site that a path names; null where it names none. */
export function siteOfPath(path: string): string | null {
  const site = /^\/site\/([^/]+)\/?$/u.exec(path)?.[1];
  if (site === undefined) return null;
  try {
    return decodeURIComponent(site);
  } catch {
    // Nobody's id, and no reason for a blank page.
    return site;
  }
}

function screenOf(path: string): string {
  const isKnown = path === alarmsPath || path === figuresPath;
  return isKnown || siteOfPath(path) !== null || consoleOf(path) !== null ? path : wallPath;
}

/** The page's route. */
export function createRoute(): Route {
  const path = shallowRef(screenOf(location.pathname));
  const query = shallowRef<Query>(Object.fromEntries(new URLSearchParams(location.search)));
  const kept = new Map<string, string>();

  function address(): string {
    const text = new URLSearchParams({ ...query.value, ...Object.fromEntries(kept) }).toString();
    return text === "" ? path.value : `${path.value}?${text}`;
  }
  function rewrite(): void {
    history.replaceState(history.state, "", address());
  }
  function without(name: string): Query {
    return Object.fromEntries(Object.entries(query.value).filter(([each]) => each !== name));
  }
  function set(name: string, value: string | null): void {
    query.value = value === null ? without(name) : { ...query.value, [name]: value };
    rewrite();
  }
  function go(to: string, wanted: Query = {}): void {
    const isElsewhere = path.value !== to;
    [path.value, query.value] = [to, wanted];
    // What we pushed ourselves may be gone back from without leaving the wall.
    if (isElsewhere) history.pushState({ isOurs: true }, "", address());
    else rewrite();
  }
  function wentBack(): void {
    path.value = screenOf(location.pathname);
    query.value = Object.fromEntries(new URLSearchParams(location.search));
    for (const name of kept.keys()) query.value = without(name);
    rewrite();
  }
  window.addEventListener("popstate", wentBack);

  return {
    path,
    query,
    set,
    keep(name, value) {
      query.value = without(name);
      if (value === null) kept.delete(name);
      else kept.set(name, value);
      rewrite();
    },
    go,
    turn(to) {
      [path.value, query.value] = [to, {}];
      rewrite();
    },
    back() {
      if ((history.state as { readonly isOurs?: true } | null)?.isOurs === true) history.back();
      else go(wallPath);
    },
    openSite: (site) => go(pathOfSite(site)),
    openAlarm: (alarm) => go(alarmsPath, { alarm }),
    stop: () => window.removeEventListener("popstate", wentBack),
  };
}

/** Where the app hands its route to its screens. */
export const routeKey: InjectionKey<Route> = Symbol("route");

/** The app's route. */
export function useRoute(): Route {
  const route = inject(routeKey);
  if (route === undefined) throw new Error("the app provides no route");
  return route;
}
