// From how far a screen can be read (NUREG-0700 1.3.1-4): the table of wall.md 1.2, worked out anew.
import { describe, expect, it } from "vitest";
import { arcMinutesOf, leastArcMinutes, typeSizes } from "../../contract/reading-distance.ts";
import { defaultSeat } from "../../contract/seat.ts";

describe("the reading distance of a wall", () => {
  it("gives body type 22 minutes of arc on an 86-inch picture read from 3 m", () => {
    expect(arcMinutesOf(typeSizes.body, defaultSeat)).toBeCloseTo(22.7, 1);
  });

  it("is too far from 5 m, and near enough there with larger type", () => {
    const far = { ...defaultSeat, seatDistanceM: 5 };
    expect(arcMinutesOf(typeSizes.body, far)).toBeLessThan(leastArcMinutes);
    expect(arcMinutesOf(typeSizes.body, { ...far, density: "far" })).toBeGreaterThan(leastArcMinutes);
  });
});
