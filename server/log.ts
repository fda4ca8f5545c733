// The log: one JSON line per event, on stderr, because stdout belongs to the commands (replay, verify).
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

/** How much is told; `silent` for tests and for commands that say everything themselves. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
/** One of the log levels. */
export type LogLevel = (typeof logLevels)[number];

/** What belongs to an event beside its words; an `error` in it is written with its stack and its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Tells what happens, to whoever operates the server. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line carries these fields, such as the room that speaks. */
  child(fields: LogFields): Log;
}

/** A log at a level; lines go to stderr unless a destination is handed in. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    messageKey: "message",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
    // Secrets have no business in a log, whoever hands them over by mistake.
    redact: { paths: ["password", "secret", "token", "cookie", "*.password", "*.secret", "*.token", "*.cookie"] },
  };
  // Written synchronously: the last line before a crash is the one that is needed.
  return wrap(pino(options, destination ?? pino.destination({ fd: 2, sync: true })));
}

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
