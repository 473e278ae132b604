import { formatTime } from '../../model/condition.ts'
import type { FieldAuthor } from '../../model/field-author.ts'
import { formatRef, type ObjectRef, refKey } from '../../model/reference.ts'
import type { Action } from '../apply/action.ts'
import type { ApplyPlan } from '../apply/plan.ts'
import type { HeldField } from './keep-fields.ts'

/** More corrections of a field in this time are contention; Config Sync's limits are the same. */
const windowMs = 60_000
const maxCorrections = 5
/** How long a field is left to the other manager: the first time, and at most. It doubles each time. */
const firstHoldMs = 60_000
const maxHoldMs = 3_600_000
/** How many fields of one object, and of one Sync, are watched. */
const maxFieldsOfObject = 50
const maxFields = 2000

/** A field that was corrected. */
interface Corrected {
  /** The last corrections, the newest last. */
  readonly times: readonly number[]
  /** How many attempts in a row have corrected it. */
  readonly inRow: number
  /** How often it has been left to the other manager. */
  readonly holds: number
  readonly heldUntil: number
  readonly author?: FieldAuthor | undefined
}

/** The fields of one object that were corrected. */
interface CorrectedObject {
  readonly ref: ObjectRef
  readonly fields: ReadonlyMap<string, Corrected>
}

/** What is known of the corrections of one Sync: its objects by their `refKey`. */
export type Corrections = ReadonlyMap<string, CorrectedObject>

/** A field that another manager writes again each time it is corrected. */
export interface Contention {
  readonly ref: ObjectRef
  readonly field: string
  readonly author?: FieldAuthor | undefined
  /** It is not corrected before, in milliseconds since the epoch. */
  readonly until: number
}

/**
 * What is known after a plan has been carried out: more than five corrections of a field within a minute, or in a row, are contention, and the
 * field is left to the other manager for a while. It is over when the field has stayed as it should be for as long.
 *
 * @returns the corrections, and the contention that has just been seen
 */
export function recordCorrections(
  before: Corrections,
  plan: ApplyPlan,
  now: number,
): { readonly corrections: Corrections; readonly begun: readonly Contention[] } {
  const begun: Contention[] = []
  const objects: [string, CorrectedObject][] = []
  let count = 0
  for (const action of plan.stages.flat()) {
    const key = refKey(action.ref)
    const fields = nextFields(before.get(key)?.fields ?? new Map(), action, now)
    for (const [field, { author, heldUntil }] of fields)
      if (heldUntil > now && heldUntil !== before.get(key)?.fields.get(field)?.heldUntil)
        begun.push({ ref: action.ref, field, author, until: heldUntil })
    count += fields.size
    if (fields.size > 0 && count <= maxFields) objects.push([key, { ref: action.ref, fields }])
  }
  return { corrections: new Map(objects), begun }
}

/** What is contended now. */
export function contentionsOf(corrections: Corrections): readonly Contention[] {
  return [...corrections.values()].flatMap(({ ref, fields }) =>
    [...fields].flatMap(([field, { holds, heldUntil, author }]) => (holds > 0 ? [{ ref, field, author, until: heldUntil }] : [])),
  )
}

/** How many of them a sentence names. */
const maxNamed = 5

/** Contentions as a sentence for people; `undefined` for none. */
export function formatContentions(contentions: readonly Contention[]): string | undefined {
  if (contentions.length === 0) return undefined
  const named = contentions.slice(0, maxNamed).map(({ ref, field, author, until }) => {
    const who = author === undefined ? 'it is changed' : `${author.manager} writes it`
    return `${formatRef(ref)} ${field}: ${who} again each time it is corrected, next correction after ${formatTime(until)}`
  })
  const more = contentions.length - named.length
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

/** The fields that are not corrected now, by the `refKey` of their object. */
export function heldFields(corrections: Corrections, now: number): ReadonlyMap<string, readonly HeldField[]> {
  const held = contentionsOf(corrections).filter(({ until }) => isHeld(until, now))
  return new Map(
    [...Map.groupBy(held, ({ ref }) => refKey(ref))].map(([key, fields]) => [key, fields.map(({ field }) => ({ path: field }))]),
  )
}

function nextFields(before: ReadonlyMap<string, Corrected>, action: Action, now: number): ReadonlyMap<string, Corrected> {
  const corrects = action.type === 'update' && action.reason.code === 'drifted'
  // Another revision, or what could not be written, says nothing.
  if (!corrects && action.reason.code !== 'unchanged') return before
  const changes = corrects ? action.changes.slice(0, maxFieldsOfObject) : []
  const corrected = changes.map(({ path, author }) => [path, correctedAgain(before.get(path), author, now)] as const)
  const changed = new Set(changes.map(({ path }) => path))
  const others = [...before].flatMap(([path, field]) => {
    const kept = changed.has(path) ? undefined : asItShouldBe(field, now)
    return kept === undefined ? [] : [[path, kept] as const]
  })
  return new Map([...corrected, ...others].slice(0, maxFieldsOfObject))
}

function correctedAgain(before: Corrected | undefined, author: FieldAuthor | undefined, now: number): Corrected {
  const { times: earlier = [], inRow: row = 0, holds = 0 } = before ?? {}
  const times = [...earlier, now].slice(-(maxCorrections + 1))
  const inRow = row + 1
  const often = times.length > maxCorrections && now - (times[0] as number) <= windowMs
  if (holds === 0 && !often && inRow <= maxCorrections) return { times, inRow, holds, heldUntil: 0, author }
  return { times, inRow, holds: holds + 1, heldUntil: now + holdMs(holds + 1), author }
}

/** A field that needs no correction; `undefined` when that has been so for long enough. While it is held that says nothing. */
function asItShouldBe(field: Corrected, now: number): Corrected | undefined {
  if (isHeld(field.heldUntil, now)) return field
  const quietMs = now - Math.max(field.heldUntil, field.times.at(-1) ?? 0)
  return quietMs > Math.max(windowMs, holdMs(field.holds)) ? undefined : { ...field, inRow: 0 }
}

/** What would be held for longer than anything is was held before the clock was set back. */
function isHeld(until: number, now: number): boolean {
  return until > now && until - now <= maxHoldMs
}

function holdMs(holds: number): number {
  return holds === 0 ? 0 : Math.min(maxHoldMs, firstHoldMs * 2 ** (holds - 1))
}
