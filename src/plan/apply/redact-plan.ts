import type { FieldChange } from '../../manifest/fields/field-change.ts'
import type { Redactor } from '../../manifest/substitute/redactor.ts'
import type { Json } from '../../model/object.ts'
import type { Action, ActionReason } from './action.ts'
import { type ApplyPlan, mapStages } from './plan.ts'

/** A plan whose reasons, changes and conflicts hide secrets. The objects to apply hold them all the same. */
export function redactPlan(plan: ApplyPlan, redactor: Redactor): ApplyPlan {
  if (redactor.isEmpty) return plan
  const reasonOf = ({ reason }: Pick<Action, 'reason'>): ActionReason => ({ ...reason, message: redactor.text(reason.message) })
  const redact = (action: Action): Action => ({
    ...action,
    reason: reasonOf(action),
    refused: action.refused && { ...action.refused, reason: reasonOf(action.refused) },
    changes: action.changes.map((change) => redactChange(change, redactor)),
    conflicts: redactor.conflicts(action.conflicts),
    ...(action.decisions && { decisions: action.decisions.map((decision) => ({ ...decision, path: redactor.text(decision.path) })) }),
    ...(action.ignored && { ignored: action.ignored.map((path) => redactor.text(path)) }),
  })
  const warnings = plan.warnings?.map((warning) => ({
    ...warning,
    fields: warning.fields.map((path) => redactor.text(path)),
    message: redactor.text(warning.message),
  }))
  return { ...mapStages(plan, redact), ...(warnings && { warnings }) }
}

function redactChange({ path, from, to, ...rest }: FieldChange, redactor: Redactor): FieldChange {
  const hide = (value: Json | undefined): Json | undefined => (value === undefined ? undefined : redactor.json(value))
  const shown = { ...rest, path: redactor.text(path), from: hide(from), to: hide(to) }
  // What was there before a secret was most often one too.
  const secret = JSON.stringify(shown.to) !== JSON.stringify(to)
  return secret && from !== undefined ? { ...shown, from: '<redacted>' } : shown
}
