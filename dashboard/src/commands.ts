// What became of this seat's acts on alarms, incidents and shifts: sending, refused, unsent or unconfirmed, never "done".
import { shallowRef, triggerRef, type ShallowRef } from "vue";
import type { AlarmView, Transition } from "../../contract/alarm.ts";
import type { CommandAct, WireRequests } from "../../contract/command.ts";
import type { IncidentEntry, IncidentView } from "../../contract/incident.ts";
import type { IncidentAct, IncidentRequests } from "../../contract/incident-acts.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Link, Outcome } from "./link.ts";

/** The acts on an alarm that name its occurrence. */
export type AlarmAct = Exclude<CommandAct, "acknowledge" | "silence" | "reading" | "handover" | IncidentAct>;
/** What such an act says beside the alarm. */
export type ActWords<A extends AlarmAct> = Omit<WireRequests[A], "commandId" | "alarm" | "occurrence">;

/** What an act on an incident says beside the incident. */
export type IncidentWords<A extends IncidentAct> = Omit<IncidentRequests[A], "commandId" | "incident" | "revision">;

/** One command that is on its way or did not get through. */
export interface CommandView {
  readonly kind: CommandAct;
  readonly state: "sending" | "unsent" | "unconfirmed" | "refused";
  /** Where refused: why. */
  readonly code: FaultCode | null;
  /** Where refused as changed: what the alarm is now. */
  readonly alarm: AlarmView | null;
  /** Where refused as changed: what the incident is now. */
  readonly incident: IncidentView | null;
  readonly at: number;
}

/** The acts that only add to an incident: they name no revision, so that two officers may write at once. */
const beside: readonly IncidentAct[] = ["assign", "note", "attach", "cardStep"];
/** Under this name stands what became of taking over the shift: no alarm and no incident is called so. */
export const handoverKey = "handover";

/** This seat's commands by alarm or incident. */
export interface Commands {
  readonly views: Readonly<ShallowRef<ReadonlyMap<string, CommandView>>>;
  /** Acknowledges what the person SAW: the very view that was painted. */
  readonly acknowledge: (seen: AlarmView) => Promise<void>;
  /** Any other act on an alarm, on the occurrence that the person saw; true where the server has taken it. */
  readonly act: <A extends AlarmAct>(seen: AlarmView, act: A, words: ActWords<A>) => Promise<boolean>;
  /** An act on an incident, on the revision that the person saw; true where the server has taken it. */
  readonly incident: <A extends IncidentAct>(seen: IncidentView, act: A, words: IncidentWords<A>) => Promise<boolean>;
  /** Takes the shift over; true where the server has taken it. */
  readonly handover: (words: Omit<WireRequests["handover"], "commandId">) => Promise<boolean>;
  /** The stream told of an incident: a doubt about an act on it is settled. */
  readonly heardOf: (incident: string, entry: IncidentEntry) => void;
  /** Sends a reading by hand; null where the server has taken it, else why not. */
  readonly reading: (
    point: string,
    words: Omit<WireRequests["reading"], "commandId" | "point">,
  ) => Promise<FaultCode | "unsent" | "unconfirmed" | null>;
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

  async function send(kind: CommandView["kind"], id: string, call: () => Promise<Outcome>): Promise<boolean> {
    if (views.value.get(id)?.state === "sending") return false;
    const nothing = { code: null, alarm: null, incident: null };
    show(id, { kind, state: "sending", ...nothing, at: now() });
    const outcome = await call();
    // A good reply only ends the sending: what stands now comes by the stream, as to every wall.
    if (outcome.kind !== "reply") show(id, { kind, state: outcome.kind, ...nothing, at: now() });
    else if (outcome.reply.ok) show(id, null);
    else {
      const { code, alarm = null, incident = null } = outcome.reply;
      show(id, { kind, state: "refused", code, alarm, incident, at: now() });
    }
    return outcome.kind === "reply" && outcome.reply.ok;
  }

  return {
    views,
    async acknowledge({ id, occurrence, revision }) {
      const request = { commandId: commandId(), alarm: id, occurrence, revision };
      await send("acknowledge", id, () => link.send("acknowledge", request));
    },
    act({ id, occurrence }, act, words) {
      // The words are those of the act, which makes the whole its request.
      const request = {
        commandId: commandId(),
        alarm: id,
        occurrence,
        ...words,
      } as unknown as WireRequests[typeof act];
      return send(act, id, () => link.send(act, request));
    },
    incident: ({ id, revision }, act, words) => {
      const seen = beside.includes(act) ? {} : { revision };
      const request = {
        commandId: commandId(),
        incident: id,
        ...seen,
        ...words,
      } as unknown as WireRequests[typeof act];
      return send(act, id, () => link.send(act, request));
    },
    handover: (words) =>
      send("handover", handoverKey, () => link.send("handover", { commandId: commandId(), ...words })),
    heardOf(incident, { actor }) {
      if (views.value.get(incident)?.state === "unconfirmed" && actor.kind === "person") show(incident, null);
    },
    async reading(point, words) {
      const outcome = await link.send("reading", { commandId: commandId(), point, ...words });
      if (outcome.kind !== "reply") return outcome.kind;
      return outcome.reply.ok ? null : outcome.reply.code;
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
