import { describeValue, formatProblems, type Problem } from '../../../model/errors/problem.ts'
import { fieldOf } from '../../../model/json/value.ts'
import { parseRolloutLogName, type RolloutLogId } from '../../../model/kinds/rollout-log/name.ts'
import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import type { Json, KubeObject } from '../../../model/object.ts'
import { atOnce } from '../../at-once.ts'
import { assembleLog, type UnusableChunk, type UsableChunk } from './assemble-log.ts'
import { chunkDigest, nextSeq } from './chunk.ts'
import { chunkProblems } from './chunk-problems.ts'
import type { FleetLog, LogFinding } from './fleet-log.ts'

/** What the work on one object is reckoned as, beside its events, in characters. */
const objectCharacters = 2000
/** What the work on one event is reckoned as: checking its numbers, and their digest. */
const eventCharacters = 40

/**
 * The logs of a fleet.
 *
 * @category RolloutLog
 */
export interface FleetLogs {
  /** That of each Module, by name, and that of the fleet. */
  readonly logs: readonly FleetLog[]
  /** Of all of them, what is not as it was written. */
  readonly findings: readonly LogFinding[]
}

/**
 * Reads the RolloutLogs of a store, whatever was edited into them or is missing: every chunk that is not as it was written is named, and the others can
 * be used. They can be of many logs and in any order. It may take long for many: {@link readLogsSteps} lets others have a turn.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { historyOfLogs, readLogs } from 'fleetkit/fleet'
 *
 * export function whyOf(objects: readonly KubeObject[], module: string, cluster: string): string | undefined {
 *   const { logs, findings } = readLogs(objects)
 *   for (const { message } of findings) console.warn(message) // shop-3: found nothing, accepted the events of then
 *   return historyOfLogs(logs).newest({ module, cluster })[0]?.why
 * }
 * ```
 *
 * @category RolloutLog
 */
export function readLogs(objects: readonly KubeObject[]): FleetLogs {
  return atOnce(readLogsSteps(objects))
}

/**
 * The steps of {@link readLogs}. Each gives about the characters that it took.
 *
 * @category RolloutLog
 */
export function* readLogsSteps(objects: readonly KubeObject[]): Generator<number, FleetLogs> {
  const series = new Map<string | undefined, { readonly usable: UsableChunk[]; readonly unusable: UnusableChunk[] }>()
  const unnamed: LogFinding[] = []
  for (const [index, object] of objects.entries()) {
    const { name, id } = nameOf(object, index)
    if (id === undefined) unnamed.push(findingOf('invalid', name, { path: 'metadata.name', found: name, accepted: 'such as shop-7' }))
    else {
      const log = series.get(id.module) ?? { usable: [], unusable: [] }
      series.set(id.module, log)
      const looked = lookAt(name, id, object.spec)
      if ('finding' in looked) log.unusable.push(looked)
      else log.usable.push(looked)
      yield objectCharacters + ('spec' in looked ? looked.spec.count * eventCharacters : 0)
    }
  }
  const logs = [...series.keys()]
    .sort()
    .map((module) => assembleLog(module, series.get(module)?.usable ?? [], series.get(module)?.unusable ?? []))
  return { logs, findings: [...unnamed, ...logs.flatMap(({ findings }) => findings)] }
}

function nameOf(object: unknown, index: number): { readonly name: string; readonly id: RolloutLogId | undefined } {
  const name = fieldOf(fieldOf(object as Json, 'metadata'), 'name')
  if (typeof name !== 'string') return { name: `object ${index}`, id: undefined }
  return { name, id: parseRolloutLogName(name) }
}

/** What can be said of one object alone. */
function lookAt(name: string, { module, seq }: RolloutLogId, found: unknown): UsableChunk | UnusableChunk {
  const unusable = (kind: LogFinding['found'], next: number, ...problems: readonly Problem[]): UnusableChunk => ({
    name,
    seq,
    next,
    finding: findingOf(kind, name, ...problems),
  })
  const problems = chunkProblems(found)
  if (problems.length > 0) return unusable('invalid', seq + 1, ...problems)
  const spec = found as RolloutLogSpec
  for (const [field, accepted] of [
    ['module', module],
    ['seq', seq],
  ] as const)
    if (spec[field] !== accepted)
      return unusable('invalid', seq + 1, {
        path: `spec.${field}`,
        found: describeValue(spec[field]),
        accepted: `${describeValue(accepted)}, by its name`,
      })
  const digest = chunkDigest(spec)
  if (digest === spec.digest) return { name, spec }
  return unusable('edited', nextSeq(spec), { path: 'spec.digest', found: spec.digest, accepted: `${digest}, by what it says` })
}

function findingOf(found: LogFinding['found'], name: string, ...problems: readonly Problem[]): LogFinding {
  return { found, name, message: `${name}: ${formatProblems(problems)}` }
}
