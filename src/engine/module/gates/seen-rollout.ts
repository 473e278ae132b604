import { Rollout } from '../../../model/kinds/rollout/rollout.ts'
import type { RolloutEmergency, RolloutHandbrake, StageApproval } from '../../../model/kinds/rollout/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { FleetModule } from '../../../plan/fleet/planner/input.ts'

/** What people say in a Rollout. */
export interface SeenRollout {
  readonly namespace: string
  readonly name: string
  readonly handbrake?: RolloutHandbrake | undefined
  readonly emergency?: RolloutEmergency | undefined
  readonly approvals: readonly StageApproval[]
  readonly pins: NonNullable<FleetModule['holds']>
}

export function seenRollout({ status: _, ...object }: KubeObject): SeenRollout {
  const { metadata, spec } = Rollout.from(object)
  const { handbrake, emergency, approvals = [], pins = [] } = spec
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    ...(handbrake !== undefined && { handbrake }),
    ...(emergency !== undefined && { emergency }),
    approvals,
    pins: Object.fromEntries(pins.map(({ cluster, revision }) => [cluster, { pin: revision }])),
  }
}
