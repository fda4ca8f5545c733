// Every point of the shipped configuration can be judged in order, whatever it belongs to.
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadPlan } from "../../server/config.ts";
import { createMonitor } from "../../server/monitor.ts";
import { createRejudgement, touchedOf } from "../../server/replay/rejudge.ts";
import { epoch } from "../support/room.ts";

it("judges each point of the demo, those of sites that are sampled more often included", () => {
  const loaded = loadPlan(join(import.meta.dirname, "../../config"));
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const { plan } = loaded;
  const monitor = createMonitor();
  monitor.apply({ kind: "plan", number: 1, at: epoch, plan, by: "test", reason: "test" });
  const span = { from: epoch, sinceAt: epoch, lastAt: epoch, lastNumber: 1, restMs: 0 };
  // Each in a reading of its own: one reading takes no more points than its memory allows.
  const said = plan.points.flatMap(({ id }) => {
    const touched = [touchedOf(monitor.state(), id, span)];
    const pass = createRejudgement(plan, touched, () => ({ ok: false, code: "MESSAGE_BAD_JSON" }) as never);
    return [...pass.amendments(epoch + 1, 1)].filter((one) => one !== null);
  });
  expect(said.filter(({ kind }) => kind === "failed")).toEqual([]);
  expect(said).toHaveLength(plan.points.length);
  expect(plan.sites.some(({ sampling }) => sampling !== undefined)).toBe(true);
});
