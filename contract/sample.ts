// One measured value: its two times, its quality, and the message that brought it.
import type { Refusal } from "./faults.ts";

/** QARTOD's five flags, and saturated: over range on the dangerous side. Semantics §1. */
export const qualities = ["good", "unknown", "suspect", "saturated", "bad", "missing"] as const;
/** May this value be believed. */
export type Quality = (typeof qualities)[number];

/** Why a value has the quality that it has, or what else must be known of it; several may hold. */
export const qualityReasons = [
  "deviceFlag",
  "sensorRange",
  "operatorRange",
  "spike",
  "rateOfChange",
  "flatLine",
  "attenuated",
  "gap",
  "unit",
  "serverTime",
] as const;
/** One such reason. */
export type QualityReason = (typeof qualityReasons)[number];

/** A reason as one bit, so that all reasons of a value are one plain number. */
export function reasonBit(reason: QualityReason): number {
  return 1 << qualityReasons.indexOf(reason);
}

/** The reasons of a value by name, in the order of the catalogue. */
export function reasonsOf(bits: number): readonly QualityReason[] {
  return qualityReasons.filter((reason) => (bits & reasonBit(reason)) !== 0);
}

/** One value of a message, as the device sent it. */
export interface Reading {
  /** The point's code on its site. */
  readonly code: string;
  /** When it was measured, epoch ms UTC by the device's clock; null: the server's time serves. */
  readonly sourceAt: number | null;
  /** A finite number; null: the device says that it has none. */
  readonly value: number | null;
  /** What the device itself says of it. */
  readonly quality: Quality;
  /** The unit that the device names, where it names one. */
  readonly unit: string | null;
  /** The device itself says that it is of the past: stored, and never judged as what is now. @default false */
  readonly isHistorical?: true;
}

/** One decoded telemetry message. */
export interface Telemetry {
  readonly kind: "telemetry";
  readonly site: string;
  readonly device: string;
  /** The newest sequence number in the message, and how many numbered objects it carried. */
  readonly sequence: { readonly first: number; readonly last: number } | null;
  readonly readings: readonly Reading[];
  /** Values that were refused while their neighbours were kept. */
  readonly refused: readonly Refusal[];
}

/** A device that says whether it is there (also as its last will). */
export interface DeviceState {
  readonly kind: "state";
  readonly site: string;
  readonly device: string;
  readonly online: boolean;
}

/** A device that acknowledges an order of its command topic. */
export interface OrderAck {
  readonly kind: "ack";
  readonly site: string;
  readonly device: string;
  readonly order: number;
}

/** What a decoder makes of one MQTT message. */
export type Decoded = Telemetry | DeviceState | OrderAck;

/** The outcome of decoding: the message, or why it was refused. */
export type DecodeResult = { readonly ok: true; readonly message: Decoded } | ({ readonly ok: false } & Refusal);

/** Turns one MQTT message into samples or a refusal; never throws. */
export type Decode = (topic: string, payload: Uint8Array) => DecodeResult;
