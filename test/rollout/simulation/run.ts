import type { Planner } from './properties.ts'
import { simulate } from './simulate.ts'

/** What many simulated rollouts came to. */
export interface Report {
  readonly simulated: number
  readonly plans: number
  readonly phases: Readonly<Record<string, number>>
  /** By property: how often it did not hold, and the first time. */
  readonly violations: ReadonlyMap<string, { readonly count: number; readonly first: string }>
}

/** Simulates rollouts with the seeds `from`, `from + 1` and so on. `until` may end it early. */
export function simulateMany(planner: Planner, from: number, count: number, until: (property: string) => boolean = () => false): Report {
  const violations = new Map<string, { count: number; first: string }>()
  const phases: Record<string, number> = {}
  let [plans, simulated, over] = [0, 0, false]
  for (let seed = from; seed < from + count && !over; seed += 1) {
    const { phase, plans: made } = simulate(seed, planner, (property, detail) => {
      const known = violations.get(property)
      if (known === undefined) violations.set(property, { count: 1, first: `seed ${seed}: ${detail}` })
      else known.count += 1
      over ||= until(property)
    })
    phases[phase] = (phases[phase] ?? 0) + 1
    plans += made
    simulated += 1
  }
  return { simulated, plans, phases, violations }
}
