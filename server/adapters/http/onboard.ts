// The routes of the conformance bench: which devices somebody may put on trial, how it goes, and its start and end.
import { Type } from "typebox";
import type { BenchDevice, BenchView } from "../../../contract/conformance.ts";
import type { FaultCode } from "../../../contract/faults.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";

/** A trial that was not begun or ended, and why. */
export type BenchAnswer =
  | { readonly ok: true; readonly view: BenchView }
  | { readonly ok: false; readonly code: FaultCode };

/** Whoever runs the bench; what a person may not see, it answers like what is not there. */
export interface BenchDesk {
  readonly list: (person: Person) => readonly BenchDevice[];
  readonly view: (person: Person, site: string, device: string) => BenchView | null;
  readonly start: (person: Person, site: string, device: string) => BenchAnswer;
  readonly stop: (person: Person, site: string, device: string) => BenchAnswer;
}

/** Who asks, and what stands before each route. */
export interface BenchRoutes {
  readonly bench: BenchDesk;
  readonly personOf: PersonOf;
  readonly mustOnboard: Gate;
}

const name = Type.String({ maxLength: 64 });
const params = Type.Object({ site: name, device: name });

/** Adds the routes. */
export function addOnboardRoutes(app: App, { bench, personOf, mustOnboard: onRequest }: BenchRoutes): void {
  const asked = { onRequest, schema: { params } };

  app.get("/api/onboard", { onRequest }, async (request, reply) => {
    const person = personOf(request);
    return person === null ? refuse(reply, "NOT_LOGGED_IN") : { devices: bench.list(person) };
  });

  app.get("/api/onboard/:site/:device", asked, async (request, reply) => {
    const person = personOf(request);
    if (person === null) return refuse(reply, "NOT_LOGGED_IN");
    return bench.view(person, request.params.site, request.params.device) ?? refuse(reply, "NOT_FOUND");
  });

  for (const act of ["start", "stop"] as const) {
    app.post(`/api/onboard/:site/:device/${act}`, asked, async (request, reply) => {
      const person = personOf(request);
      if (person === null) return refuse(reply, "NOT_LOGGED_IN");
      const answer = bench[act](person, request.params.site, request.params.device);
      return answer.ok ? answer.view : refuse(reply, answer.code);
    });
  }
}
