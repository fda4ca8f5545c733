// Which role, tier and scope fit one person: what the register takes in and what a right is given by.
import type { Person } from "./wall.ts";

/**
 * True where role, tier and scope fit each other. An enterprise's person answers for the enterprise tier, of the sites that
 * its scope names, and of no others. Every other role may have any tier with any scope: a county's officer may look at the
 * whole city and still answers for the county's tier alone, and a department of the city may have a sector.
 */
export function isDuty({ role, tier, scope }: Pick<Person, "role" | "tier" | "scope">): boolean {
  return role !== "enterprise" || (tier === "enterprise" && scope?.sites !== undefined);
}
