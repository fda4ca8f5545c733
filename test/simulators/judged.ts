// A scenario judged in the process: the fleet's messages through the server's own decoder and monitor, on one clock.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Transition } from "../../contract/alarm.ts";
import type { Input } from "../../contract/input.ts";
import type { Plan } from "../../contract/plant.ts";
import type { SamplingStatus } from "../../contract/sampling.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { orderOf } from "../../server/app/orders.ts";
import { loadPlan } from "../../server/config.ts";
import { createMonitor } from "../../server/monitor.ts";
import { exerciseStartMs } from "../../simulators/exercise/stage.ts";
import { createFleet } from "../../simulators/fleet.ts";
import { parseScenario, type Scenario } from "../../simulators/sites/scenario.ts";

export const configDir = join(import.meta.dirname, "../../config");
/** The same days as every exercise. */
export { exerciseStartMs as startAtMs };

/** The plan of the demo as it ships. */
export function demoPlan(): Plan {
  const loaded = loadPlan(configDir);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.plan;
}

/** A scenario of the demo by the name of its file. */
export function scenarioOf(name: string): Scenario {
  const parsed = parseScenario(parse(readFileSync(join(configDir, "scenarios", `${name}.yaml`), "utf8")));
  if (!parsed.ok) throw new Error(parsed.faults.join("\n"));
  return parsed.scenario;
}

const DAY_MS = 86_400_000;
/** Where the story takes weeks, its marks report every five minutes, and so may all else. */
const LONG_MS = 10 * DAY_MS;
const LONG_REPORT_MS = 300_000;

function slower(point: Plan["points"][number]): Plan["points"][number] {
  if (point.report === "onChange") return point;
  const everyMs = Math.max(LONG_REPORT_MS, point.report.everyMs);
  return { ...point, report: { everyMs }, silentAfterMs: 3 * everyMs, silence: {} };
}

/** The plan of one site alone: the devices of all others would be called silent. */
function aloneIn(plan: Plan, id: string, isLong: boolean): Plan {
  return {
    ...plan,
    sites: plan.sites.filter((site) => site.id === id),
    items: plan.items.filter(({ site }) => site === id),
    points: plan.points.filter(({ site }) => site === id).map((point) => (isLong ? slower(point) : point)),
    devices: plan.devices.filter(({ site }) => site === id),
  };
}

type Unnumbered<T> = T extends Input ? Omit<T, "number" | "at"> : never;

/** What a server that runs on the scenario's clock makes of it, from its start to `longerMs` after its end. */
export function judge(city: Plan, scenario: Scenario, seed: number, longerMs = 0) {
  const plan = aloneIn(city, scenario.site, scenario.durationMs > LONG_MS);
  const fleet = createFleet({ plan, seed, startAtMs: exerciseStartMs });
  const monitor = createMonitor();
  const steps: Transition[] = [];
  let number = 0;
  let waiting: SamplingStatus | undefined;
  const apply = (at: number, input: Unnumbered<Input>): void => {
    number += 1;
    for (const change of monitor.apply({ ...input, number, at }).changes) {
      if (change.type === "alarm") steps.push(change.transition);
      if (change.type === "site") waiting = change.site.sampling;
    }
  };
  /** Devices do at once what they are told. */
  const answer = (at: number): void => {
    for (const id of waiting?.waiting ?? []) {
      const device = id.slice(scenario.site.length + 1);
      const own = plan.points.filter((point) => point.device === id);
      const { id: order, everyMs } = orderOf(own, waiting as SamplingStatus);
      fleet.obey(scenario.site, device, everyMs);
      apply(at, { kind: "ack", site: scenario.site, device, order });
    }
  };
  apply(exerciseStartMs, { kind: "plan", plan, by: "test", reason: "test" });
  apply(exerciseStartMs, { kind: "neighbour", name: "server", state: "up", reason: "test" });
  for (const { site, device } of fleet.devices) apply(exerciseStartMs, { kind: "link", site, device, online: true });
  fleet.play(scenario, exerciseStartMs);
  // Gas moves within seconds, where something happens; water and ground do not.
  const isFast = scenario.site.startsWith("hc") && scenario.events.length > 0;
  const everyMs = isFast ? 1000 : scenario.durationMs > LONG_MS ? 60_000 : 10_000;
  for (let now = exerciseStartMs; now <= exerciseStartMs + scenario.durationMs + longerMs; now += everyMs) {
    for (const { topic, payload } of fleet.step(now)) {
      const decoded = decodeNative(topic, new TextEncoder().encode(JSON.stringify(payload)));
      if (!decoded.ok || decoded.message.kind !== "telemetry") throw new Error(JSON.stringify(decoded));
      apply(now, { kind: "telemetry", message: decoded.message });
    }
    if (monitor.nextDue(now) !== null) apply(now, { kind: "tick" });
    answer(now);
  }
  return { steps, standing: monitor.standing(), faults: monitor.faults() };
}
