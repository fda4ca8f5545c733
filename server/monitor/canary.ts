// The canary's own way: its sample and a wall's answer to it are judged by what judges all others, in a state held apart.
//
// Nothing else looks into that state: no snapshot, count, incident, roll-up or deadline can know of it. Each sample starts
// from nothing, so that no checkpoint keeps it either: what a restart cuts short is lost with its flight.
import type { Input, ReceiptInput, TelemetryInput } from "../../contract/input.ts";
import { canaryAlarm } from "../../contract/receipt.ts";
import { canarySite } from "../../contract/topics.ts";
import { canaryOwnAlarm as alarm, canaryPlan as plan } from "./canary-plan.ts";
import { carryOut } from "./commands.ts";
import { judgeMessage } from "./judge.ts";
import { newestOf } from "./ledger.ts";
import { enterPlan } from "./plan.ts";
import { compilePlant, type Plant } from "./plant.ts";
import { emptyState, type MonitorState } from "./state.ts";
import { newTurn, type CanaryStep, type Turn } from "./turn.ts";

/** Judges the canary. */
export interface CanaryWay {
  /** Null for every input that is not the canary's, and where its alarm did not do what it must. */
  readonly hear: (input: Input) => CanaryStep | null;
}

/** A flight whose alarm waits to be acknowledged. */
interface Stand {
  /** Its newest sample's time, by which walls name it. */
  readonly id: number | null;
  readonly state: MonitorState;
  readonly plant: Plant;
}

/** At rest, beyond the limit, back again: one step a sample, and none for the first. */
const tripped = ["unacknowledged red", "returnedUnacknowledged null"].join();
/** What has returned is over once it is acknowledged (ISA-18.2). */
const acknowledged = "normal null";

function turnOf({ state, plant }: Pick<Stand, "state" | "plant">, { number, at }: Pick<Turn, "number" | "at">): Turn {
  state.number = number;
  state.now = at;
  return newTurn(state, plant, { number, at });
}

function stepsOf({ changes }: Turn): string {
  return changes
    .flatMap((change) => (change.type === "alarm" && change.alarm.id === alarm ? [change.transition] : []))
    .map(({ to, level }) => `${to} ${level}`)
    .join();
}

/** Makes the canary's way; by which judge it goes may be told otherwise, to try what becomes of a broken one. */
export function createCanaryWay(
  judge: typeof judgeMessage = judgeMessage,
  answer: typeof carryOut = carryOut,
): CanaryWay {
  let stand: Stand | null = null;

  const trip = (input: TelemetryInput): CanaryStep | null => {
    const { number, at, message } = input;
    const state = emptyState();
    const plant = enterPlan(state, compilePlant(state.plan), { kind: "plan", number, at, plan, by: "", reason: "" });
    const turn = turnOf({ state, plant }, input);
    judge(turn, input);
    const isTripped = stepsOf(turn) === tripped;
    stand = isTripped ? { id: newestOf(message.readings), state, plant } : null;
    return isTripped ? "tripped" : null;
  };

  const acknowledge = (input: ReceiptInput): CanaryStep | null => {
    if (stand === null) return null;
    const { id } = stand;
    const own = input.painted.find((one) => one.alarm === canaryAlarm && one.occurrence === id);
    if (own === undefined) return null;
    const turn = turnOf(stand, input);
    answer(turn, {
      act: "acknowledge",
      person: { name: input.wall, role: "viewer", tier: "city", isWall: true },
      request: { commandId: `${canaryAlarm} ${input.number}`, alarm, occurrence: 1, revision: own.revision },
    });
    return stepsOf(turn) === acknowledged ? "acknowledged" : null;
  };

  return {
    hear(input) {
      if (input.kind === "receipt") return acknowledge(input);
      return input.kind === "telemetry" && input.message.site === canarySite ? trip(input) : null;
    },
  };
}
