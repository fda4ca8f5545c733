// The region's map: asked for until it is there or known to be absent, and whose it is.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { attributionOf, createRegionMap } from "../../dashboard/src/screens/region-map.ts";
import { createWords } from "../../dashboard/src/text/words.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the region's map", () => {
  it("is asked for again where it could not be read, but not where the plant has none", async () => {
    let asked = 0;
    let code: "NOT_FOUND" | null = null;
    const map = createRegionMap(
      {
        map: () => {
          asked += 1;
          return Promise.resolve({ ok: false, code } as const);
        },
      },
      () => 5,
    );
    await map.load();
    expect([map.failed.value, map.isAbsent.value]).toEqual([{ at: 5, tries: 1 }, false]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(map.failed.value).toEqual({ at: 5, tries: 2 });
    code = "NOT_FOUND";
    await vi.advanceTimersByTimeAsync(10_000);
    expect([asked, map.isAbsent.value]).toEqual([3, true]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(3);
  });

  it("names its owner in the language that is on", () => {
    expect(attributionOf({ attribution: { zh: "图", en: "Map" } }, createWords("en").of)).toBe("Map");
    expect(attributionOf({ attribution: "某局" }, createWords("en").of)).toBe("某局");
  });
});
