// What a site looks like, from its register: a ground plan and cross-sections in true metres, with the points on them.
import { Type, type Static } from "typebox";

const strict = { additionalProperties: false } as const;
const metres = Type.Number();
const size = Type.Number({ exclusiveMinimum: 0 });
const text = Type.Object({ zh: Type.String(), en: Type.String() }, strict);
/** In a file the point's code, in the plan its id. */
const point = Type.String({ minLength: 1, maxLength: 130 });
const place = Type.Tuple([metres, metres]);

/** A tank seen from above; its level is drawn as a bar of its own height. */
export const tankSchema = Type.Object(
  {
    name: text,
    x: metres,
    y: metres,
    diameter: size,
    height: size,
    level: Type.Optional(point),
    temperature: Type.Optional(point),
    pressure: Type.Optional(point),
    /** A switch that trips at the topmost level, independent of the gauge. */
    levelSwitch: Type.Optional(point),
  },
  strict,
);

/** A ground plan: metres, x to the east, y to the north, origin in the south-west corner. */
export const layoutSchema = Type.Object(
  {
    width: size,
    height: size,
    tanks: Type.Array(tankSchema),
    /** Detectors and other instruments at their real places. */
    detectors: Type.Array(Type.Object({ point, x: metres, y: metres }, strict)),
    buildings: Type.Array(Type.Object({ name: text, x: metres, y: metres, width: size, height: size }, strict)),
    pipes: Type.Array(Type.Array(place, { minItems: 2 })),
    valves: Type.Array(Type.Object({ name: text, x: metres, y: metres, point: Type.Optional(point) }, strict)),
    wind: Type.Optional(Type.Object({ speed: point, direction: point }, strict)),
  },
  strict,
);

/** A cross-section of a dam: metres; x downstream from the pool-side edge of the crest, z the elevation. */
export const sectionSchema = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 20 }),
    /** The elevation of the crest. */
    crest: metres,
    /** Fall of the beach towards the pool, metres a metre; the beach begins at x = 0 and lies at x < 0. */
    beachSlope: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    /** The outer face from the crest (x = 0) over the benches to the toe. */
    face: Type.Array(place, { minItems: 2 }),
    /** The natural ground under everything, over the whole width that is drawn. */
    ground: Type.Array(place, { minItems: 2 }),
    /** The outline of the starter dam. */
    starter: Type.Optional(Type.Array(place, { minItems: 3 })),
    /** The design maximum flood level, elevation. */
    floodLevel: Type.Optional(metres),
    pool: Type.Object(
      { level: Type.Optional(point), beach: Type.Optional(point), freeboard: Type.Optional(point) },
      strict,
    ),
    /** Standpipes: the point tells the depth of the water below the face at `x`. */
    piezometers: Type.Array(Type.Object({ point, x: metres, bottom: metres }, strict)),
    /** Survey marks on the face: cumulative displacement, mm. */
    marks: Type.Array(
      Type.Object({ x: metres, horizontal: Type.Optional(point), vertical: Type.Optional(point) }, strict),
    ),
    /** Seepage at the toe. */
    seepage: Type.Optional(point),
    turbidity: Type.Optional(point),
    rain: Type.Optional(Type.Object({ hour: Type.Optional(point), day: Type.Optional(point) }, strict)),
    decant: Type.Optional(point),
  },
  strict,
);

/** Everything that is drawn of a site. */
export const drawingSchema = Type.Object(
  { layout: Type.Optional(layoutSchema), sections: Type.Optional(Type.Array(sectionSchema, { minItems: 1 })) },
  strict,
);

/** A tank. */
export type Tank = Static<typeof tankSchema>;
/** A ground plan. */
export type Layout = Static<typeof layoutSchema>;
/** A cross-section. */
export type Section = Static<typeof sectionSchema>;
/** Everything that is drawn of a site. */
export type Drawing = Static<typeof drawingSchema>;
