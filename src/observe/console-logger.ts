import { FleetkitError } from '../model/errors/error.ts'
import { printable } from '../model/printable.ts'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { LogFields, Logger } from '../ports/logger.ts'

/**
 * How much a logger writes: its level and what is worse.
 *
 * @category Ports
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * Options of {@link consoleLogger}.
 *
 * @category Ports
 */
export interface ConsoleLoggerOptions {
  /** `info` by default. */
  readonly level?: LogLevel | undefined
  /** `text` for people, by default; `json` for programs that collect logs, an object in each line. */
  readonly format?: 'text' | 'json' | undefined
  /** Receives each line, without a line feed. Writes it to the standard error by default. */
  readonly write?: ((line: string) => void) | undefined
  readonly clock?: Clock | undefined
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/**
 * A logger that writes a line for each entry. Whatever the fields hold, an entry is one line of printable characters.
 *
 * @example
 * ```ts
 * import { consoleLogger, Manager } from 'fleetkit'
 * import { memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), logger: consoleLogger({ level: 'warn' }) })
 * ```
 *
 * @category Ports
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const { level = 'info', format = 'text', clock = systemClock } = options
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`))
  const formatLine = format === 'json' ? jsonLine : textLine
  const loggerWith = (fields: LogFields): Logger => {
    const log = (of: LogLevel) => (message: string, more?: LogFields) => {
      if (levels.indexOf(of) >= levels.indexOf(level))
        write(formatLine(new Date(clock.now()).toISOString(), of, message, { ...fields, ...more }))
    }
    return {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      child: (more) => loggerWith({ ...fields, ...more }),
    }
  }
  return loggerWith({})
}

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  return seen(json({ ...Object.fromEntries(known.map(([key, value]) => [key, plain(value)])), time, level, message }))
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  const rest = known.map(([key, value]) => ` ${key}=${text(value)}`).join('')
  return `${time} ${level.toUpperCase().padEnd(5)} ${printable(message)}${rest}`
}

/** A word as it is, anything else as JSON. */
function text(value: unknown): string {
  const shown = value instanceof Error ? `${value instanceof FleetkitError ? `${value.code}: ` : ''}${value.message}` : value
  return typeof shown === 'string' && /^[\w./:@%+-]+$/.test(shown) ? shown : printable(json(plain(shown)))
}

/** What an error says, where JSON would show an empty object. */
function plain(value: unknown): unknown {
  return value instanceof Error && !(value instanceof FleetkitError) ? { name: value.name, message: value.message } : value
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? String(field) : plain(field))) ?? 'null'
  } catch {
    return '"(cannot be printed)"'
  }
}

/** JSON in which every character is seen, as `printable` makes it of text for people, and which is JSON still. */
function seen(line: string): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return line.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => character.split('').map(escaped).join(''))
}
