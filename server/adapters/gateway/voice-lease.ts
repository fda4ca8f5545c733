// Which screen of a group sounds for all of it: the first that can, for as long as it says so; never none where one can.
import type { VoiceReply } from "../../../contract/receipt.ts";
import { voiceLeaseMs } from "../../../contract/voice.ts";

/** What a screen says of itself. */
export interface Claim {
  /** Screens that would sound the same at the same place. */
  readonly group: string;
  readonly isAble: boolean;
  /** Whose screen it is, for the others to read. */
  readonly by: string | null;
}

/** The voices of all groups. */
export interface VoiceLease {
  /** A screen says how it is; answered with who sounds. */
  claim(screen: string, claim: Claim, now: number): VoiceReply;
  leave(screen: string): void;
  /** Lets go who has said nothing for too long. */
  sweep(now: number): void;
}

interface Member extends Claim {
  readonly heardAt: number;
}

/** No group has a voice yet; `tell` reaches a screen that has become one without asking. */
export function createVoiceLease(tell: (screen: string, reply: VoiceReply) => void): VoiceLease {
  // In the order in which they came: the one that was there first follows.
  const members = new Map<string, Member>();
  const voices = new Map<string, string>();

  /** A clock that was set back makes nobody stay: whoever is there says so again within seconds. */
  const isGone = ({ heardAt }: Member, now: number): boolean => now < heardAt || now - heardAt >= voiceLeaseMs;

  /** Gives the group a voice where it has none that can; `asker` gets its answer otherwise. */
  function settle(group: string, asker: string | null): void {
    const voice = voices.get(group) ?? "";
    const isStanding = members.get(voice)?.group === group && members.get(voice)?.isAble === true;
    if (isStanding) return;
    const next = [...members].find(([, member]) => member.group === group && member.isAble)?.[0];
    if (next === undefined) {
      voices.delete(group);
      return;
    }
    voices.set(group, next);
    if (next !== asker) tell(next, { isVoice: true, by: null });
  }

  function sweep(now: number): void {
    const gone = [...members].filter(([, member]) => isGone(member, now));
    for (const [screen] of gone) members.delete(screen);
    for (const group of new Set(gone.map(([, member]) => member.group))) settle(group, null);
  }

  return {
    sweep,
    claim(screen, claim, now) {
      sweep(now);
      const before = members.get(screen);
      members.set(screen, { ...claim, heardAt: now });
      if (before !== undefined && before.group !== claim.group) settle(before.group, screen);
      settle(claim.group, screen);
      const voice = voices.get(claim.group);
      // Where nobody can sound, nobody is told to be quiet.
      if (voice === undefined || voice === screen) return { isVoice: true, by: null };
      return { isVoice: false, by: members.get(voice)?.by ?? null };
    },
    leave(screen) {
      const member = members.get(screen);
      members.delete(screen);
      if (member !== undefined) settle(member.group, null);
    },
  };
}
