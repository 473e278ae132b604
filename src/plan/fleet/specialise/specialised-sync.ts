import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue } from '../../../model/errors/problem.ts'
import { canonicalJson } from '../../../model/json/canonical-json.ts'
import { assemblageSpecSchema } from '../../../model/kinds/assemblage/schema.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'
import type { ObjectFieldReference, ParameterSource } from '../../../model/kinds/module/types.generated.ts'
import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import type { SubstituteReference } from '../../../model/kinds/sync/types.generated.ts'
import { isDownstream } from '../../../model/parameters/parameter.ts'
import type { Schema } from '../../../model/schema/schema.ts'
import { withoutDefaults } from '../../../model/schema/without-defaults.ts'
import { sha256 } from '../../../model/sha256.ts'
import { type ResolvedParameters, resolveParameters } from './resolve-parameters.ts'

const syncSchema = assemblageSpecSchema.properties?.syncs?.items as Schema

/**
 * The sync of a cluster, made again from the revision and from the values that are stored for this cluster: exactly the one that `specialise` made. Compare the digests to be sure of it.
 *
 * @throws FleetkitError `model/invalid` for a value that is missing, or too long.
 *
 * @example
 * ```ts
 * import { digestOfSync, type ModuleRevision, specialisedSync } from 'fleetkit/fleet'
 *
 * export function isIntact(revision: ModuleRevision, stored: { values: Record<string, string>; digest: string }): boolean {
 *   return digestOfSync(specialisedSync(revision, stored.values)) === stored.digest
 * }
 * ```
 *
 * @category Module
 */
export function specialisedSync(revision: ModuleRevision, values: Readonly<Record<string, string>>): AssembledSync {
  const resolved = resolveParameters(revision.spec.parameters ?? [], ({ name, valueFrom }) => {
    const value: unknown = Object.hasOwn(values, name) ? values[name] : undefined
    if (typeof value === 'string') return value
    return value === undefined && valueFrom?.optional ? undefined : { found: describeValue(value), accepted: 'its value as text' }
  })
  if (resolved.problems.length > 0) throw invalid(revision.ref, resolved.problems)
  return syncOf(revision, resolved)
}

/**
 * The digest of all that a sync says: two have the same one exactly if they say the same, in whatever order their fields are and whether defaults are written out or not.
 *
 * @category Module
 */
export function digestOfSync(sync: AssembledSync): string {
  return sha256(canonicalJson(withoutDefaults(syncSchema, sync))).slice(0, 16)
}

/** The sync that a revision gives with its parameters resolved. */
export function syncOf({ spec }: ModuleRevision, { texts, expand }: ResolvedParameters): AssembledSync {
  const { module, parameters = [], dependsOn, postBuild, ...sync } = spec
  const references = new Map<string, SubstituteReference>()
  for (const { valueFrom } of parameters.filter(isDownstream)) {
    const { objectFieldRef, optional = false } = valueFrom as ParameterSource
    const { kind, name } = objectFieldRef as ObjectFieldReference
    const reference = { kind: kind as SubstituteReference['kind'], name: expand(name) as string }
    const key = `${reference.kind} ${reference.name}`
    references.set(key, { ...reference, optional: optional && references.get(key)?.optional !== false })
  }
  const needed = new Set(dependsOn?.map(({ name }) => name))
  return {
    ...sync,
    name: module.name,
    ...(postBuild === undefined && parameters.length === 0
      ? {}
      : {
          postBuild: {
            substituteStrategy: 'WithVariables',
            strict: false,
            ...postBuild,
            substitute: { ...postBuild?.substitute, ...Object.fromEntries(texts) },
            ...(references.size === 0 ? {} : { substituteFrom: [...(postBuild?.substituteFrom ?? []), ...references.values()] }),
          },
        }),
    ...(needed.size === 0 ? {} : { dependsOn: [...needed].map((name) => ({ name })) }),
  }
}
