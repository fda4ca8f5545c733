// Whether this seat sounds, or another screen of its room does for both; in any doubt it sounds (wall.md §7).
import type { VoiceReply, VoiceRequest } from "../../contract/receipt.ts";
import { voiceRenewMs } from "../../contract/voice.ts";

/** What this seat is, once a second. */
export interface Seating {
  /** Null: a room of its own, where it always sounds. */
  readonly room: string | null;
  readonly kind: VoiceRequest["kind"];
  readonly isAble: boolean;
  /** True while the server's word reaches this seat. */
  readonly isLinked: boolean;
}

/** The seat's place in its room. */
export interface RoomVoice {
  /** Asks where it is time to, or something is new. */
  readonly look: (seating: Seating) => void;
  /** The server's word without a question: the room is this seat's now, or another's. */
  readonly hear: (reply: VoiceReply) => void;
  /** True for the moment in which a room's first answer is on its way: a tone is not worth doubling for it. */
  readonly isWaiting: () => boolean;
  /** Who sounds in the place of this seat; null where it sounds itself. */
  readonly other: () => Pick<VoiceReply, "by"> | null;
}

/** An answer that is not there by then is late. */
const patienceMs = 3000;
/** So long a tone waits for the first answer, and no longer. */
const waitMs = 1000;

function isOther(reply: unknown): reply is VoiceReply {
  return typeof reply === "object" && reply !== null && "isVoice" in reply && reply.isVoice === false && "by" in reply;
}

/** A seat that sounds until it hears of another; `ask` gives anything else than a reply where none came. */
export function createRoomVoice(ask: (request: VoiceRequest) => Promise<unknown>, monotonic: () => number): RoomVoice {
  let other: { readonly by: string | null; readonly until: number } | null = null;
  let asked: { readonly key: string; readonly at: number; readonly request: VoiceRequest } | null = null;
  let turn = 0;
  let waitsUntil = 0;

  function take(reply: unknown): void {
    // Only for so long: another answer must come, or this seat sounds.
    waitsUntil = 0;
    other = isOther(reply) ? { by: reply.by, until: monotonic() + voiceRenewMs + patienceMs } : null;
  }

  async function send(request: VoiceRequest): Promise<void> {
    turn += 1;
    const mine = turn;
    asked = { key: JSON.stringify(request), at: monotonic(), request };
    const reply = await ask(request);
    if (turn === mine) take(request.isAble ? reply : null);
  }

  function forget(): void {
    other = null;
    waitsUntil = 0;
    turn += 1;
  }

  function leave(): void {
    forget();
    // The room must not wait for a seat that has left it.
    if (asked?.request.isAble === true) void ask({ ...asked.request, isAble: false });
    asked = null;
  }

  return {
    look({ room, kind, isAble, isLinked }) {
      if (!isLinked) {
        // Nothing of what was said holds; the first thing to do on coming back is to ask.
        forget();
        asked = null;
      } else if (room === null) leave();
      else {
        const request: VoiceRequest = { room, kind, isAble };
        const isNew = asked?.key !== JSON.stringify(request);
        if (isNew) {
          other = null;
          waitsUntil = isAble ? monotonic() + waitMs : 0;
        }
        if (isNew || monotonic() - (asked?.at ?? 0) >= voiceRenewMs) void send(request);
      }
    },
    hear: (reply) => {
      // What is being asked is answered by a newer word.
      turn += 1;
      take(asked?.request.isAble === true ? reply : null);
    },
    isWaiting: () => monotonic() < waitsUntil,
    other: () => (other !== null && monotonic() < other.until ? { by: other.by } : null),
  };
}
