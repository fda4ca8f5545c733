// A wall's seat: where it hangs, from how far it is read, what it shows in turn, and whether somebody relies on it.
import { Type, type Static } from "typebox";

const strict = { additionalProperties: false } as const;

/** The screens that a wall may show in turn: the city, the worst site of each kind of drawing, the key figures. */
export const playlistScreens = ["s1", "worst", "figures"] as const;

/** What an administrator sets for a wall. */
export const seatSchema = Type.Object(
  {
    /** Somebody relies on it: an orange or red that no such wall paints, and its own silence, are alarms. */
    isOnDuty: Type.Boolean(),
    /** Screens of one room share one voice. */
    room: Type.String({ minLength: 1, maxLength: 64 }),
    /** Width of the picture, m. */
    pictureWidthM: Type.Number({ minimum: 0.2, maximum: 20 }),
    /** The farthest seat, m. */
    seatDistanceM: Type.Number({ minimum: 0.3, maximum: 50 }),
    /** `far`: larger type and fewer rows. */
    density: Type.Union([Type.Literal("near"), Type.Literal("far")]),
    /** What it shows in turn; one entry or none: it stays where it is. */
    playlist: Type.Array(
      Type.Object(
        {
          screen: Type.Union([Type.Literal("s1"), Type.Literal("worst"), Type.Literal("figures")]),
          forMs: Type.Integer({ minimum: 5000, maximum: 3_600_000 }),
        },
        strict,
      ),
      { maxItems: 10 },
    ),
  },
  strict,
);

/** A wall's seat. */
export type Seat = Static<typeof seatSchema>;

/** A wall of the register, as the server knows one that has come. */
export interface SeatedWall {
  readonly id: string;
  readonly name: string;
  readonly seat: Seat;
}

/** A wall whose seat nobody has set: 86 inches read from 3 m, the round of wall.md S1, nobody relies on it. */
export const defaultSeat: Seat = {
  isOnDuty: false,
  room: "1",
  pictureWidthM: 1.9,
  seatDistanceM: 3,
  density: "near",
  playlist: [
    { screen: "s1", forMs: 60_000 },
    { screen: "worst", forMs: 30_000 },
    { screen: "figures", forMs: 20_000 },
  ],
};
