// Who may put which device on trial, and that the record says who did.
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Plan } from "../../contract/plant.ts";
import type { Person } from "../../contract/wall.ts";
import type { BenchDesk } from "../../server/adapters/http/onboard.ts";
import { createWire } from "../../server/app/intake.ts";
import { keepBench } from "../../server/app/keep-bench.ts";
import { createUndo, type Undo } from "../../server/app/undo.ts";
import { createLog } from "../../server/log.ts";
import { deviceEntry, openTenants, type Tenants } from "../support/tenants.ts";

const log = createLog("silent");
const place = { county: "haifeng", town: { zh: "梅陇镇", en: "Meilong" }, sector: "chemical" };
const plan = { sites: [{ id: "plant-a", ...place }], points: [], devices: [] } as unknown as Plan;
const own: Person = { name: "works-a", role: "enterprise", tier: "enterprise", scope: { sites: ["plant-a"] } };
const other: Person = { ...own, name: "works-b", scope: { sites: ["plant-b"] } };

let tenants: Tenants;
let undo: Undo;
let desk: BenchDesk;

beforeEach(async () => {
  tenants = await openTenants();
  undo = createUndo(log);
  const { register } = tenants;
  const wire = createWire();
  wire.lead({ ports: () => ({ plain: 1883, tls: null }) });
  desk = keepBench({ register, plan: () => plan, dialects: {}, wire, now: () => tenants.at, log }, undo).desk;
  register.enterDevice(deviceEntry("plant-a", "gw-9"));
});

afterEach(async () => {
  await undo.run();
  await tenants.close();
});

it("shows a device on trial to its own enterprise alone, and to another one as if there were none", () => {
  expect(desk.list(own).map(({ device }) => device)).toContain("gw-9");
  expect(desk.list(other).some(({ site }) => site === "plant-a")).toBe(false);
  expect(desk.view(other, "plant-a", "gw-9")).toBeNull();
  for (const act of ["start", "stop"] as const) {
    expect(desk[act](other, "plant-a", "gw-9")).toEqual({ ok: false, code: "NOT_FOUND" });
    expect(desk[act](other, "plant-a", "gw-none")).toEqual({ ok: false, code: "NOT_FOUND" });
  }
  expect(tenants.register.waitingAudits()).toEqual([]);
});

it("writes down who began a trial and who ended it, and nothing of what was refused", () => {
  expect(desk.start(own, "plant-a", "gw-9")).toMatchObject({ ok: true, view: { isOnTrial: true } });
  expect(desk.start(own, "plant-a", "gw-9")).toEqual({ ok: false, code: "TRIAL_RUNS" });
  expect(desk.stop(own, "plant-a", "gw-9")).toMatchObject({ ok: true, view: { isOnTrial: false } });
  const by = { name: "works-a", role: "enterprise" };
  expect(tenants.register.waitingAudits()).toMatchObject([
    { act: "trial.start", target: "plant-a/gw-9", by },
    { act: "trial.stop", target: "plant-a/gw-9", by },
  ]);
});
