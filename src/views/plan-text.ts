import type { FieldChange } from '../manifest/fields/field-change.ts'
import { formatRef } from '../model/reference.ts'
import type { Action, ActionType } from '../plan/apply/action.ts'
import { type ApplyPlan, actionsOf, countActions, hasChanges } from '../plan/apply/plan.ts'

/**
 * How {@link formatPlan} writes.
 *
 * @category Plans
 */
export interface FormatPlanOptions {
  /** ANSI colours. Off by default. */
  readonly color?: boolean | undefined
  /** Also the objects that are left as they are. Off by default. */
  readonly unchanged?: boolean | undefined
  /** Columns; longer values are cut. 100 by default. */
  readonly width?: number | undefined
}

const marks: Readonly<Record<ActionType, readonly [mark: string, color: number]>> = {
  create: ['+', 32],
  update: ['~', 33],
  adopt: ['>', 36],
  replace: ['±', 35],
  prune: ['-', 31],
  skip: [' ', 90],
  refuse: ['!', 31],
}

const verbs: readonly (readonly [ActionType, string])[] = [
  ['create', 'to create'],
  ['update', 'to update'],
  ['adopt', 'to adopt'],
  ['replace', 'to replace'],
  ['prune', 'to prune'],
  ['refuse', 'refused'],
  ['skip', 'unchanged or left alone'],
]

/**
 * A plan as people know it from `terraform plan`: what is done to each object, why, which fields change, and a count.
 *
 * @example
 * ```ts
 * import { type ApplyPlan, formatPlan } from 'fleetkit'
 *
 * declare const plan: ApplyPlan
 * console.log(formatPlan(plan, { color: process.stdout.isTTY }))
 * ```
 *
 * @category Plans
 */
export function formatPlan(plan: ApplyPlan, { color = false, unchanged = false, width = 100 }: FormatPlanOptions = {}): string {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text)
  const shown = actionsOf(plan).filter(({ type, reason }) => type !== 'skip' || unchanged || reason.code !== 'unchanged')
  const lines = shown.flatMap((action) => formatAction(action, width, paint))
  const refusals = plan.refusals.map(({ code, message }) => paint(31, `! ${code}: ${message}`))
  return [`${formatRef(plan.sync)} at ${plan.revision}`, '', ...refusals, ...lines, ...(lines.length > 0 ? [''] : []), summary(plan)].join(
    '\n',
  )
}

function formatAction(action: Action, width: number, paint: (code: number, text: string) => string): readonly string[] {
  const [mark, color] = marks[action.type]
  const origin = action.origin === undefined ? '' : paint(90, `  (${action.origin})`)
  const head = `${paint(color, `  ${mark} ${formatRef(action.ref)}`)}: ${action.type}, ${action.reason.message}${origin}`
  return [head, ...action.changes.map((change) => `      ${formatChange(change, width - 6)}`)]
}

function formatChange({ path, from, to }: FieldChange, width: number): string {
  const room = Math.max(16, Math.floor((width - path.length - 6) / 2))
  if (from === undefined) return `+ ${path}: ${cut(JSON.stringify(to), 0, 2 * room)}`
  if (to === undefined) return `- ${path}: ${cut(JSON.stringify(from), 0, 2 * room)}`
  const [before, after] = [JSON.stringify(from), JSON.stringify(to)]
  const differs = firstDifference(before, after)
  return `~ ${path}: ${cut(before, differs, room)} → ${cut(after, differs, room)}`
}

/** At most `room` characters of `text`, with a little of what comes before position `from`, where it becomes interesting. */
function cut(text: string, from: number, room: number): string {
  if (text.length <= room) return text
  const start = Math.max(0, Math.min(from - Math.floor(room / 3), text.length - room + 1))
  const head = start > 0 ? `…${text.slice(start)}` : text
  return head.length > room ? `${head.slice(0, room - 1)}…` : head
}

function firstDifference(a: string, b: string): number {
  let index = 0
  while (index < a.length && a[index] === b[index]) index++
  return index
}

function summary(plan: ApplyPlan): string {
  if (plan.refusals.length > 0) return 'Refused: nothing will be done.'
  const counts = countActions(plan)
  const parts = verbs.filter(([type]) => counts[type] > 0).map(([type, verb]) => `${counts[type]} ${verb}`)
  if (!hasChanges(plan) && counts.refuse === 0) return `No changes: the cluster matches the source (${counts.skip} objects).`
  return `Plan: ${parts.join(', ')}.`
}
