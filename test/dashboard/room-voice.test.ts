// Whether a seat sounds: only the server's fresh word makes it quiet, and every doubt makes it sound.
import { describe, expect, it } from "vitest";
import type { VoiceRequest } from "../../contract/receipt.ts";
import { createRoomVoice, type Seating } from "../../dashboard/src/room-voice.ts";

const other = { isVoice: false, by: "大屏 A" };
const seating: Seating = { room: "1", kind: "wall", isAble: true, isLinked: true };

function roomOf(reply: unknown = other) {
  const hand = { at: 0, reply, asked: [] as VoiceRequest[] };
  const seat = createRoomVoice(
    (request) => {
      hand.asked.push(request);
      return Promise.resolve(hand.reply);
    },
    () => hand.at,
  );
  const look = async (part: Partial<Seating> = {}): Promise<void> => {
    seat.look({ ...seating, ...part });
    await Promise.resolve();
    await Promise.resolve();
  };
  return { hand, seat, look };
}

describe("a seat of a room", () => {
  it("is quiet while another screen of its room sounds, and says whose that is", async () => {
    const { seat, look } = roomOf();
    expect(seat.other()).toBeNull();
    await look();
    expect(seat.other()).toEqual({ by: "大屏 A" });
  });

  it("asks again every 10 s, and at once where something about it is new", async () => {
    const { hand, look } = roomOf();
    for (hand.at = 0; hand.at <= 20_000; hand.at += 1000) await look();
    expect(hand.asked).toHaveLength(3);
    await look({ isAble: false });
    expect(hand.asked.at(-1)).toEqual({ room: "1", kind: "wall", isAble: false });
  });

  it("sounds where the answer does not come any more", async () => {
    const { hand, seat, look } = roomOf();
    await look();
    hand.reply = null;
    hand.at = 9999;
    expect(seat.other()).not.toBeNull();
    hand.at = 10_000;
    await look();
    expect(seat.other()).toBeNull();
  });

  it("sounds where the answer is late, whatever it then says", async () => {
    let settle: (reply: unknown) => void = () => {};
    const hand = { at: 0, isFirst: true };
    const seat = createRoomVoice(
      () => {
        if (!hand.isFirst) return new Promise((resolve) => (settle = resolve));
        hand.isFirst = false;
        return Promise.resolve(other);
      },
      () => hand.at,
    );
    seat.look(seating);
    await Promise.resolve();
    await Promise.resolve();
    expect(seat.other()).not.toBeNull();
    hand.at = 10_000;
    seat.look(seating);
    hand.at = 13_000;
    expect(seat.other()).toBeNull();
    seat.look({ ...seating, isLinked: false });
    settle(other);
    await Promise.resolve();
    expect(seat.other()).toBeNull();
  });

  it.each([[{ ok: false, code: "OVERLOADED" }], [null], [{}], ["no"], [{ isVoice: true, by: null }]])(
    "sounds at the answer %j",
    async (reply) => {
      const { seat, look } = roomOf(reply);
      await look();
      expect(seat.other()).toBeNull();
    },
  );

  it("sounds while the link is down, and asks first of all when it is back", async () => {
    const { hand, seat, look } = roomOf();
    await look();
    await look({ isLinked: false });
    expect(seat.other()).toBeNull();
    await look();
    expect(hand.asked).toHaveLength(2);
  });

  it("sounds in a room of its own, and tells the room that it leaves", async () => {
    const { hand, seat, look } = roomOf();
    await look();
    await look({ room: null });
    expect(seat.other()).toBeNull();
    expect(hand.asked.at(-1)?.isAble).toBe(false);
    await look({ room: null });
    expect(hand.asked).toHaveLength(2);
  });

  it("sounds at once when the server makes it the voice", async () => {
    const { seat, look } = roomOf();
    await look();
    seat.hear({ isVoice: true, by: null });
    expect(seat.other()).toBeNull();
  });

  it("is never quiet for another where it asked while it could not sound: once it can it asks anew", async () => {
    const { seat, look } = roomOf();
    await look({ isAble: false });
    expect(seat.other()).toBeNull();
  });

  it("lets a tone wait for the first answer for a second at most", () => {
    const { hand, seat } = roomOf(new Promise(() => {}));
    seat.look(seating);
    expect(seat.isWaiting()).toBe(true);
    hand.at = 1000;
    expect(seat.isWaiting()).toBe(false);
  });
});
