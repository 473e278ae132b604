/**
 * Structured fields of a log line; camelCase keys. Secrets never appear in them.
 *
 * @category Ports
 */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where log lines go: a constant message, and what varies in the fields. The library is silent by default. Adapters
 * for other loggers are one-liners: pino takes the same two arguments in the other order.
 *
 * @category Ports
 */
export interface Logger {
  /** For those who work on the library. */
  debug(message: string, fields?: LogFields): void
  /** What happened, as it should. */
  info(message: string, fields?: LogFields): void
  /** What went wrong and is tried again, or does no lasting harm. */
  warn(message: string, fields?: LogFields): void
  /** What went wrong for good. */
  error(message: string, fields?: LogFields): void
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger
}

/**
 * Drops everything. The default.
 *
 * @category Ports
 */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
}
