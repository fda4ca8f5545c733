// How a screen is doing, by its signs.
import { describe, expect, it } from "vitest";
import {
  frozenAfterMs,
  goneAfterMs,
  hungForMs,
  type ScreenSigns,
  silentAfterMs,
  stateOfScreen,
} from "../../server/domain/screen.ts";

const start = 1_000_000;
const fresh: ScreenSigns = {
  watchedFrom: start,
  isConnected: true,
  leftAt: null,
  reportedAt: null,
  frameAgeMs: 0,
  hungAt: null,
};
const rows: readonly (readonly [what: string, signs: Partial<ScreenSigns>, after: number, state: string])[] = [
  ["has come and has had no time to report", {}, silentAfterMs, "up"],
  ["has come and never reports", {}, silentAfterMs + 1, "silent"],
  ["reports", { reportedAt: start + 50_000 }, 50_000 + silentAfterMs, "up"],
  ["reports no more", { reportedAt: start + 50_000 }, 50_001 + silentAfterMs, "silent"],
  ["has not come since the start", { isConnected: false }, goneAfterMs, "up"],
  ["does not come", { isConnected: false }, goneAfterMs + 1, "silent"],
  ["was cut a moment ago", { isConnected: false, leftAt: start + 5000 }, 5000 + goneAfterMs, "up"],
  ["is gone", { isConnected: false, leftAt: start + 5000 }, 5001 + goneAfterMs, "silent"],
  ["speaks, its last frame just young enough", { reportedAt: start, frameAgeMs: frozenAfterMs }, 0, "up"],
  ["speaks and paints no more", { reportedAt: start, frameAgeMs: frozenAfterMs + 1 }, 0, "frozen"],
  ["hangs, says its watchdog", { hungAt: start }, hungForMs - 1, "frozen"],
  ["hangs and has lost its socket", { hungAt: start + 30_000, isConnected: false, leftAt: start }, 40_000, "frozen"],
  ["hung, and speaks again", { hungAt: start, reportedAt: start + 1 }, 10, "up"],
  ["hung, and its watchdog is gone too", { hungAt: start, isConnected: false, leftAt: start }, hungForMs + 1, "silent"],
];

describe("a screen", () => {
  it.each(rows)("that %s", (_what, signs, after, state) => {
    expect(stateOfScreen({ ...fresh, ...signs }, start + after)).toBe(state);
  });
});
