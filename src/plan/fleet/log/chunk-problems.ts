import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { rolloutLogSpecSchema } from '../../../model/kinds/rollout-log/schema.ts'
import type { RolloutLogSnapshot, RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import { validate } from '../../../model/schema/validate.ts'
import { parseTime, timeAccepted } from '../../../model/time.ts'
import { historyEventTypes } from '../history/event.ts'
import { mostBytes } from './chunk.ts'
import { numbersOf } from './numbers-column.ts'

const types: ReadonlySet<string> = new Set(historyEventTypes)

/** Why something is no chunk that can be read, whatever its digest says. */
export function chunkProblems(spec: unknown): readonly Problem[] {
  const shape = validate(rolloutLogSpecSchema, spec, 'spec')
  if (shape.length > 0) return shape
  const chunk = spec as RolloutLogSpec
  const length = lengthOf(Object.values(chunk))
  if (length > mostBytes) return [{ path: 'spec', found: `${length} characters`, accepted: `at most ${mostBytes}` }]
  return [...headProblems(chunk), ...eventsProblems(chunk), ...snapshotProblems(chunk)]
}

function headProblems({ from, to, names }: RolloutLogSpec): readonly Problem[] {
  const problems: Problem[] = []
  for (const [path, time] of [
    ['spec.from', from],
    ['spec.to', to],
  ] as const)
    if ((parseTime(time) ?? -1) < 0) problems.push({ path, found: describeValue(time), accepted: timeAccepted })
  for (const [index, type] of names.type.entries())
    if (!types.has(type))
      problems.push({ path: `spec.names.type[${index}]`, found: describeValue(type), accepted: historyEventTypes.join(', ') })
  return problems
}

function eventsProblems({ names, events, from, to, count }: RolloutLogSpec): readonly Problem[] {
  const last = (parseTime(to) as number) - (parseTime(from) as number)
  const problems = columnsProblems(names, { ...events }, 'spec.events', count)
  if (problems.length > 0) return problems
  const sum = sumOf(events.at)
  return sum === last ? [] : [{ path: 'spec.events.at', found: `a sum of ${sum}`, accepted: `${last}, as spec.to is after spec.from` }]
}

function snapshotProblems({ names, snapshot, from }: RolloutLogSpec): readonly Problem[] {
  if (snapshot === undefined) return []
  const problems = columnsProblems(names, { ...snapshot }, 'spec.snapshot', numbersOf(snapshot.at)?.length ?? 0)
  if (problems.length > 0) return problems
  const [sum, first] = [sumOf(snapshot.at), parseTime(from) as number]
  return sum <= first ? [] : [{ path: 'spec.snapshot.at', found: `a sum of ${sum}`, accepted: `at most ${first}, which is spec.from` }]
}

type Column = keyof RolloutLogSnapshot

function columnsProblems(
  names: RolloutLogSpec['names'],
  columns: { readonly [Key in Column]?: string | undefined },
  path: string,
  count: number,
): readonly Problem[] {
  const most: Readonly<Record<Column, number>> = {
    at: Number.MAX_SAFE_INTEGER,
    type: names.type.length,
    cluster: names.cluster.length,
    revision: names.revision.length,
    why: names.why.length,
    assigned: names.revision.length,
    running: names.revision.length,
    unreachable: 1,
  }
  return (Object.entries(columns) as [Column, string][]).flatMap(([name, column]) => {
    const problem = columnProblem(column, count, name === 'type' ? 1 : 0, most[name])
    return problem === undefined ? [] : [{ path: `${path}.${name}`, ...problem }]
  })
}

function columnProblem(column: string, count: number, least: number, most: number): Omit<Problem, 'path'> | undefined {
  const numbers = numbersOf(column)
  if (numbers === undefined) return { found: describeValue(column), accepted: 'whole numbers with a space in between' }
  if (numbers.length !== count) return { found: `${numbers.length} numbers`, accepted: String(count) }
  const wrong = numbers.find((number) => number < least || number > most)
  return wrong === undefined ? undefined : { found: `number ${wrong}`, accepted: `${least} to ${most}` }
}

function sumOf(column: string): number {
  return (numbersOf(column) ?? []).reduce((sum, number) => sum + number, 0)
}

/** How many characters the texts in a value have together. */
function lengthOf(values: readonly unknown[]): number {
  let length = 0
  for (const value of values) {
    if (typeof value === 'string') length += value.length
    else if (typeof value === 'object' && value !== null) length += lengthOf(Object.values(value))
  }
  return length
}
