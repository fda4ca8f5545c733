// The link: order, gaps, silence, and commands that fail at once.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Changes, Snapshot } from "../../contract/wall.ts";
import { createLink, stateOfSilence, type Link } from "../../dashboard/src/link.ts";
import { answer, connect, createHandSocket, snapshotOf, type HandSocket } from "./support.ts";

let hand: HandSocket;
let link: Link;
let applied: Changes[];
let snapshots: Snapshot[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  vi.setSystemTime(1_000_000);
  hand = createHandSocket();
  applied = [];
  snapshots = [];
  link = createLink({ socket: hand.socket, now: () => Date.now(), monotonic: () => performance.now() });
  link.start({
    snapshot: (snapshot) => void snapshots.push(snapshot),
    changes: (changes) => void applied.push(changes),
    frame: () => {},
    beat: () => {},
    moved: () => {},
  });
  connect(hand);
});
afterEach(() => {
  link.stop();
  vi.useRealTimers();
});

const changes = (after: number, upTo: number): Changes => ({ after, upTo, items: [] });
const beat = (seq: number): void => hand.hear("beat", { at: Date.now(), seq, oldest: null, samplesPerSecond: 0 });
const asked = (event: string): number => hand.sent.filter((sent) => sent.event === event).length;

describe("the order of changes", () => {
  it("watches every point as soon as it is connected", () => {
    expect(hand.sent.find(({ event }) => event === "watch")?.values[0]).toEqual({ points: "all" });
  });

  it("passes on changes that follow the snapshot and one another", () => {
    hand.hear("snapshot", snapshotOf(5));
    hand.hear("changes", changes(5, 7));
    hand.hear("changes", changes(7, 8));
    expect(applied.map(({ upTo }) => upTo)).toEqual([7, 8]);
    expect(asked("resync")).toBe(0);
  });

  it("asks for a snapshot when changes are missing, and applies nothing before it has come", () => {
    hand.hear("snapshot", snapshotOf(5));
    hand.hear("changes", changes(7, 8));
    hand.hear("changes", changes(8, 9));
    expect(applied).toEqual([]);
    expect(asked("resync")).toBe(1);
    expect(link.view().gaps).toBe(1);
    hand.hear("snapshot", snapshotOf(9));
    hand.hear("changes", changes(9, 10));
    expect(applied.map(({ upTo }) => upTo)).toEqual([10]);
  });

  it("drops changes that the snapshot already holds, without asking again", () => {
    hand.hear("snapshot", snapshotOf(9));
    hand.hear("changes", changes(7, 9));
    expect(applied).toEqual([]);
    expect(asked("resync")).toBe(0);
  });

  it("finds in silence that it missed something: a beat is ahead for a second", () => {
    hand.hear("snapshot", snapshotOf(5));
    beat(6);
    vi.advanceTimersByTime(900);
    expect(asked("resync")).toBe(0);
    vi.advanceTimersByTime(200);
    expect(asked("resync")).toBe(1);
  });

  it("does not ask when the changes come within the second", () => {
    hand.hear("snapshot", snapshotOf(5));
    beat(6);
    hand.hear("changes", changes(5, 6));
    vi.advanceTimersByTime(5000);
    expect(asked("resync")).toBe(0);
  });

  it("asks again at a bounded rate while the snapshot does not come", () => {
    hand.hear("snapshot", snapshotOf(5));
    for (let second = 0; second < 10; second += 1) {
      beat(9);
      vi.advanceTimersByTime(1000);
    }
    expect(asked("resync")).toBeGreaterThan(1);
    expect(asked("resync")).toBeLessThanOrEqual(5);
  });
});

describe("the state of the link", () => {
  it("is live below 3 s, delayed up to 10 s, and disconnected above", () => {
    expect(stateOfSilence(2999, true)).toBe("live");
    expect(stateOfSilence(3000, true)).toBe("delayed");
    expect(stateOfSilence(10_000, true)).toBe("delayed");
    expect(stateOfSilence(10_001, true)).toBe("disconnected");
    expect(stateOfSilence(100, false)).toBe("connecting");
  });

  it("follows the beats, and recovers with the next one", () => {
    beat(1);
    expect(link.view().state).toBe("live");
    vi.advanceTimersByTime(4000);
    expect(link.view()).toMatchObject({ state: "delayed", silentMs: 4000 });
    vi.advanceTimersByTime(6500);
    expect(link.view().state).toBe("disconnected");
    beat(1);
    expect(link.view().state).toBe("live");
  });

  it("does not call old data live when this computer's clock is set back", () => {
    beat(1);
    vi.advanceTimersByTime(20_000);
    vi.setSystemTime(0);
    expect(link.view().state).toBe("disconnected");
  });

  it("makes a half-open socket anew", () => {
    beat(1);
    const before = hand.connects;
    vi.advanceTimersByTime(16_000);
    link.tick();
    expect(hand.connects).toBe(before + 1);
  });

  it("wants a login where the server says so, and no longer once it is let in", () => {
    hand.hear("connect_error", new Error("NOT_LOGGED_IN"));
    expect(link.view().isLoginWanted).toBe(true);
    connect(hand);
    expect(link.view().isLoginWanted).toBe(false);
  });

  it("measures the clock by half of the way there and back", () => {
    vi.advanceTimersByTime(200);
    answer(hand, "time", null, 1_000_100 + 5000);
    expect(link.view().offsetMs).toBe(5000);
  });

  it("follows the clock of an exercise by what is told, goes on at its speed without, and forgets it with the exercise", () => {
    const serverNow = (): number => Date.now() + (link.view().offsetMs ?? 0);
    hand.hear("snapshot", snapshotOf(1, { at: 9_000_000, clockSpeed: 60 }));
    expect(serverNow()).toBe(9_000_000);
    // Within the second until the next beat it is not guessed ahead of the values that came with it.
    vi.advanceTimersByTime(250);
    expect(serverNow()).toBe(9_000_000);
    hand.hear("frame", { at: 9_015_000, values: [], folded: 0 });
    expect(serverNow()).toBe(9_015_000);
    hand.hear("beat", { at: 9_050_000, seq: 1, oldest: null, samplesPerSecond: 0 });
    vi.advanceTimersByTime(1500);
    expect(serverNow()).toBe(9_080_000);
    expect(link.view().silentMs).toBe(1500);
    // It went more slowly than it was meant to: what is told wins.
    hand.hear("beat", { at: 9_060_000, seq: 1, oldest: null, samplesPerSecond: 0 });
    expect(serverNow()).toBe(9_060_000);
    hand.hear("snapshot", snapshotOf(1));
    expect(link.view().offsetMs).toBe(0);
  });
});

describe("commands", () => {
  const request = { commandId: "12345678", alarm: "a", occurrence: 1, revision: 1 };

  it("fail at once without a socket, and are never sent later", async () => {
    hand.isConnected = false;
    expect(await link.send("acknowledge", request)).toEqual({ kind: "unsent" });
    connect(hand);
    expect(asked("acknowledge")).toBe(0);
  });

  it("end with the server's reply", async () => {
    const outcome = link.send("acknowledge", request);
    answer(hand, "acknowledge", null, { ok: true, seq: 3 });
    expect(await outcome).toEqual({ kind: "reply", reply: { ok: true, seq: 3 } });
  });

  it("are unconfirmed when no answer came in time", async () => {
    const outcome = link.send("acknowledge", request);
    answer(hand, "acknowledge", new Error("operation has timed out"));
    expect(await outcome).toEqual({ kind: "unconfirmed" });
  });
});
