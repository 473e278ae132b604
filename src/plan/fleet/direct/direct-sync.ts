import { formatTime } from '../../../model/condition.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'
import { RemoteSync } from '../../../model/kinds/remote-sync/remote-sync.ts'
import type { RemoteSyncSpecInput } from '../../../model/kinds/remote-sync/types.generated.ts'
import { requestedAtAnnotation } from '../../../model/kinds/sync/annotations.ts'
import type { KubeObject } from '../../../model/object.ts'
import { clusterUidAnnotation } from '../objects/assemblage-view.ts'
import {
  assignedAnnotation,
  bootstrapModuleLabel,
  type DirectAssignment,
  directAssignmentOf,
  directDigestOf,
  directSyncNameOf,
  writtenAssignment,
} from './assignment.ts'
import { handOverRecordOf } from './hand-over-record.ts'

/** What the RemoteSync of a cluster is made of. */
export interface DirectSyncInput {
  readonly cluster: KubeObject
  readonly assignment: Omit<DirectAssignment, 'digest'>
  /** What the cluster makes of the revision. */
  readonly sync: AssembledSync
  /** The Sync of the cluster that takes over. */
  readonly owner: RemoteSyncSpecInput['owner']
}

/**
 * The RemoteSync that applies what a cluster was assigned. Of the one that is there stays what another says in its metadata, and how far the cluster has taken the same assignment over. Each assignment
 * is attempted, also one of the same revision.
 */
export function directSync({ cluster, assignment, sync, owner }: DirectSyncInput, present: KubeObject | undefined): KubeObject {
  const { name: module, source, dependsOn: _needs, ...fields } = sync
  const { url, commit, secretRef } = source.git
  const { generation, at } = assignment
  const record = present && handOverRecordOf(present)
  const suspend = record?.generation === generation && record.state === 'HandedOver'
  const spec = { ...fields, cluster: { name: cluster.metadata.name }, source: { git: { url, commit, secretRef } }, suspend, owner }
  const { namespace, name: clusterName, uid } = cluster.metadata
  const made = new RemoteSync({ metadata: { namespace, name: directSyncNameOf(module, clusterName) }, spec }).toObject()
  const written = writtenAssignment({ ...assignment, digest: directDigestOf(made) })
  const isNew = present === undefined || directAssignmentOf(present)?.generation !== generation
  const annotations = {
    ...present?.metadata.annotations,
    ...(uid !== undefined && { [clusterUidAnnotation]: uid }),
    [assignedAnnotation]: written,
    ...(isNew && { [requestedAtAnnotation]: `${formatTime(at)} ${generation}` }),
  }
  const labels = { ...present?.metadata.labels, [bootstrapModuleLabel]: module }
  return { ...(present ?? made), metadata: { ...(present ?? made).metadata, labels, annotations }, spec: made.spec }
}
