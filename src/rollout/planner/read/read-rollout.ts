import { type Diagnostic, errorOf } from '../../diagnostic.ts'
import type { RolloutState } from '../../state/state.ts'
import type { TargetView } from '../../target-view.ts'
import type { RolloutInput } from '../input.ts'
import type { PlannerInput } from '../planner-input.ts'
import type { Pages } from '../targets/pages.ts'
import { readInput } from './read-input.ts'
import { readState } from './read-state.ts'

/** What a rollout is planned from, as the planner takes it, and what is wrong with it. */
export interface ReadRollout {
  readonly input: PlannerInput
  /** The targets of the input, in pages that are shared with those of the tick before. */
  readonly pages?: Pages<TargetView> | undefined
  readonly prev: RolloutState | null
  /** The state as it was given, which a refusal leaves as it is. */
  readonly given: RolloutState | null
  readonly errors: readonly Diagnostic[]
}

/** Reads an input and a state as they may come from JSON. */
export function readRollout(input: RolloutInput, prev: RolloutState | null): ReadRollout {
  const { state, problems } = readState(prev)
  const read = readInput(input, state)
  return {
    input: read.input,
    pages: read.pages,
    prev: state,
    given: prev ?? null,
    errors: [...read.errors, ...problems.map((problem) => errorOf('bad-input', problem))],
  }
}
