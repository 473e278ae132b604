import type { FieldAuthor } from '../../model/field-author.ts'
import type { Json } from '../../model/object.ts'

/**
 * One field that a write changes. `undefined` is an absent one; values of a Secret are `'<redacted>'`.
 *
 * @category Plans
 */
export interface FieldChange {
  /** As the API server writes it: `.spec.replicas`, `.spec.template.spec.containers[name="web"].image`. */
  readonly path: string
  readonly from: Json | undefined
  readonly to: Json | undefined
  /** Who wrote what is there now, when that is known and is another manager. */
  readonly author?: FieldAuthor | undefined
}

/** Changes sorted by path, those of a Secret without their values. */
export function presentChanges(changes: readonly FieldChange[], secret: boolean): readonly FieldChange[] {
  return (secret ? changes.map(redacted) : [...changes]).sort((a, b) => (a.path < b.path ? -1 : 1))
}

function redacted(change: FieldChange): FieldChange {
  if (!/^\.(data|stringData|metadata\.annotations)(\.|$)/.test(change.path)) return change
  const hide = (value: Json | undefined): Json | undefined => (value === undefined ? undefined : '<redacted>')
  return { ...change, from: hide(change.from), to: hide(change.to) }
}
