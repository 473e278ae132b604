import { sameRollout } from '../../state/id.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import type { Gate } from '../plan.ts'
import type { Tick } from '../tick.ts'

/** Who has approved of a stage that is to begin, and what it waits for where they are too few. */
export function approvalOf(tick: Tick, next: ResolvedStage): { readonly gate?: Gate; readonly actors: readonly string[] } {
  if (next.approvals === 0 || tick.fastRollback) return { actors: [] }
  const { now } = tick
  const { name: stage, approvals: needed } = next
  const given = new Set<string>()
  for (const { rid, stage: of, actor, at, revokedAt } of tick.input.approvals ?? []) {
    const until = revokedAt ?? Number.POSITIVE_INFINITY
    if (of !== stage || !sameRollout(rid, tick.state.rid)) continue
    tick.wake.add(at)
    tick.wake.add(until)
    if (at <= now && now < until) given.add(actor)
  }
  const actors = [...given].sort()
  if (actors.length >= needed) return { actors }
  return { actors, gate: { kind: 'approval', stage, waitingFor: `approvals (${actors.length} of ${needed})` } }
}
