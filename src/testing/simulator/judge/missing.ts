import type { ModuleSpec, ModuleStatus } from '../../../model/kinds/module/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { isPinned } from '../../../plan/fleet/objects/module-view.ts'
import type { Explanation } from '../../../plan/fleet/planner/plan.ts'
import type { RolloutPhase } from '../../../rollout/planner/plan.ts'
import type { FleetState } from './fleet-state.ts'
import { isUpdating } from './happening.ts'
import { isSelected } from './is-selected.ts'

export interface MissingOptions {
  readonly state: FleetState
  readonly explain: (cluster: string, module: string) => Explanation | undefined
  /** Clusters of which nothing is expected. */
  readonly lost: ReadonlySet<string>
}

const goesOn: ReadonlySet<RolloutPhase | undefined> = new Set([undefined, 'Running', 'Reverting', 'Invalid'])

/** Whether what the status of a Module says is about the Module as it is now. */
export function isOfNow(object: KubeObject): boolean {
  const status = (object.status ?? {}) as Partial<ModuleStatus>
  return isPinned({ metadata: object.metadata, status: status as ModuleStatus }) && status.observedGeneration === object.metadata.generation
}

/** What is not as it is to be in the end: modules that have come to none, clusters that have not exactly what they are to have. */
export function missingIn({ state, explain, lost }: MissingOptions): readonly string[] {
  const messages: string[] = []
  // What nothing holds that failed, or is lost, has no reason to be stalled.
  const canStall = lost.size > 0 || [...state.allPairs()].some((pair) => pair.phase === 'Failed')
  for (const [name, object] of state.modules) {
    const { phase } = (object.status ?? {}) as { readonly phase?: RolloutPhase }
    if (object.metadata.deletionTimestamp !== undefined) messages.push(`${name} is still being deleted${waiting(name, state, explain)}`)
    else if (goesOn.has(phase) || !isOfNow(object) || (phase === 'Stalled' && !canStall))
      messages.push(`${name} is ${phase ?? 'not begun'}${waiting(name, state, explain)}`)
    else if (phase === 'Complete') for (const message of inexact(name, object, state, lost)) messages.push(message)
    for (const [cluster, revision] of state.pins.get(name) ?? []) {
      const pair = state.pair(cluster, name)
      if (pair?.isAssigned && pair.revision !== revision && isFree(cluster, state))
        messages.push(`${cluster} is pinned to ${state.versionOf(revision)} of ${name}, and is to have ${state.versionOf(pair.revision)}`)
    }
  }
  for (const { cluster, module } of state.allPairs())
    if (!state.modules.has(module) && !lost.has(cluster)) messages.push(`${cluster} has ${module}, which is gone`)
  return messages
}

/** What clusters have of a complete module that is not exactly that. */
function inexact(module: string, object: KubeObject, state: FleetState, lost: ReadonlySet<string>): readonly string[] {
  const other = new Map(otherThanComplete(module, object, state))
  return [...state.clusters.keys()].flatMap((name) => {
    const [pair, message] = [state.pair(name, module), other.get(name)]
    if (lost.has(name) || (message === undefined && pair === undefined)) return []
    if (message !== undefined) return [message]
    const isReady = pair === undefined || !state.clusters.get(name)?.isReachable || (!isUpdating(pair) && pair.phase === 'Ready')
    return isReady ? [] : [`${module} is Complete, and ${name} is not ready with it`]
  })
}

/** The clusters that are assigned something else of a complete module than they are to have. */
export function otherThanComplete(
  module: string,
  object: KubeObject,
  state: FleetState,
): readonly (readonly [cluster: string, message: string])[] {
  const { revision } = object.status as unknown as ModuleStatus
  const { clusters, suspend } = object.spec as unknown as ModuleSpec
  if (clusters?.expr !== undefined || suspend || object.metadata.deletionTimestamp !== undefined) return []
  return [...state.clusters].flatMap(([name, { object: cluster }]): readonly (readonly [string, string])[] => {
    // A rollout is complete without those that it leaves alone.
    if (!isFree(name, state) || state.pins.get(module)?.has(name)) return []
    const pair = state.pair(name, module)
    if (!isSelected({ clusters }, cluster)) return pair === undefined ? [] : [[name, `${module} is Complete, and ${name} still has it`]]
    if (pair === undefined || !pair.isAssigned) return [[name, `${module} is Complete, and ${name} lacks it`]]
    if (pair.revision === revision) return []
    return [[name, `${module} is Complete, and ${name} is to have ${state.versionOf(pair.revision)}`]]
  })
}

/** Whether a cluster can be given what it is to have. */
function isFree(name: string, state: FleetState): boolean {
  const { object, isReachable = false } = state.clusters.get(name) ?? {}
  const { suspend = false } = (object?.spec ?? {}) as { readonly suspend?: boolean }
  return isReachable && !suspend && object?.metadata.deletionTimestamp === undefined
}

/** Which clusters a module waits for, and why: the first three. */
function waiting(module: string, state: FleetState, explain: MissingOptions['explain']): string {
  const waits = [...state.clusters.keys()].flatMap((cluster) => {
    const explanation = explain(cluster, module)
    return explanation === undefined || explanation.state === 'done' || explanation.state === 'unassigned'
      ? []
      : [`${cluster}: ${explanation.message}`]
  })
  const more = waits.length - 3
  return waits.length === 0 ? '' : `: ${[...waits.slice(0, 3), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}`
}
