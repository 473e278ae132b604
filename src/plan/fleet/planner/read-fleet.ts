import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import type { FleetChanges, FleetInput } from './input.ts'

/** How each list names its elements. Two of one name would leave open which is meant. */
const keys: Readonly<Record<string, readonly string[]>> = {
  modules: ['id'],
  clusters: ['id'],
  revisions: ['module', 'id'],
  assemblages: ['cluster'],
  rollouts: ['module'],
  observed: ['cluster', 'module'],
}

const most = 10

/** `model/invalid` when something is no input of a fleet. */
export function checkInput(input: FleetInput): void {
  const required = ['modules', 'clusters'].flatMap((list) =>
    (input as unknown as Record<string, unknown>)?.[list] === undefined ? [list] : [],
  )
  refuse([...problemsOf(input), ...required.map((path) => ({ path, found: 'nothing', accepted: 'a list' }))])
}

/** `model/invalid` when something is no change of a fleet. */
export function checkChanges(changes: FleetChanges): void {
  refuse(problemsOf(changes))
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalid(undefined, problems.slice(0, most))
}

function problemsOf(given: unknown): Problem[] {
  if (!isMap(given)) return [{ path: '', found: describeValue(given), accepted: 'an object' }]
  const { now, policy } = given
  const problems: Problem[] = []
  if (typeof now !== 'number' || !Number.isFinite(now))
    problems.push({ path: 'now', found: describeValue(now), accepted: 'milliseconds since the epoch' })
  if (policy !== undefined && !isMap(policy)) problems.push({ path: 'policy', found: describeValue(policy), accepted: 'an object' })
  for (const [list, names] of Object.entries(keys)) if (given[list] !== undefined) addListProblems(list, names, given[list], problems)
  for (const list of ['removedModules', 'removedClusters']) {
    const ids = given[list]
    if (ids !== undefined && !(Array.isArray(ids) && ids.every((id) => typeof id === 'string')))
      problems.push({ path: list, found: describeValue(ids), accepted: 'a list of ids' })
  }
  return problems
}

function addListProblems(list: string, names: readonly string[], given: unknown, problems: Problem[]): void {
  if (!Array.isArray(given)) {
    problems.push({ path: list, found: describeValue(given), accepted: 'a list' })
    return
  }
  const known = new Set<string>()
  for (const [at, item] of given.entries()) {
    const path = `${list}[${at}]`
    const ids = isMap(item) ? names.map((name) => item[name]) : []
    const wrong = isMap(item) ? names.find((name) => typeof item[name] !== 'string') : ''
    if (wrong !== undefined) {
      const field = wrong === '' ? '' : `.${wrong}`
      problems.push({ path: `${path}${field}`, found: describeValue(wrong === '' ? item : (item as never)[wrong]), accepted: 'a text' })
      continue
    }
    const key = ids.join('\n')
    if (known.has(key)) problems.push({ path, found: `${names.join(' and ')} ${ids.join(' and ')} again`, accepted: 'each once' })
    known.add(key)
    if (list === 'revisions') addNeedsProblems(`${path}.needs`, (item as { needs?: unknown }).needs, problems)
    if (list === 'assemblages') addListProblems(`${path}.modules`, ['module'], (item as { modules?: unknown }).modules, problems)
  }
}

function addNeedsProblems(path: string, needs: unknown, problems: Problem[]): void {
  const isRight = (need: unknown): boolean =>
    isMap(need) && typeof need.module === 'string' && (need.range == null || typeof need.range === 'string')
  if (needs != null && !(Array.isArray(needs) && needs.every(isRight)))
    problems.push({ path, found: describeValue(needs), accepted: 'a list of modules, each with its range' })
}
