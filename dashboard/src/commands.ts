// What became of this seat's acknowledgements and resets: sending, refused, unsent or unconfirmed, never "done".
import { shallowRef, triggerRef, type ShallowRef } from "vue";
import type { AlarmView, Transition } from "../../contract/alarm.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Link, Outcome } from "./link.ts";

/** One command that is on its way or did not get through. */
export interface CommandView {
  readonly kind: "acknowledge" | "reset";
  readonly state: "sending" | "unsent" | "unconfirmed" | "refused";
  /** Where refused: why. */
  readonly code: FaultCode | null;
  /** Where refused as changed: what the alarm is now. */
  readonly alarm: AlarmView | null;
  readonly at: number;
}

/** This seat's commands by alarm. */
export interface Commands {
  readonly views: Readonly<ShallowRef<ReadonlyMap<string, CommandView>>>;
  /** Acknowledges what the person SAW: the very view that was painted. */
  readonly acknowledge: (seen: AlarmView) => Promise<void>;
  readonly reset: (seen: AlarmView, reason: string, measurement: number | null) => Promise<void>;
  /** The stream told of a step: a doubt about it is settled. */
  readonly heard: (transition: Transition) => void;
  /** Drops notices that have stood long enough. */
  readonly forgetOld: () => void;
}

const noticeForMs = 20_000;

/** Not `crypto.randomUUID`: that exists on https only, and walls in a duty room speak plain http. */
function commandId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The commands over a link. */
export function createCommands({ link, now }: { readonly link: Link; readonly now: () => number }): Commands {
  const views = shallowRef(new Map<string, CommandView>());

  function show(alarm: string, view: CommandView | null): void {
    if (view === null) views.value.delete(alarm);
    else views.value.set(alarm, view);
    triggerRef(views);
  }

  async function send(kind: CommandView["kind"], alarm: string, call: () => Promise<Outcome>): Promise<void> {
    if (views.value.get(alarm)?.state === "sending") return;
    show(alarm, { kind, state: "sending", code: null, alarm: null, at: now() });
    const outcome = await call();
    // A good reply only ends the sending: what the alarm is now comes by the stream, as to every wall.
    if (outcome.kind === "reply" && outcome.reply.ok) show(alarm, null);
    else if (outcome.kind === "reply") {
      const { code, alarm: nowIs } = outcome.reply as Extract<typeof outcome.reply, { ok: false }>;
      show(alarm, { kind, state: "refused", code, alarm: nowIs ?? null, at: now() });
    } else show(alarm, { kind, state: outcome.kind, code: null, alarm: null, at: now() });
  }

  return {
    views,
    acknowledge: ({ id, occurrence, revision }) =>
      send("acknowledge", id, () => link.acknowledge({ commandId: commandId(), alarm: id, occurrence, revision })),
    reset: ({ id, occurrence }, reason, measurement) =>
      send("reset", id, () =>
        link.reset({
          commandId: commandId(),
          alarm: id,
          occurrence,
          reason,
          ...(measurement === null ? {} : { measurement }),
        }),
      ),
    heard({ alarm, why }) {
      const view = views.value.get(alarm);
      const isAnswer = why.code === "acknowledged" || why.code === "reset";
      if (view !== undefined && view.state === "unconfirmed" && isAnswer) show(alarm, null);
    },
    forgetOld() {
      for (const [alarm, view] of views.value) {
        if (view.state !== "sending" && now() - view.at > noticeForMs) show(alarm, null);
      }
    },
  };
}
