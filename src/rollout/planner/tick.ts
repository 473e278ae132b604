import type { RolloutEvent } from '../state/event.ts'
import { applyEvent } from '../state/replay.ts'
import type { RolloutState } from '../state/state.ts'
import type { Layout } from './assign-stages.ts'
import type { RolloutInput } from './input.ts'
import { Wake } from './wake.ts'

/** One call of the planner at work: what it was given, and what it has decided so far. */
export class Round {
  readonly input: RolloutInput
  readonly layout: Layout
  readonly now: number
  readonly wake: Wake
  readonly events: RolloutEvent[] = []
  #state: RolloutState

  constructor(input: RolloutInput, layout: Layout, state: RolloutState) {
    this.input = input
    this.layout = layout
    this.now = input.now
    this.wake = new Wake(input.now)
    this.#state = state
  }

  get state(): RolloutState {
    return this.#state
  }

  /** The version that is rolled out; `null` when the module is to be gone. */
  get wanted(): string | null {
    return this.#state.rid.version
  }

  /** Decides something. Nothing else changes the state. */
  record(event: RolloutEvent): void {
    this.events.push(event)
    this.#state = applyEvent(this.#state, event) as RolloutState
  }
}
