import type { RolloutEvent } from '../state/event.ts'
import { applyEvent } from '../state/replay.ts'
import type { RolloutState } from '../state/state.ts'
import type { RolloutAttempt } from './outcome.ts'
import type { PlannerInput } from './planner-input.ts'
import type { StagedTargets } from './targets/staged-targets.ts'
import { Wake } from './wake.ts'

/** One call of the planner at work: what it was given, and what it has decided so far. */
export class Tick implements RolloutAttempt {
  readonly input: PlannerInput
  readonly staged: StagedTargets
  readonly now: number
  readonly wake: Wake
  readonly events: RolloutEvent[] = []
  readonly startedAt: number
  readonly wanted: string | null
  readonly fastRollback: boolean
  #state: RolloutState

  constructor(input: PlannerInput, staged: StagedTargets, state: RolloutState) {
    this.input = input
    this.staged = staged
    this.now = input.now
    this.wake = new Wake(input.now)
    this.startedAt = state.startedAt
    this.wanted = state.rid.version
    this.fastRollback = state.fastRollback
    this.#state = state
  }

  get state(): RolloutState {
    return this.#state
  }

  /** Decides something. Nothing else changes the state. */
  record(event: RolloutEvent): void {
    this.events.push(event)
    this.#state = applyEvent(this.#state, event) as RolloutState
  }
}
