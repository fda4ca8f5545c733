// An exercise: a fleet and a server on one clock, which goes on only once everything said at an instant is acknowledged.
//
// So a scenario brings the same alarms at every speed and on every machine: no message is early or late, and no silence
// is found that is only a slow computer's.
import type { Fleet } from "../fleet.ts";
import type { Message } from "../sites/reporter.ts";

/** When an exercise begins, by its own clock: a Sunday in the season of typhoons, the same for everybody who plays it. */
export const exerciseStartMs = Date.UTC(2026, 7, 29, 16);

/** The server's side of an exercise. */
export interface Stage {
  /** Turns the server's clock, epoch ms; resolves once it has looked at everything that is due by then. */
  readonly turnTo: (atMs: number) => Promise<void>;
  /** Publishes a message; resolves once it is acknowledged. */
  readonly publish: (message: Message) => Promise<void>;
}

/** Lets every device say all its points, as it does when it comes on the air. */
export async function goOnAir(fleet: Fleet, stage: Stage, atMs: number): Promise<void> {
  await stage.turnTo(atMs);
  for (const { site, device } of fleet.devices) {
    for (const message of fleet.birth(site, device, atMs)) await stage.publish(message);
  }
}

/** Lets the fleet and the server live up to an instant. */
export async function passTo(fleet: Fleet, stage: Stage, untilMs: number): Promise<void> {
  const byTime = new Map<number, Message[]>();
  for (const message of fleet.step(untilMs)) {
    const together = byTime.get(message.payload.ts);
    if (together === undefined) byTime.set(message.payload.ts, [message]);
    else together.push(message);
  }
  for (const [atMs, messages] of byTime) {
    await stage.turnTo(atMs);
    await Promise.all(messages.map(stage.publish));
  }
  await stage.turnTo(untilMs);
}
