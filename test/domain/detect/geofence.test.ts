// Positions against polygons and corridors: inside, outside, on the edge, and the metres of the map (semantics §4).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GeofenceCondition, Member, Quantity } from "../../../contract/condition.ts";
import { geofence } from "../../../server/domain/detect/geofence.ts";
import { around, atOnce, lead, member, silentSince } from "../../support/around.ts";

type Spot = [number, number];
type Shape = GeofenceCondition["shape"];

/** One degree of a great circle, m: 2πR/360 with R = 6,371,008.8 m. */
const degreeM = 111_195.08;

function condition(shape: Shape, wrong: "inside" | "outside" = "outside"): GeofenceCondition {
  return { kind: "geofence", lng: "x", lat: "y", shape, wrong, skewMs: 2000, ...atOnce };
}

const judged = (of: GeofenceCondition, x: Member, y: Member): Quantity =>
  lead(geofence, of, [around(0, { x, y })]).quantities[0] as Quantity;

const isInside = (shape: Shape, [lng, lat]: Spot): boolean =>
  judged(condition(shape, "inside"), member(lng, 0), member(lat, 0)).value === 1;

/** An L: the square of two degrees without its upper right quarter. */
const ell: Spot[] = [
  [115, 22],
  [117, 22],
  [117, 23],
  [116, 23],
  [116, 24],
  [115, 24],
];

describe("a polygon", () => {
  it("holds what lies within it, its edges and its corners", () => {
    const inside: Spot[] = [
      [115.5, 22.5],
      [116.5, 22.5],
      [115.5, 23.5],
      [116, 22.5],
      [115.5, 23],
    ];
    const edge: Spot[] = [[115, 22.7], [116.3, 22], [116.5, 23], [116, 23.5], ...ell];
    const outside: Spot[] = [
      [116.5, 23.5],
      [114.9, 23],
      [117.1, 23],
      [116.5, 24],
      [115.5, 21.9],
      [115.5, 24.1],
      [114, 24],
    ];
    expect([inside, edge, outside].map((spots) => spots.map((spot) => isInside({ polygon: ell }, spot)))).toEqual([
      inside.map(() => true),
      edge.map(() => true),
      outside.map(() => false),
    ]);
  });

  it("has an edge of no more than a millimetre", () => {
    const beyond = (metres: number): Spot => [115.5, 22 - metres / degreeM];
    expect([0.0009, 0.0011].map((metres) => isInside({ polygon: ell }, beyond(metres)))).toEqual([true, false]);
  });

  it("is as sharp at a yard of ten metres", () => {
    const [east, north] = [degreeM * Math.cos((22 * Math.PI) / 180), degreeM];
    const metres = (x: number, y: number): Spot => [115 + x / east, 22 + y / north];
    const yard = [metres(0, 0), metres(10, 0), metres(10, 10), metres(0, 10)];
    for (const polygon of [yard, yard.toReversed()]) {
      const within = [metres(0.05, 5), metres(9.95, 5), metres(5, 0.05), metres(5, 9.95)];
      const without = [metres(-0.05, 5), metres(10.05, 5), metres(5, -0.05), metres(5, 10.05)];
      expect(within.map((spot) => isInside({ polygon }, spot))).toEqual([true, true, true, true]);
      expect(without.map((spot) => isInside({ polygon }, spot))).toEqual([false, false, false, false]);
    }
    // Half a metre below the corners of the L.
    expect(isInside({ polygon: ell }, [115.5, 23 - 0.5 / degreeM])).toBe(true);
  });

  it("may have teeth, with gaps that are outside", () => {
    const teeth: Spot[] = [
      [115, 22],
      [118, 22],
      [118, 24],
      [117, 24],
      [117, 23],
      [116, 23],
      [116, 24],
      [115, 24],
    ];
    const across = [114.5, 115.5, 116.5, 117.5, 118.5].map((lng) => isInside({ polygon: teeth }, [lng, 23.5]));
    expect(across).toEqual([false, true, false, true, false]);
  });

  it("is wrong to be in or to be out of, and says how far the edge is", () => {
    const at = (of: GeofenceCondition, lat: number): Quantity => judged(of, member(115.5, 0), member(lat, 0));
    expect(at(condition({ polygon: ell }, "outside"), 22.001)).toEqual({
      value: 0,
      quality: "good",
      mayReturn: true,
      note: null,
      values: { lng: 115.5, lat: 22.001, distanceM: 111 },
    });
    expect(at(condition({ polygon: ell }, "outside"), 21.999).value).toBe(1);
    expect(at(condition({ polygon: ell }, "inside"), 22.001).value).toBe(1);
    expect(at(condition({ polygon: ell }, "inside"), 21.999).value).toBe(0);
  });

  it("may be closed, may run either way round, and may lie across the 180th meridian", () => {
    const spots: Spot[] = [
      [115.5, 22.5],
      [116.5, 23.5],
      [116, 23],
    ];
    const of = (polygon: Spot[]): readonly boolean[] => spots.map((spot) => isInside({ polygon }, spot));
    expect(of(ell)).toEqual([true, false, true]);
    expect(of([...ell, ell[0] as Spot])).toEqual([true, false, true]);
    expect(of(ell.toReversed())).toEqual([true, false, true]);
    const across: Spot[] = [
      [179, -1],
      [-179, -1],
      [-179, 1],
      [179, 1],
    ];
    expect(
      (
        [
          [179.5, 0],
          [-179.5, 0],
          [178, 0],
          [0, 0],
        ] as Spot[]
      ).map((spot) => isInside({ polygon: across }, spot)),
    ).toEqual([true, true, false, false]);
  });

  it("holds the same whichever corner it begins with", () => {
    const degree = fc.integer({ min: -40, max: 40 }).map((tenths) => 22 + tenths / 10);
    const corner = fc.tuple(degree, degree);
    fc.assert(
      fc.property(fc.array(corner, { minLength: 3, maxLength: 9 }), corner, fc.nat(8), (polygon, spot, by) => {
        const start = by % polygon.length;
        const turned = [...polygon.slice(start), ...polygon.slice(0, start)];
        expect(isInside({ polygon: turned }, spot)).toBe(isInside({ polygon }, spot));
        expect(isInside({ polygon: polygon.toReversed() }, spot)).toBe(isInside({ polygon }, spot));
        expect(isInside({ polygon }, polygon[start] as Spot)).toBe(true);
      }),
    );
  });
});

describe("a corridor", () => {
  const road: Spot[] = [
    [115, 22],
    [115, 23],
    [116, 23],
  ];
  const corridor: Shape = { corridor: road, halfWidthM: 500 };

  it("holds what lies no farther from its line than half its width, in metres of that latitude", () => {
    const east = (metres: number): Spot => [115 - metres / (degreeM * Math.cos((22.5 * Math.PI) / 180)), 22.5];
    const north = (metres: number): Spot => [115.5, 23 + metres / degreeM];
    expect([0, 499, 500, 501].map((metres) => isInside(corridor, east(metres)))).toEqual([true, true, true, false]);
    expect([0, 499, 500, 501].map((metres) => isInside(corridor, north(metres)))).toEqual([true, true, true, false]);
  });

  it("ends round, does not close, and may stand still", () => {
    const south = (metres: number): Spot => [115, 22 - metres / degreeM];
    expect([499, 501].map((metres) => isInside(corridor, south(metres)))).toEqual([true, false]);
    // Half way between the ends of the line, which a closed one would run through.
    expect(isInside(corridor, [115.5, 22.5])).toBe(false);
    const still: Shape = { corridor: [road[0] as Spot, road[0] as Spot], halfWidthM: 500 };
    expect([499, 501].map((metres) => isInside(still, south(metres)))).toEqual([true, false]);
  });

  it("lies a quarter of a meridian from the pole where it lies on the equator: 10,007,557 m", () => {
    const of = condition({
      corridor: [
        [115, 0],
        [115, 0],
      ],
      halfWidthM: 1,
    });
    expect(judged(of, member(115, 0), member(90, 0)).values["distanceM"]).toBe(10_007_557);
  });

  it("is reached the shorter way round, from wherever it lies", () => {
    for (const lng of [-180, -90, 0, 90, 179.9]) {
      const of = condition({
        corridor: [
          [lng, 0],
          [lng, 0],
        ],
        halfWidthM: 1,
      });
      for (const by of [-179.9, -0.1, 0.1, 179.9]) {
        const beside = lng + by;
        const wrapped = beside > 180 ? beside - 360 : beside < -180 ? beside + 360 : beside;
        const { values } = judged(of, member(wrapped, 0), member(0, 0));
        expect(Math.abs((values["distanceM"] as number) - Math.abs(by) * degreeM)).toBeLessThan(1);
      }
    }
  });

  it("agrees with the great circle to a thousandth over the widths of roads", () => {
    // Haversine (Sinnott 1984) between the position and the single spot that the corridor is.
    const haversine = ([lng1, lat1]: Spot, [lng2, lat2]: Spot): number => {
      const radian = Math.PI / 180;
      const a =
        Math.sin(((lat2 - lat1) * radian) / 2) ** 2 +
        Math.cos(lat1 * radian) * Math.cos(lat2 * radian) * Math.sin(((lng2 - lng1) * radian) / 2) ** 2;
      return 2 * 6_371_008.8 * Math.asin(Math.sqrt(a));
    };
    const small = fc.double({ min: -0.02, max: 0.02, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: -55, max: 55, noNaN: true }), small, small, (lat, dLng, dLat) => {
        const [spot, home]: [Spot, Spot] = [
          [115 + dLng, lat + dLat],
          [115, lat],
        ];
        const truth = haversine(spot, home);
        const of = condition({ corridor: [home, home], halfWidthM: 1 });
        const { values } = judged(of, member(spot[0], 0), member(spot[1], 0));
        expect(Math.abs((values["distanceM"] as number) - truth)).toBeLessThanOrEqual(0.5 + truth / 1000);
      }),
    );
  });
});

describe("a position", () => {
  const of = condition({ polygon: ell });

  it("is none where its coordinates do not belong together", () => {
    const lng = member(116, 10_000);
    expect(judged(of, lng, member(22.5, 12_001))).toMatchObject({ value: null, note: "skew", mayReturn: false });
    expect(judged(of, lng, member(22.5, 12_000)).value).toBe(0);
    expect(judged(of, silentSince(5), member(22.5, 10_000))).toMatchObject({ value: null, note: "lost" });
    const out = member(22.5, 10_000, { isOutOfService: true });
    expect(judged(of, lng, out)).toMatchObject({ value: null, note: "outOfService" });
  });

  it("may raise but not return where it is doubtful", () => {
    const suspect = member(22.5, 0, { quality: "suspect" });
    expect(judged(of, member(116, 0), suspect)).toMatchObject({ value: 0, quality: "suspect", mayReturn: false });
  });

  it("is two points, without memory and without deadline", () => {
    expect([geofence.members(of), geofence.sources(of)]).toEqual([["x", "y"], []]);
    expect([geofence.initial(of), geofence.dueAt(of, null, 0)]).toEqual([null, null]);
  });
});
