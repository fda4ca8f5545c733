// Records for a journal's own tests: what they say does not matter, that they come back does.
import type { MessageInput } from "../../contract/input.ts";
import type { ChangeItem } from "../../contract/wall.ts";

/** A message with this number. */
export function messageOf(number: number, text = `{"values":{"T-1":${number}}}`): MessageInput {
  return {
    kind: "message",
    number,
    at: 1_790_000_000_000 + number,
    topic: "skyground/v1/plant-1/gw-1/telemetry",
    payload: Buffer.from(text),
  };
}

/** A change with this number. */
export function changeOf(seq: number): ChangeItem {
  return {
    type: "device",
    seq,
    device: { id: "plant-1/gw-1", state: seq % 2 === 0 ? "offline" : "online", since: seq },
  };
}
