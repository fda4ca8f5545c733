// What InfluxDB's answers mean: which lines are refused for good, or that the store is away, in words, and for how long.
import { HttpError, RequestTimedOutError } from "@influxdata/influxdb-client";
import { exampleOf, type Refused } from "./historian.ts";

/** So many lines refused one by one with none accepted between: either they are all bad, or the store is at fault. */
const maxRefusedInARow = 20;
/** Bad line, too large, rejected by the schema; anything else means that the store is away. */
const linesAreAtFault: ReadonlySet<number> = new Set([400, 413, 422]);
/** A line that no store can find fault with, in a measurement of its own, always at the same time: one row at most. */
const soundLine = "skyground_probe value=1 0";

/** What an answer says of the store, for whoever has to mend it. */
const answers: Readonly<Record<number, string>> = {
  400: "it refuses every line",
  401: "it does not know our token or password",
  403: "we may not write there",
  404: "it has no such database or bucket",
  413: "it finds even a single line too large",
  422: "it refuses every line",
  429: "it asks us to send less",
  503: "it is not ready",
};

function wordsOf(error: unknown): string | null {
  if (error instanceof RequestTimedOutError) return "it does not answer in time";
  if (!(error instanceof HttpError)) return null;
  const words = answers[error.statusCode] ?? (error.statusCode >= 500 ? "it has trouble of its own" : "it refuses");
  return `${words} (${error.statusCode})`;
}

/** `Retry-After` as seconds or as a date (RFC 9110 10.2.3), ms from now; 0 where it is neither. */
function retryAfterOf(error: unknown): number {
  const header = error instanceof HttpError ? error.headers?.["retry-after"] : undefined;
  if (typeof header !== "string") return 0;
  const ms = /^\d+$/u.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

/** The store is away: what was tried, why it failed in words, and how long it asks to be left alone. */
export function awayOf(step: string, cause: unknown): Error & { readonly retryAfterMs: number } {
  const words = wordsOf(cause);
  const error = new Error(words === null ? step : `${step}: ${words}`, { cause });
  return Object.assign(error, { retryAfterMs: retryAfterOf(cause) });
}

/** Lines on their way, and what was refused of them. */
export interface Sieve {
  readonly pass: (lines: readonly string[]) => Promise<void>;
  readonly refused: () => readonly Refused[];
}

/**
 * Sends lines so that one bad line costs itself only. InfluxDB 1.x and 3 store the good lines of a refused request and say
 * "partial write"; 2.x stores none and says 400: then the request is halved until the bad line stands alone. 413 is halved
 * likewise. Where many in a row are refused, a sound line of ours tells bad lines from a store that refuses everything: the
 * first must not stop all others for ever, and nothing may be lost to the second. Every other error means that the store is
 * away, and is thrown.
 */
export function createSieve(send: (lines: readonly string[]) => Promise<void>): Sieve {
  const refused: Refused[] = [];
  let refusedInARow = 0;

  const refuse = (lines: readonly string[], error: HttpError): void => {
    const reason = exampleOf(error.body ?? error.message);
    const dropped = Number(/dropped=(\d+)/.exec(error.body ?? "")?.[1] ?? 1);
    const first = lines[0] ?? "";
    // The answer does not say which lines it means, so that the example names the request they were in.
    const example = lines.length === 1 ? first : `among ${lines.length} lines from ${first}`;
    refused.push({ rows: Math.min(dropped, lines.length), reason, example: exampleOf(example) });
  };

  /** Throws what the lines were refused with, where the store refuses a sound line too. */
  const probe = async (cause: HttpError): Promise<void> => {
    await send([soundLine]).catch((error: unknown) => {
      throw error instanceof HttpError && linesAreAtFault.has(error.statusCode) ? cause : error;
    });
    refusedInARow = 0;
  };

  const pass = async (lines: readonly string[]): Promise<void> => {
    try {
      await send(lines);
      refusedInARow = 0;
    } catch (error) {
      if (!(error instanceof HttpError) || !linesAreAtFault.has(error.statusCode)) throw error;
      const isPartial = error.statusCode === 422 || (error.body ?? "").includes("partial write");
      if (isPartial) return refuse(lines, error);
      if (lines.length === 1) {
        refusedInARow += 1;
        if (refusedInARow >= maxRefusedInARow) await probe(error);
        return refuse(lines, error);
      }
      const half = Math.ceil(lines.length / 2);
      await pass(lines.slice(0, half));
      await pass(lines.slice(half));
    }
  };
  return { pass, refused: (): readonly Refused[] => refused };
}
