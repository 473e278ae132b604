import type { FieldChange } from '../manifest/fields/diff-owned.ts'
import { formatRef } from '../model/reference.ts'
import type { Action, ActionType } from '../plan/action.ts'
import { type ApplyPlan, actionsOf, countActions, hasChanges } from '../plan/apply-plan.ts'

/** How {@link formatPlan} writes. */
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
  const room = Math.max(10, Math.floor((width - path.length - 6) / 2))
  if (from === undefined) return `+ ${path}: ${formatValue(to, 2 * room)}`
  if (to === undefined) return `- ${path}: ${formatValue(from, 2 * room)}`
  return `~ ${path}: ${formatValue(from, room)} → ${formatValue(to, room)}`
}

function formatValue(value: unknown, room: number): string {
  const text = JSON.stringify(value)
  return text.length > room ? `${text.slice(0, room - 1)}…` : text
}

function summary(plan: ApplyPlan): string {
  if (plan.refusals.length > 0) return 'Refused: nothing will be done.'
  const counts = countActions(plan)
  const parts = verbs.filter(([type]) => counts[type] > 0).map(([type, verb]) => `${counts[type]} ${verb}`)
  if (!hasChanges(plan) && counts.refuse === 0) return `No changes: the cluster is as the version says (${counts.skip} objects).`
  return `Plan: ${parts.join(', ')}.`
}
