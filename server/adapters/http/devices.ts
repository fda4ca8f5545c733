// The route of the devices: how each of them is doing, asked for when somebody looks.
import type { DeviceLiveness } from "../../../contract/liveness.ts";
import type { Person } from "../../../contract/wall.ts";
import type { App, Gate, PersonOf } from "./guards.ts";

/** Who knows the devices, and what stands before the route. */
export interface DeviceRoutes {
  /** Those that this person may see. */
  readonly devices: (person: Person | null) => readonly DeviceLiveness[];
  readonly personOf: PersonOf;
  readonly mustView: Gate;
}

/** Adds the route. */
export function addDeviceRoutes(app: App, { devices, personOf, mustView }: DeviceRoutes): void {
  app.get("/api/devices", { onRequest: mustView }, async (request, reply) =>
    reply.header("cache-control", "no-store").send(devices(personOf(request))),
  );
}
