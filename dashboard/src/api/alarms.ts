// What the alarm console asks over HTTP: evidence trends, stamps, and files beside an incident.
import type { AlarmStamps } from "../../../contract/receipt.ts";
import type { History, HistoryQuery } from "../../../contract/wall.ts";
import type { Answer, Call } from "./call.ts";

/** A file that the server has kept. */
export interface Kept {
  readonly hash: string;
  readonly bytes: number;
  readonly mediaType: string;
}

/** The calls of the console. */
export interface AlarmsApi {
  readonly history: (query: HistoryQuery) => Promise<Answer<History>>;
  /** Null where the server keeps none. */
  readonly stamps: (alarm: string) => Promise<AlarmStamps | null>;
}

/** The calls of the console. */
export function createAlarmsApi({ get }: Call): AlarmsApi {
  return {
    history: ({ point, from, to, buckets }) => {
      const query = new URLSearchParams({ point, from: String(from), to: String(to), buckets: String(buckets) });
      return get(`/api/history?${query.toString()}`);
    },
    async stamps(alarm) {
      const answer = await get<AlarmStamps | null>(`/api/alarms/${encodeURIComponent(alarm)}/stamps`);
      // A server that knows no stamps may answer with a page.
      return answer.ok && typeof answer.value?.at === "object" ? answer.value : null;
    },
  };
}

/** Where a file of an incident is fetched from. */
export function fileAddress(hash: string, incident: string): string {
  return `/api/attachments/${hash}?incident=${encodeURIComponent(incident)}`;
}
