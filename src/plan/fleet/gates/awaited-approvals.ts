import { canonicalJson } from '../../../model/json/canonical-json.ts'
import type { AwaitedApproval, StageApproval } from '../../../model/kinds/rollout/types.generated.ts'
import { sha256 } from '../../../model/sha256.ts'
import type { Approval } from '../../../rollout/planner/input.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { FleetModule } from '../planner/input.ts'
import type { FleetPlan, StageOfModule } from '../planner/plan.ts'

/**
 * The stages of a module that wait for nothing but approvals. The digest of each is of all that would begin: the revision and the attempt, the strategy, the clusters that would get it, and those that
 * have failed so far. Who approves names it, so that consent to something else counts for nothing.
 *
 * @param state - that of the rollout, as the plan has it
 * @throws FleetkitError `plan/superseded` when another plan has followed.
 *
 * @example
 * ```ts
 * import { awaitedApprovals, type FleetModule, planFleet } from 'fleetkit/fleet'
 *
 * const shop: FleetModule = { id: 'shop', revision: 'v2', selector: {}, rollout: { stages: [{ name: 'prod', approvals: 1 }] } }
 * const clusters = [{ id: 'eu-1', reach: { ok: true, since: 0 } }]
 * const plan = planFleet({ now: 0, modules: [shop], clusters })
 * const [prod] = awaitedApprovals(plan, shop, plan.decisions.rollouts[0]?.state)
 * console.log(prod?.stage, prod?.clusters, prod?.message) // prod 1 approvals (0 of 1)
 * ```
 *
 * @category Fleet
 */
export function awaitedApprovals(plan: FleetPlan, module: FleetModule, state: RolloutState | undefined): readonly AwaitedApproval[] {
  const { gates = [] } = plan.progress(module.id) ?? {}
  return gates.flatMap(({ kind, stage, track, waitingFor }) => {
    if (kind !== 'approval') return []
    const of = { stage, ...(track !== undefined && { track }) }
    const { updating, held } = plan.members(module.id, of)
    return [{ ...of, digest: digestOf(module, of, [...updating, ...held], state), clusters: held.length, message: waitingFor }]
  })
}

function digestOf(
  { revision, nonce = '', rollout }: FleetModule,
  { stage, track }: StageOfModule,
  clusters: readonly string[],
  state: RolloutState | undefined,
): string {
  const { failed = [] } = (track === undefined ? state : state?.tracks?.[track]) ?? {}
  const parts = { revision, nonce, rollout, stage, track, clusters: clusters.toSorted(), failed: failed.map(({ target }) => target).sort() }
  return sha256(canonicalJson(parts)).slice(0, 16)
}

/** What of the approvals that were given is for what waits now. */
export function approvalsFor(
  { revision, nonce = '' }: FleetModule,
  awaited: readonly AwaitedApproval[],
  given: readonly StageApproval[],
): readonly Approval[] {
  return given.flatMap(({ stage, track, by, digest }) => {
    const isAwaited = awaited.some((each) => each.stage === stage && each.track === track && each.digest === digest)
    return isAwaited ? [{ rid: { version: revision, nonce }, stage, ...(track !== undefined && { track }), actor: by, at: 0 }] : []
  })
}

/** The same, each naming those whose approval was for something else. */
export function withRefused(awaited: readonly AwaitedApproval[], given: readonly StageApproval[]): readonly AwaitedApproval[] {
  return awaited.map((each) => {
    const others = given.filter(({ stage, track, digest }) => stage === each.stage && track === each.track && digest !== each.digest)
    const names = [...new Set(others.map(({ by }) => by))].sort().join(', ')
    return names === '' ? each : { ...each, message: `${each.message}; what ${names} approved of was something else` }
  })
}
