// What became of this seat's acts on alarms: sending, refused, unsent or unconfirmed, never "done".
import { shallowRef, triggerRef, type ShallowRef } from "vue";
import type { AlarmView, Transition } from "../../contract/alarm.ts";
import type { CommandAct, WireRequests } from "../../contract/command.ts";
import type { IncidentAct } from "../../contract/incident-acts.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Link, Outcome } from "./link.ts";

/** The acts on an alarm that name its occurrence. */
export type AlarmAct = Exclude<CommandAct, "acknowledge" | "silence" | "reading" | "handover" | IncidentAct>;
/** What such an act says beside the alarm. */
export type ActWords<A extends AlarmAct> = Omit<WireRequests[A], "commandId" | "alarm" | "occurrence">;

/** One command that is on its way or did not get through. */
export interface CommandView {
  readonly kind: CommandAct;
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
  /** Any other act on an alarm, on the occurrence that the person saw. */
  readonly act: <A extends AlarmAct>(seen: AlarmView, act: A, words: ActWords<A>) => Promise<void>;
  /** Stops the horn of the person's tier, on every wall; true where it was done. */
  readonly silence: () => Promise<boolean>;
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
      send("acknowledge", id, () =>
        link.send("acknowledge", { commandId: commandId(), alarm: id, occurrence, revision }),
      ),
    act: ({ id, occurrence }, act, words) => {
      // The words are those of the act, which makes the whole its request.
      const request = {
        commandId: commandId(),
        alarm: id,
        occurrence,
        ...words,
      } as unknown as WireRequests[typeof act];
      return send(act, id, () => link.send(act, request));
    },
    async silence() {
      const outcome = await link.send("silence", { commandId: commandId() });
      return outcome.kind === "reply" && outcome.reply.ok;
    },
    heard({ alarm, actor }) {
      const view = views.value.get(alarm);
      const isAnswer = actor.kind === "person";
      if (view !== undefined && view.state === "unconfirmed" && isAnswer) show(alarm, null);
    },
    forgetOld() {
      for (const [alarm, view] of views.value) {
        if (view.state !== "sending" && now() - view.at > noticeForMs) show(alarm, null);
      }
    },
  };
}
