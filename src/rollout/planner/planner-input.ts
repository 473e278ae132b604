import type { DependencyVerdict, RolloutInput } from './input.ts'

/** An input at work. What dependencies say may be asked for one target at a time, which spares making all of it. */
export interface PlannerInput extends RolloutInput {
  readonly verdictOf?: ((target: string) => DependencyVerdict | undefined) | undefined
}
