import { formatTime } from '../../model/condition.ts'
import { getOrMake } from '../get-or-make.ts'
import type { Halt, RolloutState } from '../state/state.ts'
import { labelOf, type TargetView } from '../target-view.ts'
import type { HoldCode } from './plan.ts'
import type { PlannerInput } from './planner-input.ts'

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

const texts: Map<number, string> = new Map()

/** A time for people, as RFC 3339; one that it cannot write in milliseconds. */
export function timeText(at: number): string {
  // Many holds name the same few times, and writing one takes as long as all else about a hold.
  if (texts.size > 64) texts.clear()
  return getOrMake(texts, at, () => (at >= 0 && at < Date.UTC(10_000, 0) ? formatTime(at) : `${at} ms`))
}

/** A few ids for people, and how many more there are. */
export function listText(ids: readonly string[], total: number = ids.length): string {
  const named = ids.slice(0, 3).join(', ')
  return total > 3 ? `${named} and ${total - Math.min(3, ids.length)} more` : named
}

/**
 * A budget that has nothing left, for people: how much of it is used by what, and a few of the ids.
 *
 * @param weighed - for a budget by weight, which leaves no room for one more: how many use it
 */
export function fullText(budget: string, limit: number, used: number, doing: string, ids: readonly string[], weighed?: number): string {
  if (limit === 0) return `${budget} is 0, so nothing starts`
  const named = `(${listText(ids, weighed ?? used)})`
  if (weighed === undefined) return `${budget} is used up: ${used} of ${limit} ${doing} ${named}`
  return `${budget} has no room for it: ${used} of ${limit} by weight ${doing} ${named}`
}

/** What a verdict went by, for people. */
export function evidenceText(evidence: string | undefined): string {
  return evidence === undefined ? '' : `: ${evidence}`
}

/** A halt for people. */
export function describeHalt({ code, stage, check, verdict, evidence }: Halt, failed: RolloutState['failed']): string {
  if (code === 'check') {
    const what = verdict === 'fail' ? 'failed' : verdict === 'pending' ? 'was pending for too long' : 'had no verdict for too long'
    return `check ${check} of ${stage} ${what}${evidenceText(evidence)}`
  }
  const what = code === 'lost' ? 'more targets were lost' : 'more targets failed'
  const ids = haltingFailures({ code, stage }, failed)
  return `${what} ${stage === '*' ? 'in all stages' : `in ${stage}`} than are tolerated: ${ids.length} (${listText(ids)})`
}

/** The targets whose failures count towards a halt. */
export function haltingFailures({ code, stage }: Pick<Halt, 'code' | 'stage'>, failed: RolloutState['failed']): readonly string[] {
  if (code === 'check') return []
  const counts = failed.filter((failure) => (failure.reason === 'lost') === (code === 'lost') && (stage === '*' || failure.stage === stage))
  return counts.map(({ target }) => target)
}

/** The target's own veto, as long as it is believed. */
export function busyHold({ id, busy }: TargetView, now: number): Hold | undefined {
  if (busy === undefined) return undefined
  const { reason, since, maxAge = Number.POSITIVE_INFINITY } = busy
  const until = since + maxAge
  if (until <= now) return undefined
  const atMost = Number.isFinite(until) ? `, at most until ${timeText(until)}` : ''
  return hold('busy', `${id} is busy since ${timeText(since)}: ${reason}${atMost}`, [`target:${id}`], until)
}

/** What dependencies say against a start, or against the removal where `version` is `null`. */
export function dependencyHold({ module, dependencies, verdictOf }: PlannerInput, id: string, version: string | null): Hold | undefined {
  const isListed = dependencies !== undefined && Object.hasOwn(dependencies, id)
  const verdict = isListed ? dependencies[id] : verdictOf?.(id)
  const path = version === null ? verdict?.removal : verdict?.start
  if (path === undefined || path === null) return undefined
  const [reason, text] = version === null ? (['still-needed', 'is still needed by'] as const) : (['dependency', 'waits for'] as const)
  return hold(reason, `${module.id} ${text} ${path.at(-1) ?? 'another module'} on ${id}`, [...path, `target:${id}`])
}

/** The stopped label value that a target has. */
export function cohortHold({ cohorts }: RolloutState, { labels }: TargetView): Hold {
  const cohort = cohorts.find((text) => {
    const split = text.indexOf('=')
    return labelOf(labels, text.slice(0, split)) === text.slice(split + 1)
  })
  return hold('cohort-halted', `failures gather under ${cohort}`, [`cohort:${cohort}`])
}
