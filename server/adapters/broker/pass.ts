// What a connection may do, from the filters of its admission: looked up for every message, so exact topics cost one look.
import { covers } from "../../../contract/topics.ts";
import type { Traffic } from "./accounts.ts";
import { type Admission, hasForbidden } from "./rules.ts";

/** An admission made quick, with what its account has done so far. */
export interface Pass extends Pick<Admission, "site" | "device" | "stage"> {
  readonly admission: Admission;
  readonly traffic: Traffic;
  mayPublish(topic: string): boolean;
  maySubscribe(filter: string): boolean;
}

/** True for a filter that stands for more than itself. */
const isWide = (filter: string): boolean => filter.includes("+") || filter.includes("#");

function matcher(filters: readonly string[]): (asked: string) => boolean {
  const exact = new Set(filters);
  const wide = filters.filter(isWide);
  // What a wide filter lets through has not been compared letter by letter.
  return (asked) => exact.has(asked) || (wide.some((filter) => covers(filter, asked)) && !hasForbidden(asked));
}

/** Makes the pass of one connection. */
export function createPass(admission: Admission, traffic: Traffic): Pass {
  const { site, device, stage } = admission;
  return {
    site,
    device,
    stage,
    admission,
    traffic,
    mayPublish: matcher(admission.publish),
    maySubscribe: matcher(admission.subscribe),
  };
}
