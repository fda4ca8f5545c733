// How much one may ask of the HTTP interface: so many times a minute and so many at once, whatever a clock does.
import { describe, expect, it } from "vitest";
import { createPlaces, createTurnstile } from "../../server/adapters/http/bounds.ts";

describe("a turnstile", () => {
  it("lets each one pass so many times in a minute, and again in the next", () => {
    let at = 1_790_000_000_000;
    const mayPass = createTurnstile(() => at, 2);
    expect(["a", "a", "a", "b"].map(mayPass)).toEqual([true, true, false, true]);
    at += 59_999;
    expect(mayPass("a")).toBe(false);
    at += 1;
    expect(mayPass("a")).toBe(true);
  });

  it("keeps nobody out for as long as a clock was set back", () => {
    let at = 1_790_000_000_000;
    const mayPass = createTurnstile(() => at, 1);
    expect([mayPass("a"), mayPass("a")]).toEqual([true, false]);
    at -= 86_400_000;
    expect([mayPass("a"), mayPass("a")]).toEqual([true, false]);
  });

  it("knows a thousand at once, and lets no stranger push them out", () => {
    const mayPass = createTurnstile(() => 0, 2);
    for (let nth = 0; nth < 1000; nth += 1) expect(mayPass(`token ${nth}`)).toBe(true);
    expect([mayPass("stranger"), mayPass("token 0")]).toEqual([false, true]);
  });
});

describe("places to wait in", () => {
  it("are so many in all, so many for one, and free again when one leaves", () => {
    const { take, leave } = createPlaces(3, 2);
    expect(["a", "a", "a", "b", "c"].map(take)).toEqual([true, true, false, true, false]);
    leave("a");
    expect(["c", "a"].map(take)).toEqual([true, false]);
    for (const who of ["a", "b", "c"]) leave(who);
    expect(["a", "a", "a"].map(take)).toEqual([true, true, false]);
  });
});
