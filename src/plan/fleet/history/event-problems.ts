import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { type HistoryEvent, type HistoryState, historyEventTypes } from './event.ts'

const types: ReadonlySet<unknown> = new Set(historyEventTypes)
const texts = ['module', 'cluster', 'revision', 'why'] as const

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
const none: readonly Problem[] = []

/** Why something is no event. */
export function eventProblems(event: HistoryEvent): readonly Problem[] {
  const { at, type, module, cluster, revision, why } = event
  if (Number.isSafeInteger(at) && types.has(type) && isText(module) && isText(cluster) && isText(revision) && isText(why)) return none
  const problems: Problem[] = []
  if (!Number.isSafeInteger(at)) problems.push({ path: 'at', found: describeValue(at), accepted: 'whole milliseconds since the epoch' })
  if (!types.has(type)) problems.push({ path: 'type', found: describeValue(type), accepted: historyEventTypes.join(', ') })
  for (const name of texts)
    if (!isText(event[name])) problems.push({ path: name, found: describeValue(event[name]), accepted: 'a text, or nothing' })
  return problems
}

/** Why something is no state, whatever its last event is. */
export function stateProblems(state: HistoryState): readonly Problem[] {
  const problems: Problem[] = []
  for (const name of ['assigned', 'running'] as const)
    if (!isText(state[name])) problems.push({ path: name, found: describeValue(state[name]), accepted: 'a text, or nothing' })
  if (typeof state.reachable !== 'boolean')
    problems.push({ path: 'reachable', found: describeValue(state.reachable), accepted: 'true or false' })
  return problems
}
