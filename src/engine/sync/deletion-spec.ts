import type { Problem } from '../../model/errors/problem.ts'
import { syncSpecSchema } from '../../model/kinds/sync/schema.ts'
import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Schema } from '../../model/schema/schema.ts'
import { validate } from '../../model/schema/validate.ts'

const fields = ['prune', 'deletionPolicy', 'suspend', 'timeout'] as const

/**
 * What the specification of a Sync says about its deletion, each field for itself, so that one that is invalid elsewhere can be
 * deleted too. Where these fields cannot be read, the objects are left: a typo deletes nothing.
 */
export function deletionSpecOf(object: KubeObject): {
  readonly spec: Pick<SyncSpec, (typeof fields)[number]>
  readonly problems: readonly Problem[]
} {
  const given = (typeof object.spec === 'object' && object.spec !== null ? object.spec : {}) as Readonly<Record<string, unknown>>
  const problems: Problem[] = []
  const read = fields.map((field) => {
    const schema = syncSpecSchema.properties?.[field] as Schema
    const found = given[field] === undefined && schema.default !== undefined ? [] : validate(schema, given[field], `spec.${field}`)
    for (const problem of found) problems.push(problem)
    return [field, found.length > 0 || given[field] === undefined ? (schema.default ?? false) : given[field]]
  })
  const spec = Object.fromEntries(read)
  const unread = problems.some(({ path }) => path !== 'spec.timeout')
  return { spec: unread ? { ...spec, deletionPolicy: 'Orphan' } : spec, problems }
}
