// Which screen of a room sounds: one that can, the first that came; another at once when it goes.
import { beforeEach, describe, expect, it } from "vitest";
import { createVoiceLease, type Claim, type VoiceLease } from "../../server/adapters/gateway/voice-lease.ts";

let told: [screen: string, isVoice: boolean][];
let lease: VoiceLease;
const claimOf = (by: string, part: Partial<Claim> = {}): Claim => ({ group: "room", isAble: true, by, ...part });

beforeEach(() => {
  told = [];
  lease = createVoiceLease((screen, { isVoice }) => void told.push([screen, isVoice]));
});

describe("the voice of a room", () => {
  it("is the first screen that can sound, and the others hear whose that is", () => {
    expect(lease.claim("a", claimOf("A"), 0)).toEqual({ isVoice: true, by: null });
    expect(lease.claim("b", claimOf("B"), 1)).toEqual({ isVoice: false, by: "A" });
    expect(lease.claim("a", claimOf("A"), 2)).toEqual({ isVoice: true, by: null });
    expect(told).toEqual([]);
  });

  it("passes at once when its screen goes, to the one that came next", () => {
    for (const screen of ["a", "b", "c"]) lease.claim(screen, claimOf(screen), 0);
    lease.leave("a");
    expect(told).toEqual([["b", true]]);
    expect(lease.claim("c", claimOf("c"), 1)).toEqual({ isVoice: false, by: "b" });
  });

  it("passes when its screen can sound no more, and stays where it passed to", () => {
    lease.claim("a", claimOf("A"), 0);
    lease.claim("b", claimOf("B"), 0);
    expect(lease.claim("a", claimOf("A", { isAble: false }), 1)).toEqual({ isVoice: false, by: "B" });
    expect(told).toEqual([["b", true]]);
    expect(lease.claim("a", claimOf("A"), 2)).toEqual({ isVoice: false, by: "B" });
  });

  it("passes 30 s after its screen was last heard", () => {
    lease.claim("a", claimOf("A"), 0);
    lease.claim("b", claimOf("B"), 20_000);
    lease.sweep(29_999);
    expect(told).toEqual([]);
    lease.sweep(30_000);
    expect(told).toEqual([["b", true]]);
  });

  it("is never a screen that the browser keeps quiet, and nobody is quiet for one", () => {
    lease.claim("a", claimOf("A", { isAble: false }), 0);
    expect(lease.claim("b", claimOf("B"), 0)).toEqual({ isVoice: true, by: null });
    lease.leave("b");
    expect(lease.claim("a", claimOf("A", { isAble: false }), 1)).toEqual({ isVoice: true, by: null });
    expect(told).toEqual([]);
  });

  it("is one in each group, and a screen that moves leaves its former one to the next", () => {
    lease.claim("a", claimOf("A"), 0);
    lease.claim("b", claimOf("B"), 0);
    expect(lease.claim("c", claimOf("C", { group: "other" }), 0)).toEqual({ isVoice: true, by: null });
    expect(lease.claim("a", claimOf("A", { group: "other" }), 1)).toEqual({ isVoice: false, by: "C" });
    expect(told).toEqual([["b", true]]);
  });

  it("stays with nobody at a clock that was set back: whoever asks next has it", () => {
    lease.claim("a", claimOf("A"), 3_600_000);
    expect(lease.claim("b", claimOf("B"), 0)).toEqual({ isVoice: true, by: null });
  });

  it("is indifferent to a screen that goes without having asked", () => {
    lease.leave("z");
    expect(told).toEqual([]);
  });
});
