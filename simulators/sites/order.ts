// What a simulated device makes of its command topic: how often it shall report, and what it answers.
import type { SamplingOrder } from "../../contract/sampling.ts";

/** The order in a payload, or null where it is none that this device knows. */
export function readOrder(payload: string): SamplingOrder | null {
  try {
    const order = JSON.parse(payload) as SamplingOrder;
    return order.v === 1 && typeof order.id === "number" && typeof order.everyMs === "object" ? order : null;
  } catch {
    return null;
  }
}

/** The answer to an order. */
export function answerTo({ id }: SamplingOrder): string {
  return JSON.stringify({ id });
}
