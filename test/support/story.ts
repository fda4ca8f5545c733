// Alarm stories in the manner of Phoebus' `check`: one line a beat, what happens and what must stand after it.
import { expect } from "vitest";
import type { AlarmState } from "../../contract/alarm.ts";
import type { Level } from "../../contract/level.ts";
import type { Plan, Tier } from "../../contract/plant.ts";
import type { Reply } from "../../contract/wall.ts";
import { createRoom, type Room, type ValueOptions } from "./room.ts";

/** What happens at one second of the story. */
export type Act = (room: Room, seconds: number, story: StoryOptions) => Reply | void;

/** The room of a story, and its alarm. */
export interface StoryOptions {
  readonly plan: Plan;
  readonly alarm: string;
  /** The point that `measures` speaks of. */
  readonly code: string;
}

/** Second, what happens, the state after it, the level on now, the revision, and what each tier owes. */
export type Beat = readonly [
  seconds: number,
  act: Act,
  state: AlarmState,
  level: Level | null,
  revision: number,
  owed: string,
];

/** The point measures a value. */
export function measures(value: number | null, options: ValueOptions & { readonly code?: string } = {}): Act {
  return (room, seconds, story) => void room.value(seconds, options.code ?? story.code, value, options);
}

/** Time passes; ticks come only at due instants. */
export const passes: Act = (room, seconds) => {
  room.pass(seconds);
};
/** The device's last will comes. */
export const goesAway: Act = (room, seconds) => void room.link(seconds, false);
/** The device is there again. */
export const comesBack: Act = (room, seconds) => void room.link(seconds, true);
/** The process dies and starts from its checkpoint; the world stood still meanwhile. */
export const restarts: Act = (room) => room.restart();

/** A tier acknowledges the revision that it sees, or an older one. */
export function acknowledges(tier: Tier, revision?: number): Act {
  return (room, seconds, { alarm }) =>
    room.acknowledge(seconds, tier, alarm, revision === undefined ? {} : { revision });
}

/** A named person resets, perhaps with a second measurement. */
export function resets(measurement?: number): Act {
  return (room, seconds, { alarm }) => room.reset(seconds, alarm, measurement === undefined ? {} : { measurement });
}

/** An act that must be refused under this code. */
export function refused(act: Act, code: string): Act {
  return (room, seconds, story) => {
    expect(act(room, seconds, story), `refused at ${seconds} s`).toMatchObject({ ok: false, code });
  };
}

/** What every tier owes, as `enterprise:red county:red`; empty for nothing. */
export function owedOf(room: Room, alarm: string): string {
  const tiers = room.alarm(alarm)?.tiers ?? [];
  return tiers.flatMap(({ tier, owedLevel }) => (owedLevel === null ? [] : [`${tier}:${owedLevel}`])).join(" ");
}

/** Tells a story beat by beat; the message of a failure names its second. */
export function tell(options: StoryOptions, beats: readonly Beat[]): Room {
  const { plan, alarm } = options;
  const room = createRoom(plan);
  for (const [seconds, act, state, level, revision, owed] of beats) {
    const reply = act(room, seconds, options);
    if (reply !== undefined) expect(reply, `answered at ${seconds} s`).toMatchObject({ ok: true });
    const view = room.alarm(alarm);
    const after = {
      state: view?.state ?? "normal",
      level: view?.level ?? null,
      revision: view?.revision ?? 0,
      owed: owedOf(room, alarm),
    };
    expect(after, `at ${seconds} s`).toEqual({ state, level, revision, owed });
  }
  return room;
}
