import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import type { Schema } from '../../../model/schema/schema.ts'
import { validate } from '../../../model/schema/validate.ts'
import { selectorSchema, validateSelector } from '../../../model/schema/validate-selector.ts'
import type { TargetWindows, WindowScope } from '../../strategy/interval.ts'
import { withoutNulls } from '../../without-nulls.ts'
import { open, text, texts, time } from './schemas.ts'

const zone: Schema = { ...open, required: ['label'], properties: { label: text, in: texts, notIn: texts } }
const scope = { selector: selectorSchema, zone, note: text }
const interval = { from: time, to: time }

/** The schema of a list of intervals. */
export const intervalsSchema: Schema = { type: 'array', items: { ...open, properties: interval, required: ['from', 'to'] } }

/** The schema of a list of freezes. */
export const freezesSchema: Schema = {
  type: 'array',
  items: { ...open, properties: { name: text, ...interval, ...scope }, required: ['name', 'from', 'to'] },
}

const targetWindowsSchema: Schema = { ...open, properties: { ...scope, intervals: intervalsSchema }, required: ['intervals'] }

/** Windows that are as they have to be: they are immutable, and can have thousands of intervals, so that each is looked at once. */
const known = new WeakSet<TargetWindows>()

/** Windows of some targets as they may come from JSON, and what is wrong with them. */
export function readTargetWindows(given: unknown): { readonly windows?: readonly TargetWindows[]; readonly problems: readonly Problem[] } {
  if (given === undefined || given === null) return { problems: [] }
  if (!Array.isArray(given)) return { problems: [{ path: 'targetWindows', found: describeValue(given), accepted: 'a list' }] }
  const problems: Problem[] = []
  const windows = Array.from(given as readonly TargetWindows[], (one, index): TargetWindows => {
    if (known.has(one)) return one
    const path = `targetWindows[${index}]`
    const read = withoutNulls(one)
    const shape = validate(targetWindowsSchema, read, path)
    const found = shape.length > 0 ? shape : scopeProblems(read, path)
    for (const problem of found) problems.push(problem)
    if (found.length === 0) known.add(read)
    return read
  })
  return { windows, problems }
}

/** What is wrong with the selector of a scope that has the right shape. */
export function scopeProblems({ selector }: WindowScope, path: string): readonly Problem[] {
  return selector === undefined ? [] : validateSelector(selector, `${path}.selector`)
}
