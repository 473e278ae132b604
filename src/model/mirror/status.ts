import type { Condition } from '../condition.ts'
import type { MirroredCopy } from '../kinds/proxy-sync/types.generated.ts'
import type { KubeObject } from '../object.ts'
import { conditions } from '../schema/conditions.ts'
import type { Schema } from '../schema/schema.ts'
import { validPart } from '../schema/valid-part.ts'
import { mirroredCopySchema } from './schema.ts'

/** What the statuses of all kinds have in common that keep a copy in another cluster. */
export interface CommonStatus {
  readonly copy?: MirroredCopy | undefined
  readonly conditions?: readonly Condition[] | undefined
}

const schema: Schema = { type: 'object', properties: { copy: mirroredCopySchema, conditions: conditions() } }

/** What an object says of the copy that it keeps, as it is stored; what is no status is left out. */
export function commonStatusOf({ status }: Pick<KubeObject, 'status'>): CommonStatus {
  return (validPart(schema, status) ?? {}) as CommonStatus
}

/** What an object remembers of its copy; `undefined` when it never had one. */
export function copyOf(object: Pick<KubeObject, 'status'>): MirroredCopy | undefined {
  return commonStatusOf(object).copy
}
