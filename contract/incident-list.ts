// Incidents of the past as they are asked for: by time, place and step, a page at a time.
import { Type, type Static } from "typebox";
import { incidentSteps, type IncidentView } from "./incident.ts";

/** Bounds in epoch ms of when they were opened; `open` are those not put away, `new` those that nobody has received. */
export const incidentQuerySchema = Type.Object(
  {
    from: Type.Optional(Type.Number({ minimum: 0 })),
    to: Type.Optional(Type.Number({ minimum: 0 })),
    /** `city` for those that are of no site. */
    site: Type.Optional(Type.String({ maxLength: 64 })),
    step: Type.Optional(Type.Union(["open", "new", ...incidentSteps].map((step) => Type.Literal(step)))),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    /** The last one of the page before. */
    before: Type.Optional(Type.String({ maxLength: 300 })),
  },
  { additionalProperties: false },
);
/** What is asked for. */
export type IncidentQuery = Static<typeof incidentQuerySchema>;

/** One page, newest first. */
export interface IncidentList {
  readonly incidents: readonly IncidentView[];
  /** True where older ones fit too: ask again with `before`. */
  readonly hasMore: boolean;
}
