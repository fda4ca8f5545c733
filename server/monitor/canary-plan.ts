// What is watched of the canary: one point of a plan of its own, in the plan of nobody else.
import type { Plan } from "../../contract/plant.ts";
import { canaryCode, canaryDevice, canarySite } from "../../contract/topics.ts";
import { alarmId } from "./plant.ts";

const dayMs = 86_400_000;
const text = { zh: "链路自检", en: "Canary" };
const site = canarySite;
const ids = { item: `${site}/path`, point: `${site}/${canaryCode}`, device: `${site}/${canaryDevice}` };
/** The alarm that it makes. */
export const canaryOwnAlarm = alarmId(ids.point, "limit", "high");
const owed: Plan["routing"]["process"]["red"] = [{ tier: "city", withinMs: dayMs }];
const duties = { blue: owed, yellow: owed, orange: owed, red: owed };

/** The plan: one point with one red limit. Nothing of it is ever late or silent: how long the way takes is for others to say. */
export const canaryPlan: Plan = {
  city: { id: "", name: text },
  counties: [{ id: site, name: text }],
  sectors: [{ id: site, name: text, outline: "square" }],
  sites: [
    {
      id: site,
      name: text,
      shortName: text,
      county: site,
      town: text,
      sector: site,
      lng: 0,
      lat: 0,
      rollup: { kind: "worstOf" },
      items: [ids.item],
      devices: [ids.device],
      facts: [],
    },
  ],
  items: [{ id: ids.item, site, name: text, rollup: { kind: "worstOf" }, points: [ids.point] }],
  points: [
    {
      id: ids.point,
      code: canaryCode,
      site,
      item: ids.item,
      device: ids.device,
      kind: "canary",
      name: text,
      unit: "1",
      resolution: 1,
      decimals: 0,
      range: { sensor: [0, 1], operator: [0, 1] },
      overRange: "fault",
      report: { everyMs: dayMs },
      silentAfterMs: dayMs,
      silence: {},
      isKey: true,
      rules: [
        {
          id: "limit",
          direction: "high",
          latch: false,
          versions: [
            {
              version: 1,
              validFrom: 0,
              approver: null,
              levels: {
                red: [
                  {
                    kind: "limit",
                    setpoint: 1,
                    deadband: 0,
                    onDelayMs: 0,
                    onSamples: 1,
                    offDelayMs: 0,
                    provenance: { from: "product-default", clause: "", isConfirmed: true },
                  },
                ],
              },
            },
          ],
        },
      ],
      actionCard: null,
    },
  ],
  devices: [{ id: ids.device, site, code: canaryDevice }],
  routing: { process: duties, data: duties, reAlarmUnacknowledgedMs: {}, reAlarmAcknowledgedMs: {} },
  actionCards: {},
  lateAfterMs: dayMs,
};
