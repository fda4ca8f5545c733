// Values that their device calls ones of the past: stored, never judged as what is now, and found by judging in order.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Telemetry } from "../../../contract/sample.ts";
import { createMonitor, type Outcome } from "../../../server/monitor.ts";
import { emptyState } from "../../../server/monitor/state.ts";
import { createRecorder, toldBy } from "../../support/amending.ts";
import { condition, hour, limit, planOf, point, rule } from "../../support/plant.ts";
import { at, createRoom, reading, type Room } from "../../support/room.ts";
import { give, lead, streams, type Timed } from "../../support/streams.ts";

const plan = planOf([
  point("p", {
    rules: [
      rule("high", { red: limit(90) }),
      rule("high", { yellow: condition("sum", { windowMs: hour, setpoint: 200 }) }, { id: "sum" }),
    ],
    range: { sensor: [0, 100], operator: [0, 99] },
  }),
]);
const id = "s1/p~limit~high";

/** One value of the past in a message of its own. */
function past(room: Room, seconds: number, value: number | null, measured: number | null, rest = {}): void {
  const sourceAt = measured === null ? null : at(measured);
  room.message(seconds, [reading("p", value, sourceAt, { isHistorical: true, ...rest })]);
}

describe("a value of the past", () => {
  it("is stored and counted, shows that the link lives, and raises nothing, whether older or newer than what was judged", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    past(room, 20, 95, 15);
    past(room, 21, 96, -10);
    expect(room.alarm(id)).toBeUndefined();
    expect(room.monitor().latest(0)).toEqual([0, 10, 0, at(0), at(21)]);
    expect(room.state().points.get("s1/p")).toMatchObject({ judgedAt: at(0), value: 10 });
    expect(room.state().samples).toBe(1);
    expect(room.flags.slice(-2)).toEqual([[], []]);
    expect(room.faults()).toEqual({ SAMPLE_HISTORICAL: 2 });
    room.pass(45);
    expect(room.transitions()).toEqual([]);
    // The present goes on from where it was judged, as if nothing of the past had come.
    room.value(46, "p", 95, { measured: 12 });
    expect(room.alarm(id)).toMatchObject({ level: "red" });
  });

  it("does not lag beside a present value, and cannot hide that there is none", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    room.value(20, "p", 10);
    past(room, 21, 50, -3600);
    expect(room.transitions()).toEqual([]);
    past(room, 60, 50, 55);
    expect(room.transitions().map(({ why }) => why.code)).toHaveLength(1);
    expect(room.state().points.get("s1/p")?.loss).toBe("lagging");
    room.message(61, [
      reading("p", 50, at(56), { isHistorical: true }),
      reading("p", 10, at(61)),
      reading("p", 51, at(57), { isHistorical: true }),
    ]);
    expect(room.state().points.get("s1/p")).toMatchObject({ loss: null, judgedAt: at(61) });
  });

  it("says nothing of the clock that its device has now", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    for (let s = 10; s <= 400; s += 10) past(room, s, 50, -10_000 + s);
    for (let s = 401; s < 410; s += 1) past(room, s, 50, s + 100);
    expect(room.state().devices.get("s1/d1")).toMatchObject({ isUntrusted: false, behindSince: null, ahead: 0 });
    expect(room.faults()).toMatchObject({ SAMPLE_IN_FUTURE: 9 });
    expect(room.flags.at(-1)).toEqual([[0, 1, 50, 2, at(509)]]);
  });

  it("is known when it comes again, and set against another value for its time", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    past(room, 20, 50, 15);
    past(room, 21, 50, 15);
    expect(room.flags.at(-1)).toEqual([[0, 0, 0, 0, 0]]);
    past(room, 22, 51, 15);
    expect(room.flags.at(-1)).toEqual([]);
    past(room, 23, 10, 0);
    expect(room.faults()).toEqual({ SAMPLE_HISTORICAL: 1, SAMPLE_DUPLICATE: 2, SAMPLE_CONFLICT: 1 });
  });

  it("does not make what was judged be forgotten, however far ahead of it", () => {
    const room = createRoom(planOf([point("p", { silentAfterMs: 24 * hour })]));
    room.value(0, "p", 10);
    past(room, 30_000, 50, 29_000);
    past(room, 30_001, 50, 29_000);
    room.value(30_002, "p", 10, { measured: 0 });
    expect(room.faults()).toEqual({ SAMPLE_HISTORICAL: 2, SAMPLE_DUPLICATE: 1 });
  });

  it("is stored in the register's unit and by its range; none, without a time or of another unit it is not stored", () => {
    const room = createRoom(plan);
    past(room, 1, 5000, -5, { unit: "mm" });
    expect(room.flags.at(-1)).toEqual([[0, 1, 5, 0, at(-5)]]);
    past(room, 2, -1, -6);
    expect(room.flags.at(-1)).toEqual([[0, 1, -1, 4, at(-6)]]);
    past(room, 3, null, -7, { quality: "bad" });
    past(room, 4, 5, null);
    past(room, 5, 5, -8, { unit: "kg" });
    room.message(6, [reading("nobody", 1, at(1), { isHistorical: true })]);
    expect(room.flags.slice(-4)).toEqual(Array.from({ length: 4 }, () => [[0, 0, 0, 0, 0]]));
    expect(room.faults()).toEqual({
      SAMPLE_HISTORICAL: 2,
      SAMPLE_OUT_OF_RANGE: 1,
      SAMPLE_UNKNOWN_POINT: 1,
      UNIT_MISMATCH: 1,
    });
    // A sensor that had failed then has not failed now.
    expect(room.state().points.get("s1/p")?.quality).toBe("missing");
  });

  it("of a clock that is not trusted is stored, and judged by nobody: no one knows when it was", () => {
    const room = createRoom(plan);
    for (let s = 0; s < 5; s += 1) room.value(s, "p", 10, { measured: s + 100 });
    expect(room.state().devices.get("s1/d1")?.isUntrusted).toBe(true);
    past(room, 6, 95, -50);
    expect(room.state().late.has("s1/p")).toBe(false);
    const other = createRoom(plan);
    past(other, 6, 95, -50);
    expect(other.state().late.has("s1/p")).toBe(true);
  });
});

describe("judging in order", () => {
  const topic = "skyground/v1/s1/d1/telemetry";
  const send = (recorder: ReturnType<typeof createRecorder>, seconds: number, objects: readonly unknown[]): void =>
    recorder.say(seconds, { kind: "message", topic, payload: Buffer.from(JSON.stringify(objects)) });

  it("finds what the past tells, and the record comes to the same as if it had come in time", () => {
    const [live, buffered] = [createRecorder(plan), createRecorder(plan)];
    const values = [10, 95, 96, 20, 30, 40];
    for (const [nth, v] of values.entries()) {
      const ts = at(10 * nth);
      send(live, 10 * nth, [{ ts, values: { p: v } }]);
      const isKept = nth >= 1 && nth <= 3;
      if (!isKept) send(buffered, 10 * nth, [{ ts, values: { p: v } }]);
    }
    send(
      buffered,
      55,
      [1, 2, 3].map((nth) => ({ ts: at(10 * nth), values: { p: { v: values[nth], h: true } } })),
    );
    expect(toldBy(buffered.transitions())).toEqual([]);
    for (let seconds = 700; buffered.monitor().state().late.size > 0 && seconds < 100_000; seconds += 600)
      buffered.amend(seconds);
    expect(toldBy(live.transitions())).toHaveLength(3);
    expect(toldBy(buffered.transitions())).toEqual(toldBy(live.transitions()));
    expect(buffered.verify()).toMatchObject({ missing: 0, extra: 0 });
  });

  it("leaves out what a clock that was not trusted tells of the past", () => {
    const recorder = createRecorder(plan);
    for (let s = 0; s < 5; s += 1) send(recorder, s, [{ ts: at(s + 100), values: { p: 10 } }]);
    send(recorder, 6, [{ ts: at(-50), values: { p: { v: 95, h: true } } }]);
    for (let s = 7; s < 20; s += 1) send(recorder, s, [{ ts: at(s), values: { p: 10 } }]);
    // Something late makes it read the record.
    send(recorder, 20, [
      { ts: at(-60), values: { p: 11 } },
      { ts: at(20), values: { p: 10 } },
    ]);
    recorder.amend(1000);
    expect(toldBy(recorder.transitions())).toEqual([]);
  });
});

describe("for every stream of inputs", () => {
  /** By no sample of the stream itself: of one and the same time the first that comes counts. */
  function timesOf(given: readonly Timed[]): ReadonlySet<number> {
    return new Set(
      given.flatMap(({ at: now, said }) => [
        now,
        now + 1,
        ...(said.kind === "telemetry" ? said.message.readings.flatMap(({ sourceAt }) => sourceAt ?? []) : []),
        ...(said.kind === "command" && said.command.act === "reading" ? [said.command.request.measuredAt ?? now] : []),
      ]),
    );
  }

  /** The message with values of the past beside those that show that the links of their points live. */
  function withPast(message: Telemetry, nth: number, isTaken: (time: number) => boolean, now: number): Telemetry {
    const heard = message.readings.filter(({ value, sourceAt }) => value !== null && sourceAt !== null);
    const more = heard.flatMap(({ code }, place) => {
      const sourceAt = now - [2, 700, 9000, 65_000, 3_700_000, -40_000][(nth + place) % 6]!;
      const value = [96, 130, 2, 51, -20][(nth * 7 + place) % 5]!;
      return isTaken(sourceAt) ? [] : [reading(code, value, sourceAt, { isHistorical: true })];
    });
    const isFirst = nth % 2 === 0;
    return { ...message, readings: isFirst ? [...more, ...message.readings] : [...message.readings, ...more] };
  }

  it("values of the past in between change no judgement, no value shown, and nothing that is due", () => {
    let added = 0;
    fc.assert(
      fc.property(streams({ withPlans: true, withServer: true, withCourses: true }), (steps) => {
        const through: Outcome["changes"][] = [];
        const inputs: Timed[] = [];
        const without = createMonitor();
        lead(
          () => without,
          steps,
          (timed, judge) => {
            inputs.push(timed);
            through.push(judge().changes);
          },
        );
        const taken = timesOf(inputs);
        const withThem = createMonitor();
        const long = createMonitor(emptyState(), { isShortWayOpen: false });
        for (const [nth, timed] of inputs.entries()) {
          const { said } = timed;
          const isRidden = said.kind === "telemetry" && said.message.sequence === null;
          const message = isRidden ? withPast(said.message, nth, (time) => taken.has(time), timed.at) : null;
          const given = message === null ? timed : { at: timed.at, said: { kind: "telemetry", message } as const };
          if (message !== null && said.kind === "telemetry")
            added += message.readings.length - said.message.readings.length;
          expect(give(withThem, given).changes).toEqual(through[nth]);
          give(long, given);
        }
        expect(withThem.standing()).toEqual(without.standing());
        expect(withThem.state()).toEqual(long.state());
        const until = without.state().now + hour;
        expect(withThem.nextDue(until)).toBe(without.nextDue(until));
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 60), endOnFailure: true },
    );
    expect(added).toBeGreaterThan(100);
  }, 180_000);
});
