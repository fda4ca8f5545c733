// The door in its house: it looks at the register every five seconds and whenever a device connects, and remembers on disk.
import { join } from "node:path";
import type { Register } from "../adapters/register.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import type { Clock } from "./clock.ts";
import type { Dialects } from "./dialects.ts";
import { openDialectMemory } from "./dialect-memory.ts";
import { createDoor, type Door, type Sender } from "./door.ts";
import type { Undo } from "./undo.ts";

/** What the door is opened with. */
export interface OpenDoorOptions {
  readonly dialects: Dialects;
  readonly register: Pick<Register, "listDevices" | "version">;
  readonly loop: Pick<Loop, "offer" | "offerRefused">;
  readonly send: (to: Sender, topic: string, payload: Uint8Array, isRetained: boolean) => void;
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** The door, open. */
export interface OpenDoor extends Pick<Door, "take" | "filters"> {
  /** Looks at the register, if it has changed: a device is known to the door as soon as it connects. */
  readonly look: () => void;
  /** Calls back when there are other filters to subscribe to. */
  readonly onFilters: (changed: () => void) => void;
}

/** A device that was just entered is known when it connects; at an external broker it is heard so much later at most. */
const lookMs = 5000;
const dueMs = 1000;

/** Opens the door; undone, it has written down what its dialects remember. */
export function openDoor(options: OpenDoorOptions, undo: Undo): OpenDoor {
  const { dialects, register, loop, send, dataDir, log, clock } = options;
  const door = createDoor({
    dialects,
    list: register.listDevices,
    version: register.version,
    memory: openDialectMemory(join(dataDir, "dialects.json"), log),
    loop,
    send: (to, { topic, payload, isRetained = false }) => send(to, topic, payload, isRetained),
    now: clock.now,
  });
  let onFilters: () => void = () => undefined;
  const look = (): void => {
    if (door.look()) onFilters();
  };
  const timers = [setInterval(look, lookMs), setInterval(door.due, dueMs)];
  undo.add("door", () => {
    for (const timer of timers) clearInterval(timer);
    return door.close();
  });
  return {
    take: door.take,
    filters: door.filters,
    look,
    onFilters: (changed) => {
      onFilters = changed;
    },
  };
}
