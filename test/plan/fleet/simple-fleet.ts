import { matchesSelector } from 'fleetkit'
import {
  type AssembledModule,
  dependencyVerdicts,
  type FleetInput,
  type FleetModule,
  type FleetPolicy,
  type ObservedModule,
} from 'fleetkit/fleet'
import { carryOut, planRollouts, type RolloutAction, type RolloutState, type TargetView } from 'fleetkit/rollout'
import { plannerWindows } from 'fleetkit/windows'

const day = 86_400_000

/** What a fleet comes to. */
export interface SimplePlan {
  /** By cluster. */
  readonly assemblages: Readonly<Record<string, readonly AssembledModule[]>>
  readonly states: Readonly<Record<string, RolloutState | null>>
}

/**
 * `planFleet` written again without anything of it, from the planners of rollouts and of dependencies: everything is planned; the first in turn of which something
 * is decided is carried out; and so on, until nothing is decided any more.
 */
export function planSimply({
  now,
  modules,
  revisions = [],
  clusters,
  assemblages = [],
  rollouts = [],
  policy = {},
}: FleetInput): SimplePlan {
  const pairOf = (cluster: string, module: string): AssembledModule | undefined =>
    assemblages.find((each) => each.cluster === cluster)?.modules.find((each) => each.module === module)
  const targets = new Map<string, readonly TargetView[]>(
    modules.map((module) => [
      module.id,
      clusters.flatMap((cluster): TargetView[] => {
        const { uid: _, hold, ...seen } = cluster
        const { assigned = null, observed = null } = pairOf(cluster.id, module.id) ?? {}
        const selected = matchesSelector(module.selector, cluster.labels)
        if (!selected && assigned === null && observed === null) return []
        return [{ ...seen, hold: module.holds?.[cluster.id] ?? hold, selected, assigned, observed }]
      }),
    ]),
  )
  const states = new Map<string, RolloutState | null>(
    modules.map(({ id }) => [id, rollouts.find(({ module }) => module === id)?.state ?? null]),
  )
  for (;;) {
    const verdicts = dependencyVerdicts(modules.map((module) => observedModule(module, targets.get(module.id) ?? [], revisions)))
    const { plans } = planRollouts({
      budgets: policy.budgets ?? [],
      patience: policy.patience,
      rollouts: modules.map((module) => ({
        priority: module.priority,
        prev: states.get(module.id) ?? null,
        input: {
          now,
          module: { id: module.id, version: module.revision, nonce: module.nonce },
          strategy: module.rollout ?? { stages: [] },
          targets: targets.get(module.id) ?? [],
          approvals: module.approvals,
          paused: module.paused === true || policy.handbrake === true,
          aborted: module.aborted,
          dependencies: verdicts[module.id],
          freezes:
            policy.freezes && plannerWindows({ freezes: policy.freezes }, { from: now - day, to: now + 400 * day, limit: 20_000 }).freezes,
        },
      })),
    })
    const since = (id: string): number => {
      const waiting = states.get(id)?.waitingSince ?? null
      return waiting !== null && now - waiting >= (policy.patience ?? 3_600_000) ? waiting : Number.POSITIVE_INFINITY
    }
    const inTurn = [...modules.entries()].sort(([, a], [, b]) => {
      const [x, y] = [since(a.id), since(b.id)]
      if (x !== y) return x < y ? -1 : 1
      const began = (id: string): number => states.get(id)?.startedAt ?? now
      return (b.priority ?? 0) - (a.priority ?? 0) || began(a.id) - began(b.id) || (a.id < b.id ? -1 : 1)
    })
    const next = inTurn.find(([at, { id }]) => {
      const plan = plans[at]
      const pins = pinsOf(modules[at] as FleetModule, targets.get(id) ?? [], now, policy)
      return (
        plan !== undefined && (plan.actions.length > 0 || pins.length > 0 || JSON.stringify(plan.state) !== JSON.stringify(states.get(id)))
      )
    })
    if (next === undefined) break
    const [at, { id }] = next
    const plan = plans[at]
    states.set(id, plan?.state ?? null)
    const pins = pinsOf(modules[at] as FleetModule, targets.get(id) ?? [], now, policy)
    targets.set(id, carryOut(targets.get(id) ?? [], [...(plan?.actions ?? []), ...pins], now))
  }
  return {
    assemblages: Object.fromEntries(
      clusters.map(({ id: cluster }) => [
        cluster,
        modules
          .flatMap(({ id: module, direct }): AssembledModule[] => {
            const view = targets.get(module)?.find(({ id }) => id === cluster)
            if (view === undefined || (view.assigned === null && view.observed === null)) return []
            return [{ module, assigned: view.assigned, observed: view.observed, ...(direct === true && { direct }) }]
          })
          .sort((a, b) => (a.module < b.module ? -1 : 1)),
      ]),
    ),
    states: Object.fromEntries(states),
  }
}

/** The clusters that are to get what they are pinned to. */
function pinsOf(module: FleetModule, targets: readonly TargetView[], now: number, policy: FleetPolicy): readonly RolloutAction[] {
  if (module.paused === true || policy.handbrake === true || module.revision === null) return []
  return targets.flatMap(({ id, selected, reach, assigned, busy }) => {
    const hold = module.holds?.[id]
    if (typeof hold !== 'object' || hold.pin === module.revision || selected === false || !reach.ok || assigned?.version === hold.pin)
      return []
    const isBusy = busy !== undefined && now < busy.since + (busy.maxAge ?? Number.POSITIVE_INFINITY)
    return isBusy ? [] : [{ target: id, set: hold.pin, why: 'stage', stage: 'rest' }]
  })
}

function observedModule(
  { id, revision }: FleetModule,
  clusters: readonly TargetView[],
  revisions: FleetInput['revisions'] = [],
): ObservedModule {
  const needs = Object.fromEntries(revisions.filter(({ module }) => module === id).map((each) => [each.id, each.needs ?? []]))
  return { id, version: revision, needs: revision === null ? [] : needs[revision], neededBefore: needs, clusters }
}
