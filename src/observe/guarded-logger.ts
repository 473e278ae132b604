import type { LogFields, Logger } from '../ports/logger.ts'

/** `logger`, so that what it throws harms no one. */
export function guardedLogger(logger: Logger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
    try {
      logger[level](message, fields)
    } catch {
      // There is nowhere left to say so.
    }
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child(fields) {
      try {
        return guardedLogger(logger.child(fields))
      } catch {
        return this
      }
    },
  }
}
