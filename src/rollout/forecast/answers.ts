import type { Approval, Verdict } from '../planner/input.ts'
import type { Gate, RolloutPlan } from '../planner/plan.ts'
import type { RolloutId } from '../state/id.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import { resolveStrategy } from '../strategy/resolve.ts'
import { type Assumptions, toMs } from './assumptions.ts'

/** What people and checks are assumed to say once they are asked. */
export class Answers {
  readonly approvals: Approval[] = []
  readonly verdicts: Verdict[] = []
  readonly #strategy: CanonicalStrategy
  readonly #assume: Assumptions

  constructor(strategy: CanonicalStrategy, assume: Assumptions) {
    this.#strategy = strategy
    this.#assume = assume
  }

  /** Answers each gate that waits for an answer, some time after it first did. */
  ask({ gates, state }: Pick<RolloutPlan, 'gates' | 'state'>, now: number): void {
    if (state === null) return
    for (const gate of gates) {
      if (gate.kind === 'approval') this.#approve(gate, state.rid, now)
      if (gate.kind === 'check') this.#judge(gate, state.rid, now)
    }
  }

  /** When the next answer comes. */
  nextAfter(now: number): number {
    const due = [...this.approvals, ...this.verdicts].filter(({ at }) => at > now)
    return due.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY)
  }

  /** By as many people as the stage needs. */
  #approve({ stage, track }: Gate, rid: RolloutId, now: number): void {
    const { approvals: delay = 0 } = this.#assume
    if (delay === 'never' || this.approvals.some((approval) => approval.stage === stage && approval.track === track)) return
    const at = Math.max(now + toMs(delay, 'approvals'), now + 1)
    const needed = resolveStrategy(this.#strategy).stages.find(({ name }) => name === stage)?.approvals ?? 0
    for (let person = 1; person <= needed; person += 1) this.approvals.push({ rid, stage, track, actor: `person-${person}`, at })
  }

  #judge({ stage, track, check = '' }: Gate, rid: RolloutId, now: number): void {
    const { checks: delay = 0, failingChecks = [] } = this.#assume
    // One from before a member last finished does not count any more.
    if (
      delay === 'never' ||
      this.verdicts.some((known) => known.stage === stage && known.track === track && known.check === check && known.at > now)
    )
      return
    const verdict = failingChecks.includes(check) ? 'fail' : 'pass'
    this.verdicts.push({ rid, stage, track, check, verdict, at: Math.max(now + toMs(delay, 'checks'), now + 1), evidence: 'assumed' })
  }
}
