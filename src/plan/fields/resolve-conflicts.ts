import { fieldOwners } from '../../manifest/fields/managers.ts'
import { authorAt } from '../../manifest/places/author.ts'
import { locatePaths } from '../../manifest/places/locate.ts'
import { rootPlace } from '../../manifest/places/place.ts'
import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import { managementLabel, ownerKindLabel, ownerOfManager, syncNameLabel, syncNamespaceLabel } from '../../model/kinds/owner.ts'
import type { KubeObject } from '../../model/object.ts'
import type { FieldDecision } from './field-decision.ts'
import { type CompiledConflictRule, covers } from './field-rules.ts'
import { type Decided, withDecisions } from './keep-fields.ts'

/** What decides about conflicts. */
export interface ConflictInput {
  /** Those that select the object, in their order. */
  readonly rules: readonly CompiledConflictRule[]
  /** Whether a conflict that no rule is about is won by force. */
  readonly forced: (conflict: FieldConflict) => boolean
}

/** What became of the conflicts of an object. */
export interface ResolvedConflicts {
  /** What is applied. */
  readonly object: KubeObject
  readonly decisions: readonly FieldDecision[]
  /** Those that are left when it is applied by force. */
  readonly won: readonly FieldConflict[]
  /** Those for which it must not be applied. */
  readonly refused: readonly FieldConflict[]
}

/**
 * The owner, as `ownerName` has it, that has labelled an object as its own since it was looked at: conflicts over those labels say so. Two Syncs that want one
 * object at once both find it missing.
 */
export function newOwnerIn(conflicts: readonly FieldConflict[]): string | undefined {
  const conflict = conflicts.find(({ fields }) => fields.some((field) => ownership.has(field)))
  return conflict && ownerOfManager(conflict.manager)
}

/** The labels by which an object belongs to its owner. */
const ownership: ReadonlySet<string> = new Set(
  [syncNameLabel, syncNamespaceLabel, ownerKindLabel, managementLabel].map((label) => `.metadata.labels.${label}`),
)

/** Decides each conflict of an apply, field by field. */
export function resolveConflicts(
  object: KubeObject,
  live: KubeObject,
  conflicts: readonly FieldConflict[],
  input: ConflictInput,
): ResolvedConflicts {
  const won: FieldConflict[] = []
  const refused: FieldConflict[] = []
  if (input.rules.length === 0) {
    for (const conflict of conflicts) (input.forced(conflict) ? won : refused).push(conflict)
    return { object, decisions: [], won, refused }
  }
  const root = rootPlace(object, live)
  const places = locatePaths(root, new Set(conflicts.flatMap(({ fields }) => fields)))
  const owners = fieldOwners(live)
  const decided: Decided[] = []
  for (const conflict of conflicts) {
    const outcomes = conflict.fields.map((path) => {
      const located = places.get(path)
      const rule = ownership.has(path)
        ? undefined
        : input.rules.find((each) => each.concerns(conflict.manager) && covers(each, root, located?.path))
      const action = rule?.action ?? (input.forced(conflict) ? 'Force' : 'Refuse')
      if (rule !== undefined && action !== 'Refuse' && located !== undefined) {
        const author = authorAt(
          owners.filter(({ manager, operation }) => manager === conflict.manager && operation === conflict.operation),
          located,
        )
        decided.push({ located, decision: { path, action: words[action], rule: rule.name, ...(author === undefined ? {} : { author }) } })
      }
      // What is nowhere can only be applied by force, or not at all.
      return located === undefined && (action === 'Adopt' || action === 'Strip') ? 'Refuse' : action
    })
    const of = (action: string): readonly string[] => conflict.fields.filter((_, index) => outcomes[index] === action)
    if (of('Force').length > 0) won.push({ ...conflict, fields: of('Force') })
    if (of('Refuse').length > 0) refused.push({ ...conflict, fields: of('Refuse') })
  }
  return { object: withDecisions(object, live, decided), decisions: decided.map(({ decision }) => decision), won, refused }
}

const words = { Force: 'force', Adopt: 'adopt', Strip: 'strip' } as const
