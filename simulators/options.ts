// What the simulators' command line may say, with its defaults.
import { parseArgs } from "node:util";

/** A fault of the command's own input: said in one line, exit 78. */
export interface Refused {
  readonly refused: string;
}

/** The value to throw for it. */
export function refuse(refused: string): Refused {
  return { refused };
}

/** True for a value that `refuse` made. */
export function isRefused(value: unknown): value is Refused {
  return typeof value === "object" && value !== null && "refused" in value;
}

/** What the command line asks for. */
export interface Options {
  readonly broker: string;
  readonly http: string;
  readonly credentials: string;
  readonly seed: number;
  readonly site: string | null;
  readonly durationMs: number;
  /** A file to write again and again while the fleet plays. */
  readonly alive: string | null;
}

function positive(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw refuse(`--${name} must be a number above 0, not ${text}`);
  return value;
}

/** Reads the command line; throws what `refuse` makes where it is wrong. */
export function readOptions(argv: readonly string[]): Options {
  const text = { type: "string" } as const;
  const options = { broker: text, http: text, credentials: text, seed: text, site: text, duration: text, alive: text };
  const read = () => parseArgs({ args: [...argv], options });
  let parsed: ReturnType<typeof read>;
  try {
    parsed = read();
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause));
  }
  const { values } = parsed;
  const seconds = positive("duration", values.duration);
  return {
    broker: values.broker ?? "mqtt://127.0.0.1:1883",
    http: values.http ?? "http://127.0.0.1:8080",
    credentials: values.credentials ?? "data/demo/credentials.json",
    seed: positive("seed", values.seed) ?? 1,
    site: values.site ?? null,
    durationMs: seconds === null ? Infinity : seconds * 1000,
    alive: values.alive ?? null,
  };
}
