import type { Halt, RolloutState } from '../state/state.ts'
import type { TargetView } from '../target-view.ts'
import type { RolloutInput } from './input.ts'
import type { HoldCode } from './plan.ts'

/** Why a target is not started, without the target: many share one. */
export interface Hold {
  readonly reason: HoldCode
  readonly message: string
  readonly by: readonly string[]
  readonly until?: number | undefined
}

/** A hold whose `until` is left out when there is none. */
export function hold(reason: HoldCode, message: string, by: readonly string[] = [], until?: number): Hold {
  return until === undefined || !Number.isFinite(until) ? { reason, message, by } : { reason, message, by, until }
}

/** A halt for people. */
export function describeHalt({ code, stage }: Halt): string {
  const what = code === 'lost' ? 'more targets were lost' : 'more targets failed'
  return `${what} ${stage === '*' ? 'in all stages' : `in ${stage}`} than are tolerated`
}

/** What dependencies say against a start, or against the removal where `version` is `null`. */
export function dependencyHold({ module, dependencies }: RolloutInput, id: string, version: string | null): Hold | undefined {
  if (dependencies === undefined || !Object.hasOwn(dependencies, id)) return undefined
  const verdict = dependencies[id]
  const path = version === null ? verdict?.removal : verdict?.start
  if (path === undefined || path === null) return undefined
  const [reason, text] = version === null ? (['still-needed', 'is still needed by'] as const) : (['dependency', 'waits for'] as const)
  return hold(reason, `${module.id} ${text} ${path.at(-1) ?? 'another module'} on ${id}`, [...path, `target:${id}`])
}

/** The stopped label value that a target has. */
export function cohortHold({ cohorts }: RolloutState, { labels }: TargetView): Hold {
  const cohort = cohorts.find((text) => {
    const split = text.indexOf('=')
    return labels?.[text.slice(0, split)] === text.slice(split + 1)
  })
  return hold('cohort-halted', `failures gather under ${cohort}`, [`cohort:${cohort}`])
}
