import type { Condition } from '../condition.ts'
import type { MirroredCopy } from '../kinds/proxy-sync/types.generated.ts'
import type { AppliedDependency } from '../kinds/sync/types.generated.ts'
import type { KubeObject } from '../object.ts'
import { conditions } from '../schema/conditions.ts'
import type { Schema } from '../schema/schema.ts'
import { validPart } from '../schema/valid-part.ts'
import { mirroredCopySchema } from './schema.ts'

/** What the statuses of all kinds have in common that keep a copy in another cluster. */
export interface MirrorStatus {
  readonly observedGeneration?: number | undefined
  readonly conditions?: readonly Condition[] | undefined
  readonly copy?: MirroredCopy | undefined
  readonly dependencies?: readonly AppliedDependency[] | undefined
}

const schema: Schema = { type: 'object', properties: { copy: mirroredCopySchema, conditions: conditions() } }

/** What an object says of the copy that it keeps, and whether it is ready, as it is stored; what is no status is left out. */
export function mirrorStatusOf({ status }: Pick<KubeObject, 'status'>): Pick<MirrorStatus, 'conditions' | 'copy'> {
  return (validPart(schema, status) ?? {}) as MirrorStatus
}

/** What an object remembers of its copy; `undefined` when it never had one. */
export function copyOf(object: Pick<KubeObject, 'status'>): MirroredCopy | undefined {
  return mirrorStatusOf(object).copy
}
