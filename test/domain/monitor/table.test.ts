// Every alarm state × every input, with what must stand after it, so that a hole shows (semantics §3).
import { describe, expect, it } from "vitest";
import { alarmStates, type AlarmState } from "../../../contract/alarm.ts";
import type { Tier } from "../../../contract/plant.ts";
import type { Reply } from "../../../contract/wall.ts";
import { limit, planOf, point, rule } from "../../support/plant.ts";
import { createRoom, type Room } from "../../support/room.ts";

const id = "s1/p~limit~high";
const rungs = { blue: limit(50), yellow: limit(70), red: limit(90) };
const planOfKind = (latch: boolean) =>
  planOf([point("p", { rules: [rule("high", rungs, { latch })], silence: { yellow: 60_000 } })]);

/** A room whose alarm is in the state: on at yellow (second 1), answered (2, 3), returned (4). */
const rooms: Readonly<Record<AlarmState, () => Room>> = {
  normal: () => lead(false, ["on", "answer", "return"]),
  unacknowledged: () => lead(false, ["on"]),
  acknowledged: () => lead(false, ["on", "answer"]),
  returnedUnacknowledged: () => lead(false, ["on", "return"]),
  latchedUnacknowledged: () => lead(true, ["on", "return"]),
  latchedAcknowledged: () => lead(true, ["on", "answer", "return"]),
};

function lead(latch: boolean, steps: readonly ("on" | "answer" | "return")[]): Room {
  const room = createRoom(planOfKind(latch));
  room.value(0, "p", 10);
  if (steps.includes("on")) room.value(1, "p", 75);
  if (steps.includes("answer")) {
    room.acknowledge(2, "enterprise", id);
    room.acknowledge(3, "county", id);
  }
  if (steps.includes("return")) room.value(4, "p", 10);
  return room;
}

const acknowledged =
  (tier: Tier, older = 0) =>
  (room: Room) =>
    room.acknowledge(5, tier, id, { revision: (room.alarm(id)?.revision ?? 0) - older });

const inputs = {
  "the same level": (room) => void room.value(5, "p", 75),
  "a higher level": (room) => void room.value(5, "p", 95),
  "a lower level": (room) => void room.value(5, "p", 55),
  "a good return": (room) => void room.value(5, "p", 10),
  "a suspect value that does not violate": (room) => void room.value(5, "p", 10, { quality: "suspect" }),
  "a suspect value that violates": (room) => void room.value(5, "p", 75, { quality: "suspect" }),
  "a bad value": (room) => void room.value(5, "p", 10, { quality: "bad" }),
  "a missing value": (room) => void room.value(5, "p", null),
  "a late value": (room) => void room.value(5, "p", 10, { measured: 0.5 }),
  "a repeated value": (room) => void room.value(5, "p", 10, { measured: 0 }),
  "an answer of a tier that owes": acknowledged("enterprise"),
  "an answer of a tier that does not": acknowledged("city"),
  "an answer to an older revision": acknowledged("enterprise", 1),
  "a reset": (room) => room.reset(5, id),
  "a quarter of an hour": (room) => room.pass(901),
  "eight hours": (room) => room.pass(28_803),
  "the point's silence": (room) => room.pass(40),
  "the device's last will": (room) => void room.link(5, false),
  "the broker's loss": (room) => void room.neighbour(5, "broker", "down"),
  "a restart": (room) => {
    room.restart();
    room.neighbour(5, "server", "up");
  },
} as const satisfies Record<string, (room: Room) => Reply | void>;
type Given = keyof typeof inputs;

/** State, level on, revision, and who owes what; or the refusal, which changes nothing. */
const table: Readonly<Record<AlarmState, Readonly<Record<Given, string>>>> = {
  normal: {
    "the same level": "unacknowledged yellow #2.1 enterprise:yellow county:yellow",
    "a higher level": "unacknowledged red #2.1 enterprise:red township:red county:red city:red",
    "a lower level": "unacknowledged blue #2.1 enterprise:blue",
    "a good return": "normal - #1.1",
    "a suspect value that does not violate": "normal - #1.1",
    "a suspect value that violates": "unacknowledged yellow #2.1 enterprise:yellow county:yellow",
    "a bad value": "normal - #1.1",
    "a missing value": "normal - #1.1",
    "a late value": "normal - #1.1",
    "a repeated value": "normal - #1.1",
    "an answer of a tier that owes": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_CHANGED",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "normal - #1.1",
    "eight hours": "normal - #1.1",
    "the point's silence": "normal - #1.1",
    "the device's last will": "normal - #1.1",
    "the broker's loss": "normal - #1.1",
    "a restart": "normal - #1.1",
  },
  unacknowledged: {
    "the same level": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "unacknowledged blue #1.1 enterprise:yellow county:yellow",
    "a good return": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a suspect value that does not violate": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "a suspect value that violates": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "a bad value": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "a missing value": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "a late value": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "a repeated value": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "an answer of a tier that owes": "unacknowledged yellow #1.1 county:yellow",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_CHANGED",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "eight hours": "unacknowledged yellow #1.33 enterprise:yellow county:yellow",
    "the point's silence": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "the device's last will": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "the broker's loss": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
    "a restart": "unacknowledged yellow #1.1 enterprise:yellow county:yellow",
  },
  acknowledged: {
    "the same level": "acknowledged yellow #1.1",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "acknowledged blue #1.1",
    "a good return": "normal - #1.1",
    "a suspect value that does not violate": "acknowledged yellow #1.1",
    "a suspect value that violates": "acknowledged yellow #1.1",
    "a bad value": "acknowledged yellow #1.1",
    "a missing value": "acknowledged yellow #1.1",
    "a late value": "acknowledged yellow #1.1",
    "a repeated value": "acknowledged yellow #1.1",
    "an answer of a tier that owes": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_CHANGED",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "acknowledged yellow #1.1",
    "eight hours": "unacknowledged yellow #1.3 enterprise:yellow county:yellow",
    "the point's silence": "acknowledged yellow #1.1",
    "the device's last will": "acknowledged yellow #1.1",
    "the broker's loss": "acknowledged yellow #1.1",
    "a restart": "acknowledged yellow #1.1",
  },
  returnedUnacknowledged: {
    "the same level": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "unacknowledged blue #1.2 enterprise:yellow county:yellow",
    "a good return": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a suspect value that does not violate": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a suspect value that violates": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a bad value": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a missing value": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a late value": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a repeated value": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "an answer of a tier that owes": "returnedUnacknowledged - #1.1 county:yellow",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_CHANGED",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "returnedUnacknowledged - #1.2 enterprise:yellow county:yellow",
    "eight hours": "returnedUnacknowledged - #1.33 enterprise:yellow county:yellow",
    "the point's silence": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "the device's last will": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "the broker's loss": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a restart": "returnedUnacknowledged - #1.1 enterprise:yellow county:yellow",
  },
  latchedUnacknowledged: {
    "the same level": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "unacknowledged blue #1.2 enterprise:yellow county:yellow",
    "a good return": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a suspect value that does not violate": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a suspect value that violates": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a bad value": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a missing value": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a late value": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a repeated value": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "an answer of a tier that owes": "latchedUnacknowledged - #1.1 county:yellow",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_CHANGED",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "latchedUnacknowledged - #1.2 enterprise:yellow county:yellow",
    "eight hours": "latchedUnacknowledged - #1.33 enterprise:yellow county:yellow",
    "the point's silence": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "the device's last will": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "the broker's loss": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
    "a restart": "latchedUnacknowledged - #1.1 enterprise:yellow county:yellow",
  },
  latchedAcknowledged: {
    "the same level": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "unacknowledged blue #1.2 enterprise:blue",
    "a good return": "latchedAcknowledged - #1.1",
    "a suspect value that does not violate": "latchedAcknowledged - #1.1",
    "a suspect value that violates": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a bad value": "latchedAcknowledged - #1.1",
    "a missing value": "latchedAcknowledged - #1.1",
    "a late value": "latchedAcknowledged - #1.1",
    "a repeated value": "latchedAcknowledged - #1.1",
    "an answer of a tier that owes": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_CHANGED",
    "a reset": "normal - #1.1",
    "a quarter of an hour": "latchedAcknowledged - #1.1",
    "eight hours": "latchedAcknowledged - #1.1",
    "the point's silence": "latchedAcknowledged - #1.1",
    "the device's last will": "latchedAcknowledged - #1.1",
    "the broker's loss": "latchedAcknowledged - #1.1",
    "a restart": "latchedAcknowledged - #1.1",
  },
};

function after(state: AlarmState, input: Given): string {
  const room = rooms[state]();
  const was = room.alarm(id);
  expect(was?.state).toBe(state);
  const reply = inputs[input](room);
  const view = room.alarm(id);
  if (reply?.ok === false) {
    expect(view).toEqual(was);
    return reply.code;
  }
  return told(room);
}

function told(room: Room): string {
  const view = room.alarm(id);
  const owed = (view?.tiers ?? []).flatMap(({ tier, owedLevel }) =>
    owedLevel === null ? [] : [`${tier}:${owedLevel}`],
  );
  const marks = (view?.marks ?? []).map(({ kind }) => kind);
  return [view?.state, view?.level ?? "-", `#${view?.occurrence}.${view?.revision}`, ...owed, ...marks].join(" ");
}

/** What only a mark has. */
const ofMarks = {
  "its end by hand": (room) => room.act(5, "unshelve", { alarm: id, occurrence: room.alarm(id)?.occurrence ?? 0 }),
  "its end by time": (room) => room.pass(3605),
  "a hand-over": (room) => room.act(5, "handover", { tier: "enterprise" }),
  "a silence": (room) => room.act(5, "silence", {}),
  "a second mark of its kind": (room) => shelve(room, 5),
} as const satisfies Record<string, (room: Room) => Reply | void>;
const markedInputs = { ...inputs, ...ofMarks };
type GivenMarked = keyof typeof markedInputs;

function shelve(room: Room, seconds: number): Reply {
  const occurrence = room.alarm(id)?.occurrence ?? 0;
  return room.act(seconds, "shelve", { alarm: id, occurrence, reason: "valve work", forMs: 3_600_000, upTo: "yellow" });
}

/** The same under a mark that was set at yellow, or at rest up to yellow, for an hour; "shelved" where it still stands. */
const markedTable: Readonly<
  Record<"normal" | "unacknowledged" | "acknowledged" | "returnedUnacknowledged", Readonly<Record<GivenMarked, string>>>
> = {
  normal: {
    "the same level": "unacknowledged yellow #2.1 shelved",
    "a higher level": "unacknowledged red #2.1 enterprise:red township:red county:red city:red",
    "a lower level": "unacknowledged blue #2.1 shelved",
    "a good return": "normal - #1.1 shelved",
    "a suspect value that does not violate": "normal - #1.1 shelved",
    "a suspect value that violates": "unacknowledged yellow #2.1 shelved",
    "a bad value": "normal - #1.1 shelved",
    "a missing value": "normal - #1.1 shelved",
    "a late value": "normal - #1.1 shelved",
    "a repeated value": "normal - #1.1 shelved",
    "an answer of a tier that owes": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_NOT_ACKNOWLEDGEABLE",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "normal - #1.1 shelved",
    "eight hours": "normal - #1.1",
    "the point's silence": "normal - #1.1 shelved",
    "the device's last will": "normal - #1.1 shelved",
    "the broker's loss": "normal - #1.1 shelved",
    "a restart": "normal - #1.1 shelved",
    "its end by hand": "normal - #1.1",
    "its end by time": "normal - #1.1",
    "a hand-over": "normal - #1.1 shelved",
    "a silence": "NOTHING_TO_SILENCE",
    "a second mark of its kind": "MARK_STANDS",
  },
  unacknowledged: {
    "the same level": "unacknowledged yellow #1.1 shelved",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "unacknowledged blue #1.1 shelved",
    "a good return": "returnedUnacknowledged - #1.1 shelved",
    "a suspect value that does not violate": "unacknowledged yellow #1.1 shelved",
    "a suspect value that violates": "unacknowledged yellow #1.1 shelved",
    "a bad value": "unacknowledged yellow #1.1 shelved",
    "a missing value": "unacknowledged yellow #1.1 shelved",
    "a late value": "unacknowledged yellow #1.1 shelved",
    "a repeated value": "unacknowledged yellow #1.1 shelved",
    "an answer of a tier that owes": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_NOT_ACKNOWLEDGEABLE",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "unacknowledged yellow #1.1 shelved",
    "eight hours": "unacknowledged yellow #1.29 enterprise:yellow county:yellow",
    "the point's silence": "unacknowledged yellow #1.1 shelved",
    "the device's last will": "unacknowledged yellow #1.1 shelved",
    "the broker's loss": "unacknowledged yellow #1.1 shelved",
    "a restart": "unacknowledged yellow #1.1 shelved",
    "its end by hand": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "its end by time": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a hand-over": "unacknowledged yellow #1.1 shelved",
    "a silence": "NOTHING_TO_SILENCE",
    "a second mark of its kind": "MARK_STANDS",
  },
  acknowledged: {
    "the same level": "acknowledged yellow #1.1 shelved",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "acknowledged blue #1.1 shelved",
    "a good return": "normal - #1.1 shelved",
    "a suspect value that does not violate": "acknowledged yellow #1.1 shelved",
    "a suspect value that violates": "acknowledged yellow #1.1 shelved",
    "a bad value": "acknowledged yellow #1.1 shelved",
    "a missing value": "acknowledged yellow #1.1 shelved",
    "a late value": "acknowledged yellow #1.1 shelved",
    "a repeated value": "acknowledged yellow #1.1 shelved",
    "an answer of a tier that owes": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_NOT_ACKNOWLEDGEABLE",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "acknowledged yellow #1.1 shelved",
    "eight hours": "unacknowledged yellow #1.29 enterprise:yellow county:yellow",
    "the point's silence": "acknowledged yellow #1.1 shelved",
    "the device's last will": "acknowledged yellow #1.1 shelved",
    "the broker's loss": "acknowledged yellow #1.1 shelved",
    "a restart": "acknowledged yellow #1.1 shelved",
    "its end by hand": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "its end by time": "unacknowledged yellow #1.2 enterprise:yellow county:yellow",
    "a hand-over": "acknowledged yellow #1.1 shelved",
    "a silence": "NOTHING_TO_SILENCE",
    "a second mark of its kind": "MARK_STANDS",
  },
  returnedUnacknowledged: {
    "the same level": "unacknowledged yellow #1.2 shelved",
    "a higher level": "unacknowledged red #1.2 enterprise:red county:red township:red city:red",
    "a lower level": "unacknowledged blue #1.2 shelved",
    "a good return": "returnedUnacknowledged - #1.1 shelved",
    "a suspect value that does not violate": "returnedUnacknowledged - #1.1 shelved",
    "a suspect value that violates": "unacknowledged yellow #1.2 shelved",
    "a bad value": "returnedUnacknowledged - #1.1 shelved",
    "a missing value": "returnedUnacknowledged - #1.1 shelved",
    "a late value": "returnedUnacknowledged - #1.1 shelved",
    "a repeated value": "returnedUnacknowledged - #1.1 shelved",
    "an answer of a tier that owes": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer of a tier that does not": "ALARM_NOT_ACKNOWLEDGEABLE",
    "an answer to an older revision": "ALARM_NOT_ACKNOWLEDGEABLE",
    "a reset": "ALARM_NOT_RESETTABLE",
    "a quarter of an hour": "returnedUnacknowledged - #1.1 shelved",
    "eight hours": "returnedUnacknowledged - #1.29 enterprise:yellow county:yellow",
    "the point's silence": "returnedUnacknowledged - #1.1 shelved",
    "the device's last will": "returnedUnacknowledged - #1.1 shelved",
    "the broker's loss": "returnedUnacknowledged - #1.1 shelved",
    "a restart": "returnedUnacknowledged - #1.1 shelved",
    "its end by hand": "returnedUnacknowledged - #1.2 enterprise:yellow county:yellow",
    "its end by time": "returnedUnacknowledged - #1.2 enterprise:yellow county:yellow",
    "a hand-over": "returnedUnacknowledged - #1.1 shelved",
    "a silence": "NOTHING_TO_SILENCE",
    "a second mark of its kind": "MARK_STANDS",
  },
};

function afterUnderMark(state: keyof typeof markedTable, input: GivenMarked): string {
  const room = rooms[state]();
  const was = room.alarm(id);
  expect(shelve(room, 4.5)).toMatchObject({ ok: true });
  const marked = room.alarm(id);
  // A mark never changes the process state.
  expect([marked?.state, marked?.level, marked?.revision]).toEqual([was?.state, was?.level, was?.revision]);
  const reply = markedInputs[input](room);
  const view = room.alarm(id);
  if (reply?.ok === false) {
    expect(view).toEqual(marked);
    return reply.code;
  }
  return told(room);
}

describe("an alarm", () => {
  for (const state of alarmStates) {
    for (const [input, expected] of Object.entries(table[state]) as [Given, string][]) {
      it(`in state ${state} after ${input} is ${expected}`, () => {
        expect(after(state, input)).toBe(expected);
      });
    }
  }

  for (const [state, row] of Object.entries(markedTable) as [keyof typeof markedTable, Record<GivenMarked, string>][]) {
    for (const [input, expected] of Object.entries(row) as [GivenMarked, string][]) {
      it(`in state ${state} and shelved after ${input} is ${expected}`, () => {
        expect(afterUnderMark(state, input)).toBe(expected);
      });
    }
  }

  it("in a latched state takes no mark", () => {
    for (const state of ["latchedUnacknowledged", "latchedAcknowledged"] as const) {
      expect(shelve(rooms[state](), 5)).toMatchObject({ ok: false, code: "SHELVE_NOT_ALLOWED" });
    }
  });

  it("that never was cannot be acknowledged or reset", () => {
    const room = createRoom(planOfKind(false));
    expect(room.acknowledge(1, "enterprise", id)).toEqual({ ok: false, code: "ALARM_NOT_FOUND" });
    expect(room.reset(1, id)).toEqual({ ok: false, code: "ALARM_NOT_FOUND" });
    expect(room.acknowledge(1, "enterprise", "__proto__")).toEqual({ ok: false, code: "ALARM_NOT_FOUND" });
  });
});
