import { consoleLogger, FleetkitError } from 'fleetkit'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'

function lines(options: Parameters<typeof consoleLogger>[0] = {}) {
  const written: string[] = []
  return { written, logger: consoleLogger({ clock: new VirtualClock(0), write: (line) => written.push(line), ...options }) }
}
const time = '1970-01-01T00:00:00.000Z'

test('an entry is a line: time, level, message, fields', () => {
  const { written, logger } = lines()
  logger.child({ controller: 'sync' }).child({ name: 'web', namespace: undefined }).info('reconciled', { took: 12, phase: 'is done' })
  logger.error('failed', { error: new FleetkitError('cluster/forbidden', 'no right'), cause: new TypeError('a bug') })
  logger.debug('not shown')
  expect(written).toEqual([
    `${time} INFO  reconciled controller=sync name=web took=12 phase="is done"`,
    `${time} ERROR failed error="cluster/forbidden: no right" cause="a bug"`,
  ])
})

test('a level leaves out what is below it', () => {
  const { written, logger } = lines({ level: 'warn' })
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level)
  expect(written.map((line) => line.split(' ').at(-1))).toEqual(['warn', 'error'])
})

test('as JSON, errors say what they are, and no field hides the message', () => {
  const { written, logger } = lines({ format: 'json' })
  const error = new FleetkitError('sync/partial', 'two failed', {
    errors: [new FleetkitError('cluster/invalid', 'no')],
    cause: new Error('why'),
  })
  logger.warn('failed', { error, message: 'mine', big: 2n ** 64n, none: undefined })
  expect(JSON.parse(written[0] as string)).toEqual({
    time,
    level: 'warn',
    message: 'failed',
    big: '18446744073709551616',
    error: {
      name: 'FleetkitError',
      code: 'sync/partial',
      message: 'two failed',
      retryable: true,
      errors: [{ name: 'FleetkitError', code: 'cluster/invalid', message: 'no', retryable: false }],
      cause: 'why',
    },
  })
})

test.each(['text', 'json'] as const)('nothing that is logged forges a line or stops the program (%s)', (format) => {
  const { written, logger } = lines({ format })
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const throwing = {
    toJSON: () => {
      throw new Error('mine')
    },
  }
  for (const value of ['a\nb', '\u001b[2K\u202e', cycle, throwing, Symbol('s'), () => {}, Object.create(null), null, Number.NaN, 'x=1 y=2'])
    logger.info('seen\n2026 ERROR forged', { value })
  expect(written).toHaveLength(10)
  expect(written.filter((line) => /[\p{Cc}\u202e\u2028]/u.test(line))).toEqual([])
})
