import { loadOnce } from '../../async/load-once.ts'
import { ProxySync } from '../../model/kinds/proxy-sync/proxy-sync.ts'
import { proxySyncStatusOf } from '../../model/kinds/proxy-sync/status.ts'
import type { ProxySyncStatus } from '../../model/kinds/proxy-sync/types.generated.ts'
import { RemoteAssemblage } from '../../model/kinds/remote-assemblage/remote-assemblage.ts'
import { remoteAssemblageStatusOf } from '../../model/kinds/remote-assemblage/status.ts'
import type { RemoteAssemblageStatus } from '../../model/kinds/remote-assemblage/types.generated.ts'
import type { MirrorStatus } from '../../model/mirror/status.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../model/reference.ts'
import type { MirrorSource } from '../../plan/mirror/mirrored-object.ts'
import { type MirrorFacts, type MirrorHold, type MirrorOutcome, nextMirrorStatus } from '../../plan/mirror/next-mirror-status.ts'
import { assemblageReporting, syncReporting } from '../../plan/mirror/reporting.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import { copyTypes, type MirrorKindName } from './copy-types.ts'
import type { RevisionWaits } from './revision-waits.ts'

/** Most have no modules. */
const loadModules = loadOnce(() => import('./module-copy.ts'))

/** An object that keeps a copy elsewhere, as far as that is the same for all kinds. */
export interface MirrorValue extends MirrorSource {
  readonly ref: ObjectRef
  readonly spec: Pick<ProxySync['spec'], 'adopt' | 'deletionPolicy' | 'dependsOn' | 'edits' | 'suspend'>
}

/** A kind whose objects keep copies elsewhere. */
export interface MirrorKind {
  readonly copyType: TypeRef
  /** The value of an object, and what makes the object that it keeps, or says why that cannot be made; `model/invalid` for what is none. */
  readonly read: (object: KubeObject) => {
    readonly value: MirrorValue
    readonly makeCopy: (waits: RevisionWaits, context: ReconcileContext) => KubeObject | Promise<KubeObject | MirrorHold>
  }
  readonly statusOf: (object: KubeObject) => MirrorStatus & Pick<ProxySyncStatus, 'lastAppliedRevision'>
  /** The status after a look at the copy. */
  readonly nextStatus: (
    object: KubeObject,
    facts: MirrorFacts,
    outcome: MirrorOutcome,
    now: number,
  ) => ProxySyncStatus | RemoteAssemblageStatus
}

/** The kinds whose objects keep copies elsewhere, by name. */
const kinds: Readonly<Record<MirrorKindName, MirrorKind>> = {
  ProxySync: {
    copyType: copyTypes.ProxySync,
    read(object) {
      const value = ProxySync.from(object)
      return { value, makeCopy: () => value.sync.toObject() }
    },
    statusOf: proxySyncStatusOf,
    nextStatus: (object, ...rest) => nextMirrorStatus(syncReporting, proxySyncStatusOf(object), ...rest),
  },
  RemoteAssemblage: {
    copyType: copyTypes.RemoteAssemblage,
    read(object) {
      const value = RemoteAssemblage.from(object)
      const isPlain = (value.spec.modules ?? []).length === 0
      const makeCopy: ReturnType<MirrorKind['read']>['makeCopy'] = async (...rest) => (await loadModules()).moduleCopy(value, ...rest)
      return { value, makeCopy: isPlain ? () => value.assemblage.toObject() : makeCopy }
    },
    statusOf: remoteAssemblageStatusOf,
    nextStatus: (object, ...rest) => nextMirrorStatus(assemblageReporting(object), remoteAssemblageStatusOf(object), ...rest),
  },
}

/** The kind of an object that keeps a copy elsewhere. */
export function mirrorKindOf({ kind }: Pick<KubeObject, 'kind'>): MirrorKind {
  return kinds[kind as MirrorKindName]
}
