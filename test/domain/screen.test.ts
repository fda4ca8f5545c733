// How a screen is doing, by its signs.
import { describe, expect, it } from "vitest";
import { type ScreenSigns, stateOfScreen } from "../../server/domain/screen.ts";

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
  ["has come and has had no time to report", {}, 90_000, "up"],
  ["has come and never reports", {}, 90_001, "silent"],
  ["reports", { reportedAt: start + 50_000 }, 140_000, "up"],
  ["reports no more", { reportedAt: start + 50_000 }, 140_001, "silent"],
  ["has not come since the start", { isConnected: false }, 30_000, "up"],
  ["does not come", { isConnected: false }, 30_001, "silent"],
  ["was cut a moment ago", { isConnected: false, leftAt: start + 5000 }, 35_000, "up"],
  ["is gone", { isConnected: false, leftAt: start + 5000 }, 35_001, "silent"],
  ["speaks, its last frame just young enough", { reportedAt: start, frameAgeMs: 10_000 }, 0, "up"],
  ["speaks and paints no more", { reportedAt: start, frameAgeMs: 10_001 }, 0, "frozen"],
  ["hangs, says its watchdog", { hungAt: start }, 29_999, "frozen"],
  ["hung, and whose watchdog says nothing more", { hungAt: start }, 30_000, "up"],
  ["hung, and spoke in that very moment", { hungAt: start + 5, reportedAt: start + 5 }, 10, "up"],
  ["hangs and has lost its socket", { hungAt: start + 30_000, isConnected: false, leftAt: start }, 40_000, "frozen"],
  ["hung, and speaks again", { hungAt: start, reportedAt: start + 1 }, 10, "up"],
  ["hung, and its watchdog is gone too", { hungAt: start, isConnected: false, leftAt: start }, 30_001, "silent"],
];

describe("a screen", () => {
  it.each(rows)("that %s", (_what, signs, after, state) => {
    expect(stateOfScreen({ ...fresh, ...signs }, start + after)).toBe(state);
  });
});
