// Who owes an answer to an alarm: the plan's routing compiled once, looked up by the alarm's site.
import { isOfServer, type Source } from "../../contract/alarm.ts";
import type { Level } from "../../contract/level.ts";
import type { Plan, Routing } from "../../contract/plant.ts";
import type { Duties } from "../domain/alarm.ts";

/** What decides who answers. */
export interface Addressed {
  readonly source: Source;
  readonly site: string | null;
  /** Process alarms and data alarms are routed apart. */
  readonly isData: boolean;
}

interface Pair {
  readonly process: Duties;
  readonly data: Duties;
}

/** The duties of a plan. */
export interface CompiledRouting {
  /** What holds where nothing else does, and for alarms without a site. */
  readonly otherwise: Pair;
  readonly bySite: ReadonlyMap<string, Pair>;
  /** What ails the server's own neighbours is the city's to answer, since no enterprise can mend it. */
  readonly neighbours: Duties;
}

function pairOf(routing: Routing, { process, data }: Pick<Routing, "process" | "data">): Pair {
  const { reAlarmUnacknowledgedMs, reAlarmAcknowledgedMs } = routing;
  const again = { reAlarmUnacknowledgedMs, reAlarmAcknowledgedMs };
  return { process: { ...again, owed: process }, data: { ...again, owed: data } };
}

/** Compiles a plan's routing. */
export function compileRouting({ routing, sites }: Pick<Plan, "routing" | "sites">): CompiledRouting {
  const otherwise = pairOf(routing, routing);
  const routes = new Map(
    (routing.routes ?? []).map((route) => [`${route.sector} ${route.county}`, pairOf(routing, route)]),
  );
  const bySite = new Map(
    sites.map(({ id, sector, county }) => [id, routes.get(`${sector} ${county}`) ?? otherwise] as const),
  );
  const city = (level: Level): Routing["data"]["red"] => [
    { tier: "city", withinMs: Math.min(...routing.data[level].map((duty) => duty.withinMs)) },
  ];
  const owed = { blue: city("blue"), yellow: city("yellow"), orange: city("orange"), red: city("red") };
  return { otherwise, bySite, neighbours: { ...otherwise.data, owed } };
}

/** The duties that hold for an alarm. */
export function dutiesFor(routing: CompiledRouting, of: Addressed): Duties {
  if (isOfServer(of.source)) return routing.neighbours;
  const pair = routing.bySite.get(of.site ?? "") ?? routing.otherwise;
  return of.isData ? pair.data : pair.process;
}
