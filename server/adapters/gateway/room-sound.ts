// The sound of the rooms: which screen is the voice of its room, and the sound tests that are done there.
import { Compile } from "typebox/compile";
import { type SoundTest, soundTestSchema, type VoiceReply, voiceRequestSchema } from "../../../contract/receipt.ts";
import { scopeKey } from "../../../contract/scope.ts";
import type { Person, Reply } from "../../../contract/wall.ts";
import { createVoiceLease } from "./voice-lease.ts";
import { answer, type Wall, type WallState } from "./wall.ts";

/** What the sound of the rooms needs. */
export interface RoomSoundOptions {
  readonly now: () => number;
  /** Writes a sound test down; a refusal is a reply. @default nobody does */
  readonly soundTested?: (person: Person | null, test: SoundTest, from: string) => Reply;
  readonly tell: (screen: string, reply: VoiceReply) => void;
}

/** The sound of the rooms. */
export interface RoomSound {
  listen(wall: Wall, state: WallState): void;
  leave(wall: Wall): void;
  sweep(): void;
}

const voiceCheck = Compile(voiceRequestSchema);
const testCheck = Compile(soundTestSchema);

/** Makes the sound of the rooms; nobody sounds for anybody yet. */
export function createRoomSound({ now, soundTested, tell }: RoomSoundOptions): RoomSound {
  const lease = createVoiceLease(tell);

  function claim(wall: Wall, { person, wall: seated }: WallState, request: unknown): VoiceReply | Reply {
    if (!voiceCheck.Check(request)) return { ok: false, code: "COMMAND_INVALID" };
    const { room, kind, isAble } = request;
    // A wall hangs where the register says; who only says so of himself makes no wall quiet, and sounds for himself.
    const place = kind === "wall" ? (seated?.seat.room ?? `no wall ${wall.id}`) : room;
    // Only what sounds for the same alarms may sound for another: of the same tier, and of the same part of the city.
    const group = JSON.stringify([place, kind, person?.tier ?? "city", scopeKey(person?.scope)]);
    return lease.claim(wall.id, { group, isAble, by: person?.name ?? null }, now());
  }

  return {
    listen(wall, state) {
      wall.on("voice", (request: unknown, reply: unknown) => {
        if (typeof reply === "function") reply(claim(wall, state, request));
      });
      wall.on("soundTest", (request: unknown, reply: unknown) => {
        if (!testCheck.Check(request)) return answer(reply, { ok: false, code: "COMMAND_INVALID" });
        if (soundTested === undefined) return answer(reply, { ok: false, code: "NOT_FOUND" });
        return answer(reply, soundTested(state.person, request, wall.handshake.address));
      });
    },
    leave: (wall) => lease.leave(wall.id),
    sweep: () => lease.sweep(now()),
  };
}
