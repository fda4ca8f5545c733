// The keys of the whole page, in their order: what lies over it, the ways to other screens, its own letters, the screen's.
import { computed } from "vue";
import type { Alert } from "../alert.ts";
import type { Live } from "../live.ts";
import type { Words } from "../text/words.ts";
import { consolesFor } from "./console/screens.ts";
import type { Covers } from "./covers.ts";
import type { WallRound } from "./round.ts";
import { alarmsPath, pathOfSite, siteOfPath, wallPath, type Route } from "./route.ts";
import { siteBeside, worstOf } from "./severity.ts";
import { showTab, tabOf } from "./site/tabs.ts";

/** What the keys work on. */
export interface PageKeyOptions {
  readonly live: Live;
  readonly route: Route;
  readonly alert: Alert;
  readonly words: Words;
  readonly covers: Covers;
  readonly round: WallRound;
  readonly go: (path: string) => void;
  /** The keys of the screens that are drawn; true where one was used. */
  readonly screens: Readonly<Record<"alarms" | "site" | "wall", (event: KeyboardEvent) => boolean>>;
  /** True on a console, which has keys of its own. */
  readonly isConsole: () => boolean;
  /** Opens what the banner shows. */
  readonly openBanner: () => void;
}

/** Handles one key. */
export function createPageKeys(options: PageKeyOptions): (event: KeyboardEvent) => void {
  const { live, route, alert, words, covers, round, go, screens, isConsole, openBanner } = options;
  const { isHelpOpen, isGoToOpen, isLoginOpen, isLoginRequired } = covers;
  const siteId = computed(() => siteOfPath(route.path.value));

  function openWorst(drawn: "layout" | "sections"): void {
    const sites = live.index.value?.plan.sites.filter((site) => site.drawing?.[drawn] !== undefined) ?? [];
    const site = worstOf(sites, live.sites.value);
    if (site !== null) route.openSite(site.id);
  }
  function turnSite(step: 1 | -1): void {
    const site = siteBeside(live.index.value?.plan.sites ?? [], live.sites.value, siteId.value ?? "", step);
    if (site !== null) route.turn(pathOfSite(site.id));
  }
  const screenKeys: Readonly<Record<string, () => void>> = {
    Digit1: () => go(wallPath),
    Digit2: () => openWorst("layout"),
    Digit3: () => openWorst("sections"),
    Digit4: () => go(alarmsPath),
  };
  /** Opens a console that is this person's, by its digit. */
  function consoleKey(code: string): (() => void) | undefined {
    const screen = consolesFor(live.person.value).find(({ digit }) => code === `Digit${digit}`);
    return screen === undefined ? undefined : () => go(screen.path);
  }
  const ownKeys: Readonly<Record<string, () => void>> = {
    l: words.toggle,
    s: alert.silence,
    " ": round.toggle,
    "?": () => (isHelpOpen.value = true),
    escape: () => {
      if (isHelpOpen.value) isHelpOpen.value = false;
      else if (siteId.value !== null && tabOf(route.query.value) !== "site") showTab(route, "site");
      else if (siteId.value !== null) route.back();
    },
  };
  /** Keys of the screen that is shown; true where one was used. */
  function pressedOnScreen(event: KeyboardEvent): boolean {
    if (route.path.value === alarmsPath) return screens.alarms(event);
    if (siteId.value !== null) {
      if (screens.site(event)) return true;
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        turnSite(event.key === "ArrowLeft" ? -1 : 1);
        return true;
      }
    }
    if (route.path.value === wallPath && screens.wall(event)) return true;
    if (event.key !== "Enter" || isConsole()) return false;
    openBanner();
    return true;
  }
  /** Single letters belong to whoever is typing (WCAG 2.1.4); Enter on a focused button is that button's. */
  function isTheirs({ key, target }: KeyboardEvent): boolean {
    if (!(target instanceof HTMLElement)) return false;
    const isPress = key === "Enter" || key === " ";
    return target.matches("input, select, textarea") || (isPress && target.matches("button, summary, a"));
  }

  return (event) => {
    const key = event.key.toLowerCase();
    const isControl = event.ctrlKey || event.metaKey;
    if (isControl && key === "k" && !isLoginRequired.value) {
      event.preventDefault();
      isGoToOpen.value = !isGoToOpen.value;
      return;
    }
    // From the banner too, which is in reach beside them.
    if (key === "escape" && (isGoToOpen.value || isLoginOpen.value)) return covers.close();
    if (isGoToOpen.value || isControl || isLoginOpen.value || isLoginRequired.value) return;
    if (event.altKey) {
      const screenKey = screenKeys[event.code] ?? consoleKey(event.code);
      if (screenKey === undefined) return;
      event.preventDefault();
      screenKey();
      return;
    }
    if (isTheirs(event)) return;
    // Behind the help nothing is done that cannot be seen; the horn can be stopped from anywhere.
    if (isHelpOpen.value && !["escape", "s"].includes(key)) return;
    // Where nothing turns, Space is the browser's: on a console it turns the page.
    if (event.key === " " && round.round.value === null) return;
    const own = event.shiftKey && key === "s" ? () => void alert.test() : ownKeys[key];
    if (own !== undefined) own();
    else if (!pressedOnScreen(event)) return;
    event.preventDefault();
  };
}
