// What somebody has set for the sound of this very screen: how loud it is, and whose room it is in; kept in the browser.

/** How this screen sounds. */
export interface SoundSettings {
  /** 0 to 10. */
  readonly volume: number;
  /** Null: a room of its own. */
  readonly room: string | null;
}

/** Where it is kept. */
export interface SoundStore {
  readonly read: () => SoundSettings;
  readonly write: (settings: SoundSettings) => void;
}

/** The volume goes from 0 to this. */
export const loudest = 10;
const mostLetters = 64;
const volumeKey = "skyground.volume";
const roomKey = "skyground.room";

/** What may stand: whole steps, and a name that the server takes. */
export function soundSettings(volume: number, room: string | null): SoundSettings {
  const name = room?.trim().slice(0, mostLetters) ?? "";
  const step = Number.isFinite(volume) ? Math.round(volume) : loudest;
  return { volume: Math.min(loudest, Math.max(0, step)), room: name === "" ? null : name };
}

/** The settings of this browser; loudest until somebody has turned it down. */
export function createSoundStore(storage: Pick<Storage, "getItem" | "setItem">): SoundStore {
  return {
    read: () => soundSettings(Number(storage.getItem(volumeKey) ?? loudest), storage.getItem(roomKey)),
    write({ volume, room }) {
      storage.setItem(volumeKey, String(volume));
      storage.setItem(roomKey, room ?? "");
    },
  };
}
