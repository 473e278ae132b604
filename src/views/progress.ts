import { formatDuration } from '../model/duration.ts'
import { withoutSubject } from '../model/errors/without-subject.ts'
import { printable } from '../model/printable.ts'
import { formatRef, type ObjectRef, refKey } from '../model/reference.ts'
import type { FleetEvent } from '../observe/events.ts'
import { formatCounts } from './event-text.ts'
import { colors, type Paint, painter } from './paint.ts'

/** How {@link progressView} writes. */
export interface ProgressOptions {
  /** Writes to the terminal or the pipe, as `process.stderr.write` does. */
  readonly write: (text: string) => unknown
  /** Whether lines may be overwritten: in a terminal. In a pipe, a line is written when its stage has ended. Off by default. */
  readonly live?: boolean | undefined
  /** ANSI colours. Off by default. */
  readonly color?: boolean | undefined
  /** Columns of the terminal, to which live lines are cut. 100 by default. */
  readonly width?: number | undefined
}

type StageName = 'source' | 'plan' | 'apply' | 'prune' | 'health' | 'end'

/** What is known of one stage of an attempt. */
interface Stage {
  readonly name: StageName
  readonly state: 'running' | 'done' | 'failed'
  readonly text: string
}

/** One attempt as it goes: a value, which each event turns into the next. */
interface Attempt {
  readonly sync: ObjectRef
  readonly stages: readonly Stage[]
  /** How many objects are to be written, and to be deleted. */
  readonly writes: number
  readonly deletions: number
  readonly written: number
  readonly deleted: number
  /** Of each object that is waited for, how it was seen last. */
  readonly health: ReadonlyMap<string, { readonly ref: ObjectRef; readonly health: string }>
}

/**
 * Shows the progress of attempts, one line a stage: source, plan, apply, prune, health. In a terminal the lines are kept up to date; in a
 * pipe each is written once, when its stage has ended. The result is a listener.
 *
 * @example
 * ```ts
 * import type { SyncRunner } from 'fleetkit'
 * import { progressView } from 'fleetkit/views'
 *
 * declare const runner: SyncRunner
 * const { stderr } = process
 * const view = progressView({ write: (text) => stderr.write(text), live: stderr.isTTY, color: stderr.isTTY, width: stderr.columns })
 * using shown = runner.events.on('*', view)
 * ```
 */
export function progressView({ write, live = false, color = false, width = 100 }: ProgressOptions): (event: FleetEvent) => void {
  const paint = painter(color)
  const attempts = new Map<string, Attempt>()
  let drawn = 0
  const lineOf = (sync: ObjectRef, stage: Stage): string => formatStage(sync, stage, live ? width : undefined, paint)
  const redraw = (ended: readonly string[]): void => {
    const lines = [...attempts.values()].flatMap(({ sync, stages }) => stages.map((stage) => lineOf(sync, stage)))
    // Up to where the block begins, and clear from there.
    const up = drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`
    drawn = lines.length
    write(up + [...ended, ...lines].map((line) => `${line}\n`).join(''))
  }
  return (event) => {
    const sync = (event as { readonly sync?: ObjectRef }).sync
    if (sync === undefined || !event.type.startsWith('sync.')) return
    const key = refKey(sync)
    // A plan that is only made has events too, and is no attempt.
    if (!attempts.has(key) && !beginning.has(event.type)) return
    const before = attempts.get(key) ?? begun(sync)
    const after = next(before, event)
    if (after === before) return
    const over = after.stages.some(({ name }) => name === 'end')
    if (over) attempts.delete(key)
    else attempts.set(key, after)
    const complete = after.stages.filter(({ state }) => state !== 'running')
    if (live) redraw(over ? after.stages.map((stage) => lineOf(sync, stage)) : [])
    else {
      const known = before.stages.filter(({ state }) => state !== 'running').length
      for (const stage of complete.slice(known)) write(`${lineOf(sync, stage)}\n`)
    }
  }
}

/** What can be the first that is heard of an attempt. */
const beginning: ReadonlySet<FleetEvent['type']> = new Set(['sync.started', 'sync.failed', 'sync.suspended', 'sync.held'])

function begun(sync: ObjectRef): Attempt {
  return { sync, stages: [], writes: 0, deletions: 0, written: 0, deleted: 0, health: new Map() }
}

/** The attempt after an event; the same value when the event shows nothing. */
function next(attempt: Attempt, event: FleetEvent): Attempt {
  switch (event.type) {
    case 'sync.started':
      return enter(begun(event.sync), 'source', 'being resolved')
    case 'sync.resolved':
      return enter(finish(attempt, 'source', event.revision), 'plan', 'being made')
    case 'sync.planned': {
      const { create = 0, update = 0, adopt = 0, replace = 0, prune = 0 } = event.actions
      const planned = finish(attempt, 'plan', formatCounts(event.actions))
      return counted({ ...planned, writes: create + update + adopt + replace, deletions: prune })
    }
    case 'sync.applied':
      return counted({ ...attempt, written: attempt.written + 1 })
    case 'sync.pruned':
      return counted({ ...attempt, deleted: attempt.deleted + 1 })
    case 'sync.health':
      return judged({ ...attempt, health: new Map(attempt.health).set(refKey(event.ref), event) })
    case 'sync.finished':
      return end(attempt, 'done', `${event.revision} is applied in ${formatDuration(event.durationMs)}`)
    case 'sync.failed':
      return end(attempt, 'failed', withoutSubject(event.error.message, attempt.sync))
    case 'sync.held':
      return end(attempt, 'done', 'the handbrake is pulled')
    case 'sync.suspended':
      return end(attempt, 'done', 'suspended')
    default:
      return attempt
  }
}

function counted(attempt: Attempt): Attempt {
  const { writes, written, deletions, deleted } = attempt
  const applying = writes === 0 ? attempt : progress(attempt, 'apply', written, writes)
  return deletions === 0 || (written < writes && deleted === 0) ? applying : progress(applying, 'prune', deleted, deletions)
}

function progress(attempt: Attempt, name: StageName, done: number, all: number): Attempt {
  const text = `${done} of ${all} ${all === 1 ? 'object' : 'objects'}`
  return done >= all ? finish(attempt, name, text) : enter(attempt, name, text)
}

function judged(attempt: Attempt): Attempt {
  const all = [...attempt.health.values()]
  const waiting = all.filter(({ health }) => health !== 'Current')
  const names = waiting.slice(0, 3).map(({ ref, health }) => `${formatRef(ref)} is ${health}`)
  const more = waiting.length > names.length ? [`${waiting.length - names.length} more`] : []
  const text = `${all.length - waiting.length} of ${all.length}`
  return enter(attempt, 'health', waiting.length === 0 ? text : `${text}; ${[...names, ...more].join(', ')}`)
}

/** A stage that goes on. */
function enter(attempt: Attempt, name: StageName, text: string): Attempt {
  return withStage(attempt, { name, state: 'running', text })
}

function finish(attempt: Attempt, name: StageName, text: string): Attempt {
  return withStage(attempt, { name, state: 'done', text })
}

/** The end of an attempt: what still ran, ended as the attempt did. */
function end(attempt: Attempt, state: 'done' | 'failed', text: string): Attempt {
  const stages = attempt.stages.map((stage) => (stage.state === 'running' ? { ...stage, state } : stage))
  return withStage({ ...attempt, stages }, { name: 'end', state, text })
}

function withStage(attempt: Attempt, stage: Stage): Attempt {
  const known = attempt.stages.some(({ name }) => name === stage.name)
  const stages = known ? attempt.stages.map((each) => (each.name === stage.name ? stage : each)) : [...attempt.stages, stage]
  return { ...attempt, stages }
}

const marks = { running: '…', done: '✔', failed: '✘' } as const
const markColors = { running: colors.yellow, done: colors.green, failed: colors.red } as const
const nameWidth = 6

function formatStage(sync: ObjectRef, { name, state, text }: Stage, width: number | undefined, paint: Paint): string {
  const line = `${formatRef(sync)} ${name.padEnd(nameWidth)} ${printable(text)}`
  // A longer line would take two rows of a terminal, and be overwritten wrongly.
  const shown = width === undefined || line.length + 2 < width ? line : `${line.slice(0, Math.max(0, width - 4)).toWellFormed()}…`
  return `${paint(markColors[state], marks[state])} ${shown}`
}
