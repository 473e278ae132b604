import { bootstrapModuleType } from '../../model/kinds/bootstrap-module/type.ts'
import { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import { moduleRevisionType } from '../../model/kinds/module-revision/type.ts'
import type { KubeObject } from '../../model/object.ts'
import { bootstrapModuleLabel, remoteSyncType } from '../../plan/fleet/direct/assignment.ts'
import { type DirectView, directViewOf } from '../../plan/fleet/direct/direct-view.ts'
import { assemblageViewOf, isReported } from '../../plan/fleet/objects/assemblage-view.ts'
import { holderOf } from '../../plan/fleet/objects/name-holder.ts'
import type { AssemblageView } from '../../plan/fleet/planner/input.ts'
import { Informer } from '../runtime/cache/informer.ts'
import type { RunContext } from '../runtime/context.ts'
import { type SeenRollout, seenRollout } from './gates/seen-rollout.ts'
import { ownIndex, ownKey } from './own-revisions.ts'
import { assemblageType, clusterType, moduleType, rolloutType } from './types.ts'

/** What is kept of a RemoteAssemblage: there are as many as clusters, and each is large. */
export interface SeenAssemblage {
  readonly namespace: string
  readonly view: AssemblageView
  readonly generation: number
  /** Whether the cluster has reported on this generation to the end. */
  readonly isReported: boolean
}

/** What is kept of a RemoteSync that applies a BootstrapModule; nothing of one that does not say which. */
export interface SeenDirect {
  readonly namespace: string
  readonly view: DirectView | undefined
}

/** The index of these by their cluster. */
const clusterIndex = 'cluster'

/** The objects that fleets consist of, as they are seen in the store. */
export class Sight implements AsyncDisposable {
  readonly modules: Informer
  readonly clusters: Informer
  readonly revisions: Informer<ModuleRevision>
  readonly assemblages: Informer<SeenAssemblage>
  readonly rollouts: Informer<SeenRollout>
  readonly bootstrapModules: Informer
  /** The RemoteSyncs that apply BootstrapModules. */
  readonly direct: Informer<SeenDirect>

  constructor({ store, clock, logger, events, random }: RunContext, namespaces: readonly string[] | undefined) {
    const common = { store, namespaces, clock, logger, events, random, managedFields: false }
    this.modules = new Informer({ ...common, type: moduleType })
    this.clusters = new Informer({ ...common, type: clusterType })
    this.revisions = new Informer({ ...common, type: moduleRevisionType, project: ModuleRevision.from })
    this.revisions.addIndex(ownIndex, ({ metadata, spec }) => [ownKey(metadata.namespace, spec.module.name)])
    this.assemblages = new Informer({ ...common, type: assemblageType, project: seen })
    this.rollouts = new Informer({ ...common, type: rolloutType, project: seenRollout })
    this.bootstrapModules = new Informer({ ...common, type: bootstrapModuleType })
    const labelSelector = { matchExpressions: [{ key: bootstrapModuleLabel, operator: 'Exists' as const }] }
    this.direct = new Informer({ ...common, type: remoteSyncType, labelSelector, project: seenDirect })
    this.direct.addIndex(clusterIndex, ({ namespace, view }) => (view === undefined ? [] : [`${namespace}/${view.cluster}`]))
  }

  /** The Module or the BootstrapModule of a name. */
  moduleOf(namespace: string, name: string): KubeObject | undefined {
    const ref = { namespace, name }
    return holderOf(this.modules.get({ ...moduleType, ...ref }), this.bootstrapModules.get({ ...bootstrapModuleType, ...ref }))
  }

  /** What a cluster has of BootstrapModules. */
  directOn(namespace: string, cluster: string): readonly DirectView[] {
    return this.direct.indexed(clusterIndex, `${namespace}/${cluster}`).flatMap(({ view }) => view ?? [])
  }

  /** Begins to look, and resolves once everything has been seen. */
  async open(): Promise<void> {
    for (const informer of this.#all) informer.start()
    await Promise.all(this.#all.map((informer) => informer.synced))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((informer) => informer.close()))
  }

  get #all(): readonly { start(): unknown; close(): Promise<void>; readonly synced: Promise<void> }[] {
    return [this.modules, this.clusters, this.revisions, this.assemblages, this.rollouts, this.bootstrapModules, this.direct]
  }
}

function seen(object: KubeObject): SeenAssemblage {
  const { namespace = 'default', generation = 0 } = object.metadata
  return { namespace, view: assemblageViewOf(object), generation, isReported: isReported(object) }
}

function seenDirect(object: KubeObject): SeenDirect {
  return { namespace: object.metadata.namespace ?? 'default', view: directViewOf(object) }
}
