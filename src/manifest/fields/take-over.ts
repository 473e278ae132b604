import { compareText } from '../../model/compare-text.ts'
import type { KubeObject, ManagedFieldsEntry } from '../../model/object.ts'
import { isSecret } from './comparable.ts'
import {
  below,
  emptyFieldSet,
  equalFieldSets,
  excludeFieldSet,
  type FieldSet,
  fieldSet,
  formatFieldSet,
  isEmptyFieldSet,
  leafFieldSet,
  subtractFieldSets,
  unionFieldSets,
} from './field-set.ts'
import { type FieldOwner, fieldOwners, isApplier, ownedFields } from './managers.ts'
import { fieldElement } from './path-element.ts'

/** Ownership that moves to the manager of an apply before it applies. */
export interface TakeOver {
  /** Whose fields move, sorted. */
  readonly managers: readonly string[]
  /** The live object's `metadata.managedFields` afterwards. */
  readonly managedFields: readonly ManagedFieldsEntry[]
}

/** How {@link takeOver} decides. */
export interface TakeOverOptions {
  /** The object becomes the manager's now: it gets all that a former manager owns. Otherwise former managers lose what both own. */
  readonly adopting: boolean
  /** Whether a manager will not come back for what it wrote. */
  readonly isFormer: (manager: string) => boolean
}

/**
 * What the manager of an apply takes over from former managers. A field that two managers own stays when one of them no
 * longer wants it, so without this a key that leaves the source would stay in the cluster for as long as, say, `kubectl
 * apply` is recorded as its other owner. Entries of subresources are left alone. What the manager itself owns as `stringData` of
 * a Secret becomes `data`, under which the cluster stores it. `undefined` when nothing moves.
 */
export function takeOver(live: KubeObject, manager: string, { adopting, isFormer }: TakeOverOptions): TakeOver | undefined {
  const secret = isSecret(live)
  // Reading the sets of fields is most of the work, and most objects have no former manager.
  if (!secret && !(live.metadata.managedFields ?? []).some((entry) => isFormer(entry.manager ?? ''))) return undefined
  const owners = fieldOwners(live)
  const mine = owners.filter((owner) => isApplier(owner, manager))
  const former = owners.filter((owner) => !isApplier(owner, manager) && owner.subresource === '' && isFormer(owner.manager))
  const aliased = mine.filter(({ fields }) => secret && !isEmptyFieldSet(below(fields, aliasElement)))
  const taken = adopting ? ownedFields(former) : emptyFieldSet
  const before = ownedFields(mine)
  const fields = secret ? withoutAlias(unionFieldSets(before, taken)) : unionFieldSets(before, taken)
  const left = former.map((owner) => ({ ...owner, fields: adopting ? emptyFieldSet : subtractFieldSets(owner.fields, before) }))
  const losers = former.filter((owner, index) => !equalFieldSets(owner.fields, (left[index] as FieldOwner).fields))
  if (losers.length === 0 && aliased.length === 0) return undefined
  const kept = owners.filter((owner) => !mine.includes(owner) && !former.includes(owner))
  const own: FieldOwner = { ...((mine[0] ?? former[0]) as FieldOwner), manager, operation: 'Apply', fields }
  return {
    managers: [...new Set([...losers, ...aliased].map((owner) => owner.manager))].sort(compareText),
    managedFields: [...(isEmptyFieldSet(fields) ? [] : [own]), ...left.filter((owner) => !isEmptyFieldSet(owner.fields)), ...kept].map(
      entryOf,
    ),
  }
}

const aliasElement = fieldElement('stringData')

/** The fields of a Secret with those of `stringData` as `data`. */
function withoutAlias(fields: FieldSet): FieldSet {
  const alias = below(fields, aliasElement)
  if (isEmptyFieldSet(alias)) return fields
  const rest = excludeFieldSet(fields, fieldSet(false, [[aliasElement, leafFieldSet]]))
  return unionFieldSets(rest, fieldSet(false, [[fieldElement('data'), alias]]))
}

function entryOf({ manager, operation, apiVersion, subresource, time, fields }: FieldOwner): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion,
    ...(subresource === '' ? {} : { subresource }),
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: formatFieldSet(fields),
  }
}
