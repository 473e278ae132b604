import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import type { AssignedVersion, ObservedVersion, TargetView } from '../../target-view.ts'
import { Pages } from '../targets/pages.ts'
import { isOptional } from './is-optional.ts'

const unknown = Number.NaN

/** Views that are as they have to be: they are immutable, so that each is looked at once. */
const known = new WeakSet<TargetView>()

/**
 * A target as it may come from JSON: `null` and absent are the same. What is wrong about it makes it invalid, in the way that costs most of
 * the budgets: it counts as updating and unavailable unless it is known not to be. `undefined` when it has no id.
 */
export function readTarget(given: unknown): TargetView | undefined {
  if (!isMap(given)) return undefined
  const view = given as unknown as TargetView
  if (known.has(view)) return view
  if (typeof view.id !== 'string') return undefined
  const { labels, sortKey, weight, selected, hold, busy } = view
  const [reach, assigned, observed] = [reachOf(view.reach), readAssigned(view.assigned), readObserved(view.observed)]
  const isRight =
    isOptional(labels, isLabels) &&
    isOptional(sortKey, isNumber) &&
    isOptional(weight, isWeight) &&
    isOptional(selected, isBoolean) &&
    isOptional(hold, isHold) &&
    isOptional(busy, isBusy)
  const isAsGiven =
    isRight &&
    reach === view.reach &&
    assigned === view.assigned &&
    observed === view.observed &&
    ![labels, sortKey, weight, selected, hold, busy].includes(null as never)
  if (isAsGiven) {
    known.add(view)
    return view
  }
  return {
    id: view.id,
    ...(isLabels(labels) && { labels }),
    ...(isNumber(sortKey) && { sortKey }),
    ...(isWeight(weight) && { weight }),
    ...(isBoolean(selected) && { selected }),
    ...(isHold(hold) && { hold }),
    ...(isBusy(busy) && { busy }),
    reach: isRight ? reach : { ...reach, since: unknown },
    assigned,
    observed,
  }
}

/** What is read of a list of targets. */
export interface ReadTargets {
  /** The very list where all is as it has to be. */
  readonly targets: readonly TargetView[]
  /** The same, in pages. */
  readonly pages: Pages<TargetView>
  readonly problems: readonly Problem[]
}

/**
 * The targets of a list, and what is wrong with the list.
 *
 * @param before - targets that are as they have to be: most are mostly the same, at the same place
 */
export function readTargets(given: unknown, before?: Pages<TargetView>): ReadTargets {
  if (!Array.isArray(given)) {
    return { targets: [], pages: Pages.of([]), problems: [{ path: 'targets', found: describeValue(given), accepted: 'a list' }] }
  }
  const pages = Pages.of<TargetView>(given, before)
  if (isRight(pages, before)) return { targets: given, pages, problems: [] }
  const problems: Problem[] = []
  const targets: TargetView[] = []
  for (let index = 0; index < given.length; index += 1) {
    const view = readTarget(given[index])
    if (view !== undefined) targets.push(view)
    else problems.push({ path: `targets[${index}]`, found: describeValue(given[index]), accepted: 'a target with an id' })
  }
  return { targets, pages: Pages.of(targets, before), problems }
}

/** Whether all are as they have to be. Those that are where they were are. */
function isRight(pages: Pages<TargetView>, before: Pages<TargetView> | undefined): boolean {
  for (const index of pages.changesFrom(before)) {
    const target = pages.at(index)
    if (target === undefined || readTarget(target) !== target) return false
  }
  return true
}

function reachOf(reach: unknown): TargetView['reach'] {
  if (isMap(reach) && typeof reach.ok === 'boolean' && typeof reach.since === 'number') return reach as TargetView['reach']
  return { ok: !(isMap(reach) && reach.ok === false), since: unknown }
}

/** What was assigned, as it may come from JSON: what is wrong about it makes the target invalid. */
export function readAssigned(assigned: unknown): AssignedVersion | null {
  if (assigned === null || assigned === undefined) return null
  const { version, generation, at } = assigned as Readonly<Record<string, unknown>>
  if (isVersion(version) && isNumber(generation) && isNumber(at)) return assigned as AssignedVersion
  return { version: isVersion(version) ? version : '', generation: unknown, at: unknown }
}

const phases: ReadonlySet<unknown> = new Set(['applying', 'ready', 'failed', 'absent'] satisfies ObservedVersion['phase'][])

/** What was observed, likewise. */
export function readObserved(observed: unknown): ObservedVersion | null {
  if (observed === null || observed === undefined) return null
  const { version, generation, phase, since } = observed as Readonly<Record<string, unknown>>
  if (isVersion(version) && isNumber(generation) && phases.has(phase) && isNumber(since)) return observed as ObservedVersion
  return { version: '', generation: unknown, phase: 'applying', since: unknown }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isWeight(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value)
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isVersion(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  return isMap(value) && Object.values(value).every((text) => typeof text === 'string')
}

/** Whether something is a hold of a target. */
export function isHold(value: unknown): value is NonNullable<TargetView['hold']> {
  return value === 'paused' || value === 'excluded' || (isMap(value) && typeof value.pin === 'string')
}

function isBusy(value: unknown): value is NonNullable<TargetView['busy']> {
  if (!isMap(value)) return false
  const { reason, since, maxAge } = value
  return typeof reason === 'string' && Number.isFinite(since) && (maxAge === undefined || (isNumber(maxAge) && maxAge >= 0))
}
