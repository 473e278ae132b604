import { canonicalJson } from '../../model/json/canonical-json.ts'
import { type Owner, ownerName } from '../../model/kinds/owner.ts'
import { confirmPruneAnnotation, requestedAtAnnotation, requestedByAnnotation } from '../../model/kinds/sync/annotations.ts'
import {
  mirrorDeletionAnnotation,
  mirrorManagementLabel,
  mirrorOwnerAnnotation,
  mirrorWriteAnnotation,
} from '../../model/mirror/annotations.ts'
import type { KubeObject, ObjectMeta } from '../../model/object.ts'
import { sha256 } from '../../model/sha256.ts'

/** What people ask of an object by its annotations, and ask of what keeps it in the same way. */
const passedOn: readonly string[] = [requestedAtAnnotation, requestedByAnnotation, confirmPruneAnnotation]
/** What says of an object who keeps it, and how. */
const marks: readonly string[] = [mirrorOwnerAnnotation, mirrorWriteAnnotation, mirrorDeletionAnnotation]

/** What of an object that keeps a copy says how. */
export interface MirrorSource {
  readonly metadata: Pick<ObjectMeta, 'annotations'>
  readonly spec: { readonly deletionPolicy: 'Delete' | 'Orphan' }
}

/**
 * A copy as it is to be, but for what names the write.
 *
 * @param copy - the object of the template
 */
export function mirroredObject(source: MirrorSource, { apiVersion, kind, metadata, spec }: KubeObject, owner: Owner): KubeObject {
  const asked = Object.entries(source.metadata.annotations ?? {}).filter(([name]) => passedOn.includes(name))
  const orphans = source.spec.deletionPolicy === 'Orphan' ? { [mirrorDeletionAnnotation]: 'Orphan' } : {}
  const annotations = { ...Object.fromEntries(asked), [mirrorOwnerAnnotation]: ownerName(owner), ...orphans }
  const labels = owner.management === undefined ? {} : { [mirrorManagementLabel]: owner.management }
  return { apiVersion, kind, metadata: { ...metadata, labels, annotations }, spec: { ...(spec as object) } }
}

/**
 * Names a write: of which object it is a copy and in which generation, what was written, and how often that had to be reported anew. A report that repeats
 * it is of this and of nothing else, also when the management, or the cluster, has been restored from a backup.
 */
export function writeOf(source: Pick<KubeObject, 'metadata'>, { metadata: { annotations }, spec }: KubeObject, number: number): string {
  const { uid = '', generation = 0 } = source.metadata
  return [uid, generation, sha256(canonicalJson([annotations, spec])).slice(0, 16), number].join('/')
}

/** The number in what names a write; 0 where there is none. */
export function numberIn(write: string | undefined): number {
  const number = Number(write?.split('/')[3] ?? 0)
  return Number.isSafeInteger(number) && number > 0 ? number : 0
}

/** The generation of an object of which a copy was written last; `undefined` when that was another object, or none. */
export function writtenGeneration(source: Pick<KubeObject, 'metadata'>, { metadata: { annotations } }: KubeObject): number | undefined {
  const [uid, generation] = annotations?.[mirrorWriteAnnotation]?.split('/') ?? []
  const number = Number(generation)
  return uid === source.metadata.uid && Number.isSafeInteger(number) ? number : undefined
}

/** An object with what names the write; on a copy that is there already. What others have said of it beside stays. */
export function written(wanted: KubeObject, write: string, copy: KubeObject | undefined): KubeObject {
  const ours = { ...wanted.metadata.annotations, [mirrorWriteAnnotation]: write }
  const kept = Object.entries(copy?.metadata.annotations ?? {}).filter(([name]) => ![...passedOn, ...marks].includes(name))
  const annotations = { ...Object.fromEntries(kept), ...ours }
  const labels = { ...copy?.metadata.labels, ...wanted.metadata.labels }
  return { ...wanted, metadata: { ...(copy ?? wanted).metadata, labels, annotations } }
}

/** A copy that no management keeps any more. */
export function released(copy: KubeObject): KubeObject {
  const { [mirrorManagementLabel]: _, ...labels } = copy.metadata.labels ?? {}
  const kept = Object.entries(copy.metadata.annotations ?? {}).filter(([name]) => !marks.includes(name))
  return { ...copy, metadata: { ...copy.metadata, labels, annotations: Object.fromEntries(kept) } }
}
