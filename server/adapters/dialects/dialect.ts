// What every dialect is: a gateway's own format read as native messages, with what the gateway must be answered.
import type { Refusal } from "../../../contract/faults.ts";
import type { DeviceEntry } from "../../../contract/register.ts";

/** What a dialect knows of the device that speaks it. */
export type DialectDevice = Pick<DeviceEntry, "site" | "device" | "options" | "names">;

/** A message as the gateway sent it, and the server's time, epoch ms. */
export interface ForeignMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly at: number;
}

/**
 * One object of the native telemetry format (wire.md): what is wrong in a value stays in it, because the native decoder
 * refuses and counts values one by one.
 */
export interface NativeObject {
  /** Epoch ms; NaN where a time was sent that cannot be read: the native decoder refuses the values by it. */
  readonly ts?: number;
  readonly seq?: number;
  /** By point code: a value, or `{v, u?, q?, ts?, h?}`. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Something to publish to the gateway. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** @default false */
  readonly isRetained?: boolean;
}

/** What a message was read as. */
export type Translation =
  | {
      readonly ok: true;
      /** None where the message carries no values: a heartbeat, half a frame. It is written down all the same. */
      readonly objects: readonly NativeObject[];
      /**
       * Parts that could not be read at all, such as one line of many, each as an excerpt: they stand in the native message
       * as texts, where each is refused as MESSAGE_BAD_SHAPE and counted, live and in every replay.
       */
      readonly unread?: readonly string[];
      /** The gateway itself says that it has come or gone (a birth or a death). */
      readonly online?: boolean;
      /** Sent once the message is written down. */
      readonly replies?: readonly Outgoing[];
    }
  | ({ readonly ok: false } & Refusal);

/** Reads one device's messages, in their order; may remember. Never throws. */
export interface Translator {
  readonly translate: (message: ForeignMessage) => Translation;
  /** What has become due at an instant, epoch ms; asked once a second. */
  readonly due?: (at: number) => readonly Outgoing[];
  /** What must outlive a restart, as JSON of at most 1 MiB; asked after a message that changed it, and at the end. */
  readonly memory?: () => unknown;
}

/** A dialect. Pure: no clock, no I/O. */
export interface Dialect {
  /** What is wrong with a device's options, a sentence each. */
  readonly check: (options: DeviceEntry["options"]) => readonly string[];
  /** Where such a device may publish and subscribe, as MQTT filters. */
  readonly topics: (device: DialectDevice) => {
    readonly publish: readonly string[];
    readonly subscribe: readonly string[];
    /** Every such device uses the same topics: only its account at the embedded broker says who speaks. */
    readonly isShared?: boolean;
  };
  /** Opens a reader for one device; `memory` is what an earlier one left, or undefined, and is not to be trusted. */
  readonly open: (device: DialectDevice, memory: unknown) => Translator;
}

/** Names of the register are no longer than this, and point codes shorter: a longer name is bound to be refused. */
const maxNameChars = 200;

/** The point code of a gateway's own name: what the register says, else the name itself, its parts joined by dots. */
export function codeOf(names: DialectDevice["names"], ...parts: readonly string[]): string {
  // Not joined: a long name in front of ten thousand fields would cost gigabytes.
  const tooLong = parts.find((part) => part.length > maxNameChars);
  if (tooLong !== undefined) return tooLong.slice(0, maxNameChars);
  const full = parts.filter((part) => part !== "").join("/");
  return Object.hasOwn(names, full) ? (names[full] as string) : full.replaceAll("/", ".");
}

const numeral = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** A number written as text becomes one; everything else stays what it is. */
export function plainValue(sent: unknown): unknown {
  return typeof sent === "string" && sent.length <= 64 && numeral.test(sent) ? Number(sent) : sent;
}
