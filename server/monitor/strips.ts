// What was there of each device, minute by minute: looked at beside the judging, which learns nothing from it.
import type { Input } from "../../contract/input.ts";
import { noteMissing, notePresence, type Presence } from "../domain/strip.ts";
import { missingOf } from "../domain/sequence.ts";
import type { Ledger } from "./ledger.ts";
import type { Plant } from "./plant.ts";
import type { DeviceState, MonitorState, PointState } from "./state.ts";

/** The strips of all devices. */
export interface Strips {
  /** Passes the minutes that have ended before an input: until it comes, everything is as the last one has left it. */
  readonly pass: (input: Input) => void;
}

const minuteMs = 60_000;

interface Watched {
  readonly device: DeviceState;
  readonly ledger: Ledger;
  readonly points: readonly PointState[];
}

/** None of it: its link is gone, or none of its points is heard. Partial: a point is lost or lags, or numbers never came. */
function presenceOf({ device, ledger, points }: Watched): Presence {
  const isMissing = noteMissing(ledger.strip, missingOf(ledger));
  let [lost, gone] = [0, 0];
  for (const { loss, receivedAt } of points) {
    if (loss !== null) lost += 1;
    if (receivedAt === 0 || loss === "silent") gone += 1;
  }
  const isSilent = points.length === 0 ? device.status === "unheard" : gone === points.length;
  if (device.status === "offline" || isSilent) return "none";
  return isMissing || lost > 0 ? "partial" : "whole";
}

/** Of its own absence the server knows nothing, and without its broker it hears nobody: both stay unknown. */
function isHearing({ isServerUp, neighbours, stripsTo }: MonitorState, input: Input): boolean {
  const isReturn = input.kind === "neighbour" && input.name === "server";
  return isServerUp && !isReturn && neighbours.get("broker")?.state !== "down" && stripsTo > 0;
}

/** Makes the strips of a state and its compiled plan. */
export function createStrips(state: MonitorState, plant: Plant): Strips {
  const pointsOf = new Map<string, PointState[]>([...state.devices.keys()].map((id) => [id, []]));
  for (const { point } of plant.points) pointsOf.get(point.device)?.push(state.points.get(point.id) as PointState);
  const watched: readonly Watched[] = [...state.devices].map(([id, device]) => ({
    device,
    ledger: state.ledgers.get(id) as Ledger,
    points: pointsOf.get(id) as PointState[],
  }));
  return {
    pass: (input) => {
      if (input.at < state.stripsTo + minuteMs) return;
      const from = state.stripsTo;
      const to = input.at - (input.at % minuteMs);
      if (isHearing(state, input)) for (const one of watched) notePresence(one.ledger.strip, from, to, presenceOf(one));
      state.stripsTo = to;
    },
  };
}
