import { withoutSubject } from '../model/errors/without-subject.ts'
import { printable } from '../model/printable.ts'
import { formatRef, groupOf, type ObjectRef } from '../model/reference.ts'
import type { Action, ActionType } from '../plan/apply/action.ts'
import { outcomeOf } from '../plan/apply/outcome.ts'
import { type ApplyPlan, actionsOf, countActions } from '../plan/apply/plan.ts'
import type { SyncPlan } from '../plan/contract/sync-plan.ts'
import { authorsOf } from '../plan/fields/authors.ts'
import type { FieldDecision } from '../plan/fields/field-decision.ts'
import { pruneDigestOf } from '../plan/sync/prune-digest.ts'
import { formatChange } from './change-text.ts'
import { type Color, colors, type Paint, painter } from './paint.ts'
import { wrap } from './wrap.ts'

/**
 * How {@link formatPlan} writes.
 *
 * @category Plans
 */
export interface FormatPlanOptions {
  /** ANSI colours, by what is done and which way a value changes. Off by default. */
  readonly color?: boolean | undefined
  /** Also the objects that are left as they are. Off by default. */
  readonly unchanged?: boolean | undefined
  /** Whole values, and of those with several lines every line that changes. Off by default: longer values are cut. */
  readonly lines?: boolean | undefined
  /** Columns, 40 at least. 100 by default. */
  readonly width?: number | undefined
}

const marks: Readonly<Record<ActionType, readonly [mark: string, color: Color]>> = {
  create: ['+', colors.green],
  update: ['~', colors.yellow],
  adopt: ['>', colors.cyan],
  replace: ['±', colors.magenta],
  prune: ['-', colors.red],
  skip: [' ', colors.gray],
  refuse: ['!', colors.red],
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

const minWidth = 40

/**
 * A plan as people know it from `terraform plan`: what is done to each object, why, which fields change, a count, and what becomes
 * of the rest when something is refused. Text from outside cannot pass for lines of its own.
 *
 * @example
 * ```ts
 * import { type ApplyPlan, formatPlan } from 'fleetkit'
 *
 * declare const plan: ApplyPlan
 * console.log(formatPlan(plan, { color: process.stdout.isTTY, width: process.stdout.columns }))
 * ```
 *
 * @category Plans
 */
export function formatPlan(plan: ApplyPlan, options: FormatPlanOptions = {}): string {
  const { color = false, unchanged = false, lines = false } = options
  const style: PlanStyle = {
    width: Math.max(minWidth, options.width ?? 100),
    paint: painter(color),
    lines,
    label: labels(actionsOf(plan).map(({ ref }) => ref)),
  }
  const shown = actionsOf(plan).filter(({ type, reason }) => type !== 'skip' || unchanged || reason.code !== 'unchanged')
  const refusals = plan.refusals.flatMap(({ code, message }) =>
    wrap(`! ${code}: ${printable(message)}`, style.width, 6).map((line) => style.paint(colors.red, line)),
  )
  const body = [...refusals, ...shown.flatMap((action) => formatAction(action, style))]
  const head = wrap(`${formatRef(plan.sync)} at ${printable(plan.revision)}`, style.width, 6)
  return [
    ...head,
    '',
    ...body,
    ...(body.length > 0 ? [''] : []),
    ...remarks(plan, shown, style),
    ...predicted(plan, style),
    ...unconfirmed(plan, style),
    ...summary(plan, style),
  ].join('\n')
}

interface PlanStyle {
  readonly width: number
  readonly paint: Paint
  readonly lines: boolean
  readonly label: (ref: ObjectRef) => string
}

/** Names objects, with the group where kinds of one name in two groups occur: `Service apps/web`, `Service.serving.knative.dev apps/web`. */
function labels(refs: readonly ObjectRef[]): PlanStyle['label'] {
  const groups = Map.groupBy(refs, ({ kind }) => kind)
  const ambiguous = new Set(
    [...groups].filter(([, same]) => new Set(same.map(({ apiVersion }) => groupOf(apiVersion))).size > 1).map(([kind]) => kind),
  )
  return (ref) => {
    const group = groupOf(ref.apiVersion)
    return formatRef(ambiguous.has(ref.kind) && group !== '' ? { ...ref, kind: `${ref.kind}.${group}` } : ref)
  }
}

function formatAction(action: Action, { label, ...style }: PlanStyle): readonly string[] {
  const { width, paint } = style
  const [mark, color] = marks[action.type]
  const subject = `  ${mark} ${label(action.ref)}`
  const origin = action.origin === undefined ? '' : `  (${printable(action.origin)})`
  const lines = wrap(`${subject}: ${action.type}, ${printable(withoutSubject(action.reason.message, action.ref))}${origin}`, width, 6)
  const last = lines.length - 1
  const head = lines.map((line, index) => {
    const begins = index === 0 && line.startsWith(subject) ? subject : ''
    const ends = index === last && line.endsWith(origin) ? origin : ''
    const middle = line.slice(begins.length, line.length - ends.length)
    return paint(color, begins) + middle + paint(colors.gray, ends)
  })
  const changes = action.changes.flatMap((change) => formatChange(change, { ...style, width: width - 6 }))
  const notes = [...authorsOf(action.changes).map(formatAuthor), ...(action.decisions ?? []).map(formatDecision)]
  return [
    ...head,
    ...changes.map((line) => `      ${line}`),
    ...notes.flatMap((note) => wrap(`      ${printable(note)}`, width, 10)).map((line) => paint(colors.gray, line)),
  ]
}

function formatAuthor({ manager, time, fields }: ReturnType<typeof authorsOf>[number]): string {
  return `by ${manager}${time === undefined ? '' : ` at ${time}`}: ${fields.join(', ')}`
}

function formatDecision({ path, action, rule, author }: FieldDecision): string {
  const who = author === undefined ? '' : `, written by ${author.manager}${author.time === undefined ? '' : ` at ${author.time}`}`
  return `= ${path}: ${outcomes[action]} (${rule})${who}`
}

const outcomes: Readonly<Record<FieldDecision['action'], string>> = {
  adopt: 'left as it is',
  strip: 'left to its other manager',
  force: 'taken by force',
}

/** What will not last, and what of objects that are not shown is left as it is. */
function remarks(plan: ApplyPlan, shown: readonly Action[], { width, paint }: PlanStyle): readonly string[] {
  const warnings = (plan.warnings ?? []).flatMap(({ code, message }) =>
    wrap(`? ${code}: ${printable(message)}`, width, 6).map((line) => paint(colors.yellow, line)),
  )
  const hidden = actionsOf(plan).filter((action) => action.decisions !== undefined && !shown.includes(action))
  const fields = hidden.reduce((sum, { decisions = [] }) => sum + decisions.length, 0)
  const left = `Left as they are: ${fields} ${fields === 1 ? 'field' : 'fields'} of ${hidden.length} unchanged ${hidden.length === 1 ? 'object' : 'objects'}.`
  return [...warnings, ...(fields === 0 ? [] : wrap(left, width, 0))]
}

/** How much of a plan the cluster has not confirmed: without the right to write, and where one write depends on another. */
function predicted({ stages }: ApplyPlan, { width }: PlanStyle): readonly string[] {
  const writes = stages.flat().filter(({ type }) => type !== 'skip' && type !== 'refuse')
  const count = writes.filter(({ certainty }) => certainty === 'predicted').length
  return count === 0 ? [] : wrap(`Predicted, not confirmed by the cluster: ${count} of ${writes.length} writes.`, width, 0)
}

/** What has to be confirmed before anything is deleted, where the specification asks for that. */
function unconfirmed(plan: ApplyPlan & Partial<Pick<SyncPlan, 'spec'>>, { width }: PlanStyle): readonly string[] {
  const digest = plan.spec?.confirmPrune === true ? pruneDigestOf(plan) : undefined
  return digest === undefined ? [] : wrap(`Nothing is pruned until ${digest} is confirmed.`, width, 0)
}

function summary(plan: ApplyPlan, { width, paint }: PlanStyle): readonly string[] {
  const outcome = outcomeOf(plan)
  const counts = countActions(plan)
  if (outcome === 'nothing') return wrap(`No changes: the cluster matches the source (${counts.skip} objects).`, width, 0)
  if (plan.refusals.length > 0) return [paint(colors.red, 'Refused: nothing will be done.')]
  const parts = verbs.filter(([type]) => counts[type] > 0).map(([type, verb]) => `${counts[type]} ${verb}`)
  const rest =
    outcome === 'partial'
      ? ' What can be applied is applied; nothing is pruned, and the run fails (partial: continue).'
      : outcome === 'refused'
        ? ` Nothing will be done${plan.partial === 'never' ? ' while something is refused (partial: never)' : ''}.`
        : ''
  return wrap(`Plan: ${parts.join(', ')}.${rest}`, width, 0)
}
