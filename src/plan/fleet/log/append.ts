import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { rolloutLogSpecSchema } from '../../../model/kinds/rollout-log/schema.ts'
import type { Schema } from '../../../model/schema/schema.ts'
import { validate } from '../../../model/schema/validate.ts'
import type { HistoryEvent } from '../history/event.ts'
import { eventProblems } from '../history/event-problems.ts'
import { endOfTime } from './chunk.ts'
import { chunkProblems } from './chunk-problems.ts'
import type { LogChange, LogEnd } from './log-end.ts'
import { OpenChunk } from './open-chunk.ts'

/**
 * What appending comes to.
 *
 * @category RolloutLog
 */
export interface LogAppend {
  /** To be written in this order. When one fails, the log is read again: another writer has appended, or the rest was not written. */
  readonly changes: readonly LogChange[]
  /** Where the log ends once all of them are written. */
  readonly end: LogEnd
}

/**
 * Appends events to the log of a Module, or of the fleet: its open chunk is written again with them, and sealed once it has no room in 32 KiB; then
 * the next one is created. An event whose time is earlier than that of the one before counts as at the same time.
 *
 * @throws FleetkitError `model/invalid` with every problem: of an event that is of another log or says nothing that can be known, or of an open chunk
 * that cannot be read. Nothing is appended then.
 *
 * @example
 * ```ts
 * import { appendToLog, type HistoryEvent, type LogEnd } from 'fleetkit/fleet'
 *
 * const events: readonly HistoryEvent[] = [
 *   { at: Date.parse('2026-11-24T10:02:00Z'), type: 'assigned', module: 'shop', cluster: 'eu-37', revision: 'v5', why: 'stage canary has opened' },
 * ]
 * const nothing: LogEnd = { module: 'shop', seq: 0 }
 * const { changes, end } = appendToLog(nothing, events)
 * console.log(changes.map(({ verb, name }) => `${verb} ${name}`), end.seq) // [ 'create shop-1' ] 1
 * ```
 *
 * @category RolloutLog
 */
export function appendToLog(end: LogEnd, events: readonly HistoryEvent[]): LogAppend {
  const problems = [...endProblems(end), ...events.flatMap((event, index) => problemsOf(end.module, event, `events[${index}]`))]
  if (problems.length > 0) throw invalid(undefined, problems)
  const changes: LogChange[] = []
  let chunk: OpenChunk | undefined
  let last = end
  const write = (sealed: boolean): void => {
    if (chunk === undefined) return
    const written = chunk.write(sealed)
    changes.push(written.change)
    last = written.end
  }
  for (const event of events) {
    chunk ??= new OpenChunk(last, event)
    if (!chunk.hasRoom(event)) {
      write(true)
      chunk = new OpenChunk(last, event)
    }
    chunk.add(event)
  }
  write(false)
  return { changes, end: last }
}

const fields = rolloutLogSpecSchema.properties ?? {}
const dictionaries = fields.names?.properties ?? {}

/** Why nothing can be appended there. */
function endProblems({ module, seq, at = 0, open }: LogEnd): readonly Problem[] {
  const problems: Problem[] = []
  if (!(Number.isSafeInteger(seq) && seq >= 0)) problems.push({ path: 'seq', found: describeValue(seq), accepted: 'a whole number from 0' })
  if (!isTime(at)) problems.push({ path: 'at', found: describeValue(at), accepted: timeAccepted })
  const ofModule = module === undefined ? [] : validate(fields.module as Schema, module, 'module')
  return [...problems, ...ofModule, ...(open === undefined ? [] : chunkProblems(open))]
}

const timeAccepted = 'whole milliseconds since the epoch, from 1970 to 9999'
const isTime = (at: number): boolean => Number.isSafeInteger(at) && at >= 0 && at < endOfTime

/** Why an event cannot be written to the log of a Module, or of the fleet. */
function problemsOf(module: string | undefined, event: HistoryEvent, path: string): readonly Problem[] {
  const problems = eventProblems(event)
  if (problems.length > 0) return problems.map((problem) => ({ ...problem, path: `${path}.${problem.path}` }))
  const { at } = event
  const ofLog = event.module === module ? [] : [{ path: 'module', found: describeValue(event.module), accepted: describeValue(module) }]
  const ofTime = isTime(at) ? [] : [{ path: 'at', found: describeValue(at), accepted: timeAccepted }]
  const ofTexts = (['cluster', 'revision', 'why'] as const).flatMap((name) =>
    event[name] === undefined ? [] : validate(dictionaries[name]?.items as Schema, event[name], name),
  )
  return [...ofLog, ...ofTime, ...ofTexts].map((problem) => ({ ...problem, path: `${path}.${problem.path}` }))
}
