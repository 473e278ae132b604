import type { ClusterView, RolloutInput, RolloutPlan } from 'fleetkit/rollout'
import { carriedOut } from './simulation/properties.ts'

/** A cluster that is ready with a version. */
export const at = (id: string, version: string | null = 'v1', labels: Readonly<Record<string, string>> = {}): ClusterView => ({
  id,
  labels,
  reach: { ok: true, since: 0 },
  assigned: version === null ? null : { version, generation: 1, at: 0 },
  observed: version === null ? null : { version, generation: 1, phase: 'ready', since: 0 },
})

/** A cluster that was told `v2` at 900, and is seen to be so far with it since then. */
export const told = (id: string, phase?: 'applying' | 'ready' | 'failed', more: Partial<ClusterView> = {}): ClusterView => ({
  ...at(id),
  assigned: { version: 'v2', generation: 2, at: 900 },
  ...(phase && { observed: { version: 'v2', generation: 2, phase, since: 900 } }),
  ...more,
})
/** Out of reach since 100. */
export const dark = { reach: { ok: false, since: 100 } }

/** All at once, from whatever the clusters have to `v2`. */
export const rollout = (id: string, clusters: readonly ClusterView[], more: Partial<RolloutInput> = {}): RolloutInput => ({
  now: 1000,
  module: { id, version: 'v2' },
  strategy: { stages: [{ name: 'fleet' }], maxDeletions: 'all' },
  clusters,
  ...more,
})

/** All that was told has come true. */
export const comeTrue = (input: RolloutInput, plan: RolloutPlan, now: number): RolloutInput => {
  const { clusters } = carriedOut(input, plan)
  const views = clusters.map((view) => {
    const { assigned } = view
    if (assigned === null || view.observed?.generation === assigned.generation) return view
    const phase = assigned.version === null ? 'absent' : 'ready'
    return { ...view, observed: { version: assigned.version, generation: assigned.generation, phase, since: now } } as const
  })
  return { ...input, now, clusters: views }
}
