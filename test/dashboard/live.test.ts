// The live state: snapshot and changes, values and their freshness, commands, and trends.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AlarmView, Transition } from "../../contract/alarm.ts";
import type { History, ValueTuple } from "../../contract/wall.ts";
import { freshnessOf, learned, sampled } from "../../dashboard/src/latest.ts";
import { createLink } from "../../dashboard/src/link.ts";
import { createLive, type Live } from "../../dashboard/src/live.ts";
import { figureOf, noteOf } from "../../dashboard/src/parts/value-text.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { alarmOf, answer, connect, createHandSocket, planOf, pointOf, snapshotOf, type HandSocket } from "./support.ts";

let hand: HandSocket;
let live: Live;
let repaints: (() => void)[];
let asked: [string, number, number, number][];
let history: History | null;

function repaint(): void {
  for (const run of repaints.splice(0)) run();
}
function transitionOf(alarm: AlarmView, code: Transition["why"]["code"] = "limitViolated"): Transition {
  const actor = { kind: code === "acknowledged" ? "person" : "rule", id: "x", tier: null };
  return { alarm: alarm.id, recordedAt: 77, why: { code, values: {} }, actor } as unknown as Transition;
}
function change(after: number, alarm: AlarmView, code?: Transition["why"]["code"]): void {
  const item = { type: "alarm", seq: after + 1, alarm, transition: transitionOf(alarm, code) };
  hand.hear("changes", { after, upTo: after + 1, items: [item] });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
  vi.setSystemTime(1_000_000);
  hand = createHandSocket();
  repaints = [];
  asked = [];
  history = null;
  live = createLive({
    link: createLink({ socket: hand.socket, now: () => Date.now(), monotonic: () => performance.now() }),
    now: () => Date.now(),
    history: (...query) => {
      asked.push(query);
      return Promise.resolve(history);
    },
    beforeRepaint: (run) => void repaints.push(run),
  });
  live.start();
  connect(hand);
});
afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

describe("snapshot and changes", () => {
  it("holds the open alarms of the snapshot and what changes make of them", () => {
    const first = alarmOf("a/P1", "red");
    hand.hear("snapshot", snapshotOf(1, { alarms: [first, alarmOf("b/P1", "blue", { state: "normal" })] }));
    expect([...live.alarms.value.keys()]).toEqual([first.id]);
    change(1, { ...first, level: "orange" });
    change(2, alarmOf("b/P1", "yellow"));
    expect(live.alarms.value.get(first.id)?.level).toBe("orange");
    expect(live.alarms.value.size).toBe(2);
    change(3, { ...first, state: "normal", level: null });
    expect([...live.alarms.value.keys()]).toEqual(["b/P1~high"]);
  });

  it("ends in the same state by a snapshot as by the changes before it", () => {
    const alarms = [alarmOf("a/P1", "red"), alarmOf("b/P1", "blue")];
    hand.hear("snapshot", snapshotOf(1));
    alarms.forEach((alarm, place) => change(1 + place, alarm));
    const byChanges = new Map(live.alarms.value);
    hand.hear("snapshot", snapshotOf(3, { alarms }));
    expect(live.alarms.value).toEqual(byChanges);
  });

  it("repaints once for many changes, and tells of alarms at once", () => {
    let heard = 0;
    live.onAlarms(() => (heard += 1));
    hand.hear("snapshot", snapshotOf(1));
    repaint();
    change(1, alarmOf("a/P1", "red"));
    change(2, alarmOf("b/P1", "red"));
    expect(heard).toBe(3);
    expect(repaints).toHaveLength(1);
  });

  it("shows nothing of a server with another protocol, and says so", () => {
    hand.hear("snapshot", { ...snapshotOf(1, { alarms: [alarmOf("a/P1", "red")] }), protocol: 99 });
    expect(live.mustReload.value).toBe(true);
    expect(live.alarms.value.size).toBe(0);
    hand.hear("snapshot", snapshotOf(1));
    expect(live.mustReload.value).toBe(false);
  });
});

describe("values", () => {
  const value = (place: number, number: number, at = Date.now()): ValueTuple => [place, number, 0, at, at];

  it("repaint at most twice a second, however fast the frames come", () => {
    hand.hear("snapshot", snapshotOf(1));
    repaint();
    const before = live.valueTick.value;
    for (let frame = 0; frame < 20; frame += 1) {
      hand.hear("frame", { at: Date.now(), values: [value(0, frame)], folded: 0 });
      repaint();
      vi.advanceTimersByTime(100);
      repaint();
    }
    expect(live.valueTick.value - before).toBeGreaterThanOrEqual(3);
    expect(live.valueTick.value - before).toBeLessThanOrEqual(5);
    expect(live.latest("a/P1").latest?.value).toBe(19);
  });

  it("go stale one by one by their own age", () => {
    hand.hear("snapshot", snapshotOf(1, { values: [value(0, 1), value(1, 2, Date.now() - 40_000)] }));
    expect(live.latest("a/P1").freshness).toBe("live");
    expect(live.latest("b/P1").freshness).toBe("stale");
    vi.advanceTimersByTime(31_000);
    expect(live.latest("a/P1").freshness).toBe("stale");
  });

  it("are judged by how often their point speaks now, once its device has acknowledged that", () => {
    const sampling = { storm: { everyMs: 1000, silentAfterMs: 3000, silence: {} } };
    const point = pointOf("a/P1", { sampling });
    const status = { profile: "storm", since: 1, order: 1, waiting: [] as string[] } as const;
    expect(sampled(point, undefined)).toBe(point);
    expect(sampled(point, { ...status, waiting: [point.device] })).toBe(point);
    expect(sampled(point, { ...status, profile: "normal" })).toBe(point);
    expect(sampled(point, status).silentAfterMs).toBe(3000);
  });

  it("are judged by how their point usually speaks, where the server has learned that, in a storm as well", () => {
    const sampling = { storm: { everyMs: 1000, silentAfterMs: 3000, silence: {} } };
    const point = pointOf("a/P1", { sampling });
    const device = { id: point.device, state: "online", since: 1 } as const;
    const status = { profile: "storm", since: 1, order: 1, waiting: [] } as const;
    expect(learned(point, undefined)).toBe(point);
    expect(learned(point, { ...device, silentAfterMs: { "a/P2": 1 } })).toBe(point);
    const slow = learned(point, { ...device, silentAfterMs: { "a/P1": 300_000 } });
    expect([slow.silentAfterMs, sampled(slow, status).silentAfterMs]).toEqual([300_000, 3000]);
    const quick = learned(point, { ...device, silentAfterMs: { "a/P1": 2000 } });
    expect(sampled(quick, status).silentAfterMs).toBe(2000);
    const long = Date.now() - 40_000;
    hand.hear("snapshot", snapshotOf(1, { values: [value(0, 1, long)] }));
    expect(live.latest("a/P1").freshness).toBe("stale");
    const told = { id: pointOf("a/P1").device, state: "online", since: 1, silentAfterMs: { "a/P1": 60_000 } } as const;
    hand.hear("changes", { after: 1, upTo: 2, items: [{ type: "device", seq: 2, device: told }] });
    expect(live.latest("a/P1").freshness).toBe("live");
  });

  it("of a point that reports by exception are as fresh as its device", () => {
    const point = pointOf("a/P1", { report: "onChange" });
    const old = { value: 1, quality: "good", sourceAt: 0, receivedAt: 1 } as const;
    expect(freshnessOf(point, old, "online", 9_000_000)).toBe("live");
    expect(freshnessOf(point, old, "offline", 9_000_000)).toBe("offline");
  });

  it("do not look live while the broker is down, whatever their age", () => {
    const latest = { value: 1, quality: "good", sourceAt: 100, receivedAt: 100 } as const;
    expect(freshnessOf(pointOf("a/P1"), latest, "online", 100, true)).toBe("unverified");
    expect(freshnessOf(pointOf("a/P1", { report: "onChange" }), latest, "online", 100, true)).toBe("unverified");
    expect(freshnessOf(pointOf("a/P1"), latest, "online", 40_000, true)).toBe("stale");
  });

  it("of a device that said goodbye are offline since then, with the last value known", () => {
    const point = pointOf("a/P1", { report: "onChange" });
    hand.hear(
      "snapshot",
      snapshotOf(1, {
        plan: planOf([point]),
        values: [value(0, 1)],
        devices: [{ id: "a/box", state: "offline", since: 900_000 }],
      }),
    );
    const shown = live.latest("a/P1");
    expect(figureOf(point, shown.latest, shown.freshness)).toBe("1.00");
    expect(noteOf(createWords("en"), shown, Date.now())).toBe("offline since 08:15:00");
  });

  it("that are suspect say why, where the server does", () => {
    const words = createWords("zh");
    hand.hear("snapshot", snapshotOf(1, { values: [[0, 3, 2, 100, 100, 0b1010]] }));
    const { latest } = live.latest("a/P1");
    expect(latest).toMatchObject({ value: 3, quality: "suspect", reasons: 0b1010 });
    expect(noteOf(words, { latest, freshness: "live", offlineSince: null }, 100)).toBe("可疑（超量程、疑似跳变）");
    const bare = { value: 3, quality: "suspect", sourceAt: 100, receivedAt: 100 } as const;
    expect(noteOf(words, { latest: bare, freshness: "live", offlineSince: null }, 100)).toBe("可疑");
    expect(noteOf(createWords("en"), { latest, freshness: "live", offlineSince: null }, 100)).toBe(
      "suspect (beyond the sensor's range, perhaps a spike)",
    );
  });

  it("beyond the sensor's range say on which side", () => {
    const point = pointOf("a/P1", { range: { sensor: [0, 100], operator: [0, 90] } });
    const at = (reading: number) => ({ value: reading, quality: "saturated", sourceAt: 1, receivedAt: 1 }) as const;
    expect([100, 101, 0, -1].map((reading) => figureOf(point, at(reading), "live"))).toEqual([
      ">100.00",
      ">101.00",
      "<0.00",
      "<\u22121.00",
    ]);
  });

  it("that are bad or missing are never shown as numbers that live", () => {
    const point = pointOf("a/P1");
    const now = { sourceAt: 100, receivedAt: 100 };
    expect(freshnessOf(point, { value: 3, quality: "bad", ...now }, "online", 100)).toBe("bad");
    expect(freshnessOf(point, { value: null, quality: "missing", ...now }, "online", 100)).toBe("bad");
    expect(freshnessOf(point, null, "unheard", 100)).toBe("offline");
  });
});

describe("commands", () => {
  const seen = alarmOf("a/P1", "red", { revision: 3 });

  it("name the revision that was seen, and turn the row to sending, not to acknowledged", () => {
    hand.hear("snapshot", snapshotOf(1, { alarms: [seen] }));
    void live.commands.acknowledge(seen);
    expect(hand.sent.at(-1)?.values[0]).toMatchObject({ alarm: seen.id, occurrence: 1, revision: 3 });
    expect(live.commands.views.value.get(seen.id)?.state).toBe("sending");
    expect(live.alarms.value.get(seen.id)?.state).toBe("unacknowledged");
  });

  it("are sent once, however often the key is pressed", () => {
    void live.commands.acknowledge(seen);
    void live.commands.acknowledge(seen);
    expect(hand.sent.filter(({ event }) => event === "acknowledge")).toHaveLength(1);
  });

  it("say what the alarm is now when it has changed", async () => {
    const sending = live.commands.acknowledge(seen);
    answer(hand, "acknowledge", null, { ok: false, code: "ALARM_CHANGED", alarm: { ...seen, revision: 4 } });
    await sending;
    expect(live.commands.views.value.get(seen.id)).toMatchObject({
      state: "refused",
      code: "ALARM_CHANGED",
      alarm: { revision: 4 },
    });
  });

  it("stay unconfirmed until the stream tells the truth", async () => {
    hand.hear("snapshot", snapshotOf(1, { alarms: [seen] }));
    const sending = live.commands.acknowledge(seen);
    answer(hand, "acknowledge", new Error("timeout"), undefined);
    await sending;
    expect(live.commands.views.value.get(seen.id)?.state).toBe("unconfirmed");
    change(1, { ...seen, state: "acknowledged" }, "acknowledged");
    expect(live.commands.views.value.has(seen.id)).toBe(false);
  });

  it("say that they were not sent where there is no link", async () => {
    hand.isConnected = false;
    await live.commands.acknowledge(seen);
    expect(live.commands.views.value.get(seen.id)?.state).toBe("unsent");
  });
});

describe("trends", () => {
  const bucket = (at: number, number: number): History["buckets"][number] => ({
    at,
    min: number,
    max: number,
    mean: number,
    last: number,
    count: 1,
    quality: "good",
  });

  it("are filled from history, then live, and leave out what is bad", async () => {
    hand.hear("snapshot", snapshotOf(1));
    history = {
      point: "a/P1",
      bucketMs: 1000,
      buckets: [bucket(990_000, 5), { ...bucket(991_000, 99), quality: "bad" }],
    };
    const trend = live.openTrend("a/P1", 60_000, 60);
    await vi.waitFor(() => expect(trend.ring.buckets()).toHaveLength(1));
    hand.hear("frame", {
      at: 0,
      values: [
        [0, 7, 0, 999_000, 999_100],
        [0, 3, 4, 999_500, 999_600],
      ],
      folded: 0,
    });
    expect(trend.ring.buckets().map(({ last }) => last)).toEqual([5, 7]);
    expect(asked[0]).toEqual(["a/P1", 940_000, 1_000_000, 60]);
  });

  it("draw what is known although there is no history", () => {
    hand.hear("snapshot", snapshotOf(1, { values: [[0, 7, 0, 999_000, 999_100]] }));
    expect(live.openTrend("a/P1", 60_000, 60).ring.newest()).toEqual({ at: 999_000, value: 7 });
  });

  it("try the history again when it could not be read", async () => {
    hand.hear("snapshot", snapshotOf(1));
    const trend = live.openTrend("a/P1", 60_000, 60);
    await vi.waitFor(() => expect(trend.failed.value?.tries).toBe(1));
    const before = asked.length;
    vi.advanceTimersByTime(11_000);
    expect(asked.length).toBe(before + 1);
  });
});
