// Turns an unattended wall through its round: asks the playlist once a second, and goes where it says.
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import type { Tier } from "../../../contract/plant.ts";
import type { Live } from "../live.ts";
import { hasOwedRed, turned, usualRound, type Round, type RoundScreen, type Stop } from "./playlist.ts";
import { figuresPath, pathOfSite, siteOfPath, wallPath, type Route } from "./route.ts";
import { worstOf } from "./severity.ts";

/** The round of this page. */
export interface WallRound {
  /** Null where this page is no wall. */
  readonly round: Readonly<ShallowRef<Round | null>>;
  readonly stops: ComputedRef<readonly Stop[]>;
  /** How long until it goes on, ms; null where that is not known. */
  readonly leftMs: ComputedRef<number | null>;
  readonly toggle: () => void;
  /** Somebody uses the wall. */
  readonly touch: () => void;
}

/** What the round stands on. */
export interface RoundOptions {
  readonly live: Pick<Live, "index" | "sites" | "alarms" | "person" | "seat" | "now">;
  readonly route: Route;
  readonly tier: ComputedRef<Tier>;
  /** A clock that never jumps, ms. */
  readonly monotonic: () => number;
}

const queryName = "round";

/** The round over the live state; it ends with the component that makes it. */
export function createRound({ live, route, tier, monotonic }: RoundOptions): WallRound {
  const round = shallowRef<Round | null>(null);
  const isPaused = shallowRef(route.query.value[queryName] === "paused");
  const touchedAt = shallowRef(-Infinity);
  // On every screen, and over a reload.
  watch(isPaused, (isNow) => route.keep(queryName, isNow ? "paused" : null), {
    immediate: true,
    flush: "sync",
  });

  const drawn = computed(() => live.index.value?.plan.sites.filter(({ drawing }) => drawing !== undefined) ?? []);
  const stops = computed(() =>
    (live.seat.value?.playlist ?? usualRound).filter(({ screen }) => screen !== "worst" || drawn.value.length > 0),
  );
  const isPinned = computed(() => hasOwedRed(live.alarms.value.values(), tier.value));
  const shown = computed<RoundScreen | null>(() => {
    const path = route.path.value;
    if (path === wallPath) return "s1";
    if (path === figuresPath) return "figures";
    return siteOfPath(path) === null ? null : "worst";
  });
  function show(screen: RoundScreen): void {
    if (screen === shown.value) return;
    if (screen === "s1") route.turn(wallPath);
    if (screen === "figures") route.turn(figuresPath);
    const worst = screen === "worst" ? worstOf(drawn.value, live.sites.value) : null;
    if (worst !== null) route.turn(pathOfSite(worst.id));
  }
  function look(): void {
    if (live.person.value?.isWall !== true || live.index.value === null) {
      round.value = null;
      return;
    }
    round.value = turned(round.value, {
      now: monotonic(),
      stops: stops.value,
      shown: shown.value,
      isPinned: isPinned.value,
      isPaused: isPaused.value,
      touchedAt: touchedAt.value,
    });
    if (round.value.kind === "running" || round.value.kind === "pinned") show(round.value.screen);
  }
  // Once a second, and at once where something has been decided: a red is not shown a second late.
  watch([live.now, isPinned, isPaused, touchedAt, live.person], look, { flush: "sync" });
  return {
    round,
    stops,
    leftMs: computed(() => {
      void live.now.value;
      const current = round.value;
      return current?.kind === "running" || current?.kind === "byHand" ? current.until - monotonic() : null;
    }),
    toggle() {
      // Let go, it goes on at once: the key itself is no use of the wall.
      touchedAt.value = -Infinity;
      isPaused.value = !isPaused.value;
    },
    touch: () => (touchedAt.value = monotonic()),
  };
}
