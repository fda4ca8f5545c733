// How often a site is asked to speak: its sampling profile, and the order that its devices get and acknowledge.
import type { Static } from "typebox";
import type { pointSamplingSchema, siteSamplingSchema } from "./sampling-schema.ts";

/** The sampling profiles, calmest first; each asks for at least what the one before it does. */
export const samplingProfiles = ["normal", "alert", "storm"] as const;
/** One of the sampling profiles. */
export type SamplingProfile = (typeof samplingProfiles)[number];

/** The cadence of a point in one heightened profile. */
export type Cadence = NonNullable<Static<typeof pointSamplingSchema>["storm"]>;
/** When a profile holds. */
export type Occasion = NonNullable<Static<typeof siteSamplingSchema>["storm"]>;

/** The profile of a site, as a wall shows it. */
export interface SamplingStatus {
  readonly profile: SamplingProfile;
  /** Server time, epoch ms. */
  readonly since: number;
  /** Counts the profiles of the site: what its devices acknowledge. */
  readonly order: number;
  /** Devices that have not acknowledged it yet. */
  readonly waiting: readonly string[];
}

/** What a device is told on its command topic. */
export interface SamplingOrder {
  readonly v: 1;
  readonly id: number;
  readonly samplingProfile: SamplingProfile;
  /** By point code; points that report by exception are not in it. */
  readonly everyMs: Readonly<Record<string, number>>;
}

/** The cadence that a point has in a profile; undefined where that is its usual one. */
export function cadenceOf(
  sampling: Static<typeof pointSamplingSchema> | undefined,
  profile: SamplingProfile,
): Cadence | undefined {
  if (profile === "normal") return undefined;
  return (profile === "storm" ? sampling?.storm : undefined) ?? sampling?.alert;
}
