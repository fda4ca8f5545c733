// Accounts that relay, for any user whose password is their name: who may say what at the broker of the interoperability cases.
import type { Admission, Proof } from "../../server/adapters/broker/rules.ts";

/** What they may say, and hear: `nosubscribe` lies outside. */
const topics = ["TopicA/#", "+/+", "$TopicA/+"];

/** Lets in whoever has their name as password. */
export function relaying({ userName, password }: Proof): Admission | null {
  if (userName !== password) return null;
  const own = { site: "interop", device: userName, stage: "open", maxPerSecond: 100_000 } as const;
  return { ...own, publish: topics, subscribe: topics, relays: true };
}
