// The clips of the voice, as the build has laid them beside the page.
import type { VoiceManifest } from "../../../contract/voice.ts";
import { fetchBytes, type Call } from "./call.ts";

/** Where the clips are. */
export interface VoiceFiles {
  readonly manifest: () => Promise<VoiceManifest | null>;
  readonly clip: (file: string) => Promise<ArrayBuffer | null>;
}

/** The clips of this server. */
export function createVoiceFiles(call: Call): VoiceFiles {
  return {
    async manifest() {
      const answer = await call.get<VoiceManifest>("/voice/manifest.json");
      return answer.ok ? answer.value : null;
    },
    clip: (file) => fetchBytes(`/voice/${file}`),
  };
}
