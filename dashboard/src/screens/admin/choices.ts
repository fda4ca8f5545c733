// What forms let choose from, in the order in which it is shown; a choice of the contract that is missing here does not compile.
import type { Tier } from "../../../../contract/plant.ts";
import type { Role } from "../../../../contract/wall.ts";
import type { Seat } from "../../../../contract/seat.ts";

function keysOf<K extends string>(record: Readonly<Record<K, true>>): readonly K[] {
  return Object.keys(record) as K[];
}

/** The tiers, from the enterprise up to the city. */
export const tiers: readonly Tier[] = keysOf<Tier>({ enterprise: true, township: true, county: true, city: true });

/** The roles, by what they may do. */
export const roles: readonly Role[] = keysOf<Role>({
  viewer: true,
  dutyOfficer: true,
  supervisor: true,
  administrator: true,
  enterprise: true,
});

/** A screen that a wall may show in turn. */
export type PlaylistScreen = Seat["playlist"][number]["screen"];

/** The screens that a wall may show in turn. */
export const playlistScreens: readonly PlaylistScreen[] = keysOf<PlaylistScreen>({
  s1: true,
  worst: true,
  figures: true,
});
