// What the plan says of a step of an alarm: its site, who owes an answer at its level, and whether its alarm latches.
import { isOfServer, type Transition } from "../../contract/alarm.ts";
import type { KpiRoute } from "../domain/kpi.ts";
import type { Plant } from "../monitor/plant.ts";
import { dutiesFor } from "../monitor/routing.ts";

/** The site of a step: every source but those of the server itself is named after it. */
export function siteOfStep({ source }: Pick<Transition, "source">): string | null {
  return isOfServer(source) ? null : (source.id.split("/")[0] ?? null);
}

/** The site of an incident: its id begins with it, or with the city. */
export function siteOfIncident(id: string): string | null {
  const site = id.slice(0, id.lastIndexOf("#"));
  return site === "city" ? null : site;
}

/** What the plan of record says of a transition's alarm. */
export function routeIn(plant: Plant, step: Transition): KpiRoute {
  const { source, alarm, rule, level } = step;
  const compiled = plant.byId.get(source.id)?.rules.find(({ alarmId }) => alarmId === alarm);
  const isData = compiled === undefined && rule !== "ladder";
  const duties = dutiesFor(plant.routing, { source, site: siteOfStep(step), isData });
  return {
    tiers: level === null ? [] : duties.owed[level].map(({ tier }) => tier),
    isLatching: compiled?.rule.latch ?? false,
  };
}
